"""The chance that a study's literal tests find nothing, at the smallest effect of interest and at no effect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import LaidRegression
from interventions_stats.replication.literal import LiteralTest, laid_out, result
from interventions_stats.rules.finding import Rule
from interventions_stats.rules.thresholds import ALPHA

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery
    from interventions_stats.assessment.result import Result

HISTORIES, RELABELLINGS = 400, 399
NAN = float("nan")
Miss = Callable[[float, float], float]  # (effect, level) -> chance of a p-value above the level


@dataclass(frozen=True, slots=True)
class Chance:
    """Chance that no literal test comes out at .05.

    Attributes
    ----------
    at_sesoi, at_none : float
        With an effect of the smallest size of interest, and with none; NaN where no test could be simulated.
    how : str
        "simulated", "normal approximation", or both with their propositions.
    """

    at_sesoi: float = NAN
    at_none: float = NAN
    how: str = ""


NOTHING = Chance()  # of a row without a test that could be simulated


def chance_of_nothing(rule: Rule, tests: Sequence[LiteralTest], found: Battery) -> Chance:
    """Compute the chance that a row would read as if there were nothing to find.

    Parameters
    ----------
    rule : {"absence", "presence"}
        For an absence the effect is put where it is least visible and nowhere else, since one effect would refute it; for
        a presence it is put into every proposition, and p-values are held to .05 over their number, as Holm's first step.
    tests : sequence of LiteralTest
        Those that decide. One without a proposition, or whose proposition has no smallest effect, has no say.
    found : Battery

    Returns
    -------
    Chance

    Notes
    -----
    Where the kind of test plants effects, the literal tests of a proposition run on the same planted histories; else its
    calibrated standard error and the normal law stand in.  Propositions are taken as independent.
    """
    if rule not in ("absence", "presence"):
        return NOTHING
    by_proposition: dict[str, list[LiteralTest]] = {}
    for t in tests:
        if t.proposition and _sized(result(found, t.proposition)):
            by_proposition.setdefault(t.proposition, []).append(t)
    if not by_proposition:
        return NOTHING
    level = ALPHA if rule == "absence" else ALPHA / len(tests)
    groups = [(mine, result(found, i)) for i, mine in by_proposition.items()]
    misses, hows = zip(*(_miss(mine, r) for mine, r in groups), strict=True)
    null = [m(0.0, level) for m in misses]
    at = [m(float(r.evidence.sesoi.delta or 0.0), level) for m, (_, r) in zip(misses, groups, strict=True)]
    if rule == "presence":
        sesoi = math.prod(at)
    else:
        sesoi = max(a * math.prod(null[:i] + null[i + 1 :]) for i, a in enumerate(at))
    return Chance(sesoi, math.prod(null), _how(list(by_proposition), list(hows)))


def _sized(r: Result) -> bool:
    """Whether a result was tested and has a smallest effect of interest."""
    return r.evidence.raw is not None and bool(r.evidence.sesoi.delta)


def _how(names: list[str], hows: list[str]) -> str:
    kinds = list(dict.fromkeys(hows))
    if len(kinds) == 1:
        return kinds[0]
    return "; ".join(f"{k}: {', '.join(n for n, h in zip(names, hows, strict=True) if h == k)}" for k in kinds)


def _miss(tests: list[LiteralTest], r: Result) -> tuple[Miss, str]:
    """How all literal tests of one proposition come out above a level, on the same planted histories where it can be done."""
    kind = kind_of(r.proposition)
    laid = laid_out(r) if kind.plants else None
    able = [t for t in tests if t.simulated is not None or (t.registered and isinstance(laid, LaidRegression))]
    if laid is None or not able:
        se = r.evidence.se_cal
        return _normal(
            se if se > 0 else math.inf, tests[0].two_sided
        ), "normal approximation"  # without a scale: no power

    def simulated(theta: float, level: float) -> float:
        seed = branch(r.evidence.seed, r.proposition.id, "finding", theta)
        histories = kind.plant(laid, theta, HISTORIES, np.random.default_rng(seed))
        p = [
            t.simulated(laid, histories)
            if t.simulated is not None
            else kind.p_values(laid, histories, relabellings=RELABELLINGS, seed=seed)[:, 0]
            for t in able
        ]
        return float((np.min(p, axis=0) > level).mean())

    return simulated, "simulated"


def _normal(se: float, two_sided: bool) -> Miss:
    def miss(theta: float, level: float) -> float:
        from scipy import stats

        z = float(stats.norm.isf(level / 2 if two_sided else level))
        below = float(stats.norm.cdf(z - theta / se))
        return below - float(stats.norm.cdf(-z - theta / se)) if two_sided else below

    return miss
