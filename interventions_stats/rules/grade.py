"""The grade A-D of a result, read off its flags and checks.

A: no flag, events of more than one actor, three or more lists, calibrated permutation, falsifiers passed and
a planted effect recovered.  B: no flag, fewer checks.  C: one flag.  D: two or
more flags, or events alone.  Tests on one country should be expected to reach
B at best.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from interventions_stats.rules.clauses_elsewhere import large_lists
from interventions_stats.rules.evidence_numbers import RobustnessSummary, VerdictName
from interventions_stats.rules.flags import Flag, n_usable_lists
from interventions_stats.rules.guard_registry import GuardFinding
from interventions_stats.rules.thresholds import GRADE_A_LISTS, LIST_ONSETS

Letter = Literal["A", "B", "C", "D"]


@dataclass(frozen=True, slots=True)
class Grade:
    """A letter (None for what was not tested) and what kept it from a better one."""

    letter: Letter | None
    reasons: tuple[str, ...]


def grade(
    verdict: VerdictName,
    flags: Iterable[Flag],
    robustness: RobustnessSummary | None = None,
    *,
    findings: Iterable[GuardFinding | None] = (),
    one_actor: bool = False,
) -> Grade:
    """Grade a result.

    Parameters
    ----------
    verdict : str
        ``not_testable`` has no grade.
    flags : iterable of Flag
        Any flag rules out A and B; ``exploratory`` counts like the others.
    robustness : RobustnessSummary, optional
        The checks for an A.  Without it the grade is B at best.
    findings : iterable of GuardFinding or None, default ()
        Guards that cap the grade.
    one_actor : bool, default False
        Whether the events are those of one actor: such a result has no A.

    Returns
    -------
    Grade

    Examples
    --------
    >>> grade("supported", []).letter
    'B'
    >>> grade("dismissed", [Flag("few_onsets", "9 identifying onsets, fewer than 12")]).letter
    'D'
    """
    if verdict == "not_testable":
        return Grade(None, ("not tested",))
    raised = tuple(flags)
    names = {f.name for f in raised}
    limits: list[tuple[Letter, str]] = []
    if raised:
        worst: Letter = "D" if len(names) > 1 or "events_only" in names else "C"
        limits += [(worst, f"{f.name}: {f.text}") for f in raised]
    limits += [("B", check) for check in lacking_checks(robustness)]
    limits += [("B", "the events are those of one actor")] if one_actor else []
    limits += [(f.cap, f"{f.guard}: {f.message}") for f in findings if f is not None and f.cap in ("B", "C", "D")]
    if verdict == "dismissed" and not _two_large_lists(robustness):
        limits.append(("D", f"fewer than two event lists have {LIST_ONSETS} identifying onsets"))
    letter: Letter = max((limit for limit, _ in limits), default="A")
    return Grade(letter, tuple(dict.fromkeys(text for limit, text in limits if limit == letter)))


def lacking_checks(robustness: RobustnessSummary | None) -> tuple[str, ...]:
    """Name what is lacking for an A."""
    if robustness is None:
        return ("robustness not examined",)
    r = robustness
    usable = n_usable_lists(r)
    lacking = []
    if usable < GRADE_A_LISTS:
        lacking.append(f"{usable} event lists, fewer than {GRADE_A_LISTS}")
    if r.calibrated is not True:
        lacking.append("size of the permutation not calibrated")
    if not r.falsifiers_run:
        lacking.append("falsifiers not run")
    elif r.falsifiers_failed:
        lacking.append(f"falsifier failed: {', '.join(r.falsifiers_failed)}")
    if r.planted_recovered is not True:
        lacking.append("planted effect not run" if r.planted_recovered is None else "planted effect not recovered")
    return tuple(lacking)


def _two_large_lists(robustness: RobustnessSummary | None) -> bool:
    return robustness is not None and large_lists(robustness.lists)[0] == LIST_ONSETS
