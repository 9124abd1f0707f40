"""Findings: whether each claim's literal finding appears in the data, and how large an effect is excluded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.replication.chance import NOTHING, Chance, chance_of_nothing
from interventions_stats.replication.literal import LiteralTest, result
from interventions_stats.replication.study import Claim
from interventions_stats.rules.finding import SELDOM, FindingDecision, FindingName, absence, measured, presence
from interventions_stats.rules.formatting import (
    Measure,
    bounded,
    bounded_text,
    effect_text,
    effect_value,
    missing,
    probability_text,
    value_text,
)

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.assessment.battery import Battery

NAN = float("nan")
COLUMNS = ("claim", "says", "finding", "statistic", "number", "p", "regression", "excluded_above", "excluded", "pooled_bound",
           "detects", "sesoi", "chance_at_sesoi", "chance_at_none", "chance_by", "onsets", "decided", "reading")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strength:
    """What the data say on the size of one proposition's effect, on the log scale.

    ``excluded`` is the effect above which all are excluded (one-sided 95%; of either side in a two-sided proposition),
    ``detects`` the smallest that the test finds with 80% power, ``onsets`` those that identify it and those of the list.
    """

    proposition: str
    measure: Measure
    excluded: float
    detects: float
    sesoi: float
    onsets: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim: its literal tests and what they find, with the strength of it beside.

    Attributes
    ----------
    claim : Claim
    decision : FindingDecision
    tests : tuple of LiteralTest
    strengths : tuple of Strength
        One a proposition whose test decides.
    chance : Chance
    """

    claim: Claim
    decision: FindingDecision
    tests: tuple[LiteralTest, ...] = ()
    strengths: tuple[Strength, ...] = ()
    chance: Chance = NOTHING

    @property
    def name(self) -> FindingName:
        return self.decision.finding

    @property
    def deciding(self) -> tuple[LiteralTest, ...]:
        return tuple(t for t in self.tests if t.decides)

    @property
    def excluded_above(self) -> float:
        """The ratio above which every tested effect is excluded; NaN without a bound."""
        return _largest(s.excluded for s in self.strengths)

    @property
    def detects(self) -> float:
        """The ratio that every test finds with 80% power."""
        return _largest(s.detects for s in self.strengths)

    @property
    def seldom_missed(self) -> bool:
        """Whether an effect of interest would have left this absence with a chance of at most .20."""
        return self.chance.at_sesoi <= SELDOM

    def row(self) -> dict[str, Any]:
        """The finding as one row of ``report.findings``."""
        own = [t.p for t in self.deciding if not missing(t.p)] if self.claim.rule in ("absence", "presence") else []
        values = (
            self.claim.id, self.claim.text, self.name, ", ".join(t.name for t in self.deciding), self.number,
            min(own, default=NAN), self.regression, self.excluded_above, self.excluded, NAN, self.detects,
            _largest(s.sesoi for s in self.strengths), self.chance.at_sesoi, self.chance.at_none, self.chance.how, self.onsets,
            self.decision.text, self.reading(),
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))

    @property
    def number(self) -> str:
        """What the deciding tests gave, in words and numbers."""
        return "; ".join(str(t) for t in self.deciding)

    @property
    def short(self) -> str:
        """The number that a reader looks for first."""
        tests = self.deciding
        if self.claim.rule in ("absence", "presence"):
            shown = [(t.number if len(tests) == 1 else t.name, t.p) for t in tests if not missing(t.p)]
            return ", ".join(f"{what} p {_two(p)}" for what, p in shown)
        return "; ".join(t.number if len(tests) == 1 else f"{t.name} {t.number}" for t in tests)

    @property
    def regression(self) -> str:
        """The conventional regressions, one a proposition."""
        found = {t.proposition: t.conventional for t in self.tests if t.conventional is not None}
        return "; ".join(f"{i}: {c}" if len(found) > 1 else str(c) for i, c in found.items())

    @property
    def excluded(self) -> str:
        """The bounds in words, one a proposition."""
        return _each(self.strengths, _excluded)

    @property
    def onsets(self) -> str:
        """Onsets that identify each proposition's effect, of those there are."""
        return _each(self.strengths, lambda s: f"{s.onsets[0]} of {s.onsets[1]}")

    def reading(self) -> str:
        """Say in one sentence what was found and what could not have been seen."""
        return f"{self.name.capitalize()}: {_told(self)}."


def find(claim: Claim, found: Battery) -> Finding:
    """Run the literal tests of a claim and read the finding off them.

    Parameters
    ----------
    claim : Claim
    found : Battery

    Returns
    -------
    Finding
    """
    if claim.rule == "untestable":
        return Finding(claim, FindingDecision("not testable", claim.note or "no valid test"))
    if claim.rule == "construction":
        return Finding(claim, FindingDecision("by construction", "the list was built to have this number"))
    assert claim.literal is not None
    tests = tuple(claim.literal(found))
    if wrong := [t for t in tests if not isinstance(t, LiteralTest)]:
        raise InputError(
            f"the literal test of {claim.id} returned a {type(wrong[0]).__name__}: return LiteralTest objects"
        )
    if not any(t.decides for t in tests):
        return Finding(claim, FindingDecision("not testable", "its literal test had nothing to run on"), tests)
    deciding = [t for t in tests if t.decides]
    decision = _decide(claim, deciding)
    strengths = tuple(
        s for i in dict.fromkeys(t.proposition for t in deciding if t.proposition) if (s := _strength(i, found))
    )
    return Finding(claim, decision, tests, strengths, chance_of_nothing(claim.rule, deciding, found))


def _decide(claim: Claim, tests: Sequence[LiteralTest]) -> FindingDecision:
    if claim.rule in ("absence", "presence"):
        judge = absence if claim.rule == "absence" else presence
        p = {t.name: 1.0 if claim.rule == "presence" and t.against else t.p for t in tests}
        return judge(p, {t.name: t.attainable for t in tests})
    return measured({t.name: t.holds for t in tests}, claim.counted, reconstructed=claim.rule == "list")


def _strength(name: str, found: Battery) -> Strength | None:
    e = result(found, name).evidence
    if e.raw is None or missing(e.frontier):
        return None
    excluded = max(e.frontier, -e.lower) if e.two_sided else e.frontier
    return Strength(name, e.sesoi.measure, excluded, e.mde, e.sesoi.delta or NAN,
                    (e.n_identifying, max(e.n_events_total, e.n_identifying)))  # fmt: skip


def _told(f: Finding) -> str:
    said = f.decision.text
    if f.name == "not testable":
        return f"{said}; nothing on it could have been seen here"
    if f.name == "by construction":
        return f"{said}, so that it tests nothing"
    if f.claim.rule in ("absence", "presence"):
        return "; ".join(x for x in (said, *_bounds(f), _missed(f)) if x)
    said = f"{f.number}" + (f" ({said.split(' (')[0].split(';')[0]})" if len(f.deciding) > 1 else "")
    if f.name == "list in doubt":
        return f"{said}; a reconstruction cannot refute the list it reconstructs, and the study's own was not seen"
    return "; ".join([said, *(_bounds(f) or ["counts of coded cases, and what no source codes was not seen"])])


def _bounds(f: Finding) -> list[str]:
    """Which effects are excluded and which are not, and of which propositions no effect is in practice."""
    bound = [s for s in f.strengths if bounded(s.excluded)]
    free = [s.proposition for s in f.strengths if not bounded(s.excluded)]
    out = [f"effects above {_each(bound, _excluded)} are excluded and smaller ones are not"] if bound else []
    named = f" of {', '.join(free)}" if len(f.strengths) > 1 else ""
    return out + ([f"the size of the effect{named} is unbounded in practice"] if free else [])


def _excluded(s: Strength) -> str:
    return bounded_text(s.excluded, s.measure)


def _missed(f: Finding) -> str:
    if missing(f.chance.at_sesoi):
        return "the chance of missing an effect of interest was not computed"
    sizes = list(dict.fromkeys(effect_text(s.sesoi, s.measure) for s in f.strengths if not missing(s.sesoi)))
    where = "" if len(f.strengths) < 2 else " in the least visible of them" if f.claim.rule == "absence" else " in each"
    return (f"an effect of {' or '.join(sizes)}{where} would have been missed in {_two(f.chance.at_sesoi)} of histories "
            f"(without one {_two(f.chance.at_none)} show nothing)")  # fmt: skip


def _two(p: float) -> str:
    """A chance to two digits, a p-value near .05 to as many as tell it from that."""
    return probability_text(p if p < 0.01 or abs(p - 0.05) < 0.006 else round(p, 2), apart_from=0.05)


def _largest(logs: Iterable[float]) -> float:
    known = [x for x in logs if not missing(x)]
    return effect_value(max(known)) if known else NAN


def _each(strengths: Sequence[Strength], text: Any) -> str:
    return ", ".join(text(s) + (f" ({s.proposition})" if len(strengths) > 1 else "") for s in strengths)


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row a claim; see :attr:`Report.findings`."""
    from interventions_stats.display.readable import ReadableFrame

    return ReadableFrame([f.row() for f in findings], columns=list(COLUMNS))


def headline(findings: Iterable[Finding]) -> str:
    """Count the findings, and the bounds of the reproduced absences.

    Returns
    -------
    str
        A sentence or two: how many findings are reproduced, how many of the reproduced absences exclude a ratio of 2 and
        of 1.5, and in how many an effect of interest would have been missed with a chance of at most .20.
    """
    every = list(findings)
    testable = [f for f in every if f.name not in ("not testable", "by construction", "list in doubt")]
    if not testable:
        return "No finding could be tested."
    counts = {n: sum(f.name == n for f in testable) for n in ("reproduced", "partly", "not reproduced")}
    told = [f"{counts['reproduced']} of {len(testable)} findings reproduced"]
    told += [f"{counts['partly']} partly"] if counts["partly"] else []
    told += [f"{counts['not reproduced']} not{_named(testable, 'not reproduced')}"] if counts["not reproduced"] else []
    parts = [", ".join(told) + "."]
    absent = [f for f in testable if f.claim.rule == "absence" and f.name == "reproduced"]
    if absent:
        parts.append(_absences(absent))
    rest = {n: sum(f.name == n for f in every) for n in ("list in doubt", "by construction", "not testable")}
    said = ", ".join(f"{k} {n}" for n, k in rest.items() if k)
    return " ".join([*parts, *([f"Not counted: {said}."] if said else [])])


def _absences(absent: Sequence[Finding]) -> str:
    """Count the absences that exclude a ratio of 2 and of 1.5, and those that an effect of interest would rarely have left."""

    def named(chosen: list[Finding]) -> str:
        return f"{len(chosen)}" + (f" ({', '.join(f.claim.id for f in chosen)})" if chosen else "")

    two, less = (named([f for f in absent if f.excluded_above <= r]) for r in (2.0, 1.5))
    seldom = named([f for f in absent if f.seldom_missed])
    return (
        f"Reproduced absences: {len(absent)}; exclude a ratio of 2: {two}; exclude 1.5: {less}; would rarely have come out with "
        f"an effect of the size of interest (chance at most {probability_text(SELDOM)}): {seldom}. Elsewhere absence is cheap."
    )


def _named(findings: Sequence[Finding], name: str) -> str:
    ids = [f.claim.id for f in findings if f.name == name]
    return f" ({', '.join(ids)})" if ids else ""


_BLOCKS = (
    ("Set aside: no evidence of an effect", ("absence",)),
    ("Kept: evidence of an effect", ("presence",)),
    ("Described", ("measures", "list", "construction")),
)


def board(findings: Iterable[Finding], width: int) -> str:
    """The findings as they stand first on a terminal: what the study sets aside, what it keeps, what it describes."""
    import pandas as pd

    from interventions_stats.display.text import frame_text, wrap

    every, parts = list(findings), []
    for title, rules in _BLOCKS:
        mine = [f for f in every if f.claim.rule in rules]
        if not mine:
            continue
        rows = {title: [f"{f.claim.id} {f.claim.text.rstrip('.')}" for f in mine], "finding": [f.name for f in mine],
                "its own test": [f.short for f in mine]}  # fmt: skip
        if any(f.strengths for f in mine):
            rows["excluded above"] = [
                ", ".join(_tight(s, len(f.strengths) > 1) for s in f.strengths) or "-" for f in mine
            ]
        if not all(missing(f.chance.at_sesoi) for f in mine):
            rows["missed"] = [_two(f.chance.at_sesoi) if not missing(f.chance.at_sesoi) else "-" for f in mine]
        parts.append(frame_text(pd.DataFrame(rows), width))
    mute = [f for f in every if f.claim.rule == "untestable"]
    if mute:
        said = " ".join(f"{f.claim.id} {f.claim.text.rstrip('.')} ({f.decision.text})." for f in mute)
        parts.append(wrap(f"Not testable: {said}", width))
    return "\n\n".join(parts)


def _tight(s: Strength, named: bool) -> str:
    """A bound in a narrow cell: the number alone, and ``none`` where it is none in practice."""
    text = value_text(s.excluded, s.measure) if bounded(s.excluded) else "none"
    return f"{s.proposition} {text}" if named else text
