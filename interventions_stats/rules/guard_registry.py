"""The catalogue of guards G01-G28: the trap, what is done about it, and the remedy.

``warn`` attaches to a result, ``cap`` limits its verdict or its grade,
``refuse`` names what to do instead.  A refusal raises when the *caller* asked
for the refused thing; when a registered proposition meets data that trip it,
the finding goes into the evidence and the verdict is ``not_testable``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from interventions_stats.errors import RefusalError, unknown_name

Action = Literal["warn", "cap", "refuse"]
Cap = Literal["inconclusive_mixed", "B", "C", "D"]
FlagName = Literal["fragile", "single_list", "few_onsets", "events_only", "exploratory", "truncated_source"]

Enforced = Literal["checked", "by construction"]

ACTIONS: tuple[Action, ...] = ("warn", "cap", "refuse")


@dataclass(frozen=True, slots=True)
class Guard:
    """One row of the catalogue.

    ``action`` is the strongest the guard can take; ``enforced`` says whether a number is held to it (``checked``) or what it
    warns of cannot be done at all (``by construction``), and ``where``.
    """

    id: str
    trap: str
    action: Action
    remedy: str

    @property
    def enforced(self) -> Enforced:
        return "by construction" if self.id in _BY_CONSTRUCTION else "checked"

    @property
    def where(self) -> str:
        return _BY_CONSTRUCTION.get(self.id) or _CHECKED[self.id]


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """A guard that tripped.

    Attributes
    ----------
    guard : str
        Its id, ``"G05"`` for example.
    action : {"warn", "cap", "refuse"}
    message, remedy : str
        What was found, with the number that tripped it, and what to do.
    cap : str or None
        The best verdict (``"inconclusive_mixed"``) or grade (``"B"``, ``"C"``,
        ``"D"``) still allowed.
    flag : str or None
        The result flag that it raises.
    """

    guard: str
    action: Action
    message: str
    remedy: str
    cap: Cap | None = None
    flag: FlagName | None = None

    @property
    def text(self) -> str:
        """One line that begins with the guard's id: what was found, and what was done or is left to do."""
        if self.action != "refuse" and self.guard in DONE:
            return f"{self.guard}: {self.message} {DONE[self.guard]}".rstrip()
        return f"{self.guard}: {self.message} Remedy: {self.remedy}"


# What the library has done itself where a guard only warns or caps; nothing is then left to the reader.
DONE: dict[str, str] = {
    "G06": "The test was run again without those rows.",
    "G07": "Leaders are strata, so only months of one leader are compared.",
    "G08": "Trends were taken out within strata.",
    "G09": "",
    "G10": "The list of conflict systems is one of those it was run on.",
    "G11": "The p-value comes from relabelling, not from clusters.",
    "G13": "The sample is the part inside the coverage.",
    "G16": "Months of a year share its value, and the shift keeps them together.",
    "G18": "The result is flagged.",
    "G20": "The range is printed.",
    "G21": "Both bounds are printed.",
    "G23": "The result is flagged.",
    "G24": "The types are printed apart.",
}


GUARDS: tuple[Guard, ...] = (
    Guard(
        "G01",
        "Only events, no rows without one: selection on the outcome.",
        "refuse",
        "Add the non-event rows of the risk set, or test the share of events against a base rate p0.",
    ),
    Guard(
        "G02",
        "Fewer than 5 events per parameter (refused for maximum likelihood) or fewer than 10 (warned).",
        "refuse",
        "Drop parameters, or use Firth logit with profile intervals.",
    ),
    Guard(
        "G03",
        "A column separates events from non-events, so the maximum-likelihood estimate is infinite.",
        "refuse",
        "Use Firth logit with a profile interval, and read the direction of separation beside it.",
    ),
    Guard(
        "G04",
        "Hauck-Donner: the Wald statistic shrinks while the effect grows.",
        "refuse",
        "Use the penalised likelihood-ratio test and a profile interval.",
    ),
    Guard(
        "G05",
        "Exposure measured at or after the onset, or at lag 0: a rally then looks like its cause.",
        "refuse",
        "Use an exposure measured before the onset: lag 1 or more.",
    ),
    Guard(
        "G06",
        "Exposure measured within 6 months after a combat onset, the window of a rally.",
        "cap",
        "Rerun with those rows masked; the verdict must agree.",
    ),
    Guard(
        "G07",
        "More than half of the exposure's variance lies between leaders: pooling compares leaders, not months.",
        "refuse",
        "Stratify by leader; print the within and the between estimate apart.",
    ),
    Guard(
        "G08",
        "Exposure and onset both trend within a stratum (each tested at .10), so a plain circular shift is invalid.",
        "refuse",
        "Detrend, use windowed shifts (24 months either way), or year blocks with a calendar spline.",
    ),
    Guard(
        "G09",
        "Design effect above 1.2: the naive standard error is too small.",
        "refuse",
        "Use the calibrated standard error (multiply by the square root of the design effect).",
    ),
    Guard(
        "G10",
        "Onsets cluster: dispersion above 1.3.",
        "cap",
        "Rerun with onsets collapsed to conflict systems; the result is fragile if the verdict flips.",
    ),
    Guard(
        "G11",
        "Too few clusters for cluster-robust errors: below 20 (warned) or 8 (refused).",
        "refuse",
        "Use a permutation test, CR2 with Satterthwaite degrees of freedom, or the wild cluster bootstrap.",
    ),
    Guard(
        "G12",
        "Rows dropped from the risk set because of an ongoing intervention take new onsets with them.",
        "refuse",
        "Drop a target's row only for the case already under way; keep new cases there as onsets; drop nothing from actor panels.",
    ),
    Guard(
        "G13",
        "Events outside a source's coverage (MID to 2014, IMI to 2005, ICB to 2017).",
        "refuse",
        "List the events lost, restate the sample, and read the grade as C at best; with fewer than 4 onsets left use another source.",
    ),
    Guard(
        "G14",
        "Onset dates recorded more coarsely than the panel's period.",
        "refuse",
        "Impute the date many times over its interval, or use a panel with longer periods.",
    ),
    Guard(
        "G15",
        "The definition of an event is a fork: one list is one branch of it.",
        "cap",
        "Test at least three lists: report-like, combat, collapsed systems, unilateral, MID hostility 4 or more, IMI.",
    ),
    Guard(
        "G16",
        "An annual covariate repeated over the months of a year counts one observation twelve times.",
        "refuse",
        "Cluster or permute by year.",
    ),
    Guard(
        "G17",
        "Several primary tests read at one unadjusted level.",
        "warn",
        "Adjust by Holm within the driver, for superiority and for reverse apart.",
    ),
    Guard(
        "G18",
        "The SESOI or the specification was set after the data were seen.",
        "cap",
        "Register the proposition before attaching data; until then report it as exploratory.",
    ),
    Guard(
        "G19",
        "A control that is a mediator or a descendant of the exposure takes away part of the effect.",
        "refuse",
        "Leave it out of the primary test; it may enter a labelled sensitivity analysis.",
    ),
    Guard(
        "G20",
        "The Bayes factor changes side over the registered range of priors.",
        "cap",
        "Read the verdict as inconclusive, and print the factor for each prior.",
    ),
    Guard(
        "G21",
        "Noise in an exposure or in the list of events pulls the estimate toward zero and makes a dismissal too easy.",
        "warn",
        "Print the frontier divided by the reliability beside the frontier.",
    ),
    Guard(
        "G22",
        "Text that denies an effect outright and states no bound.",
        "refuse",
        'State the bound in the same sentence: "effects larger than OR 1.8 are rejected".',
    ),
    Guard(
        "G23",
        "One event, target, year or leader carries the verdict.",
        "cap",
        "Name the case and report the verdict as fragile.",
    ),
    Guard(
        "G24",
        "Kinds of intervention differ, and a pooled verdict hides it.",
        "warn",
        "Print a verdict per type, judged by the maximum statistic over types.",
    ),
    Guard(
        "G25",
        "Cases beyond the fitted period used as if they were part of the test.",
        "refuse",
        "Score them as a hold-out forecast only.",
    ),
    Guard(
        "G26",
        "A trend shared across strata: the pooled estimate disagrees with the within-stratum ones.",
        "cap",
        "Report the within-stratum estimates; a verdict needs their agreement.",
    ),
    Guard(
        "G27",
        "One indicator serves two drivers, so their support overlaps.",
        "warn",
        "Do not add the drivers up; print the overlap.",
    ),
    Guard(
        "G28",
        "Re-hatting of the same force, or UN missions, counted as new interventions.",
        "cap",
        "Test the collapsed and the unilateral list beside the primary one.",
    ),
)

_CHECKED = {
    "G01": "outcome of every regression, strata of every shift test",
    "G02": "logit, cloglog, conditional and rare-events logit by maximum likelihood",
    "G03": "every estimator by maximum likelihood",
    "G04": "Wald tests of a logit",
    "G05": "panels, and the lag of every proposition",
    "G06": "monthly tests of approval and of the country's direction, run again without the window",
    "G07": "tests of a series",
    "G08": "tests of a series, in each stratum",
    "G09": "tests of series, target-years and power-years",
    "G10": "tests of series and of rates; the verdict on the collapsed list",
    "G11": "cluster-robust errors; tests over powers",
    "G13": "tests over target-years",
    "G14": "events placed on a panel",
    "G15": "the verdict with its robustness",
    "G16": "monthly tests of a series",
    "G18": "test() with a SESOI or fields of one's own",
    "G19": "controls of a test over target-years",
    "G20": "every verdict",
    "G21": "every upper bound, by the coding confidence of the events used",
    "G22": "claims, notes and reasons; check_language()",
    "G23": "the verdict without each event or power",
    "G24": "combat and stabilisation, under one relabelling",
    "G27": "the horse race of drivers",
}
_BY_CONSTRUCTION = {
    "G12": "panels drop no row: an ongoing intervention is a column, and a new case in the same target an onset",
    "G17": "a battery adjusts by Holm within each driver, for superiority and for reverse apart",
    "G25": "a case beyond the sample enters hold_out() alone, which scores and does not test",
    "G26": "shifts and regressions compare within strata only; a pooled estimate is never formed",
    "G28": "the collapsed and the unilateral list are registered with every proposition on Russian events",
}

_BY_ID = {guard.id: guard for guard in GUARDS}


def guard(guard_id: str) -> Guard:
    """Return one guard by id.

    Examples
    --------
    >>> guard("G05").action
    'refuse'
    """
    try:
        return _BY_ID[guard_id]
    except KeyError:
        raise unknown_name("guard", guard_id, _BY_ID) from None


def finding(
    guard_id: str,
    message: str,
    *,
    action: Action | None = None,
    remedy: str | None = None,
    cap: Cap | None = None,
    flag: FlagName | None = None,
) -> GuardFinding:
    """Build the finding of a guard; action and remedy default to the catalogue's."""
    row = guard(guard_id)
    return GuardFinding(guard_id, action or row.action, message, remedy or row.remedy, cap, flag)


def catalogue() -> list[dict[str, str]]:
    """List every guard as a row with ``id``, ``trap``, ``action``, ``remedy``, ``enforced`` and ``where``.

    Examples
    --------
    >>> rows = catalogue()
    >>> len(rows), rows[0]["id"], sorted(rows[0])
    (28, 'G01', ['action', 'enforced', 'id', 'remedy', 'trap', 'where'])
    """
    names = ("id", "trap", "action", "remedy", "enforced", "where")
    return [{name: getattr(g, name) for name in names} for g in GUARDS]


def refusals(findings: Iterable[GuardFinding | None]) -> tuple[GuardFinding, ...]:
    """Keep the findings that refuse; ``None`` stands for a guard that did not trip."""
    return tuple(f for f in findings if f is not None and f.action == "refuse")


def raise_if_refused(findings: Iterable[GuardFinding | None]) -> None:
    """Raise for the first refusal among findings; further ones are named in its message.

    Raises
    ------
    RefusalError
        With the id, the message and the remedy of the guard.
    """
    refused = refusals(findings)
    if not refused:
        return
    first, others = refused[0], [f.guard for f in refused[1:]]
    also = f" Also refused by {', '.join(others)}." if others else ""
    raise RefusalError(first.guard, first.message + also, first.remedy)
