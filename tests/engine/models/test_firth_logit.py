"""Firth's logit against published values, 40-digit arithmetic, a closed form, firthmodels and its own symmetries."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mp_reference import FirthTable
from numpy.testing import assert_allclose

from interventions_stats.engine.fit import separation
from interventions_stats.engine.models.firth_logit import Backend
from interventions_stats.errors import InputError
from interventions_stats.estimators import firth_logit, flac

ENDOMETRIAL = {
    "b": [3.77455951, 2.92927330, -0.03475175, -2.60416387],
    "se": [1.48869, 1.55076, 0.03958, 0.77602],
    "ci": [[0.6097244, 7.85463171], [-0.1244587, 0.04045547], [-4.3651832, -1.23272106]],
}
SEX2 = {
    "b": [0.12025405, -1.10598131, -0.06881673, 2.26887464, -2.11140817, -0.78831694, 3.09601183],
    "p": [0.8020268, 0.006143472, 0.8751911, 1.678877e-6, 1.237805e-5, 0.05449701, 0.004951873],
}


def test_endometrial_as_published(published: Callable[[str], pd.DataFrame]) -> None:
    data = published("endometrial")
    fit = firth_logit("HG ~ NV + PI + EH", data)
    assert_allclose(fit.params, ENDOMETRIAL["b"], atol=1e-5, rtol=0)
    assert_allclose(fit.bse, ENDOMETRIAL["se"], atol=1e-5, rtol=0)
    assert_allclose(fit.conf_int()[1:], ENDOMETRIAL["ci"], atol=1e-5, rtol=0)
    # the penalty must keep the tested column: masking it first gives .376
    assert_allclose(fit.pvalues[2], 0.387, atol=5e-4)
    assert (fit.separation.kind, fit.separation.columns, fit.separation.directions) == ("quasi", ("NV",), (1,))
    assert fit.sign_conflict == ()
    assert fit.glance()["separated"].iloc[0]


def test_sex2_as_published(published: Callable[[str], pd.DataFrame]) -> None:
    data = published("sex2")
    fit = firth_logit("case ~ age + oc + vic + vicl + vis + dia", data)
    assert_allclose(fit.params, SEX2["b"], atol=1e-5, rtol=0)
    assert_allclose(fit.pvalues, SEX2["p"], rtol=1e-5)
    statistic, degrees, p = fit.lr_test()
    assert (degrees, p < 1e-7) == (6, True)
    assert_allclose(statistic, 49.09064, atol=1e-5)
    # one coefficient is the single test, and units do not matter
    assert_allclose(fit.lr_test(["vic"])[0], fit.statistic[3] ** 2, rtol=1e-9)
    moved = firth_logit("case ~ I(age * 7 + 100) + oc + vic + vicl + vis + dia", data)
    assert_allclose(moved.lr_test()[0], statistic, rtol=1e-9)
    with pytest.raises(InputError, match="unknown term 'wealth'"):
        fit.lr_test(["wealth"])


def tables() -> list[tuple[list[list[float]], list[int], list[int]]]:
    """Small tables: one dose at four levels, separated ones among them, and two factors with an uneven design."""
    dose = [[1.0, d] for d in (0.0, 1.0, 2.5, 7.0)]
    trials = [6, 5, 7, 3]
    out = [(dose, list(y), trials) for y in itertools.product((0, 2), (1, 3), (0, 4), (0, 3))]
    factors = [[1.0, a, b] for a in (0.0, 1.0) for b in (-1.0, 0.5)]
    out += [(factors, list(y), [9, 8, 5, 6]) for y in ((1, 0, 2, 3), (0, 0, 0, 1), (0, 2, 5, 6), (4, 4, 1, 1))]
    return out


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("table", tables(), ids=lambda t: "-".join(map(str, t[1])))
def test_forty_digit_arithmetic(table: tuple[list[list[float]], list[int], list[int]], backend: Backend) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    x, events, trials = table
    X = np.repeat(np.array(x)[:, 1:], 2, axis=0)
    y = np.tile([1, 0], len(x))
    weights = np.column_stack([events, np.array(trials) - events]).ravel().astype(float)
    fit = firth_logit(y=y, X=X, weights=weights, backend=backend)
    exact = FirthTable(x, events, trials)
    root, top = exact.maximum(fit.params)
    assert_allclose(fit.params, [float(v) for v in root], rtol=1e-10, atol=1e-10)
    assert_allclose(fit.loglik, float(top), rtol=1e-12)
    assert ((fit.pvalues > 0) & (fit.pvalues <= 1)).all()  # asked for first, they bring the limits along
    limits = fit.conf_int()
    slope = np.array(fit.cov)
    for j in range(len(fit.params)):
        assert_allclose(float(exact.ratio(j, top, fit.params)), fit.statistic[j] ** 2, rtol=1e-9, atol=1e-10)
        for side in (0, 1):
            near = fit.params + slope[:, j] / slope[j, j] * (limits[j, side] - fit.params[j])
            near = constrained(fit, j, limits[j, side], near)
            assert_allclose(limits[j, side], float(exact.limit(j, top, near)), rtol=1e-10, atol=1e-10)


def constrained(fit: object, j: int, value: float, near: np.ndarray) -> np.ndarray:
    """Start 40-digit Newton at the maximum given coefficient j, found by a general-purpose optimiser."""
    from scipy.optimize import minimize

    design = fit.design  # type: ignore[attr-defined]
    x, y, w = design.matrix(), design.y, design.weights
    free = [i for i in range(len(near)) if i != j]

    def loss(part: np.ndarray) -> float:
        b = near.copy()
        b[free], b[j] = part, value
        eta = x @ b
        pi = 1 / (1 + np.exp(-eta))
        information = (x * (w * pi * (1 - pi))[:, None]).T @ x
        return -float(w @ (y * eta - np.logaddexp(0, eta)) + 0.5 * np.linalg.slogdet(information)[1])

    best = minimize(loss, near[free], method="BFGS", options={"gtol": 1e-9})
    out = near.copy()
    out[free], out[j] = best.x, value
    return out


@given(
    cells=st.tuples(*[st.integers(0, 30)] * 4).filter(
        lambda c: c[0] + c[1] > 0 < c[2] + c[3] and c[0] + c[2] > 0 and c[1] + c[3] > 0
    )
)
@settings(max_examples=60, deadline=None)
def test_closed_form_of_one_binary_exposure(cells: tuple[int, int, int, int]) -> None:
    a, b, c, d = cells  # exposed events, exposed non-events, unexposed events, unexposed non-events
    fit = firth_logit(y=np.repeat([1, 0, 1, 0], cells), X=np.repeat([1.0, 1.0, 0.0, 0.0], cells))
    expected = np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert_allclose(fit.params, [np.log((c + 0.5) / (d + 0.5)), expected], atol=1e-10, rtol=1e-10)


def simulated(seed: int, n: int = 120, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k))
    X[:, 0] = rng.random(n) < 0.15
    y = (rng.random(n) < 1 / (1 + np.exp(2 - X[:, 1]))).astype(float)
    y[0], y[1], X[0, 0], X[1, 0] = 1, 0, 1, 0
    return X, y


@pytest.mark.parametrize("seed", range(6))
def test_firthmodels(seed: int) -> None:
    firthmodels = pytest.importorskip("firthmodels")
    X, y = simulated(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = firthmodels.FirthLogisticRegression(backend="numpy", gtol=1e-10, xtol=1e-10, max_iter=200).fit(X, y)
        other.lrt()
        limits = other.conf_int(method="pl")
    fit = firth_logit(y=y, X=X)
    assert_allclose(fit.params, [other.intercept_, *other.coef_], atol=1e-8)
    # its standard errors come from the augmented information, weights w (1 + h), as in logistf from 1.24
    x, pi = fit.design.matrix(), fit.predict()
    weight = pi * (1 - pi)
    h = weight * np.einsum("ij,jk,ik->i", x, fit.cov, x)
    augmented = np.linalg.inv((x * (weight * (1 + h))[:, None]).T @ x)
    assert_allclose(np.sqrt(np.diagonal(augmented))[1:], other.bse_[:3], rtol=1e-6)
    assert_allclose(fit.conf_int()[1:], limits[:3], atol=1e-6)
    # its likelihood-ratio test masks a column before factorising, so only single-column models agree
    single = firthmodels.FirthLogisticRegression(backend="numpy", gtol=1e-10, xtol=1e-10).fit(X[:, [1]], y)
    assert_allclose(firth_logit(y=y, X=X[:, [1]]).params[1], single.coef_[0], atol=1e-8)


@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=25, deadline=None)
def test_symmetries(seed: int, data: st.DataObject) -> None:
    X, y = simulated(seed, n=60)
    base = firth_logit(y=y, X=X)
    ci, p = base.conf_int(), base.pvalues
    rows = np.array(data.draw(st.permutations(range(60))))
    shuffled = firth_logit(y=y[rows], X=X[rows])
    assert_allclose(shuffled.params, base.params, atol=1e-10)
    assert_allclose(shuffled.conf_int(), ci, atol=1e-9)
    columns = data.draw(st.permutations(range(3)))
    turned = firth_logit(y=y, X=X[:, columns])
    assert_allclose(turned.params[1:], base.params[1:][columns], atol=1e-10)
    scale = np.array(data.draw(st.lists(st.sampled_from([1e-9, -1e-3, 1.0, 40.0, 1e9]), min_size=3, max_size=3)))
    shift = np.array(data.draw(st.lists(st.sampled_from([0.0, -3.0, 1.0]), min_size=3, max_size=3))) * np.abs(scale)
    affine = firth_logit(y=y, X=X * scale + shift)
    assert_allclose(affine.params[1:] * scale, base.params[1:], atol=1e-9)
    assert_allclose(affine.pvalues[1:], p[1:], rtol=1e-7, atol=1e-12)
    assert_allclose(np.sort(affine.conf_int()[1:] * scale[:, None], axis=1), ci[1:], atol=1e-8)
    boolean = firth_logit(y=y.astype(bool), X=X)
    assert_allclose(boolean.params, base.params, atol=0)
    mirrored = firth_logit(y=1 - y, X=X)
    assert_allclose(mirrored.params, -base.params, atol=1e-10)
    weights = np.random.default_rng(seed).integers(0, 3, 60).astype(float)
    weights[:4] = 1
    repeated = np.repeat(np.arange(60), weights.astype(int))
    if 0 < y[repeated].sum() < len(repeated) and np.linalg.matrix_rank(X[repeated] - X[repeated].mean(0)) == 3:
        one, two = firth_logit(y=y, X=X, weights=weights), firth_logit(y=y[repeated], X=X[repeated])
        assert_allclose(one.params, two.params, atol=1e-9)
        assert_allclose(one.bse, two.bse, rtol=1e-8)


def test_sign_conflict_under_sparse_separation() -> None:
    y = np.zeros(7000)
    y[:25] = 1
    exposed = np.zeros(7000)
    exposed[-10:] = 1  # ten exposed rows, none of them an event
    fit = firth_logit(y=y, X=exposed, names=["exposed"])
    assert fit.params[1] > 2.5  # the penalised estimate points up
    assert fit.separation.directions == (-1,)  # the data say minus infinity
    assert fit.sign_conflict == ("exposed",)
    assert "points against" in fit.summary()


@pytest.mark.parametrize("seed", range(3))
def test_flic_and_flac_average_to_the_observed_share(seed: int) -> None:
    X, y = simulated(seed)
    firth = firth_logit(y=y, X=X)
    flic = firth_logit(y=y, X=X, intercept_correction="flic")
    both = flac(y=y, X=X)
    assert firth.predict().mean() > y.mean() + 1e-3
    assert_allclose([flic.predict().mean(), both.predict().mean()], y.mean(), atol=1e-12)
    assert_allclose(flic.params[1:], firth.params[1:], atol=0)
    assert_allclose(flic.conf_int()[1:], firth.conf_int()[1:], atol=1e-12)
    assert both.names == firth.names and np.isfinite(both.conf_int()).all()
    with pytest.raises(InputError, match="intercept_correction"):
        firth_logit(y=y, X=X, intercept_correction="flac")  # type: ignore[arg-type]


def test_flac_is_weighted_maximum_likelihood_on_augmented_rows() -> None:
    sm = pytest.importorskip("statsmodels.api")
    X, y = simulated(1)
    firth = firth_logit(y=y, X=X)
    x = firth.design.matrix()
    pi = firth.predict()
    h = pi * (1 - pi) * np.einsum("ij,jk,ik->i", x, firth.cov, x)
    stacked = np.column_stack([np.vstack([x] * 3), np.repeat([0, 1, 1], len(y))])
    glm = sm.GLM(
        np.concatenate([y, y, 1 - y]), stacked, family=sm.families.Binomial(),
        freq_weights=np.concatenate([np.ones_like(y), h / 2, h / 2]),
    ).fit(tol=1e-13, maxiter=100)  # fmt: skip
    assert_allclose(flac(y=y, X=X).params, glm.params[:-1], rtol=1e-8)


def test_penalised_cluster_scores_sum_to_zero() -> None:
    from interventions_stats.engine.fit.clustered import score_residuals

    X, y = simulated(4)
    fit = firth_logit(y=y, X=X, cluster=np.arange(120) // 5)
    residual, weight = score_residuals(fit.profile.regression, fit.profile.estimate)
    assert_allclose(fit.design.matrix().T @ residual, 0, atol=1e-9)
    assert fit.inference == "wald" and "CR2" in fit.covariance and (fit.degrees < 24).all()
    assert separation.check(fit.design.matrix(), y, fit.names).kind == "none" and weight.min() > 0
