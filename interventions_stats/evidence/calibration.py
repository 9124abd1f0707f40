"""Error rates of the primary tests, measured on their own panels: size under null histories, and planted effects found again.

The real onset dates are held fixed and the exposure is drawn anew, as persistent, as trending and as skewed as the one in
the data; in a second scheme the exposure is kept and the onsets are drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.errors import InputError
from interventions_stats.evidence.null_models import (
    EXPOSURE_MODELS,
    ONSET_MODELS,
    by_nearness,
    null_exposures,
    null_onsets,
    rematched,
)
from interventions_stats.evidence.seeds import branch
from interventions_stats.panels.build import exposure
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out, lay_out_regression
from interventions_stats.primary.question import Question
from interventions_stats.primary.target_ground import at_home, ordinals
from interventions_stats.rules.thresholds import BF_EVIDENCE

if TYPE_CHECKING:
    from interventions_stats.events.event_list import EventList

TargetModel = Literal["re-matched", "nearness"]
LEVEL = 0.05
BAND = (0.03, 0.07)
CELLS = 4_000_000  # numbers of a history batch held at once
MULTIPLES = (0.0, 0.5, 1.0, 2.0)  # of ln(SESOI), planted


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Share of null histories that a test rejects at a nominal 5%.

    Attributes
    ----------
    proposition, test : str
    redrawn : {"exposure", "onsets"}
        What was drawn anew while the other stayed as observed.
    model : str
        How it was drawn, see :mod:`interventions_stats.evidence.null_models`.
    histories : int
    superiority, reverse : float
        Size of the test the verdict ``supported`` rests on (two-sided for a two-sided proposition) and of the reverse one.
    """

    proposition: str
    test: str
    redrawn: str
    model: str
    histories: int
    superiority: float
    reverse: float

    @property
    def superiority_se(self) -> float:
        return monte_carlo_se(self.superiority, self.histories)

    @property
    def reverse_se(self) -> float:
        return monte_carlo_se(self.reverse, self.histories)

    def inside(self, slack: float = 0.0) -> bool:
        """Whether both sizes lie in the band, give or take ``slack`` of their Monte Carlo standard errors."""
        sizes = ((self.superiority, self.superiority_se), (self.reverse, self.reverse_se))
        return all(BAND[0] - slack * se <= size <= BAND[1] + slack * se for size, se in sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a primary test makes of an effect that was planted in its data.

    Attributes
    ----------
    multiple : float
        Of ln(SESOI); ``truth`` is the effect on the log scale.
    mean, spread : float
        Of the estimates over histories; the median, and the spread of the rest, where an exact estimate is infinite in some.
    coverage : float
        Share of histories whose calibrated 90% interval holds the truth.
    superiority : float
        Share with a superiority p of at most .05.
    noninferiority : float
        Share with a non-inferiority p (TOST, for a two-sided proposition) of at most .05.
    dismissed : float
        Share that the core rule dismisses, which also asks for BF01 >= 3: false dismissals where the truth is the SESOI or
        more.
    histories, failed : int
        Histories used, and those in which the regression had no solution.
    """

    proposition: str
    multiple: float
    truth: float
    mean: float
    spread: float
    coverage: float
    superiority: float
    noninferiority: float
    dismissed: float
    histories: int
    failed: int


def monte_carlo_se(share: float, histories: int) -> float:
    """Standard error of a share of simulated histories, never less than that of one more success."""
    p = min(max(share, 1 / (histories + 1)), 1 - 1 / (histories + 1))
    return math.sqrt(p * (1 - p) / histories)


def calibrated(propositions: dict[str, Proposition], iso3: str) -> list[Proposition]:
    """Propositions whose primary test has a relabelling null and that are not frozen as not testable for the actor."""
    return [p for p in propositions.values() if kind_of(p).relabels and p.reason_untestable(iso3) is None]


def of_targets(propositions: dict[str, Proposition], iso3: str) -> list[Proposition]:
    """Propositions that are tested over targets and periods, and not frozen as not testable for the actor."""
    return [p for p in propositions.values() if "targets" in kind_of(p).reads and not kind_of(p).own_events
            and kind_of(p).plants and p.reason_untestable(iso3) is None]  # fmt: skip


def target_size(
    prop: Proposition,
    events: EventList,
    model: TargetModel,
    *,
    histories: int = 1_000,
    relabellings: int = 999,
    seed: int = 0,
) -> Size:
    """Measure the size of a test over targets when the observed onsets fall on other targets.

    Parameters
    ----------
    model : {"re-matched", "nearness"}
        ``re-matched`` matches the observed onsets anew to targets and periods: how many each target and each period has
        stays as observed, however they crowd.  ``nearness`` draws each year's targets by the home region and the log
        distance of capitals alone, with the weights that the observed targets have.
    """
    laid = lay_out(Question(prop, events, draws=relabellings))
    rng = np.random.default_rng(branch(seed, prop.id, "size", "onsets", model))
    rows, counts = laid.rows, laid.counts
    if model == "re-matched":
        units, periods = np.unique(rows["target_ccode"].to_numpy(), return_inverse=True)[1], ordinals(rows)
        drawn = rematched(units, periods - periods.min(), counts, histories, rng)
    else:
        distance = exposure(rows, parse_term("distance.log"), events.actor, prop.unit, prop.lag)
        near = np.column_stack([at_home(events.actor, rows), distance])
        drawn = by_nearness(rows["year"].to_numpy(int), near, counts, histories, rng)
    p = [
        kind_of(prop).p_values(laid, part, relabellings=relabellings, seed=int(rng.integers(2**31)))
        for part in np.array_split(drawn, max(1, drawn.size // CELLS))
    ]
    rejected = (np.concatenate(p) <= LEVEL).mean(axis=0)
    return Size(proposition=prop.id, test=f"{prop.test}", redrawn="onsets", model=model, histories=histories,
                superiority=float(rejected[0]), reverse=float(rejected[1]))  # fmt: skip


def sizes(
    prop: Proposition, events: EventList, *, histories: int = 1_000, relabellings: int = 999, seed: int = 0,
    exposure_models: tuple = EXPOSURE_MODELS, onset_models: tuple = ONSET_MODELS,
) -> list[Size]:  # fmt: skip
    """Measure the size of a proposition's primary test on its own panel under every null model.

    Parameters
    ----------
    histories : int, default 1,000
        Null histories a model.
    relabellings : int, default 999
        Behind each p-value.
    """
    design = lay_out_regression(Question(prop, events)).design
    test = BatchedTest(design)
    weights, scores = test.weights(design.counts[None]), test.scores(design.exposure[None])
    sides: tuple[Alternative, Alternative] = ("two-sided" if prop.direction == "two-sided" else "greater", "less")

    def measured(kind: str, model: str, draw: Callable[[int, np.random.Generator], tuple[Floats, Floats]]) -> Size:
        rng = np.random.default_rng(branch(seed, prop.id, "size", kind, model))
        hits, done = np.zeros(2), 0
        step = max(1, CELLS // max(design.layout.n, relabellings))
        while done < histories:
            size = min(step, histories - done)
            pair = draw(size, rng)
            # other shifts for every batch, so that what few shared draws do by chance averages out
            p = [
                test.p_values(*pair, alternative=side, relabellings=relabellings, seed=int(rng.integers(2**31)))
                for side in sides
            ]
            hits += [float((q <= LEVEL).sum()) for q in p]
            done += size
        return Size(proposition=prop.id, test=f"{prop.test}", redrawn=kind, model=model, histories=histories,
                    superiority=hits[0] / histories, reverse=hits[1] / histories)  # fmt: skip

    found = [
        measured("exposure", m, lambda k, rng, m=m: (test.scores(null_exposures(design, m, k, rng)), weights))  # type: ignore[misc]
        for m in exposure_models
    ]
    found += [
        measured("onsets", m, lambda k, rng, m=m: (scores, test.weights(null_onsets(design, m, k, rng))))  # type: ignore[misc]
        for m in onset_models
    ]
    return found


def exact_sizes(events: EventList, *, histories: int = 1_000, seed: int = 0) -> list[Size]:
    """Sizes of the primary tests that are exact: attained ones, below 5% by as much as their discreteness costs.

    L1 over the binomial of its events; L2 over histories of a constant rate, years independent, with as many events as
    observed; I2 over the hypergeometric of its table; I1 over states drawn at random for those that were supported.
    """
    from interventions_stats.drivers.registry import PROPOSITIONS

    rate = PROPOSITIONS["L1"]
    return [
        _rate_size(rate, events), _break_size(PROPOSITIONS["L2"], events, histories, seed), _share_size(PROPOSITIONS["I2"], events),
        *(_rank_size(PROPOSITIONS[i], events, seed) for i in ("I1", "I1b")),
    ]  # fmt: skip


def _exact(prop: Proposition, model: str, greater: float, less: float, histories: int = 10**9) -> Size:
    return Size(proposition=prop.id, test=str(prop.test), redrawn="onsets", model=model, histories=histories,
                superiority=greater, reverse=less)  # fmt: skip


def _details(prop: Proposition, events: EventList) -> dict[str, Any]:
    from interventions_stats.evidence.gather import gather

    raw = gather(Question(prop, events, draws=99)).raw
    if raw is None:
        raise InputError(f"{prop.id} cannot run on the list {events.definition!r}, so it has no size there.")
    return raw.details


def _rate_size(prop: Proposition, events: EventList) -> Size:
    from scipy import stats

    details = _details(prop, events)
    n, (new, old) = sum(details["events"]), details["years"]
    k = np.arange(n + 1)
    law = stats.binom(n, new / (new + old))
    p, greater, less = law.pmf(k), law.sf(k - 1), law.cdf(k)
    return _exact(prop, "binomial", float(p[greater <= LEVEL].sum()), float(p[less <= LEVEL].sum()))


def _share_size(prop: Proposition, events: EventList) -> Size:
    from scipy import stats

    (a, b), (c, d) = _details(prop, events)["table"]
    law = stats.hypergeom(a + b + c + d, a + c, a + b)
    k = np.arange(a + b + 1)
    p = law.pmf(k)
    return _exact(prop, "hypergeometric", float(p[law.sf(k - 1) <= LEVEL].sum()), float(p[law.cdf(k) <= LEVEL].sum()))


def _break_size(prop: Proposition, events: EventList, histories: int, seed: int) -> Size:
    from interventions_stats.engine.permutation.breaks import break_test
    from interventions_stats.primary.kinds.rate_breaks import least_segment

    laid = lay_out(Question(prop, events))
    yearly, boundary = laid.counts, laid.details["boundary"]
    least = least_segment(boundary, len(yearly))
    rng = np.random.default_rng(branch(seed, prop.id, "size"))
    drawn = rng.multinomial(int(yearly.sum()), np.full(len(yearly), 1 / len(yearly)), histories)
    p = [
        break_test(row, boundary=boundary, min_segment=least, draws=499, seed=int(rng.integers(2**31))).p_rank
        for row in drawn
    ]
    return _exact(prop, "constant rate", float(np.mean(np.array(p) <= LEVEL)), math.nan, histories)


def _rank_size(prop: Proposition, events: EventList, seed: int) -> Size:
    """The test's own null against a second, independent draw of it."""
    from interventions_stats.evidence.gather import gather

    found = [gather(Question(prop, events, draws=20_000, seed=branch(seed, i))).raw for i in ("null", "history")]
    reference, drawn = (np.empty(0) if raw is None or raw.null is None else raw.null for raw in found)
    if not len(drawn):
        return _exact(prop, "exchanged states", math.nan, math.nan)
    below, m = np.sort(reference), len(reference) + 1
    greater = (len(below) - np.searchsorted(below, drawn - 1e-9, side="left") + 1) / m
    less = (np.searchsorted(below, drawn + 1e-9, side="right") + 1) / m
    return _exact(prop, "exchanged states", float((greater <= LEVEL).mean()), float((less <= LEVEL).mean()), len(drawn))


def recovery(
    prop: Proposition, events: EventList, *, multiples: tuple[float, ...] = MULTIPLES, histories: int = 200,
    relabellings: int = 499, seed: int = 0,
) -> list[Recovery]:  # fmt: skip
    """Plant effects of half, once and twice ln(SESOI) on the observed exposure and run the whole primary test on each history.

    The regression, the design effect and the calibrated interval are those of the verdict.  A proposition without a SESOI
    (S2) is planted with multiples of ln 1.5.
    """
    from interventions_stats.rules.sesoi import sesoi

    laid = lay_out(Question(prop, events, draws=relabellings))
    kind, found = kind_of(prop), []
    delta = sesoi(prop.delta, prop.scale).delta or math.log(1.5)  # type: ignore[arg-type]
    for multiple in multiples:
        truth = multiple * delta
        rng = np.random.default_rng(branch(seed, prop.id, "recovery", multiple))
        counts = kind.plant(laid, truth, histories, rng)
        h = kind.histories(
            laid, counts, theta=truth, delta=delta, relabellings=relabellings, seed=int(rng.integers(2**31))
        )
        ok = h.ran
        finite = h.estimate[np.isfinite(h.estimate)]
        mean = finite.mean() if len(finite) == ok.sum() else np.median(h.estimate[ok])
        dismissed = h.p_dismissed[ok] <= LEVEL
        found.append(Recovery(
            proposition=prop.id, multiple=multiple, truth=truth, mean=float(mean), spread=float(finite.std()),
            coverage=float(h.holds[ok].mean()), superiority=float((h.p_superiority[ok] <= LEVEL).mean()),
            noninferiority=float(dismissed.mean()), dismissed=float((dismissed & (h.bf10[ok] <= 1 / BF_EVIDENCE)).mean()),
            histories=int(ok.sum()), failed=int((~ok).sum()),
        ))  # fmt: skip
    return found
