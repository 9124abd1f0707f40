"""The tables of a report as text: verdict board, propositions, claims, checks, and regressions side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.battery import type_verdict
from interventions_stats.assessment.sentences import why_untested
from interventions_stats.display.rounding import rounded, rounded_p
from interventions_stats.reporting import cells
from interventions_stats.reporting.table import Table, table

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.answer import ClaimResult

PARTS = ("pooled", "combat", "stabilisation")
FRONTIER_NOTE = (
    "Frontier: the largest effect that the data have not rejected (one-sided 95%). Identify: onsets in strata whose exposure "
    "varies. Grade: A to D, read off flags and checks."
)


def board_cell(d: DriverResult, part: str) -> dict[str, str]:
    """One cell of the verdict board: ``verdict``, ``bound``, ``identify``, ``grade`` of a driver, pooled or for one type."""
    family = [r for r in d.results.values() if r.proposition.family]
    if part == "pooled":
        results, verdict = family, d.verdict
    else:
        results, verdict = [r.by_type[part] for r in family if part in r.by_type], type_verdict(d, part)
    tested = [r for r in results if r.verdict not in ("not_testable", "descriptive")]
    return {
        "verdict": verdict, "bound": cells.frontier_range(tested), "identify": cells.identify_range(tested),
        "grade": cells.grade_range(tested),
    }  # fmt: skip


def verdict_board(battery: Battery) -> Table:
    """Drivers against pooled, combat and stabilisation cases."""
    rows = []
    for d in battery.by_driver.values():
        rows.append([d.driver.title, *(_cell_text(board_cell(d, p)) for p in PARTS)])
    head = ("Driver", "Pooled", "Combat cases", "Stabilisation cases")
    return table(
        head, rows, f"Verdicts by driver, {battery.events.actor.name}", (FRONTIER_NOTE, battery.events.note), (1, 2, 3)
    )


def _cell_text(cell: Mapping[str, str]) -> str:
    parts = [cells.verdict_words(cell["verdict"])]
    parts += [f"frontier {cell['bound']}"] if cell["bound"] else []
    parts += [f"identified by {cell['identify']}"] if cell["identify"] else []
    parts += [f"grade {cell['grade']}"] if cell["grade"] else []
    return "; ".join(parts)


def proposition_board(results: Sequence[Result], caption: str = "Propositions") -> Table:
    """One row a proposition with every number that its verdict rests on."""
    head = ("Proposition", "Verdict", "Ratio [90%]", "Frontier", "Of interest", "Detectable", "p superiority", "p non-inferiority",
            "Bayes factor", "Identify", "Grade", "Flags")  # fmt: skip
    rows = [proposition_row(r) for r in results]
    return table(head, rows, caption, (FRONTIER_NOTE, *_untested_notes(results)), (0, 11))


def proposition_row(r: Result) -> list[str]:
    """The cells of one proposition."""
    return [
        r.proposition.id, cells.verdict_words(r.verdict), cells.ratio_text(r), cells.frontier_text(r), cells.sesoi_text(r),
        cells.mde_text(r), cells.p_text(r, "p_superiority"), cells.p_text(r, "p_noninferiority"), cells.bf_text(r),
        cells.identify_text(r), r.grade.replace("-", cells.DASH), cells.flags_text(r),
    ]  # fmt: skip


def _untested_notes(results: Sequence[Result]) -> list[str]:
    return [
        f"{r.proposition.id} was not tested: {why_untested(r).rstrip('.')}."
        for r in results
        if r.verdict == "not_testable"
    ]


def claims_board(claims: Sequence[ClaimResult]) -> Table:
    """Each claim of the study (in our words), what its reading predicts, and the verdict here."""
    head = ("Claim of the study", "Its reading", "Verdict here", "Agreement", "What can be concluded")
    rows = [
        [f"{c.claim.id}. The study claims: {c.claim.text}", cells.verdict_words(c.claim.reading) if c.claim.reading else cells.DASH,
         cells.verdict_words(c.verdict), c.agreement, c.conclusion]
        for c in claims
    ]  # fmt: skip
    return table(head, rows, "The study's claims against its reading", (), (0, 4))


def lists_board(r: Result) -> Table | None:
    """The same test on each registered event list; None where it was not repeated."""
    if r.robustness is None or len(r.robustness.lists) < 2:
        return None
    from interventions_stats.assessment.plots import numbers_of

    rows = []
    for name, e in r.robustness.lists.items():
        n = numbers_of(e)
        if e.raw is None:
            rows.append([name, "could not run", cells.DASH, cells.DASH, e.missing or e.frozen or cells.DASH])
        else:
            rows.append([name, cells.verdict_words(n["verdict"]), f"{_number(n['ratio'])} [{_number(n['low'])}, {_number(n['high'])}]",
                         f"{e.n_identifying:,}", rounded_p(e.p_tost if e.two_sided else e.p_noninferiority)])  # fmt: skip
    head = ("Event list", "Core verdict", "Ratio [90%]", "Identify", "p non-inferiority")
    return table(head, rows, f"{r.proposition.id} on each event list")


def falsifiers_board(r: Result) -> Table | None:
    """The registered falsifiers; None where there are none."""
    if r.robustness is None or not r.robustness.falsifiers:
        return None
    rows = []
    for f in r.robustness.falsifiers:
        outcome = (
            "failed"
            if f.failed
            else "passed"
            if f.ran
            else f"could not run: {f.evidence.missing or f.evidence.frozen or 'no test'}"
        )
        ratio = _number(math.exp(f.evidence.estimate)) if f.ran else cells.DASH
        rows.append([f.label, outcome, ratio, rounded_p(f.evidence.p_superiority)])
    head = ("Falsifier", "Outcome", "Ratio", "p in the driver's direction")
    return table(head, rows, f"Falsifiers of {r.proposition.id}", (), (0,))


def why_board(r: Result) -> Table:
    """Each clause of the verdict: what it asks, whether it is met, and what would turn it."""
    rows = []
    for c in r.decision.clauses:
        met = "not asked" if not c.asked else "not computed" if c.met is None else "yes" if c.met else "no"
        rows.append([cells.verdict_words(c.verdict), cells.plain(c.text), met, cells.plain(c.flip) or cells.DASH])
    return table(
        ("Verdict", "Clause", "Met", "Nearest change"),
        rows,
        f"Clauses of the verdict on {r.proposition.id}",
        (),
        (1, 3),
    )


def _number(x: Any) -> str:
    return rounded(float(x)).replace("-", "−") if x is not None and float(x) == float(x) else cells.DASH
