"""What a primary test makes of many histories at once: estimates, p-values and whether intervals hold what was planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interventions_stats.engine.options import Alternative, Bools, Floats
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.laid import LaidRegression

LEVEL = 0.90  # of the intervals


@dataclass(frozen=True, slots=True)
class Histories:
    """Numbers of the primary test on each history, all arrays (histories,); NaN where a history gives none.

    Attributes
    ----------
    estimate : array
        Log ratio.
    holds : array
        1 where the 90% interval holds the planted effect, else 0.
    p_superiority : array
        Two-sided for a two-sided proposition.
    p_dismissed : array
        Of an effect of the SESOI or more (in either direction, for a two-sided proposition).
    bf10 : array
        Bayes factor for an effect under a prior of the SESOI's scale.
    """

    estimate: Floats
    holds: Floats
    p_superiority: Floats
    p_dismissed: Floats
    bf10: Floats

    @property
    def ran(self) -> Bools:
        return ~np.isnan(self.estimate)


def relabelled(
    laid: LaidRegression, outcomes: Floats, *, theta: float, delta: float, relabellings: int, seed: int
) -> Histories:
    """Run a test with a relabelling null on onset counts (histories, n), as the verdict runs it on those observed."""
    from scipy import stats

    from interventions_stats.engine.bounds.bayes import half_normal_bf10, normal_bf10

    prop: Any = laid.question.proposition
    test = BatchedTest(laid.design)
    scores, weights = test.scores(laid.design.exposure[None]), test.weights(outcomes)
    two_sided = prop.direction == "two-sided"
    side: Alternative = "two-sided" if two_sided else "greater"
    p = test.p_values(scores, weights, alternative=side, relabellings=relabellings, seed=seed)
    estimate, se = laid.regression.replace_outcomes(outcomes).T
    se = se * np.sqrt(test.design_effect(scores, weights, outcomes))
    ok = np.isfinite(estimate) & np.isfinite(se) & (se > 0)
    estimate, se = np.where(ok, estimate, np.nan), np.where(ok, se, np.nan)
    dismissed = stats.norm.cdf((estimate - delta) / se)
    if two_sided:
        dismissed = np.maximum(dismissed, stats.norm.cdf(-(estimate + delta) / se))
    factor = normal_bf10 if two_sided else half_normal_bf10
    bf10 = np.full(len(estimate), np.nan)
    bf10[ok] = [factor(float(e), float(s), delta) for e, s in zip(estimate[ok], se[ok], strict=True)]
    holds = np.where(ok, np.abs(estimate - theta) <= float(stats.norm.ppf(0.5 + LEVEL / 2)) * se, np.nan)
    return Histories(estimate, holds, p, dismissed, bf10)
