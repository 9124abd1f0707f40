"""The core rule on simulated histories, against the error rates that the method tabulates.

The method's rates come from simulated panels; here an estimate is drawn from
normal(theta, sqrt(deff / n)), so they are matched in kind: each share within
.06 of the tabulated one (measured: largest gap .040), error rates within .02.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from interventions_stats.rules.evidence_numbers import EvidenceNumbers
from interventions_stats.rules.flips import half_normal_bf10, reverse_bf
from interventions_stats.rules.verdict import core_verdict

HISTORIES = 1_500
DEFF = 1.25
KIND = 0.06
ERROR = 0.02


def shares(n: int, ratio: float, theta: float, seed: int) -> tuple[float, float, float]:
    """Share supported, dismissed or reversed, inconclusive: without Holm and prior range, as tabulated."""
    se, delta = math.sqrt(DEFF / n), math.log(ratio)
    drawn = np.random.default_rng(seed).normal(theta, se, HISTORIES)
    counts: Counter[str] = Counter()
    for estimate in drawn:
        middle = half_normal_bf10(estimate, se, delta)
        e = EvidenceNumbers(
            estimate=estimate,
            se=se,
            p_superiority=float(stats.norm.sf(estimate / se)),
            p_noninferiority=float(stats.norm.cdf((estimate - delta) / se)),
            p_reverse=float(stats.norm.cdf(estimate / se)),
            bf10=(middle, middle, middle),
            bf_reverse=reverse_bf(estimate, se, delta),
            upper=estimate + 1.6448536 * se,
            delta=delta,
            mde=(1.6448536 + 0.8416212) * se,
            n_events=n,
            n_events_total=n,
            n_identifying=n,
        )
        counts[core_verdict(e).verdict] += 1
    supported = counts["supported"] + counts["supported_trivial"]
    rejected = counts["dismissed"] + counts["reversed"]
    undecided = counts["inconclusive_mixed"] + counts["inconclusive_underpowered"] + counts["bounded"]
    assert supported + rejected + undecided == HISTORIES
    return supported / HISTORIES, rejected / HISTORIES, undecided / HISTORIES


@pytest.mark.parametrize(
    ("n", "ratio", "at_delta", "tabulated"),
    [
        (25, 2.0, False, (0.029, 0.544, 0.427)),
        (25, 2.0, True, (0.855, 0.003, 0.141)),
        (25, 1.5, False, (0.047, 0.287, 0.666)),
        (25, 1.5, True, (0.478, 0.009, 0.513)),
        (10, 2.0, False, (0.030, 0.367, 0.604)),
        (10, 2.0, True, (0.569, 0.007, 0.423)),
    ],
)
def test_shares_match_the_method_in_kind(n: int, ratio: float, at_delta: bool, tabulated: tuple[float, ...]) -> None:
    found = shares(n, ratio, math.log(ratio) if at_delta else 0.0, seed=20_210)
    assert found == pytest.approx(tabulated, abs=KIND)
    wrong = 1 if at_delta else 0  # rejecting a true effect of size delta; supporting none
    assert found[wrong] == pytest.approx(tabulated[wrong], abs=ERROR)
    assert found[wrong] <= 0.05 + 2.58 * math.sqrt(0.05 * 0.95 / HISTORIES)


def test_larger_designs_decide_more() -> None:
    """More onsets turn inconclusive histories into right verdicts, under both truths."""
    small, large = shares(10, 2.0, 0.0, seed=5), shares(50, 2.0, 0.0, seed=5)
    assert large[1] > small[1] + 0.2 and large[2] < small[2] - 0.2
    small, large = shares(10, 2.0, math.log(2), seed=6), shares(50, 2.0, math.log(2), seed=6)
    assert large[0] > small[0] + 0.2
