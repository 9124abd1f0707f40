"""King and Zeng: definition of the corrections, recovery under case-control sampling, corrected probabilities."""

from __future__ import annotations

import numpy as np
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
