"""King and Zeng: definition of the corrections, recovery under case-control sampling, corrected probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import InputError, RefusalError
from interventions_stats.estimators import firth_logit, logit, rare_events_logit

RNG = np.random.default_rng(2)
X = RNG.normal(size=(400, 2))
Y = (RNG.random(400) < 1 / (1 + np.exp(2 - X[:, 0]))).astype(float)


def test_bias_correction_is_close_to_firths() -> None:
    """Both remove the first-order bias, so they differ by the second order only."""
    ml, kz, firth = (f(y=Y, X=X) for f in (logit, rare_events_logit, firth_logit))
    assert np.abs(kz.params - firth.params).max() < 0.1 * np.abs(ml.params - firth.params).max()
    assert_allclose(kz.cov, ml.cov * (400 / 403) ** 2, rtol=1e-10)


def test_prior_correction_moves_the_intercept_alone() -> None:
    plain, prior = rare_events_logit(y=Y, X=X), rare_events_logit(y=Y, X=X, tau=0.01)
    mean = Y.mean()
    assert_allclose(plain.params[0] - prior.params[0], np.log(99 * mean / (1 - mean)), rtol=1e-12)
    assert_allclose(plain.params[1:], prior.params[1:], atol=0)


@pytest.mark.parametrize("correction", ["prior", "weighting"])
def test_case_control_samples_recover_the_population(correction: str) -> None:
    rng = np.random.default_rng(12)
    truth = np.array([-4.0, 1.0])
    x = rng.normal(size=400_000)
    y = rng.random(400_000) < 1 / (1 + np.exp(-truth[0] - truth[1] * x))
    events = np.flatnonzero(y)
    rows = np.concatenate([events, rng.choice(np.flatnonzero(~y), 3 * len(events), replace=False)])
    fit = rare_events_logit(y=y[rows], X=x[rows], tau=float(y.mean()), correction=correction)  # type: ignore[arg-type]
    assert (np.abs(fit.params - truth) < 3.5 * fit.bse).all()
    assert fit.bse.max() < 0.05
    naive = logit(y=y[rows], X=x[rows])
    assert naive.params[0] - truth[0] > 20 * naive.bse[0]


def test_probabilities() -> None:
    fit = rare_events_logit(y=Y, X=X)
    p, x = fit.predict(), fit.design.matrix()
    draws = np.random.default_rng(0).multivariate_normal(fit.params, fit.cov, size=20_000)
    averaged = np.array([(1 / (1 + np.exp(-draws @ row))).mean() for row in x[:20]])
    ours = fit.probabilities()[:20]
    assert np.abs(ours - averaged).max() < 0.3 * np.abs(p[:20] - averaged).max()
    assert_allclose(fit.probabilities(unbiased=True) + fit.probabilities(), 2 * p, atol=1e-12)
    assert_allclose(fit.probabilities(X=X[:4]), fit.probabilities()[:4], atol=1e-14)


def test_refusals() -> None:
    with pytest.raises(RefusalError, match=r"^G03"):
        rare_events_logit(y=Y, X=np.column_stack([X, Y]))
    for bad in (
        {"tau": 2.0},
        {"correction": "prior"},
        {"tau": 0.1, "correction": "none"},
        {"correction": "both"},
        {"allow": ("G03",)},
    ):
        with pytest.raises(InputError):
            rare_events_logit(y=Y, X=X, **bad)


def biased(
    x: np.ndarray, b: np.ndarray, row: np.ndarray, event_weight: float, offset: float | np.ndarray
) -> np.ndarray:
    """First-order bias by a weighted least-squares regression of xi on the columns (King & Zeng 2001, eq. 16)."""
    p = 1 / (1 + np.exp(-x @ b - offset))
    w = p * (1 - p) * row
    q = np.einsum("ij,jk,ik->i", x, np.linalg.inv((x * w[:, None]).T @ x), x)
    xi = 0.5 * q * ((1 + event_weight) * p - event_weight)
    return np.linalg.lstsq(x * np.sqrt(w)[:, None], xi * np.sqrt(w), rcond=None)[0]


@pytest.mark.parametrize("tau", [None, 0.02])
def test_the_bias_is_a_weighted_regression(tau: float | None) -> None:
    offset = 0.2 * np.sin(np.arange(400))
    x = np.column_stack([np.ones(400), X])
    options = {} if tau is None else {"tau": tau, "correction": "weighting"}
    ml = rare_events_logit(y=Y, X=X, offset=offset, bias_correction=False, **options)
    fit = rare_events_logit(y=Y, X=X, offset=offset, **options)
    mean = Y.mean()
    row = np.ones(400) if tau is None else np.where(Y == 1, tau / mean, (1 - tau) / (1 - mean))
    assert_allclose(
        ml.params - fit.params, biased(x, ml.params, row, 1.0 if tau is None else tau / mean, offset), rtol=1e-8
    )
    assert_allclose(fit.cov, ml.cov * (400 / 403) ** 2, rtol=1e-10)
    p = 1 / (1 + np.exp(-x @ ml.params - offset))
    assert_allclose(x.T @ (row * (Y - p)), 0, atol=1e-8)  # the weighted score
    bread = np.linalg.inv((x * (row * p * (1 - p))[:, None]).T @ x)
    meat = (x * (row * (Y - p))[:, None]).T @ (x * (row * (Y - p))[:, None])
    assert_allclose(ml.cov, bread if tau is None else bread @ meat @ bread, rtol=1e-8)
    assert fit.extra == {"correction": "none" if tau is None else "weighting", "tau": tau}


def test_probabilities_allow_for_the_offset_and_stay_probabilities() -> None:
    offset = np.linspace(-3, 3, 400)
    fit = rare_events_logit(y=Y, X=X, offset=offset)
    x = np.column_stack([np.ones(400), X])
    p = 1 / (1 + np.exp(-x @ fit.params - offset))
    spread = np.einsum("ij,jk,ik->i", x, fit.cov, x)
    assert_allclose(fit.probabilities(), p + (0.5 - p) * p * (1 - p) * spread, rtol=1e-10)
    at = 1 / (1 + np.exp(-x[:5] @ fit.params))
    assert_allclose(fit.probabilities(X=X[:5], offset=0), at + (0.5 - at) * at * (1 - at) * spread[:5], rtol=1e-10)
    far = fit.probabilities(X=np.array([[400.0, 400.0], [-400.0, -400.0], [3.0, -90.0]]), offset=0)
    assert ((far >= 0) & (far <= 1)).all()


@pytest.mark.parametrize(
    "options", [{"tau": 0.0}, {"tau": 1.0}, {"correction": "weighting"}, {"tau": 0.1, "correction": "none"}]
)
def test_shares_of_events_at_their_limits(options: dict) -> None:
    with pytest.raises(InputError):
        rare_events_logit(y=Y, X=X, **options)
    with pytest.raises(InputError, match="corrects the intercept"):
        rare_events_logit("y ~ a - 1", pd.DataFrame({"y": Y, "a": X[:, 0]}))
    assert rare_events_logit(y=Y, X=X, tau=0.1).extra["correction"] == "prior"
    assert rare_events_logit(y=Y, X=X, tau=0.1, correction="prior").extra["tau"] == 0.1
