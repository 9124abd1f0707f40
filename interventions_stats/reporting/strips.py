"""Small forests of one line a proposition, drawn as markup: they scale with the page and their band can be moved."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from interventions_stats.reporting import cells

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result

WIDTH, ROW = 260.0, 14.0
LOW, HIGH = 0.2, 8.0  # ratios at the ends; what lies beyond is an arrow
_TICKS = (0.5, 1, 2, 4)
_SHAPES = {
    "supported": "M{x} {t}l4.5 8h-9z", "supported_trivial": "M{x} {t}l4.5 8h-9z",
    "reversed": "M{x} {b}l4.5 -8h-9z", "dismissed": "M{l} {t}h8v8h-8z", "bounded": "M{l} {t}h8v8h-8z",
}  # fmt: skip
_CIRCLE = "M{l} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"
_HOLLOW = ("supported_trivial", "inconclusive_underpowered", "bounded")


def place(ratio: float) -> float:
    """Where a ratio stands, in units of the strip.

    >>> place(0.2), place(8.0), round(place(1.0), 1)
    (0.0, 260.0, 113.4)
    """
    share = math.log(max(ratio, 1e-12) / LOW) / math.log(HIGH / LOW)
    return min(max(share, 0.0), 1.0) * WIDTH


def strip(results: Sequence[Result], *, ticks: bool = True) -> str:
    """Draw results below each other as ``<svg>``: 90% interval, bar at the bound, mark of the verdict, band of interest.

    The band has the class ``band``, so that a script can set it to another size.
    """
    height = ROW * len(results)
    parts = [_band(r, k) for k, r in enumerate(results)]
    parts += [f'<path class="one" d="M{place(1):.1f} 0V{height:g}"/>', *(_row(r, k) for k, r in enumerate(results))]
    if ticks:
        parts += [f'<text x="{place(t):.1f}" y="{height + 9:g}" text-anchor="middle">{t:g}</text>' for t in _TICKS]
        height += 11
    said = html.escape("; ".join(_words(r) for r in results))
    return (
        f'<svg class="strip" role="img" aria-label="{said}" viewBox="0 0 {WIDTH:g} {height:g}">{"".join(parts)}</svg>'
    )


def _words(r: Result) -> str:
    numbers = f", ratio {cells.ratio_text(r)}" if r.evidence.raw is not None else ""
    return f"{r.proposition.statement.rstrip('.')}: {cells.verdict_words(r.verdict)}{numbers}"


def _tested(r: Result) -> bool:
    return r.evidence.raw is not None and r.verdict != "not_testable" and math.isfinite(r.evidence.estimate)


def _band(r: Result, k: int) -> str:
    delta = r.evidence.sesoi.delta
    if not delta or not _tested(r):
        return ""
    left, right = place(math.exp(-delta)), place(math.exp(delta))
    return f'<rect class="band" x="{left:.1f}" y="{ROW * (k + 0.5) - 6:g}" width="{right - left:.1f}" height="12"/>'


def _row(r: Result, k: int) -> str:
    e, y = r.evidence, ROW * (k + 0.5)
    if not _tested(r):
        return f'<text class="v-not_testable" x="{place(1) + 4:.1f}" y="{y + 3:g}">not testable</text>'
    low, high = (math.exp(min(x, 700.0)) if not math.isnan(x) else math.nan for x in e.ci90)
    parts = [f'<g class="v-{r.verdict}">']
    if not math.isnan(low):
        a, b = place(low), place(high)
        end = f"M{b:.1f} {y - 4:g}v8" if high <= HIGH else f"M{b - 4:.1f} {y - 3:g}l4 3l-4 3"
        begin = "" if low >= LOW else f"M{a + 4:.1f} {y - 3:g}l-4 3l4 3"
        parts.append(f'<path class="line" d="M{a:.1f} {y:g}H{b:.1f}{end}{begin}"/>')
    x = place(math.exp(min(e.estimate, 700.0)))
    shape = _SHAPES.get(r.verdict, _CIRCLE).format(
        x=f"{x:.1f}", l=f"{x - 4:.1f}", y=f"{y:g}", t=f"{y - 4:g}", b=f"{y + 4:g}"
    )
    hollow = ' class="hollow"' if r.verdict in _HOLLOW else ""
    return "".join([*parts, f'<path{hollow} d="{shape}"/></g>'])
