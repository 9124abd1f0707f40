"""Robust covariances of fits against statsmodels, pyfixest, R and the definitions, whatever the units of the columns."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

import interventions_stats as ist
from interventions_stats import estimators as est
from interventions_stats.engine.fit.wild_bootstrap import wild_cluster_linear, wild_cluster_logit
from interventions_stats.errors import EstimationError, GuardWarning, InputError, RefusalError

N = 400
RNG = np.random.default_rng(5)
D = pd.DataFrame(
    {"g": RNG.integers(0, 25, N), "h": RNG.integers(0, 20, N), "x": RNG.normal(size=N), "o": RNG.normal(size=N) / 4}
)
D["z"] = RNG.normal(size=25)[D["g"]] + RNG.normal(size=N)
ETA = (
    -0.8 + 0.5 * D["x"] + 0.4 * D["z"] + 0.5 * RNG.normal(size=25)[D["g"]] + 0.3 * RNG.normal(size=20)[D["h"]] + D["o"]
)
D["y"] = (RNG.random(N) < -np.expm1(-np.exp(ETA))).astype(int)
D["k"] = RNG.poisson(np.exp(ETA / 2))
X = sm.add_constant(D[["x", "z"]].to_numpy())
TIGHT = {"tol": 1e-14, "maxiter": 200}
FAMILIES = {
    "logit": (est.logit, "y", sm.families.Binomial()),
    "cloglog": (est.cloglog, "y", sm.families.Binomial(sm.families.links.CLogLog())),
    "poisson": (est.poisson, "k", sm.families.Poisson()),
}


def peer(name, **options):
    _, outcome, family = FAMILIES[name]
    return sm.GLM(D[outcome], X, family=family, offset=D["o"]).fit(**TIGHT, **options)


def ours(name, **options):
    make, outcome, _ = FAMILIES[name]
    return make(f"{outcome} ~ x + z", D, offset="o", **options)


@pytest.mark.parametrize("name", FAMILIES)
def test_one_and_two_groupings_are_those_of_statsmodels(name):
    """statsmodels' bread is the observed information of the link, so cloglog is held to the expected one by hand."""
    glm = peer(name)
    codes = {c: D[c].to_numpy() for c in "gh"}
    if name == "cloglog":
        mean, eta = np.asarray(glm.fittedvalues), np.asarray(glm.predict(which="linear", offset=D["o"]))
        slope = np.exp(eta - np.exp(eta))
        bread = np.linalg.inv(X.T @ (X * (slope**2 / (mean * (1 - mean)))[:, None]))
        scores = X * ((D["y"].to_numpy() - mean) * slope / (mean * (1 - mean)))[:, None]

        def one(groups):
            sums = pd.DataFrame(scores).groupby(groups).sum().to_numpy()
            size = len(sums)
            return size / (size - 1) * (N - 1) / (N - 3) * bread @ sums.T @ sums @ bread

        first, second, cells = one(codes["g"]), one(codes["h"]), one(codes["g"] * 100 + codes["h"])
        both = first + second - cells
    else:
        first = peer(name, cov_type="cluster", cov_kwds={"groups": codes["g"]}).cov_params().to_numpy()
        both = cov_cluster_2groups(glm, codes["g"], codes["h"])[0]
    fit = ours(name, cluster="g", cluster_kind="CR1")
    assert_allclose(fit.cov, first, rtol=1e-6, atol=1e-12)
    assert fit.covariance == "cluster-robust CR1, 25 clusters" and (fit.degrees == 24).all()
    stata = ours(name, cluster="g", cluster_kind="stata")
    assert_allclose(stata.cov, first * (N - 3) / (N - 1), rtol=1e-6, atol=1e-12)
    assert stata.degrees is None and "stata" in stata.covariance
    two = ours(name, cluster=["g", "h"])
    assert_allclose(two.cov, both, rtol=1e-6, atol=1e-12)
    assert two.covariance == "two-way cluster-robust CR1, 25 and 20 clusters" and (two.degrees == 19).all()
    for pair in ((D["g"], D["h"]), D[["g", "h"]], D[["g", "h"]].to_numpy()):
        assert_allclose(ours(name, cluster=pair).cov, two.cov)


def test_two_groupings_are_those_of_pyfixest():
    pyfixest = pytest.importorskip("pyfixest")
    plain = pyfixest.ssc(k_adj=False, G_adj=True, G_df="conventional")
    peers = pyfixest.fepois("k ~ x + z", D, vcov={"CRV1": "g+h"}, ssc=plain, iwls_tol=1e-12)
    fit = est.poisson("k ~ x + z", D, cluster=["g", "h"], cluster_kind="stata")  # each matrix with its own G / (G - 1)
    assert_allclose(fit.bse, peers.se().to_numpy(), rtol=1e-6)


@pytest.mark.parametrize(("name", "kind"), [(n, f"HC{i}") for n in FAMILIES for i in range(4)])
def test_heteroskedasticity_by_the_definition(name, kind):
    glm = peer(name)
    mean, eta = np.asarray(glm.fittedvalues), np.asarray(glm.predict(which="linear", offset=D["o"]))
    variance = mean if name == "poisson" else mean * (1 - mean)
    slope = np.exp(eta - np.exp(eta)) if name == "cloglog" else variance
    weight = slope**2 / variance
    bread = np.linalg.inv(X.T @ (X * weight[:, None]))
    leverage = weight * np.einsum("ij,jk,ik->i", X, bread, X)
    r = (D[FAMILIES[name][1]].to_numpy() - mean) * slope / variance
    r = r / {"HC0": 1, "HC1": np.sqrt((N - 3) / N), "HC2": np.sqrt(1 - leverage), "HC3": 1 - leverage}[kind]
    fit = ours(name, robust=kind)
    assert_allclose(fit.cov, bread @ (X * r[:, None]).T @ (X * r[:, None]) @ bread, rtol=1e-6, atol=1e-12)
    assert fit.covariance == f"heteroskedasticity-robust {kind}" and (fit.degrees == N - 3).all()
    assert fit.inference == "wald"


@pytest.mark.parametrize("name", ["logit", "poisson"])
def test_fits_give_the_covariances_of_r(repository, name):
    stored = json.loads((repository / "tests" / "reference" / "covariance.json").read_text())
    data = pd.DataFrame(stored["data"])
    make, outcome = (est.logit, "b") if name == "logit" else (est.poisson, "cnt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GuardWarning)
        for kind in ("HC0", "HC1", "HC2", "HC3"):
            assert_allclose(make(f"{outcome} ~ x1 + x2", data, robust=kind).cov, stored[name][kind], rtol=1e-6)
        for kind in ("CR0", "CR1", "CR2"):
            fit = make(f"{outcome} ~ x1 + x2", data, cluster="g", cluster_kind=kind)
            assert_allclose(fit.cov, stored[name][kind + "S" * (kind == "CR1")], rtol=1e-6)
    assert_allclose(fit.degrees, stored[name]["df"], rtol=1e-6)


def test_cr2_of_a_link_that_is_not_canonical_is_that_of_the_response():
    """Linearised at the estimate, y - m regressed on m'X with weights 1/V and working variances V, by n x n matrices."""
    fit = ours("cloglog", cluster="g", cluster_kind="CR2")
    eta = X @ fit.params + D["o"].to_numpy()
    mean, slope = -np.expm1(-np.exp(eta)), np.exp(eta - np.exp(eta))
    variance = mean * (1 - mean)
    columns, V = slope[:, None] * X, np.diag(variance)
    bread = np.linalg.inv(columns.T @ (columns / variance[:, None]))
    maker = np.eye(N) - columns @ bread @ (columns / variance[:, None]).T
    spread, meat, parts = maker @ V @ maker.T, np.zeros((3, 3)), []
    for group in range(25):
        i = (D["g"] == group).to_numpy()
        root = np.diag(np.sqrt(variance[i]))
        values, vectors = np.linalg.eigh(root @ spread[np.ix_(i, i)] @ root)
        adjust = root @ (vectors / np.sqrt(values)) @ vectors.T @ root
        score = (columns / variance[:, None])[i].T @ adjust @ (D["y"].to_numpy() - mean)[i]
        meat += np.outer(score, score)
        parts.append(maker[i].T @ adjust.T @ (columns / variance[:, None])[i] @ bread)
    assert_allclose(fit.cov, bread @ meat @ bread, rtol=1e-6)
    for j in range(3):
        P = np.array([part[:, j] for part in parts])
        gram = P @ V @ P.T
        assert fit.degrees[j] == pytest.approx(np.trace(gram) ** 2 / np.sum(gram**2), rel=1e-6)


def test_a_two_way_matrix_that_is_not_positive_definite_is_mended_and_said():
    rng = np.random.default_rng(0)
    n = 64
    data = pd.DataFrame({"g": np.repeat(np.arange(8), 8), "h": np.tile(np.arange(8), 8), "x": rng.normal(size=(n))})
    data["y"] = np.where((data["g"] + data["h"]) % 2 == 0, 1, 0)  # scores cancel within every row and column
    data["y"] = np.where(rng.random(n) < 0.1, 1 - data["y"], data["y"])
    with pytest.warns(GuardWarning, match="not positive definite"):
        fit = est.firth_logit("y ~ x", data, cluster=["g", "h"])
    assert np.linalg.eigvalsh(fit.cov).min() > -1e-12
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GuardWarning)
        moved = est.firth_logit("y ~ x", data.assign(x=7 - 3 * data["x"]), cluster=["g", "h"])
    assert moved.bse[1] * 3 == pytest.approx(fit.bse[1], rel=1e-6)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"robust": "HC4"}, InputError, "unknown robust covariance 'HC4'"),
        ({"cluster": "g", "cluster_kind": "CR3"}, InputError, "unknown cluster_kind 'CR3'"),
        ({"cluster_kind": "CR1"}, InputError, "cluster_kind needs cluster"),
        ({"cluster": "g", "robust": "HC1"}, InputError, "not both"),
        ({"cluster": ["g", "h"], "cluster_kind": "CR2"}, InputError, "CR2 is not defined for two groupings"),
        ({"cluster": ["g", "zz"]}, InputError, "unknown column 'zz'"),
        ({"cluster": ["g", "h", "x"]}, InputError, "one label for each of the 400 rows"),
        ({"cluster": ["g", "few"]}, RefusalError, "G11: 5 clusters"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(options, error, message):
    data = D.assign(few=D["g"] % 5)
    for make, outcome in ((est.logit, "y"), (est.cloglog, "y"), (est.poisson, "k"), (est.firth_logit, "y")):
        with pytest.raises(error, match=message):
            make(f"{outcome} ~ x", data, **options)


def test_kinds_without_a_definition_are_refused():
    with pytest.raises(InputError, match="CR2 is not defined with weights for sampling"):
        est.rare_events_logit("y ~ x", D, tau=0.01, correction="weighting", cluster="g", cluster_kind="CR2")
    assert "CR1" in est.rare_events_logit("y ~ x", D, tau=0.01, correction="weighting", cluster="g").covariance
    for options in ({"cluster": "g", "cluster_kind": "CR2"}, {"robust": "HC3"}):
        with pytest.raises(InputError, match="choose one of"):
            est.negative_binomial("k ~ x", D.assign(k=D["k"] * D["g"] % 7), **options)
    with pytest.raises(InputError, match="'id' must hold one label for each of the 400 rows, not 2"):
        est.cox("y ~ x", D, stop=np.ones(N), id=["g", "h"])


def test_negative_binomial_sandwiches_are_those_of_statsmodels():
    k = D["k"] * RNG.gamma(1.0, 1.0, N).round().astype(int)
    fit = est.negative_binomial("k ~ x + z", D.assign(k=k), cluster="g")
    model = sm.NegativeBinomial(k, X)
    params = model.fit(
        start_params=fit.params, method="newton", maxiter=200, disp=0, cov_type="cluster", cov_kwds={"groups": D["g"]}
    )
    assert_allclose(fit.cov, params.cov_params(), rtol=1e-4, atol=1e-10)
    assert fit.covariance == "cluster-robust CR1, 25 clusters" and (fit.degrees == 24).all()
    plain = model.fit(start_params=fit.params, method="newton", maxiter=200, disp=0, cov_type="HC0")
    assert_allclose(
        est.negative_binomial("k ~ x + z", D.assign(k=k), robust="HC0").cov, plain.cov_params(), rtol=1e-4, atol=1e-10
    )


MOVED = {
    "far": lambda x: x + 1e7,
    "large": lambda x: 1e6 * x,
    "small and far": lambda x: 1e-4 * x - 1e3,
}
MADE = {
    "CR1": lambda d: est.logit("y ~ x + z", d, cluster="g", cluster_kind="CR1").bse[2],
    "CR2": lambda d: est.cloglog("y ~ x + z", d, cluster="g", cluster_kind="CR2").bse[2],
    "df": lambda d: est.firth_logit("y ~ x + z", d, cluster="g").degrees[2],
    "HC3": lambda d: est.poisson("k ~ x + z", d, robust="HC3").bse[2],
    "two-way": lambda d: est.logit("y ~ x + z", d, cluster=["g", "h"]).bse[2],
    "quasi": lambda d: est.poisson("k ~ x + z", d, dispersion="quasi").bse[2],
    "rare weighting": lambda d: est.rare_events_logit("y ~ x + z", d, tau=0.01, correction="weighting").bse[2],
    "probabilities": lambda d: est.rare_events_logit("y ~ x + z", d).probabilities(),
    "new rows": lambda d: est.logit("y ~ x + z", d).predict(d.iloc[:9]),
    "margin": lambda d: ist.marginal_effects(est.logit("y ~ x + z", d), "z").se,
    "margin of the moved": lambda d: ist.marginal_effects(est.logit("y ~ x + z", d, cluster="g"), "x", change="sd").se,
    "profile margin": lambda d: ist.marginal_effects(est.firth_logit("y ~ x + z", d), "z").ratio,
    "flic": lambda d: est.firth_logit("y ~ x + z", d, intercept_correction="flic").predict(),
    "wild logit": lambda d: (
        wild_cluster_logit(sm.add_constant(d[["x", "z"]]), d["y"], d["g"], 1, interval=False, draws=999).p_value
    ),
    "wild linear": lambda d: (
        wild_cluster_linear(sm.add_constant(d[["x", "z"]]), d["y"], d["g"], 2, draws=999).conf_high
    ),
}


@pytest.mark.parametrize("move", MOVED)
@pytest.mark.parametrize("name", MADE)
def test_units_and_means_far_from_zero_change_nothing(name, move):
    assert_allclose(MADE[name](D.assign(x=MOVED[move](D["x"]))), MADE[name](D), rtol=1e-6)


def test_the_wild_bootstrap_names_a_collinear_column():
    X3 = np.column_stack([np.ones(N), D["x"], 2 * D["x"] - 1])
    for coefficient in range(3):
        with pytest.raises(EstimationError, match="singular"):
            wild_cluster_logit(X3, D["y"], D["g"], coefficient, interval=False, draws=99)
