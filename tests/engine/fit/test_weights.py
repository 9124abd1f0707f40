"""A weight counts rows: every result is that of the table with its rows written out, or left out where the weight is zero."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import interventions_stats as ist
from interventions_stats import estimators as est
from interventions_stats.errors import GuardWarning, InputError, RefusalError

N = 240
RNG = np.random.default_rng(42)
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(50, 2, size=N),
        "z": RNG.normal(size=N),
        "r": RNG.choice(["asia", "europe", "africa"], N),
        "g": np.repeat(np.arange(24), 10),
        "h": np.tile(np.arange(10), 24),
        "o": RNG.normal(size=N) * 0.3,
        "w": RNG.integers(0, 4, N),
    }
)
ETA = -0.6 + 0.4 * (TABLE["x"] - 50) + 0.5 * TABLE["z"] + 0.5 * (TABLE["r"] == "asia") + TABLE["o"]
TABLE["y"] = (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int)
TABLE["k"] = RNG.poisson(np.exp(0.5 * ETA) * RNG.gamma(1.0, 1.0, N))
# a cluster, a level and a missing value that no row of some weight has
TABLE.loc[TABLE["g"] == 23, "w"] = 0
TABLE.loc[TABLE.index[-2], "r"] = "oceania"
TABLE.loc[TABLE.index[-1], "z"] = np.nan
LONG = TABLE.loc[TABLE.index.repeat(TABLE["w"])].reset_index(drop=True)
F = " ~ x + z + r"

PLAIN = {
    "logit": partial(est.logit, "y" + F),
    "firth": partial(est.firth_logit, "y" + F),
    "cloglog": partial(est.cloglog, "y" + F),
    "cloglog firth": partial(est.cloglog, "y" + F, firth=True),
    "poisson": partial(est.poisson, "k" + F),
    "poisson firth": partial(est.poisson, "k" + F, firth=True),
    "rare": partial(est.rare_events_logit, "y" + F),
    "rare prior": partial(est.rare_events_logit, "y" + F, tau=0.02),
}
SPECIAL = {
    "flic": partial(est.firth_logit, "y" + F, intercept_correction="flic"),
    "flac": partial(est.flac, "y" + F),
    "quasi": partial(est.poisson, "k" + F, dispersion="quasi"),
    "rare weighting": partial(est.rare_events_logit, "y" + F, tau=0.02, correction="weighting"),
    "negative binomial": partial(est.negative_binomial, "k" + F),
    "scaled": partial(est.logit, "y ~ scale(x) + poly(z, 2) + r"),
    "splines": partial(est.poisson, "k ~ bs(x, df=4) + center(z)"),
}
ONE_WAY = [{"cluster": "g", "cluster_kind": kind} for kind in ("CR0", "CR1", "CR2", "stata")]
OTHERS = [{"robust": f"HC{i}"} for i in range(4)] + [
    {"cluster": ["g", "h"]},
    {"cluster": ["g", "h"], "cluster_kind": "CR0"},
]


def both(make, **options):
    """The fit by weights and that of the rows written out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GuardWarning)
        return make(TABLE, weights="w", offset="o", **options), make(LONG, offset="o", **options)


def same(a, b):
    assert_allclose(a.params, b.params, rtol=1e-6, atol=1e-8)
    assert_allclose(a.cov, b.cov, rtol=1e-5, atol=1e-9)
    for name in ("loglik", "n", "n_events", "n_events_total", "n_dropped"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-9), name
    assert a.covariance == b.covariance and isinstance(a.n, int) and isinstance(a.n_events, int)
    assert (a.degrees is None) == (b.degrees is None)
    if a.degrees is not None:
        assert_allclose(a.degrees, b.degrees, rtol=1e-6)
    assert_allclose(a._pvalues, b._pvalues, rtol=1e-4, atol=1e-9)
    assert_allclose(a.conf_int(), b.conf_int(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("options", [{}, *ONE_WAY, *OTHERS], ids=str)
@pytest.mark.parametrize("name", PLAIN)
def test_covariances_are_those_of_the_rows_written_out(name, options):
    same(*both(PLAIN[name], **options))


@pytest.mark.parametrize("name", SPECIAL)
def test_further_estimators_are_those_of_the_rows_written_out(name):
    same(*both(SPECIAL[name]))
    if name == "flac":
        return
    kind = "CR1" if name in ("rare weighting", "negative binomial") else "CR2"
    for options in ({"cluster": "g", "cluster_kind": kind}, {"cluster": ["g", "h"]}, {"robust": "HC1"}):
        same(*both(SPECIAL[name], **options))


@pytest.mark.parametrize("name", ["logit", "firth", "cloglog", "poisson", "rare prior", "flac"])
def test_margins_and_predictions_are_those_of_the_rows_written_out(name):
    weighted, long = both({**PLAIN, **SPECIAL}[name])
    for term in ("x", "r[T.asia]"):
        a, b = ist.marginal_effects(weighted, term), ist.marginal_effects(long, term)
        assert (a.low, a.high, a.n, a.n_events) == (b.low, b.high, b.n, b.n_events)
        assert_allclose([*a.change, *a.ratio, *a.se], [*b.change, *b.ratio, *b.se], rtol=1e-5)
    assert_allclose(np.repeat(weighted.predict(), TABLE["w"][TABLE["w"] > 0]), long.predict(), rtol=1e-7)
    assert_allclose(weighted.predict(LONG, offset="o"), long.predict(), rtol=1e-7)


@pytest.mark.parametrize("name", ["logit", "firth", "poisson firth", "flac"])
def test_likelihood_ratios_and_profile_limits_count_rows(name):
    weighted, long = both({**PLAIN, **SPECIAL}[name])
    assert_allclose(weighted.conf_int(method="profile"), long.conf_int(method="profile"), rtol=1e-6)
    if name != "flac":
        assert_allclose(weighted.lr_test(["x", "z"]), long.lr_test(["x", "z"]), rtol=1e-7)


def test_fractional_weights_count_fractions():
    """Halved weights halve the information: the covariance doubles, and counts are halves."""
    fit = est.logit("y" + F, TABLE.assign(w=TABLE["w"] / 2), weights="w")
    whole = est.logit("y" + F, TABLE, weights="w")
    assert_allclose(fit.params, whole.params, rtol=1e-8) and np.allclose(fit.cov, 2 * whole.cov)
    assert (fit.n, fit.n_events) == (whole.n / 2, whole.n_events / 2)
    half, one = (est.negative_binomial("k" + F, TABLE.assign(w=TABLE["w"] * s), weights="w") for s in (0.5, 1))
    assert_allclose(half.cov, 2 * one.cov, rtol=1e-6)
    with pytest.raises(InputError, match="takes a mean, a scale or knots"):
        est.logit("y ~ scale(x)", TABLE.assign(w=TABLE["w"] / 2), weights="w")


def test_guards_count_rows_and_clusters_of_some_weight():
    few = TABLE.assign(w=np.where(TABLE["g"] < 6, 1, 0))
    for make in (est.logit, est.firth_logit, est.cloglog):
        with pytest.raises(RefusalError, match="G11: 6 clusters"):
            make("y ~ x", few, weights="w", cluster="g")
    four = pd.DataFrame({"y": [1, 0, 1, 0], "x": [1, 1, 0, 0], "w": [30, 70, 10, 90]})
    fit = est.logit("y ~ x", four, weights="w")  # 40 events, where the rows held say 2
    assert (fit.n, fit.n_events, fit.design.n) == (200, 40, 4)
    assert fit.params[1] == pytest.approx(np.log(30 * 90 / (70 * 10)))
    with pytest.raises(RefusalError, match="G01"):  # every row of some weight is an event
        est.firth_logit("y ~ x", four, weights=four["y"])
    with pytest.raises(RefusalError, match="G02: 4 events"):
        est.logit("y ~ x", four.assign(w=[3, 7, 1, 9]), weights="w")


def test_rows_of_weight_zero_are_as_if_not_given():
    fit = est.firth_logit("y" + F, TABLE, weights="w")
    assert fit.design.n_zero_weight == int((TABLE["w"] == 0).sum()) and fit.n_dropped == 0
    assert "rows of weight zero were left out" in fit.summary() and "r[T.oceania]" not in fit.names
    holes = TABLE.assign(x=TABLE["x"].where(TABLE.index != 3), w=np.where(TABLE.index == 3, 5, TABLE["w"]))
    dropped = est.firth_logit("y" + F, holes, weights="w", missing="drop")
    assert dropped.n_dropped == 5 and dropped.n_events_total == int((holes["y"] * holes["w"]).sum())
    with pytest.raises(InputError, match="'x' has 1 missing or infinite values, the first at row 3"):
        est.firth_logit("y" + F, holes, weights="w")
    for bad, message in ((-1, "negative at row 0"), (0, "all weights are zero")):
        with pytest.raises(InputError, match=message):
            est.firth_logit("y" + F, TABLE, weights=np.full(N, bad))
