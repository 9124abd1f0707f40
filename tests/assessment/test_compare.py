"""Comparing actors: random effects (closed forms, statsmodels), Holm over the actors, groups of them, and the pool."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import interventions_stats as ist
from interventions_stats.assessment.comparison import Comparison
from interventions_stats.engine.bounds.random_effects import _q
from interventions_stats.engine.bounds.random_effects import random_effects as pool
from interventions_stats.errors import InputError


def test_two_estimates_in_closed_form() -> None:
    """Two estimates with equal variances: Q = d^2 / 2v, tau2 = d^2 / 2 - v, and the mean's HK variance is d^2 / 4."""
    d, v = 1.0, 0.04
    found = pool([0.0, d], [v**0.5, v**0.5])
    assert found.estimate == pytest.approx(d / 2)
    assert found.q == pytest.approx(d**2 / (2 * v)) and found.q_p == pytest.approx(stats.chi2.sf(d**2 / (2 * v), 1))
    assert found.tau2 == pytest.approx(d**2 / 2 - v)
    assert found.i2 == pytest.approx(1 - 1 / found.q)
    assert found.se == pytest.approx(d / 2)  # q = 1 at the Paule-Mandel variance, so the correction does nothing
    assert found.ci == pytest.approx((d / 2 - stats.t.ppf(0.975, 1) / 2, d / 2 + stats.t.ppf(0.975, 1) / 2))
    assert found.ci_adhoc == pytest.approx(found.ci)
    assert all(math.isnan(x) for x in found.prediction)


def test_homogeneous_estimates_are_corrected() -> None:
    """With no spread at all Hartung-Knapp's interval shrinks to a point; the correction restores the fixed effect's."""
    found = pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.4])
    half = stats.t.ppf(0.975, 2) / math.sqrt(1 / 0.01 + 1 / 0.04 + 1 / 0.16)
    assert found.tau2 == 0 and found.q == pytest.approx(0) and found.i2 == 0
    assert found.ci == pytest.approx((0.3, 0.3)) and found.ci_adhoc == pytest.approx((0.3 - half, 0.3 + half))
    wide = stats.t.ppf(0.975, 1) * half / stats.t.ppf(0.975, 2)
    assert found.prediction == pytest.approx((0.3 - wide, 0.3 + wide))


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_statsmodels(seed: int) -> None:
    meta = pytest.importorskip("statsmodels.stats.meta_analysis")
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 12))
    y, s = rng.normal(0.2, 0.3, k), rng.uniform(0.1, 0.4, k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = meta.combine_effects(y, s**2, method_re="iterated", use_t=True, atol=1e-14, maxiter=500)
    ours = pool(y, s)
    assert ours.q == pytest.approx(theirs.q) and ours.i2 == pytest.approx(max(0.0, theirs.i2))
    if abs(_q(theirs.tau2, y, s**2) - (k - 1)) > 1e-8 and theirs.q > k - 1:
        pytest.skip("statsmodels' iteration stopped at a variance that does not solve its equation")
    assert ours.tau2 == pytest.approx(theirs.tau2, abs=1e-10)
    assert ours.estimate == pytest.approx(theirs.mean_effect_re, abs=1e-10)
    assert ours.se == pytest.approx(theirs.sd_eff_w_re_hksj, abs=1e-10)
    low, high = theirs.summary_frame().loc["random effect wls", ["ci_low", "ci_upp"]]
    assert ours.ci == pytest.approx((low, high), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=3, max_size=10),
    st.floats(-2, 2),
    st.floats(0.2, 5),
)
def test_properties(rows: list[tuple[float, float]], shift: float, scale: float) -> None:
    """The variance solves its equation; nothing depends on order; shifting and scaling carry through."""
    y, s = np.array(rows).T
    found = pool(y, s)
    assert found.tau2 == 0 or _q(found.tau2, y, s**2) == pytest.approx(len(y) - 1, abs=1e-6)
    assert pool(y[::-1], s[::-1]).estimate == pytest.approx(found.estimate, abs=1e-7)
    moved = pool(scale * y + shift, scale * s)
    assert moved.estimate == pytest.approx(scale * found.estimate + shift, abs=1e-5)
    assert moved.q == pytest.approx(found.q, rel=1e-6, abs=1e-7)
    assert found.ci_adhoc[0] <= found.ci[0] + 1e-12 and found.ci[1] <= found.ci_adhoc[1] + 1e-12
    assert found.prediction[0] <= found.ci_adhoc[0] + 1e-12


def test_coverage_of_the_pooled_mean() -> None:
    """Over 2,000 sets of five heterogeneous estimates the corrected interval holds the mean in about 95%."""
    rng = np.random.default_rng(6)
    n, k, tau = 2000, 5, 0.3
    s = rng.uniform(0.1, 0.5, (n, k))
    y = 0.4 + tau * rng.standard_normal((n, k)) + s * rng.standard_normal((n, k))
    inside = [low <= 0.4 <= high for low, high in (pool(a, b).ci_adhoc for a, b in zip(y, s, strict=True))]
    error = 4 * math.sqrt(0.95 * 0.05 / n)
    assert 0.95 - error <= np.mean(inside) <= 0.98


def test_side_by_side() -> None:
    found = ist.compare(["RUS", "USA", "TUR"], "W3", quick=True)
    assert list(found.results) == ["RUS", "USA", "TUR"] and found.pooled is not None
    alone = ist.test("W3", actor="USA", quick=True, robustness=False)
    assert found["America"].evidence.estimate == alone.evidence.estimate
    tidy = found.tidy()
    assert tidy["term"].tolist() == ["RUS", "USA", "TUR", "pooled"]
    by_hand = pool(tidy["estimate"][:3], tidy["std_error"][:3])
    assert found.pooled == by_hand and tidy["estimate"][3] == by_hand.estimate
    z = by_hand.ci_adhoc[1] - by_hand.estimate
    assert tidy["std_error"][3] * stats.t.ppf(0.975, 2) == pytest.approx(z)
    assert found.glance()["n_events_total"][0] == sum(len(ist.load_events(n, actor=a)) for n, a in
                                                     (("reconstructed", "RUS"), ("mid", "USA"), ("mid", "TUR")))  # fmt: skip
    assert max(map(len, found.summary().splitlines())) <= 100
    assert "Cochran" in found.summary()


def test_each_state_is_a_row_of_its_own_whatever_codes_it_shares() -> None:
    found = ist.compare([255, 260, "USSR", "RUS"], "W3", events="imi", quick=True)
    assert list(found.results) == ["Germany", "German Federal Republic", "SUN", "RUS"]
    assert found["USSR"].evidence.n_events_total > found["RUS"].evidence.n_events_total > 0
    assert found["West Germany"] is found.results["German Federal Republic"]
    with pytest.raises(InputError, match="unknown actor 'FRA' in the comparison"):
        found["FRA"]


def test_an_actor_without_data_is_a_row_that_says_so() -> None:
    found = ist.compare(["RUS", "TUR"], "W1", quick=True)
    assert found.pooled is None and found["TUR"].verdict == "not_testable"
    assert "approval" in found.untested["TUR"] and "nothing is pooled" in found.summary()
    assert np.isnan(found.glance()["ratio"][0]) and len(found.tidy()) == 2


@pytest.mark.parametrize(
    ("actors", "name", "says"),
    [(["RUS"], "W1", "at least two"), (["RUS", 365], "W1", "each once"), (["RUS", "USA"], "S1", "whoever the actor"),
     ("RUS", "W1", "at least two"), (["RUS", "Andorra"], "W3", "no bundled list has an event by Andorra")],
)  # fmt: skip
def test_mistakes_are_named(actors, name: str, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        ist.compare(actors, name)


@pytest.mark.parametrize(("y", "s"), [([0.1], [0.1]), ([0.1, np.nan], [0.1, 0.1]), ([0.1, 0.2], [0.1, 0.0])])
def test_pool_refuses_what_it_cannot_weigh(y: list[float], s: list[float]) -> None:
    with pytest.raises(InputError, match="pooling needs"):
        pool(y, s)


# -- several actors at once -------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def six() -> Comparison:
    return ist.compare(["RUS", "USA", "TUR", "IRN", "CHN", "ISR"], "W3", quick=True)


def test_p_is_adjusted_over_the_actors_and_the_verdict_uses_it(six) -> None:  # type: ignore[no-untyped-def]
    from statsmodels.stats.multitest import multipletests

    table = six.propositions()
    assert table["p_superiority_holm"].to_numpy() == pytest.approx(
        multipletests(table["p_superiority"], method="holm")[1]
    )
    assert table["p_reverse_holm"].to_numpy() == pytest.approx(multipletests(table["p_reverse"], method="holm")[1])
    assert "adjusted by Holm over the 6 actors" in " ".join(six.summary().split())


def test_the_pool_is_that_of_the_estimates_and_its_widest_prior_decides(six) -> None:  # type: ignore[no-untyped-def]
    pooled = six.pool()
    table = six.propositions()
    by_hand = ist.inference.pool([r.evidence.estimate for r in six.results.values()],
                                 [r.evidence.se_cal for r in six.results.values()], 0.8)  # fmt: skip
    assert list(pooled.pools) == [0.2, 0.4, 0.8] and pooled.widest.scale == 0.8
    assert pooled.bound("Russia") == pytest.approx(math.exp(by_hand.bound()[0]))
    actors = pooled.actors()
    assert actors["ratio"].to_numpy() == pytest.approx(table["ratio"].to_numpy())
    assert actors["bound"].to_numpy() == pytest.approx(table["frontier"].to_numpy())
    spread = [np.ptp(np.log(actors[f"shrunken_{s:g}"])) for s in pooled.pools]
    assert spread == sorted(spread) and spread[-1] < np.ptp(np.log(actors["ratio"]))  # wider priors shrink less
    assert "If Russia is drawn like the others (6 actors)" in pooled.sentence() and "no verdict" in pooled.sentence()
    assert max(map(len, pooled.summary().splitlines())) <= 100 and pooled.glance()["k"][0] == 6


def test_four_actors_have_no_pooled_bound() -> None:
    pooled = ist.compare(["RUS", "USA", "TUR", "IRN"], "W3", quick=True).pool()
    assert not pooled.has_bounds and math.isnan(pooled.bound("RUS"))
    assert pooled.actors()["pooled_bound"].isna().all() and pooled.priors()["new_actor_below"].isna().all()
    assert "too few for a pooled bound" in pooled.sentence() and len(pooled.priors()) == 3


@pytest.mark.parametrize(("priors", "says"), [((0.2, 0.0), "positive"), ((-1.0,), "positive"), ((), "at least one")])
def test_priors_that_cannot_be_are_named(six, priors, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        six.pool(priors)


def test_fewer_than_two_estimates_cannot_be_pooled() -> None:
    with pytest.raises(InputError, match="1 of 2 gave one"):
        ist.compare(["RUS", "TUR"], "W1", quick=True).pool()


def test_the_forest_shows_every_actor_the_mean_and_a_new_one(six) -> None:  # type: ignore[no-untyped-def]
    drawn = six.pool().plot().plotted
    assert drawn["label"].tolist() == [*six.results, "mean", "a new actor"]
    width = np.log(drawn["pooled_high"] / drawn["pooled_low"])
    assert width.iloc[-1] > width.iloc[-2] and (drawn["pooled_low"] < drawn["pooled"]).all()


def test_major_powers_are_those_of_the_system() -> None:
    found = ist.compare("major", "L1", quick=True)
    assert set(found.results) == {"USA", "GBR", "FRA", "DEU", "RUS", "CHN", "JPN"}


@pytest.mark.slow
def test_every_state_with_a_list_is_compared_and_few_are_supported_after_holm() -> None:
    found = ist.compare("all", "L1", quick=True)
    table = found.propositions()
    assert len(table) > 100 and {"RUS", "USA"} <= set(found.results)
    unadjusted = (table["p_superiority"] <= 0.05).sum()
    assert (table["verdict"] == "supported").sum() <= (table["p_superiority_holm"] <= 0.05).sum() < unadjusted
    assert max(map(len, found.summary().splitlines())) <= 100


def test_a_word_that_is_no_group_is_read_as_an_actor() -> None:
    with pytest.raises(InputError, match="at least two actors"):
        ist.compare("Russia", "W3")
    with pytest.raises(InputError, match="unknown actor 'every'"):
        ist.compare("every", "W3")
