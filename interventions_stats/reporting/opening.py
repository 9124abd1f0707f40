"""What stands first on a page: the findings, and the bounds at a size that the reader chooses."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.sentences import sentence
from interventions_stats.reporting import cells, figures
from interventions_stats.reporting.at_size import SIZES, STATES, excluded_above, state, states
from interventions_stats.reporting.strips import HIGH, LOW, WIDTH, strip
from interventions_stats.reporting.table import Table, table

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.run import Report

_HEAD = ("What the study says", "Finding here", "Its own test", "Excluded above", "How to read it")
_START = 2.0  # where the slider stands before it is moved


def findings(report: Report) -> dict[str, Any]:
    """The headline, one row a claim, and the sentences of the verdicts that decide."""
    results = report.battery.results.values()
    frame = getattr(report, "findings", None)
    rows = [] if frame is None else [_finding(row) for row in frame.to_dict("records")]
    told = report.headline() if hasattr(report, "headline") and rows else _counted(report.battery)
    decisive = [sentence(r) for r in results if r.verdict in figures.DECISIVE]
    return {"headline": told, "head": _HEAD, "rows": rows, "decisive": decisive}


def findings_table(report: Report) -> list[Table]:
    """The findings as a table of its own, which stands first; none where the report has none."""
    opened = findings(report)
    keys = ("says", "finding", "number", "excluded", "reading")
    # a claim that denies an effect is the study's denial, and says so like those of the board of claims
    attributed = [{**row, "says": f"The study claims: {row['says']}"} for row in opened["rows"]]
    rows = [[row[k] for k in keys] for row in attributed]
    return [table(opened["head"], rows, opened["headline"], (), (0, 4))] if rows else []


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    bound = row.get("excluded_above")
    known = bound is not None and math.isfinite(bound)
    return {
        "claim": row["claim"], "says": row["says"], "finding": row["finding"], "number": row.get("number") or cells.DASH,
        "excluded": row.get("excluded") or cells.DASH, "value": f"{bound:.4f}" if known else "", "reading": row.get("reading", ""),
    }  # fmt: skip


def _counted(battery: Battery) -> str:
    """How many propositions got each verdict, in one sentence."""
    counts = Counter(r.verdict for r in battery.results.values())
    parts = [f"{counts[v]} {cells.verdict_words(v)}" for v in cells.VERDICTS if v in counts]
    return f"Of {len(battery.results)} propositions: {', '.join(parts)}."


def sizes(battery: Battery) -> dict[str, Any]:
    """The slider's data and the table that it changes."""
    rows = [_size(r) for r in battery.results.values()]
    counts = Counter(r["code"] for r in rows)
    return {
        "sizes": " ".join(f"{s:g}" for s in SIZES), "words": json.dumps(STATES), "last": len(SIZES) - 1,
        "start": SIZES.index(_START), "low": LOW, "high": HIGH, "width": WIDTH, "rows": rows,
        "counts": [{"count": counts[c], "words": words} for c, words in STATES.items() if counts[c]],
        "caption": "Bounds are one-sided 95%; an effect is seen where the test finds it with 80% power.",
        "note": "Odds and rate ratios, and for ranks the odds of superiority, share the scale. Continuous exposures are per "
                "within-stratum standard deviation.",
    }  # fmt: skip


def _size(r: Result) -> dict[str, Any]:
    e, p = r.evidence, r.proposition
    bound, delta = excluded_above(e), e.sesoi.delta
    code = state(r, delta if delta else math.nan)
    if not delta and code in "bmo":
        code = "d"
    return {
        "id": p.id, "anchor": f"prop-{p.id.lower()}", "statement": p.statement, "strip": strip([r], ticks=False),
        "states": states(r), "code": code, "state": STATES[code],
        "excluded": _text(r, bound), "excluded_value": _value(bound), "detects": _text(r, e.mde), "detects_value": _value(e.mde),
        "registered": cells.sesoi_text(r), "registered_value": _value(delta if delta else math.nan),
    }  # fmt: skip


def _text(r: Result, log_value: float) -> str:
    if r.evidence.raw is None or math.isnan(log_value):
        return cells.DASH
    return "no bound" if math.isinf(log_value) else f"{r.evidence.sesoi.measure} {cells.effect(r, log_value)}"


def _value(log_value: float) -> str:
    """A number to sort by; what has none comes last."""
    return f"{log_value:.4f}" if math.isfinite(log_value) else "NaN" if math.isnan(log_value) else "999"
