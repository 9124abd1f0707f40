"""Predictions over a grid: another implementation, a likelihood interval in closed form, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from interventions_stats.engine.fit.predictions import predictions
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.estimators import conditional_logit, firth_logit, logit, negative_binomial, poisson

RNG = np.random.default_rng(11)
N = 300
FRAME = pd.DataFrame({"x": RNG.normal(size=N), "z": RNG.uniform(1, 4, N), "g": RNG.choice(list("abc"), N), "t": RNG.uniform(1, 5, N)})  # fmt: skip
FRAME["y"] = (RNG.random(N) < 1 / (1 + np.exp(1 - FRAME["x"]))).astype(int)
FRAME["k"] = RNG.poisson(FRAME["t"] * np.exp(0.3 * FRAME["x"]))
GRID = {"x": [-1.0, 0, 2], "g": ["a", "c"]}


def test_wald_limits_are_those_of_statsmodels() -> None:
    ours = predictions(logit("y ~ x * z + g", FRAME), GRID)
    rows = ours.tidy()[["x", "g"]].assign(z=FRAME["z"].mean())
    theirs = smf.logit("y ~ x * z + g", FRAME).fit(disp=0).get_prediction(rows).summary_frame()
    assert_allclose(ours.tidy().iloc[:, -4:], theirs, rtol=1e-6)
    assert ours.held == {"z": pytest.approx(FRAME["z"].mean())}
    assert len(ours.tidy()) == 6 and "z = " in ours.summary()


def test_rates_with_a_robust_covariance() -> None:
    fit = poisson("k ~ x", FRAME, exposure="t", robust="HC0")
    ours = predictions(fit, {"x": [0, 1]}, exposure=2.0)
    model = sm.GLM(FRAME["k"], sm.add_constant(FRAME[["x"]]), sm.families.Poisson(), offset=np.log(FRAME["t"]))
    theirs = model.fit(cov_type="HC0", use_t=True).get_prediction(np.array([[1.0, 0], [1, 1]]), offset=np.log([2, 2]))
    assert_allclose(ours.estimate, theirs.predicted_mean, rtol=1e-6)
    eta = np.log(theirs.predicted_mean)
    from scipy.stats import t

    half = t.ppf(0.975, N - 2) * theirs.se_mean / theirs.predicted_mean
    assert_allclose(ours.limits, np.exp(np.column_stack([eta - half, eta + half])), rtol=1e-5)


def test_profile_limits_of_a_proportion_solve_its_likelihood() -> None:
    """In a saturated table a group's prediction is its own proportion, whose likelihood limits are known."""
    a, b = 12, 28
    fit = logit(y=np.repeat([1, 0, 1, 0], [a, b, 9, 71]), X=np.repeat([1.0, 0.0], [40, 80]), names=["exposed"])
    ours = predictions(fit, {"exposed": 1}, method="profile", conf_level=0.9)

    def fall(p: float) -> float:
        top = a * np.log(a / (a + b)) + b * np.log(b / (a + b))
        return float(2 * (top - a * np.log(p) - b * np.log1p(-p)) - 2.705543454095404)

    assert_allclose(ours.limits[0], [brentq(fall, 1e-6, a / (a + b)), brentq(fall, a / (a + b), 1 - 1e-6)], rtol=1e-7)


def test_own_rows_are_the_fit_s_predictions() -> None:
    fit = firth_logit(y=FRAME["y"], X=FRAME[["x", "z"]])
    ours = predictions(fit)
    assert ours.method == "profile" and list(ours.grid.columns) == ["x", "z"]
    assert_allclose(ours.estimate, fit.predict(), rtol=1e-12)
    assert ((ours.limits[:, 0] < ours.estimate) & (ours.estimate < ours.limits[:, 1])).all()
    assert ours.plot().get_xlabel() == "x"


def test_without_an_intercept_nothing_is_estimated_at_zero() -> None:
    fit = logit(y=FRAME["y"], X=FRAME[["x", "z"]], intercept=False)
    for method in ("delta", "profile"):
        found = predictions(fit, {"x": [0, 1], "z": 0}, method=method)  # type: ignore[arg-type]
        assert found.limits[0].tolist() == [0.5, 0.5] and np.isfinite(found.limits).all()


@pytest.mark.parametrize(
    ("grid", "error", "message"),
    [
        ({"oil": 1}, UnknownNameError, "oil"),
        ({"x": 0}, InputError, "leaves out 'g'"),
        ({"x": [], "g": "a"}, InputError, "no value of 'x'"),
        ({"x": [0, np.nan], "g": "a"}, InputError, "'x' is missing"),
        ({"x": "low", "g": "a"}, InputError, "x"),
        ({"x": 0, "g": "d"}, InputError, "none of the levels"),
        ({"x": range(400), "z": range(400), "g": "a"}, InputError, "160,000 combinations"),
        (FRAME[["z", "x"]], InputError, "'g'"),
        (3, InputError, "grid"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(grid: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        predictions(logit("y ~ x + z + g", FRAME), grid)  # type: ignore[arg-type]


def test_fits_without_predictions_are_refused() -> None:
    strata = np.repeat(range(60), 5)
    for fit in (
        conditional_logit(y=FRAME["y"], X=FRAME[["x"]], strata=strata),
        negative_binomial(y=FRAME["k"], X=FRAME[["x"]]),
    ):
        with pytest.raises(InputError, match="does not predict"):
            predictions(fit, {"x": 0})
    with pytest.raises(InputError, match="fitted regression"):
        predictions(3, {"x": 0})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="conf_level"):
        predictions(logit("y ~ x", FRAME), {"x": 0}, conf_level=95)
