"""Nested fits against statsmodels, and the names of statsmodels on a fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose
from scipy.stats import chi2

from interventions_stats import estimators as est
from interventions_stats.errors import InputError

RNG = np.random.default_rng(3)
D = pd.DataFrame(
    {"x": RNG.normal(size=300), "z": RNG.normal(size=300), "r": RNG.choice(list("abc"), 300), "g": np.arange(300) % 25}
)
D["y"] = (RNG.random(300) < 1 / (1 + np.exp(1 - D["x"]))).astype(int)


def test_nested_fits_are_compared_by_their_likelihoods():
    small, large = est.logit("y ~ x", D), est.logit("y ~ x + z + r", D)
    peers = [smf.logit(f, D).fit(disp=0, tol=1e-12) for f in ("y ~ x", "y ~ x + z + r")]
    expected = 2 * (peers[1].llf - peers[0].llf)
    for statistic, df, p in (small.compare(large), large.compare(small)):
        assert (statistic, df, p) == (
            pytest.approx(expected, rel=1e-7),
            3,
            pytest.approx(chi2.sf(expected, 3), rel=1e-7),
        )
    shifted = est.logit("y ~ x + z + r", D.assign(x=1e5 + 3 * D["x"] - D["z"]))  # the same span, other columns
    assert est.logit("y ~ I(3 * x - z)", D).compare(shifted)[1] == 3
    firth = [est.firth_logit(f, D) for f in ("y ~ x", "y ~ x + z + r")]
    assert firth[0].compare(firth[1]) == firth[1].lr_test(["z", "r[T.b]", "r[T.c]"])
    for other, message in (
        (est.firth_logit("y ~ x + z", D), "two estimators"),
        (est.logit("y ~ z", D), "as many coefficients"),
        (est.logit("y ~ z + r", D), "not nested"),
        (est.logit("y ~ x + z", D.iloc[:299]), "differ in their outcome"),
        (est.logit("y ~ x + z", D, weights=D["g"] + 1), "differ in their weights"),
        (est.logit("y ~ x + z", D, cluster="g"), "no likelihood to compare"),
    ):
        with pytest.raises(InputError, match=message):
            small.compare(other)
    with pytest.raises(InputError, match="compare needs another fit, not None"):
        small.compare(None)


def test_the_names_of_statsmodels():
    ours, peer = est.logit("y ~ x + z", D), smf.logit("y ~ x + z", D).fit(disp=0, tol=1e-12)
    for name in ("nobs", "llf", "aic", "bic", "df_model", "df_resid"):
        assert getattr(ours, name) == pytest.approx(getattr(peer, name), rel=1e-8), name
    assert_allclose(ours.tvalues, peer.tvalues, rtol=1e-6)
    assert_allclose(ours.cov_params(), peer.cov_params(), rtol=1e-6)
    assert_allclose(ours.fittedvalues, peer.predict(), rtol=1e-8)
    assert_allclose(ours.resid, peer.resid_response, rtol=1e-6, atol=1e-9)
