"""An affine map of the columns changes units and nothing else: coefficients, covariance and likelihood follow it, in every regression."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats import estimators as est
from interventions_stats import marginal_effects

RNG = np.random.default_rng(20)
N = 240
Z = np.column_stack([RNG.normal(size=N), np.exp(0.5 * RNG.normal(size=N))])
ETA = -1.0 + Z @ [0.6, 0.4]
Y = (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(float)
COUNTS = RNG.poisson(np.exp(0.5 * ETA) * RNG.gamma(2.0, 0.5, N)).astype(float)
GROUPS, STOP = np.repeat(np.arange(24), 10), RNG.integers(1, 40, N).astype(float)
WEIGHTS, OFFSET = RNG.integers(1, 4, N).astype(float), 0.3 * RNG.normal(size=N)
SIDE = {"weights": WEIGHTS, "offset": OFFSET}
ML = {"allow": ("G02", "G04")}

Fit = Callable[[np.ndarray], Any]


def _with(name: str, y: np.ndarray, **options: Any) -> Fit:
    return lambda X: getattr(est, name)(y=y, X=X, **options)


FITS: dict[str, Fit] = {
    "logit": _with("logit", Y, **ML, **SIDE),
    "logit, clustered CR1": _with("logit", Y, cluster=GROUPS, cluster_kind="CR1", **ML),
    "logit, clustered CR2": _with("logit", Y, cluster=GROUPS, cluster_kind="CR2", **ML),
    "firth_logit": _with("firth_logit", Y, **SIDE),
    "flac": _with("flac", Y),
    "rare_events_logit": _with("rare_events_logit", Y, offset=OFFSET),
    "rare_events_logit, weighting": _with("rare_events_logit", Y, tau=0.01, correction="weighting"),
    "cloglog": _with("cloglog", Y, **SIDE),
    "cloglog, penalised": _with("cloglog", Y, firth=True, **SIDE),
    "poisson": _with("poisson", COUNTS, **SIDE),
    "poisson, quasi": _with("poisson", COUNTS, dispersion="quasi"),
    "poisson, Firth": _with("poisson", COUNTS, firth=True),
    "negative_binomial": _with("negative_binomial", COUNTS, **SIDE),
    "negative_binomial, clustered": _with("negative_binomial", COUNTS, cluster=GROUPS),
    "cox": _with("cox", Y, stop=STOP),
    "cox, robust": _with(
        "cox", Y, stop=np.tile(np.arange(10.0), 24) + 1, id=GROUPS, start=np.tile(np.arange(10.0), 24)
    ),
    "conditional_logit": _with("conditional_logit", Y, strata=GROUPS, firth=False, allow=("G02",)),
    "conditional_logit, Firth": _with("conditional_logit", Y, strata=GROUPS, firth=True),
}
PENALISED = ("firth_logit", "cloglog, penalised", "poisson, Firth", "conditional_logit, Firth")
BATCHES: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "logit_batch": (Y, SIDE),
    "firth_logit_batch": (Y, SIDE),
    "cloglog_batch": (Y, SIDE),
    "poisson_batch": (COUNTS, SIDE),
}
# X' = X A + c
MAPS = {
    "scaled": (np.diag([1e-7, 3e6]), np.zeros(2)),
    "shifted": (np.eye(2), np.array([900.0, -400.0])),
    "mixed": (np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([3.0, 20.0])),
    "nearly collinear": (np.array([[1.0, 1.0], [0.0, 1e-4]]), np.zeros(2)),
}
YEAR = RNG.integers(1970, 2021, N).astype(float)
# powers of centred and of calendar years span the same space, but no product of a matrix is exact enough to say so here
POWERS = (
    [[YEAR**k for k in range(1, top)] for top in (3, 4)],
    [[(YEAR - 1995) ** k for k in range(1, top)] for top in (3, 4)],
)


def same(one: np.ndarray, other: np.ndarray, spread: np.ndarray, tolerance: float = 1e-7) -> None:
    assert_allclose(np.asarray(one) / spread, np.asarray(other) / spread, rtol=0, atol=tolerance)


def quietly(fit: Fit, X: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(X)


@pytest.mark.parametrize("units", MAPS)
@pytest.mark.parametrize("name", FITS)
def test_units_and_combinations_of_columns(name: str, units: str) -> None:
    A, c = MAPS[units]
    one, two = quietly(FITS[name], Z), quietly(FITS[name], Z @ A + c)
    first = int(one.names[0] == "Intercept")
    T = np.eye(len(one.params))
    T[first : first + 2, first : first + 2] = A
    if first:
        T[0, 1:3] = c
    spread = one.bse
    assert one.converged and two.converged
    same(T @ two.params, one.params, spread)
    same(T @ two.cov @ T.T, one.cov, np.outer(spread, spread), 1e-7 if units != "nearly collinear" else 1e-6)
    gain = np.log(abs(np.linalg.det(A))) if name in PENALISED else 0.0
    assert_allclose(two.loglik - gain, one.loglik, rtol=1e-9)


@pytest.mark.parametrize("top", [2, 3])
@pytest.mark.parametrize("name", FITS)
def test_powers_of_a_calendar_year(name: str, top: int) -> None:
    raw, centred = (np.column_stack([Z, *powers[top - 2]]) for powers in POWERS)
    one, two = quietly(FITS[name], centred), quietly(FITS[name], raw)
    assert one.converged and two.converged
    for j in (one.names.index("x1"), one.names.index("x2"), one.names.index(f"x{top + 2}")):
        same(two.params[j], one.params[j], one.bse[j], 1e-6)
        assert_allclose(two.bse[j], one.bse[j], rtol=1e-6)
    assert_allclose(two.loglik, one.loglik, rtol=1e-8)


@pytest.mark.parametrize("name", [name for name in FITS if not name.startswith(("cox", "conditional"))])
def test_predictions_and_margins_of_a_cubic_in_calendar_years(name: str) -> None:
    raw, centred = (np.column_stack([Z, *powers[1]]) for powers in POWERS)
    one, two = quietly(FITS[name], centred), quietly(FITS[name], raw)
    offset = 0.0 if one.design.offset is not None else None
    assert_allclose(two.predict(), one.predict(), rtol=1e-7)
    assert_allclose(two.predict(X=raw[:7], offset=offset), one.predict(X=centred[:7], offset=offset), rtol=1e-7)
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    effects = [marginal_effects(fit, "x1", change=1.0).tidy()[columns] for fit in (one, two)]
    assert_allclose(effects[1], effects[0], rtol=1e-6)


@pytest.mark.parametrize("units", MAPS)
@pytest.mark.parametrize("name", BATCHES)
def test_units_of_batches(name: str, units: str) -> None:
    (y, side), (A, c) = BATCHES[name], MAPS[units]
    outcomes = np.array([y, np.roll(y, 1), np.roll(y, 2)])
    one, two = (getattr(est, name)(X, outcomes, full=True, **side) for X in (Z, Z @ A + c))
    T = np.block([[np.ones((1, 1)), c[None]], [np.zeros((2, 1)), A]])
    assert one.converged.all() and two.converged.all()
    same(two.coefficients @ T.T, one.coefficients, one.se)
    gain = np.log(abs(np.linalg.det(A))) if name.startswith("firth") else 0.0
    assert_allclose(two.loglik - gain, one.loglik, rtol=1e-9)
    if units in ("scaled", "shifted"):
        assert_allclose(two.lr, one.lr, atol=1e-7)
        assert_allclose(two.se[:, 1:] * np.diag(A), one.se[:, 1:], rtol=1e-7)


@pytest.mark.parametrize("top", [2, 3])
def test_powers_of_a_calendar_year_in_every_batch(top: int) -> None:
    raw, centred = (np.column_stack([Z, *powers[top - 2]]) for powers in POWERS)
    for name, (y, side) in BATCHES.items():
        one, two = (getattr(est, name)(X, np.array([y, np.roll(y, 1)]), full=True, **side) for X in (centred, raw))
        assert one.converged.all() and two.converged.all()
        for j in (1, 2, top + 2):
            assert_allclose(two.coefficients[:, j], one.coefficients[:, j], rtol=1e-6)
            assert_allclose(two.lr[:, j - 1], one.lr[:, j - 1], atol=1e-6)
    specs = [range(2 + top), [2, 3], [0, 2, 3], []]
    one, two = (est.specification_batch(X, Y, specs, full=True) for X in (centred, raw))
    assert one.converged.all() and two.converged.all()
    assert_allclose(two.coefficients[0, top + 2], one.coefficients[0, top + 2], rtol=1e-6)
    assert_allclose(two.coefficients[[0, 2], 1], one.coefficients[[0, 2], 1], rtol=1e-6)
    several = est.specification_batch(raw, np.array([Y, np.roll(Y, 1)]), specs)
    assert_allclose(several[:, 0], two.coefficients, rtol=1e-9)
