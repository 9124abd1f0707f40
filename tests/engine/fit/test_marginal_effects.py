"""Average change and risk ratio: closed form, finite differences and the extremes of the likelihood region."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.estimators import conditional_logit, firth_logit, logit, marginal_effects, poisson

RNG = np.random.default_rng(4)
X = np.column_stack([RNG.normal(size=200), RNG.random(200) < 0.3])
Y = RNG.random(200) < 1 / (1 + np.exp(1.2 - X @ [0.7, 0.9]))
TABLE = (12, 28, 9, 71)  # exposed events, exposed others, unexposed events, unexposed others


def table_fit():
    return logit(y=np.repeat([1, 0, 1, 0], TABLE), X=np.repeat([1.0, 1.0, 0.0, 0.0], TABLE), names=["exposed"])


def test_saturated_table_in_closed_form() -> None:
    effect = marginal_effects(table_fit(), "exposed", method="delta")
    a, b, c, d = TABLE
    p1, p0 = a / (a + b), c / (c + d)
    assert_allclose([effect.change[0], effect.ratio[0]], [p1 - p0, p1 / p0], rtol=1e-10)
    assert_allclose(effect.se[0], np.sqrt(p1 * (1 - p1) / (a + b) + p0 * (1 - p0) / (c + d)), rtol=1e-9)
    assert_allclose(effect.se[1], np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)), rtol=1e-9)
    tidy = effect.tidy()
    assert tidy["term"].tolist() == ["average change", "risk ratio"] and (tidy["conf_low"] < tidy["estimate"]).all()


def test_profile_interval_of_a_risk_ratio_solves_its_likelihood_equation() -> None:
    """In two proportions the interval ends where the likelihood, maximised given the ratio, has fallen enough."""
    effect = marginal_effects(table_fit(), "exposed", method="profile")
    a, b, c, d = TABLE

    def loglik(p1: float, p0: float) -> float:
        return float(a * np.log(p1) + b * np.log1p(-p1) + c * np.log(p0) + d * np.log1p(-p0))

    top = loglik(a / (a + b), c / (c + d))
    for ratio in effect.ratio[1:]:
        from scipy.optimize import minimize_scalar

        best = minimize_scalar(lambda q, ratio=ratio: -loglik(ratio * q, q), bounds=(1e-6, min(1, 1 / ratio) - 1e-9), method="bounded",
                               options={"xatol": 1e-12})  # fmt: skip
        assert_allclose(2 * (top + best.fun), 3.841458820694124, rtol=1e-6)


@pytest.mark.parametrize("term", ["x1", "x2"])
def test_profile_limits_are_extremes_over_the_region(term: str) -> None:
    fit = firth_logit(y=Y, X=X)
    effect = marginal_effects(fit, term)
    x, column = fit.design.matrix(), fit.names.index(term)
    below, above = x.copy(), x.copy()
    if term == "x2":
        below[:, column], above[:, column] = 0, 1
    else:
        above[:, column] += X[:, 0].std()

    def penalised(b: np.ndarray) -> float:
        pi = 1 / (1 + np.exp(-x @ b))
        return float(
            np.where(Y, np.log(pi), np.log1p(-pi)).sum()
            + 0.5 * np.linalg.slogdet((x * (pi * (1 - pi))[:, None]).T @ x)[1]
        )

    def change(b: np.ndarray) -> float:
        return float((1 / (1 + np.exp(-above @ b)) - 1 / (1 + np.exp(-below @ b))).mean())

    region = {"type": "ineq", "fun": lambda b: 2 * (penalised(b) - fit.loglik) + 3.841458820694124}
    for sign, limit in ((1, effect.change[1]), (-1, effect.change[2])):
        found = minimize(
            lambda b, sign=sign: sign * change(b),
            fit.params,
            constraints=region,
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert_allclose(change(found.x), limit, atol=2e-6)


@pytest.mark.parametrize(
    "make", [lambda: logit(y=Y, X=X), lambda: poisson(y=Y.astype(int) * 2, X=X, exposure=RNG.uniform(1, 2, 200))]
)
def test_delta_gradient_by_finite_differences(make) -> None:
    from interventions_stats.engine.fit.margins import _contrast, _log_ratio, _mean_difference

    fit = make()
    contrast = _contrast(fit, "x1", None)
    for function in (_mean_difference(fit, contrast), _log_ratio(fit, contrast)):
        value, gradient = function(fit.theta)
        for j, step in enumerate(np.eye(3) * 1e-6):
            numeric = (function(fit.theta + step)[0] - function(fit.theta - step)[0]) / 2e-6
            assert_allclose(gradient[j], numeric, rtol=1e-6, atol=1e-9)
        assert np.isfinite(value)


def test_contrasts_and_refusals() -> None:
    frame = pd.DataFrame(X, columns=["oil", "war"]).assign(y=Y)
    fit = logit("y ~ oil + war", frame)
    one = marginal_effects(fit, "oil", change=(0.0, 1.0))
    assert (one.low, one.high) == (0.0, 1.0)
    assert marginal_effects(fit, "oil", change=2.0).high == "x + 2"
    with pytest.raises(UnknownNameError, match="unknown term 'gas'"):
        marginal_effects(fit, "gas")
    with pytest.raises(InputError, match="shares a variable"):
        marginal_effects(logit("y ~ oil * war", frame), "oil")
    with pytest.raises(InputError, match="use method='delta'"):
        marginal_effects(firth_logit("y ~ oil", frame, intercept_correction="flic"), "oil", method="profile")
    with pytest.raises(InputError, match="not defined"):
        marginal_effects(conditional_logit("y ~ oil", frame, strata=np.arange(200) % 5), "oil")
    for bad in ({"change": "range"}, {"change": (1.0,)}, {"change": 0.0}, {"conf_level": 95}, {"method": "wald"}):
        with pytest.raises(InputError):
            marginal_effects(fit, "oil", **bad)


@pytest.mark.parametrize("model", [logit, poisson])
def test_effects_are_averages_over_the_rows_with_their_weights_and_offsets(model) -> None:
    rng = np.random.default_rng(8)
    weights, offset = rng.integers(0, 3, 200).astype(float), rng.normal(size=200) * 0.2
    fit = model(y=Y.astype(float), X=X, weights=weights, offset=offset)
    x, spread = np.column_stack([np.ones(200), X]), np.repeat(X[:, 0], weights.astype(int)).std()
    mean = (lambda e: 1 / (1 + np.exp(-e))) if model is logit else np.exp
    for term, change, moved in (
        ("x2", None, (np.where([True, True, False], x, 0.0), None)),
        ("x1", None, (x, spread)), ("x1", "sd", (x, spread)), ("x1", -0.5, (x, -0.5)), ("x2", 2, (x, 2.0)),
    ):  # fmt: skip
        effect = marginal_effects(fit, term, change=change, method="delta", conf_level=0.9)
        low, high = moved[0].copy(), moved[0].copy()
        if moved[1] is None:
            high[:, 2] = 1.0
        else:
            high[:, 1 if term == "x1" else 2] += moved[1]
        share = weights / weights.sum()
        a, b = (share @ mean(m @ fit.params + offset) for m in (low, high))
        assert_allclose([effect.change[0], effect.ratio[0]], [b - a, b / a], rtol=1e-10)
        root = 1.6448536269514722
        assert_allclose(effect.change[1:], effect.change[0] + np.array([-1, 1]) * root * effect.se[0], rtol=1e-9)
        assert_allclose(
            np.log(effect.ratio[1:]), np.log(effect.ratio[0]) + np.array([-1, 1]) * root * effect.se[1], rtol=1e-9
        )


def test_an_effect_describes_itself() -> None:
    fit = firth_logit(y=Y, X=X, names=["oil", "war"])
    effect = marginal_effects(fit, "war", conf_level=0.9)
    glance = effect.glance().iloc[0]
    assert (glance["n"], glance["n_events"], glance["method"], glance["conf_level"]) == (200, Y.sum(), "profile", 0.9)
    tidy = effect.tidy()
    from scipy.stats import norm

    assert_allclose(tidy["statistic"], [effect.change[0] / effect.se[0], np.log(effect.ratio[0]) / effect.se[1]])
    assert_allclose(tidy["p_value"], 2 * norm.sf(np.abs(tidy["statistic"])))
    assert_allclose(tidy["std_error"], [effect.se[0], effect.se[1] * effect.ratio[0]])
    assert_allclose(tidy[["conf_low", "conf_high"]], [effect.change[1:], effect.ratio[1:]])
    assert "war: 0.0 to 1.0" in effect.summary()
    wide = marginal_effects(fit, "war", conf_level=0.99)
    assert wide.change[1] < effect.change[1] < effect.change[0] < effect.change[2] < wide.change[2]
    for level in (0.0, 1.0):
        with pytest.raises(InputError, match="conf_level"):
            marginal_effects(fit, "war", conf_level=level)
    with pytest.raises(InputError, match="change must be"):
        marginal_effects(fit, "war", change=0)
    with pytest.raises(UnknownNameError):
        marginal_effects(fit, "Intercept")
