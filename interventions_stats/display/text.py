"""Plain-text and HTML renderings of small frames."""

from __future__ import annotations

import html
import math
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


_LEFT = ' style="text-align:left;white-space:normal"'
_WORD = 22  # letters of a word that is not broken while another column can give way


def number(value: Any, digits: int = 3) -> str:
    """Format one cell: integers whole, small p-values as ``<.001``-style, missing as a dash.

    >>> number(0.12345), number(12.0), number(float("nan")), number("x")
    ('0.123', '12', '-', 'x')
    """
    if value is None or str(value) in ("<NA>", "NaT"):
        return "-"
    if isinstance(value, str) or type(value).__name__ in ("bool", "bool_"):
        return str(value)
    try:
        x = float(value)
    except (TypeError, ValueError):
        return str(value)
    if math.isnan(x):
        return "-"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == round(x) and abs(x) < 1e7:
        return str(int(x))
    if abs(x) >= 1e5 or abs(x) < 0.5 * 10**-digits:
        return f"{x:.2g}"
    return f"{x:.{digits}f}" if abs(x) < 1000 else f"{x:.1f}"


def wrap(text: str, width: int) -> str:
    return textwrap.fill(text, width=width, subsequent_indent="  ")


def frame_text(frame: pd.DataFrame, width: int) -> str:
    """Lay a frame out in columns; text columns share what the numbers leave of ``width``."""
    if frame.empty:
        return ""
    heads = [str(c) for c in frame.columns]
    cells = [[number(v) for v in row] for row in frame.itertuples(index=False, name=None)]
    natural = [max(len(h), *(len(r[j]) for r in cells)) for j, h in enumerate(heads)]
    words = [max((len(w) for r in cells for w in r[j].split()), default=0) for j in range(len(heads))]
    least = [max(len(h), min(w, _WORD)) for h, w in zip(heads, words, strict=True)]
    limits = _shrink(natural, least, width - 2 * (len(heads) - 1))
    lines: list[str] = []
    for row in [heads, *cells]:
        wrapped = [textwrap.wrap(c, limits[j]) or [""] for j, c in enumerate(row)]
        for k in range(max(len(w) for w in wrapped)):
            lines.append(
                "  ".join((w[k] if k < len(w) else "").ljust(limits[j]) for j, w in enumerate(wrapped)).rstrip()
            )
    return "\n".join(lines)


def _shrink(natural: list[int], least: list[int], room: int) -> list[int]:
    """Take the excess width from the widest column that is wider than its heading, then from headings."""
    widths = list(natural)
    while sum(widths) > room:
        spare = [w - h if w > h else (w - 40) / 40 for w, h in zip(widths, least, strict=True)]
        j = max(range(len(widths)), key=lambda i: (spare[i] > 0, widths[i]))
        if widths[j] <= 6:
            break
        widths[j] -= 1
    return widths


def key_values(frame: pd.DataFrame, width: int) -> str:
    """Print a one-row frame as ``key: value`` pairs, wrapped; what is missing is left out."""
    if frame.empty:
        return ""
    row = frame.iloc[0]
    return wrap("; ".join(f"{k}: {number(v)}" for k, v in row.items() if number(v) not in ("-", "")), width)


def frame_html(frame: pd.DataFrame) -> str:
    """Render a frame as an escaped HTML table; text is aligned to the left, and wraps."""
    head = "".join(f"<th>{html.escape(str(c))}</th>" for c in frame.columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td{_LEFT if isinstance(v, str) else ''}>{html.escape(number(v))}</td>" for v in row)
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
