"""Complementary log-log and Poisson: 40-digit and closed-form checks, time powers, dispersion."""

from __future__ import annotations

import itertools
import warnings

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats import marginal_effects
from interventions_stats.errors import ConvergenceWarning, EstimationError, GuardWarning, InputError, UnknownNameError
from interventions_stats.estimators import cloglog, negative_binomial, poisson

RNG = np.random.default_rng(5)
X = RNG.normal(size=(80, 2))
T = np.arange(80) % 30
Y = (RNG.random(80) < 0.25).astype(float)


def test_cubic_time_to_forty_digits() -> None:
    with pytest.warns(GuardWarning, match="G02"):
        fit = cloglog(y=Y, X=X[:, 0], time=T)
    rows = [
        [mp.mpf(1), mp.mpf(float(x)), *(mp.mpf(int(t)) ** k for k in (1, 2, 3))]
        for x, t in zip(X[:, 0], T, strict=True)
    ]

    def score(*b: object) -> list[object]:
        total = [mp.mpf(0)] * 5
        for row, y in zip(rows, Y, strict=True):
            rate = mp.exp(mp.fsum(v * c for v, c in zip(row, b, strict=True)))
            u = rate / mp.expm1(rate) if y else -rate
            total = [s + u * v for s, v in zip(total, row, strict=True)]
        return total

    mp.mp.dps = 40
    exact = mp.findroot(score, [mp.mpf(float(v)) for v in fit.params])
    assert_allclose(fit.params, [float(v) for v in exact], rtol=1e-9, atol=1e-10)


def test_time_by_name_by_array_and_by_hand_are_one() -> None:
    frame = pd.DataFrame({"y": Y, "x": X[:, 0], "peace_years": T})
    by_name = cloglog("y ~ x", frame, time="peace_years", firth=True)
    by_array = cloglog(Y, X[:, 0], time=T, firth=True)
    by_hand = cloglog(Y, np.column_stack([X[:, 0], T, T**2, T**3]), firth=True)
    assert by_name.names == ("Intercept", "x", "t", "t2", "t3")
    assert_allclose(by_name.params, by_hand.params, rtol=1e-12)
    assert_allclose(by_array.params, by_hand.params, rtol=1e-12)
    with pytest.raises(InputError, match="already has a column 't2'"):
        cloglog("y ~ x", frame.assign(t2=1.0), time="peace_years")
    with pytest.raises(InputError, match="negative at row 3"):
        cloglog(Y, X, time=np.where(np.arange(80) == 3, -1, T))


def test_saturated_poisson_is_the_rate_ratio() -> None:
    fit = poisson(y=[60, 30], X=[1.0, 0.0], exposure=[51477.5, 54308.7])
    assert_allclose(np.exp(fit.params[1]), 2.10999757175465, rtol=1e-12)
    assert_allclose(fit.bse[1], np.sqrt(1 / 60 + 1 / 30), rtol=1e-10)
    assert_allclose(fit.predict(), [60, 30], rtol=1e-12)


def test_firth_poisson_adds_half_an_event_to_each_cell() -> None:
    fit = poisson(y=[0, 7], X=[1.0, 0.0], exposure=[21, 8], firth=True)
    assert_allclose(fit.params, [np.log(7.5 / 8), np.log((0.5 / 21) / (7.5 / 8))], atol=1e-10)
    assert fit.separation.columns == ("x1",) and fit.separation.directions == (-1,)


def test_dispersion() -> None:
    y = np.random.default_rng(1).negative_binomial(1, 0.2, 200)
    x = np.random.default_rng(2).normal(size=200)
    plain, quasi = poisson(y=y, X=x), poisson(y=y, X=x, dispersion="quasi")
    pearson = ((y - plain.predict()) ** 2 / plain.predict()).sum() / 198
    assert_allclose(plain.extra["dispersion"], pearson, rtol=1e-12)
    assert_allclose(quasi.cov, plain.cov * pearson, rtol=1e-12)
    assert plain.remarks[0].startswith("G10") and (quasi.degrees == 198).all()
    assert (quasi.pvalues > plain.pvalues).all()
    nb = negative_binomial(y=y, X=x)
    assert nb.loglik > plain.loglik + 100 and nb.names[-1] == "alpha"


def test_negative_binomial_maximises_the_likelihood() -> None:
    """A general-purpose optimiser over the textbook NB2 likelihood ends where the fit does."""
    from scipy.optimize import minimize
    from scipy.stats import nbinom

    y = np.random.default_rng(1).negative_binomial(2, 0.3, 120)
    x = np.random.default_rng(2).normal(size=120) * 1e3 + 5e3
    years = np.random.default_rng(3).uniform(1, 4, 120)
    fit = negative_binomial(y=y, X=x, exposure=years)
    scale = np.array([1.0, 1e-3, 1.0])

    def loss(b: np.ndarray) -> float:
        mean, r = years * np.exp(b[0] + b[1] * scale[1] * (x - 5e3)), 1 / np.exp(b[2])
        return -float(nbinom.logpmf(y, r, r / (r + mean)).sum())

    best = minimize(
        loss, [0.0, 0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
    )
    assert_allclose(fit.loglik, -best.fun, atol=1e-7)
    assert_allclose(fit.params[1:], [best.x[1] * 1e-3, np.exp(best.x[2])], rtol=1e-3, atol=1e-7)

    def textbook(b: np.ndarray) -> float:
        mean, r = years * np.exp(b[0] + b[1] * x), 1 / b[2]
        return -float(nbinom.logpmf(y, r, r / (r + mean)).sum())

    # the covariance is the inverse Hessian, off the diagonal as well; in standard errors, by differences
    se, h = np.diag(fit.bse), 0.02
    hessian = np.empty((3, 3))
    for i, j in itertools.product(range(3), repeat=2):
        around = [textbook(fit.params + h * (a * se[i] + b * se[j])) for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
        hessian[i, j] = (around[0] - around[1] - around[2] + around[3]) / (4 * h * h)
    assert_allclose(fit.cov / np.outer(fit.bse, fit.bse), np.linalg.inv(hessian), rtol=0.01, atol=0.01)


def test_a_negative_binomial_that_has_converged_says_nothing() -> None:
    y = np.random.default_rng(1).negative_binomial(2, 0.3, 120)
    x = np.random.default_rng(2).normal(size=120)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert negative_binomial(y=y, X=x).reason == "converged"


def test_counts_that_are_not_overdispersed() -> None:
    with pytest.raises(EstimationError, match=r"not overdispersed.*use poisson"):
        negative_binomial(y=np.arange(60) % 2, X=np.arange(60.0))
    with pytest.raises(InputError, match=r"no degrees of freedom|firth=True needs"):
        poisson(y=[1, 2], X=[0.0, 1.0], dispersion="quasi")


def test_a_fit_that_stops_early_says_so() -> None:
    from dataclasses import replace

    from interventions_stats.engine.fit.fit import regression_fit

    fit = poisson(y=[15, 10], X=[0.0, 1.0])
    early = replace(fit.profile.estimate, reason="max_iter")
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        stopped = regression_fit(fit.profile.regression, early, estimator="Poisson", inference="wald")
    assert not stopped.converged and "do not interpret" in stopped.summary()


def test_the_dispersion_counts_rows_by_weight_and_warns_above_its_threshold() -> None:
    rng = np.random.default_rng(6)
    x, weights = rng.normal(size=60), rng.integers(0, 3, 60).astype(float)
    y = rng.poisson(np.exp(0.3 + 0.4 * x))
    fit = poisson(y=y, X=x, weights=weights, offset=0.1 * x)
    mean = np.exp(fit.params[0] + (fit.params[1] + 0.1) * x)
    left = weights.sum() - 2
    assert fit.extra["dispersion"] == pytest.approx((weights * (y - mean) ** 2 / mean).sum() / left)
    quasi = poisson(y=y, X=x, weights=weights, offset=0.1 * x, dispersion="quasi")
    assert (quasi.degrees == left).all() and quasi.inference == "wald" and quasi.profile is None
    from scipy.stats import poisson as law

    assert fit.loglik == pytest.approx((weights * law.logpmf(y, mean)).sum())
    for low, high, warned in ((8, 12, True), (9, 11, False)):  # the dispersion of two counts about their mean
        counts = np.tile([low, high], 10) if warned is False else np.tile([low - 4, high + 4], 10)
        plain = poisson(y=counts, X=np.tile([0.0, 0, 1, 1], 5))
        assert (plain.extra["dispersion"] > 1.3) == warned == any(r.startswith("G10") for r in plain.remarks)


def test_two_counts_have_no_dispersion() -> None:
    fit = poisson(y=[15, 10], X=[0.0, 1.0])
    assert np.isnan(fit.extra["dispersion"]) and fit.remarks == ()
    with pytest.raises(InputError, match="2 rows leave no degrees of freedom"):
        poisson(y=[15, 10], X=[0.0, 1.0], dispersion="quasi")
    one_left = poisson(y=[15, 10, 3], X=[0.0, 1.0, 0.0], dispersion="quasi")
    assert (one_left.degrees == 1).all()
    for bad in ({"dispersion": "pearson"}, {"dispersion": "quasi", "firth": True}):
        with pytest.raises(InputError):
            poisson(y=[15, 10, 3], X=[0.0, 1.0, 0.0], **bad)


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
def test_time_joins_every_kind_of_columns() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    wanted = cloglog(y=Y, X=np.column_stack([X, T, T**2, T**3]), firth=True)
    for fit in (
        cloglog(y=Y, X=X, time=T, firth=True), cloglog(Y, X, time=list(T), firth=True),
        cloglog(Y, frame, time=T, firth=True), cloglog(y=Y, X=frame, time=pd.Series(T), firth=True),
        cloglog(y=Y, X=X, time=T, names=["a", "b"], firth=True),
        cloglog("y ~ a + b", frame.assign(y=Y), time=T, firth=True),
    ):  # fmt: skip
        assert_allclose(fit.params, wanted.params, rtol=1e-8)
        assert fit.names[-3:] == ("t", "t2", "t3")
    assert cloglog(y=Y, X=X, time=T, firth=True).names[1:3] == ("x1", "x2")
    assert cloglog(y=Y, X=X, time=T, names=["a", "b"], firth=True).names[1:3] == ("a", "b")
    for call, message in (
        (lambda: cloglog(y=Y, X=X, time=T[:70]), "'time' has 70 values for 80 rows"),
        (lambda: cloglog("y ~ a", frame.assign(y=Y), time=T[:70]), "'time' has 70 values for 80 rows"),
        (lambda: cloglog(y=Y, X=X, time=np.column_stack([T, T])), "one-dimensional"),
        (lambda: cloglog("y ~ a", time=T), "must be a data frame"),
        (lambda: cloglog(y=Y, X=X, allow=("G04",)), "allow accepts a list of 'G02'"),
    ):
        with pytest.raises(InputError, match=message):
            call()


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
def test_negative_binomial_clusters_and_alpha() -> None:
    rng = np.random.default_rng(9)
    y, x = rng.negative_binomial(1, 0.3, 160), rng.normal(size=160) * 50 + 900
    groups = np.repeat(np.arange(16), 10)
    plain, robust = negative_binomial(y=y, X=x), negative_binomial(y=y, X=x, cluster=groups)
    assert_allclose(robust.params, plain.params, rtol=1e-6)
    import statsmodels.api as sm

    design = sm.add_constant((x - 900) / 50)
    theirs = sm.NegativeBinomial(y, design).fit(disp=0, maxiter=200, cov_type="cluster", cov_kwds={"groups": groups})
    assert_allclose(robust.params[1:] * [50, 1], theirs.params[1:], rtol=1e-3, atol=1e-4)
    assert_allclose(robust.bse[1:] * [50, 1], theirs.bse[1:], rtol=2e-3)
    assert "16 clusters" in robust.covariance and "observed" in plain.covariance
    assert plain.names == ("Intercept", "x1", "alpha") and plain.reason == "converged"
    assert_allclose(plain.loglik, theirs.llf, atol=1e-5)


def test_a_negative_binomial_predicts_the_mean() -> None:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"x": rng.normal(size=200), "risk": rng.uniform(0.5, 2.0, 200)})
    frame["y"] = rng.poisson(frame["risk"] * np.exp(0.4 * frame["x"]) * rng.gamma(1.5, 1 / 1.5, 200))
    fit = negative_binomial("y ~ x", frame, exposure="risk")
    mean = frame["risk"] * np.exp(fit.params[0] + fit.params[1] * frame["x"])
    assert_allclose(fit.predict(), mean, rtol=1e-12)
    assert_allclose(fit.predict(frame.head(3), exposure="risk", kind="link"), np.log(mean.head(3)), atol=1e-12)
    effect = marginal_effects(fit, "x", change=1.0)
    assert_allclose(effect.ratio[0], np.exp(fit.params[1]), rtol=1e-12)
    assert_allclose(effect.se[1], fit.bse[1], rtol=1e-9)  # of the log ratio, which is the coefficient
    with pytest.raises(UnknownNameError, match="unknown term 'alpha'"):
        marginal_effects(fit, "alpha")
