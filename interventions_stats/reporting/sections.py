"""What a page says, as plain data for its template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.sentences import checks, nearest_change, sentence
from interventions_stats.display.figures.style import words
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.reporting import boards, cells, figures
from interventions_stats.reporting.strips import strip

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.events.event_list import EventList
    from interventions_stats.replication.run import Report

# The study whose claims are tested; quotations on the page are attributed to it.
STUDY_URL = "https://www.rand.org/pubs/research_reports/RRA444-3.html"
_AGREEMENT_SHAPES = {"agrees": "✓", "disagrees": "✗", "not shown": "~", "not testable": "×"}
_ROWS = {
    "actor-month": "one row a month", "actor-year": "one row a year", "actor-target-year": "one row a target and year",
    "actor-target-month": "one row a target and month",
    "power-year": "one row a power and year", "person-time": "years at risk under each leader", "event": "one row an event",
}  # fmt: skip
_ESTIMATORS = {
    "firth": "Firth's penalised logit", "cloglog": "penalised complementary log-log with cubic time",
    "conditional": "penalised conditional logit", "poisson": "Poisson regression", "exact": "exact",
}  # fmt: skip


_PARTS = {"pooled": "All cases", "combat": "Combat cases", "stabilisation": "Stabilisation cases"}


def verdict_cell(verdict: str, **more: str) -> dict[str, str]:
    """A verdict with its words, shape and style class."""
    return {"verdict": verdict, "words": cells.verdict_words(verdict), "shape": cells.verdict_shape(verdict), **more}


def board(battery: Battery) -> list[dict[str, Any]]:
    """Rows of the verdict board."""
    rows = []
    for d in battery.by_driver.values():
        parts = []
        for name in boards.PARTS:
            cell = boards.board_cell(d, name)
            parts.append(verdict_cell(cell.pop("verdict"), label=_PARTS[name], **cell))
        family = [r for r in d.results.values() if r.proposition.family]
        rows.append({"title": d.driver.title, "anchor": anchor(d), "parts": parts, "strip": strip(family)})
    return rows


def anchor(d: DriverResult) -> str:
    return f"driver-{d.driver.name.replace('_', '-')}"


def driver_section(events: EventList, d: DriverResult) -> dict[str, Any]:
    """Everything on one driver."""
    names = dict(zip(events.frame["event_id"], events.frame["name"], strict=True))
    results = list(d.results.values())
    more = figures.approval_figures(d.results["W1"], events) if "W1" in d.results else []
    support = list(dict.fromkeys(w for r in results for w in r.proposition.support))
    contrary = list(dict.fromkeys([*d.driver.contrary, *(w for r in results for w in r.proposition.contrary)]))
    return {
        "id": d.driver.id, "title": d.driver.title, "anchor": anchor(d), "theory": d.driver.theory, "would_count": d.driver.would_count,
        "verdict": verdict_cell(d.verdict), "why": capitalised(d.decision.text), "figures": [figures.driver_forest(d), *more],
        "propositions": [proposition_card(r, names) for r in results], "support": support, "contrary": contrary,
        "tables": sorted({t for r in results for t in r.proposition.needs} | {"interventions_russia"} if events.actor.russian
                         else {t for r in results for t in r.proposition.needs}),
    }  # fmt: skip


def capitalised(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def proposition_card(r: Result, names: dict[str, Any]) -> dict[str, Any]:
    """One proposition: sentence, numbers, guards, checks, figures."""
    kinds = [("pooled", r), *r.by_type.items()]
    return {
        "id": r.proposition.id, "statement": r.proposition.statement, "sentence": sentence(r), "note": r.proposition.note,
        "strip": strip([r], ticks=False), "verdict": verdict_cell(r.verdict), "companion": not r.proposition.family,
        "types": [verdict_cell(part.verdict, part=kind, bound=cells.frontier_text(part) if part.verdict != "not_testable" else "",
                               identify=cells.identify_text(part), grade=part.grade.replace("-", ""), measure=part.evidence.sesoi.measure)
                  for kind, part in kinds],
        "test": primary_test(r), "exposure": r.proposition.exposure, "numbers": numbers(r), "nearest": capitalised(cells.plain(nearest_change(r))),
        "guards": [{"id": g.guard, "text": capitalised(cells.plain(g.message)), "remedy": g.remedy, "action": g.action} for g in r.evidence.guards],
        "checks": f"{capitalised(checks(r.robustness))} {figures.deletions_text(r)}" if r.robustness is not None else "",
        "tables": [t for t in (boards.lists_board(r), boards.falsifiers_board(r)) if t is not None],
        "why": boards.why_board(r) if r.evidence.raw is not None else None,
        "figures": figures.result_figures(r), "check_figures": figures.check_figures(r, names),
        "outside": outside(r, names) if r.evidence.raw is not None else [], "hash": r.proposition.design_hash()[:12],
    }  # fmt: skip


def primary_test(r: Result) -> str:
    """The registered test in words."""
    p = r.proposition
    kind = kind_of(p)
    parts = [r.evidence.raw.scheme if r.evidence.raw is not None else kind.words]
    if kind.has_exposure:
        if p.estimator in _ESTIMATORS:
            parts.append(f"effect by {_ESTIMATORS[p.estimator]}")
        parts.append(f"lag {p.lag} {'month' if p.unit == 'actor-month' else 'year'}")
    sample = (
        "all years covered"
        if not (p.start or p.end)
        else f"{p.start or 'start of coverage'} to {p.end or 'end of coverage'}"
    )
    return capitalised("; ".join([*parts, _ROWS.get(p.unit, words(p.unit)), sample]))


def numbers(r: Result) -> list[tuple[str, str]]:
    """Labelled numbers of a tested proposition."""
    e = r.evidence
    if e.raw is None:
        return []
    holm, back = (
        "" if getattr(r, name) is None else f" (Holm {cells.p_text(r, name)})"
        for name in ("p_superiority_holm", "p_reverse_holm")
    )
    dismissal = "p of equivalence" if e.two_sided else "p of non-inferiority"
    rows = [
        ("Estimate [90% interval]", cells.ratio_text(r)), ("Unit of the estimate", e.raw.scale_label), ("Excluded above (95%)", cells.frontier_text(r)),
        ("Effect of interest", cells.sesoi_text(r)), ("Detectable with 80% power", cells.mde_text(r)),
        ("p of superiority", cells.p_text(r, "p_superiority") + holm),
        (dismissal, cells.p_text(r, "p_tost" if e.two_sided else "p_noninferiority")), ("p of the reverse", cells.p_text(r, "p_reverse") + back),
        ("Bayes factor [prior range]", cells.bf_text(r)), ("Onsets that identify", cells.identify_text(r)), ("Rows", f"{e.raw.n_rows:,}"),
        ("Grade", r.grade), ("Flags", cells.flags_text(r)),
    ]  # fmt: skip
    return [(label, value) for label, value in rows if value != cells.DASH or label == "Flags"]


def outside(r: Result, names: dict[str, Any]) -> list[tuple[str, str]]:
    """Events that the test could not use, grouped by the reason."""
    reasons: dict[str, list[str]] = {}
    for event, reason in r.evidence.outside.items():
        reasons.setdefault(reason, []).append(
            f"{event} {names[event]}" if isinstance(names.get(event), str) else str(event)
        )
    return [(capitalised(reason), "; ".join(events)) for reason, events in reasons.items()]


def claim_rows(report: Report) -> list[dict[str, Any]]:
    """Rows of the table of claims."""
    rows = []
    for c in report.by_claim.values():
        rows.append({
            "id": c.claim.id, "text": c.claim.text, "reading": cells.verdict_words(c.claim.reading) if c.claim.reading else cells.DASH,
            "verdict": verdict_cell(c.verdict), "agreement": c.agreement, "shape": _AGREEMENT_SHAPES.get(c.agreement, ""),
            "conclusion": capitalised(c.conclusion), "criterion": c.claim.note, "contrary": list(c.claim.contrary),
        })  # fmt: skip
    return rows


def event_rows(report: Report) -> list[list[str]]:
    """The event list as text: id, name, target, activity, onset, end."""
    frame, timing = report.battery.events.frame, report.battery.events.timing
    rows = []
    for e, t in zip(frame.to_dict("records"), timing.to_dict("records"), strict=True):
        shown = [
            e["event_id"],
            e["name"],
            e["target_iso3"],
            e["activity"],
            _day(t["first"], t["precision"]),
            e["end"] or e["end_precision"],
        ]
        rows.append(
            [cells.DASH if v is None or v != v else words(str(v)) if k == 3 else str(v) for k, v in enumerate(shown)]
        )
    return rows


def _day(first: Any, precision: str) -> str:
    return first.strftime({"month": "%Y-%m", "year": "%Y"}.get(precision, "%Y-%m-%d")) if first == first else cells.DASH
