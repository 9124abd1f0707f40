"""What every fit offers: broom's frames, text, HTML, a plot, citations, pickling."""

from __future__ import annotations

import pickle

import matplotlib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats import estimators as est
from interventions_stats.display.contract import GLANCE_KEYS, TIDY_COLUMNS
from interventions_stats.errors import InputError

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
RNG = np.random.default_rng(9)
DATA = pd.DataFrame(RNG.normal(size=(160, 2)), columns=["oil", "approval"])
DATA["y"] = (RNG.random(160) < 1 / (1 + np.exp(1.2 - DATA["oil"]))).astype(int)
DATA["k"] = RNG.negative_binomial(1, 0.3, 160)
DATA["g"] = np.arange(160) // 8
DATA["stop"] = 1.0 + np.arange(160) % 8
F = "y ~ oil + approval"
FITS = {
    "logit": lambda: est.logit(F, DATA),
    "firth": lambda: est.firth_logit(F, DATA),
    "flic": lambda: est.firth_logit(F, DATA, intercept_correction="flic"),
    "flac": lambda: est.flac(F, DATA),
    "clustered": lambda: est.firth_logit(F, DATA, cluster="g"),
    "cloglog": lambda: est.cloglog(F, DATA, time="stop", firth=True),
    "poisson": lambda: est.poisson("k ~ oil + approval", DATA),
    "quasi": lambda: est.poisson("k ~ oil + approval", DATA, dispersion="quasi"),
    "negative binomial": lambda: est.negative_binomial("k ~ oil + approval", DATA),
    "conditional": lambda: est.conditional_logit(F, DATA, strata="g", firth=True),
    "rare events": lambda: est.rare_events_logit(F, DATA),
    "cox": lambda: est.cox(F, DATA, stop="stop", cluster="g"),
}


@pytest.mark.parametrize("name", FITS)
def test_contract(name: str) -> None:
    fit = FITS[name]()
    tidy, glance = fit.tidy(), fit.glance()
    assert tuple(tidy.columns) == TIDY_COLUMNS and tidy["term"].tolist() == list(fit.names)
    assert np.isfinite(tidy.drop(columns="term").to_numpy()).all()
    assert ((tidy["conf_low"] < tidy["estimate"]) & (tidy["estimate"] < tidy["conf_high"])).all()
    assert tidy["p_value"].between(0, 1).all()
    assert len(glance) == 1 and set(GLANCE_KEYS) <= set(glance.columns)
    assert glance["n_events_total"].iloc[0] == glance["n_events"].iloc[0] > 0
    assert isinstance(fit.params, np.ndarray) and fit.bse.shape == fit.params.shape
    assert fit.cov.shape == (len(fit.params),) * 2 and fit.converged
    wide = fit.tidy(conf_level=0.99)
    assert (wide["conf_low"] < tidy["conf_low"]).all()
    # a p-value below .05 and a 95% interval without zero are one statement
    excludes = (tidy["conf_low"] > 0) | (tidy["conf_high"] < 0)
    assert (excludes == (tidy["p_value"] < 0.05)).all()
    text = fit.summary()
    assert max(map(len, text.splitlines())) <= 100 and fit.names[-1] in text
    assert "<table>" in fit._repr_html_() and fit.cite() and all(isinstance(c, str) for c in fit.cite())
    assert fit.plot().plotted["term"].tolist() == [n for n in fit.names if n != "Intercept"]
    assert list(fit.__maketables_coef_table__.columns) == ["b", "se", "t", "p", "ci95l", "ci95u"]
    copy = pickle.loads(pickle.dumps(fit))
    assert_allclose(copy.conf_int(), fit.conf_int(), rtol=1e-12)


def test_intervals_by_name_and_bad_levels() -> None:
    fit = FITS["firth"]()
    wald = fit.conf_int(method="wald")
    assert_allclose(wald.mean(axis=1), fit.params, rtol=1e-12)
    assert np.abs(wald - fit.conf_int()).max() > 1e-3
    for bad in ({"conf_level": 95}, {"method": "bca"}):
        with pytest.raises(InputError):
            fit.conf_int(**bad)
    with pytest.raises(InputError, match="no profile"):
        FITS["quasi"]().conf_int(method="profile")
    with pytest.raises(InputError, match="does not predict"):
        FITS["cox"]().predict()


def test_importing_the_package_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, interventions_stats as ist; from interventions_stats.estimators import firth_logit;"
        "f = firth_logit(y=[0, 1, 0, 1, 1, 0], X=np.arange(6.0) % 4); f.pvalues; f.conf_int();"
        "print([m for m in ('pandas', 'statsmodels', 'scipy.stats', 'matplotlib', 'formulaic') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_wald_numbers_refer_to_the_normal_or_to_t() -> None:
    from scipy.stats import norm, t

    for name, law in (("logit", norm), ("quasi", t(157))):
        fit = FITS[name]()
        half = law.ppf(0.95) * fit.bse
        assert_allclose(fit.conf_int(0.9), np.column_stack([fit.params - half, fit.params + half]), rtol=1e-10)
        assert_allclose(fit.statistic, fit.params / np.sqrt(np.diag(fit.cov)), rtol=1e-12)
        assert_allclose(fit.pvalues, 2 * law.sf(np.abs(fit.statistic)), rtol=1e-9)
        for level in (0.0, 1.0):
            with pytest.raises(InputError, match="conf_level"):
                fit.conf_int(level)


def test_profile_numbers_beside_wald_ones() -> None:
    from scipy.stats import chi2, norm

    firth, flic = FITS["firth"](), FITS["flic"]()
    ratios = firth.profile.ratios()
    assert_allclose(firth.statistic**2, ratios, rtol=1e-9) and (np.sign(firth.statistic) == np.sign(firth.params)).all()
    assert_allclose(firth.pvalues, chi2.sf(ratios, 1), rtol=1e-9)
    narrow, wide = firth.conf_int(0.8), firth.conf_int(0.99)
    assert (wide[:, 0] < narrow[:, 0]).all() and (narrow[:, 1] < wide[:, 1]).all()
    assert firth._limits(0.8) is firth._limits(0.8)
    assert_allclose(firth.conf_int(0.8, method="profile"), narrow, rtol=0)
    # the corrected intercept is read by Wald, slopes by their profile
    assert flic.wald_terms == ("Intercept",)
    assert_allclose(flic.statistic[1:], firth.statistic[1:], rtol=1e-9)
    assert flic.statistic[0] == pytest.approx(flic.params[0] / flic.bse[0])
    assert_allclose(flic.conf_int()[1:], firth.conf_int()[1:], rtol=1e-9)
    assert_allclose(flic.conf_int()[0], flic.params[0] + np.array([-1, 1]) * norm.ppf(0.975) * flic.bse[0])
    clustered = FITS["clustered"]()
    assert clustered.inference == "wald" and clustered.profile is not None
    assert_allclose(clustered.conf_int(method="profile"), firth.conf_int(), rtol=1e-9)


def test_predictions_of_the_fit_and_of_new_rows() -> None:
    rng = np.random.default_rng(1)
    offset = rng.normal(size=160)
    fit = est.poisson("k ~ oil + approval", DATA, offset=offset)
    eta = fit.params[0] + DATA[["oil", "approval"]].to_numpy() @ fit.params[1:]
    assert_allclose(fit.predict(kind="link"), eta + offset) and np.allclose(fit.predict(), np.exp(eta + offset))
    assert_allclose(fit.predict(DATA, offset=0, kind="link"), eta)
    with pytest.raises(InputError, match="the fit has an offset"):  # new rows, even if they are the old ones, have none
        fit.predict(DATA)
    assert_allclose(fit.predict(offset=np.ones(160), kind="link"), eta + 1)
    assert_allclose(fit.predict(DATA.iloc[:3], offset=[1.0, 2, 3], kind="link"), eta[:3] + [1, 2, 3])
    with pytest.raises(InputError, match="unknown kind of prediction"):
        fit.predict(kind="rate")
    with pytest.raises(InputError, match="'oil' is missing or infinite at row 1"):
        fit.predict(DATA.iloc[:3].assign(oil=[0.0, np.nan, 1.0]))
    arrays = est.logit(y=DATA["y"], X=DATA[["oil", "approval"]])
    assert_allclose(arrays.predict(X=[0.5, -1.0], kind="link"), arrays.params @ [1, 0.5, -1.0])
    bare = est.logit(y=DATA["y"], X=DATA[["oil", "approval"]], intercept=False)
    assert_allclose(bare.predict(X=[[0.5, -1.0]], kind="link"), bare.params @ [0.5, -1.0])


def test_a_fit_says_what_is_behind_it() -> None:
    data = DATA.copy()
    data.attrs["data_version"] = "v9"
    glance = est.firth_logit(F, data).glance().iloc[0]
    assert (glance["data_version"], glance["n"], glance["converged"], glance["separated"]) == ("v9", 160, True, False)
    assert (glance["inference"], glance["reason"], glance["n_dropped"]) == ("profile", "converged", 0)
    exposed = np.r_[np.ones(8), np.zeros(152)]
    y = np.where(exposed == 1, 0, DATA["y"])
    fit = est.firth_logit(y=y, X=np.column_stack([DATA["oil"], exposed]), names=["oil", "war"])
    assert fit.separation.columns == ("war",) and bool(fit.glance()["separated"].iloc[0])
    assert "Separation:" in fit.summary() and fit.sign_conflict == ()
    assert FITS["firth"]()._notes() == []
    counts = est.poisson(y=y * 3, X=np.column_stack([DATA["oil"], exposed]), names=["oil", "war"], firth=True)
    assert counts.separation.columns == ("war",)
    matched = est.conditional_logit(y=y, X=DATA["oil"], strata=DATA["g"], firth=True)
    assert matched.separation.kind == "none"
    assert FITS["negative binomial"]().separation.kind == "none"
    assert "not checked" in FITS["cox"]().separation.message


@pytest.mark.parametrize("terms", [None, ["oil"], ["approval", "oil"]])
def test_a_joint_test_is_the_fall_to_the_smaller_model(terms: list[str] | None) -> None:
    from scipy.stats import chi2

    chosen = ["oil", "approval"] if terms is None else terms
    kept = [c for c in ("oil", "approval") if c not in chosen]
    for model, outcome in ((est.logit, "y"), (est.poisson, "k")):
        fit = model(f"{outcome} ~ oil + approval", DATA)
        reduced = model(f"{outcome} ~ {' + '.join(kept) or '1'}", DATA)
        statistic, df, p = fit.lr_test(terms)
        assert statistic == pytest.approx(2 * (fit.loglik - reduced.loglik), rel=1e-8) and df == len(chosen)
        assert p == pytest.approx(chi2.sf(statistic, df))
    with pytest.raises(InputError, match="at least one term"):
        FITS["logit"]().lr_test([])
    for name in ("quasi", "cox", "negative binomial"):
        with pytest.raises(InputError, match="no joint likelihood-ratio test"):
            FITS[name]().lr_test()


def test_fits_say_which_estimator_they_are_of() -> None:
    shown = {name: FITS[name]().estimator for name in FITS}
    assert shown == {
        "logit": "logit (ML)", "firth": "Firth logit", "flic": "Firth logit (FLIC)", "flac": "Firth logit (FLAC)", "clustered": "Firth logit",
        "cloglog": "cloglog (Jeffreys penalty)", "poisson": "Poisson (ML)", "quasi": "quasi-Poisson",
        "negative binomial": "negative binomial (ML)", "conditional": "conditional logit (Firth)",
        "rare events": "rare-events logit", "cox": "Cox (Andersen-Gill)",
    }  # fmt: skip
    assert est.conditional_logit(F, DATA, strata="g", allow=("G02",)).estimator == "conditional logit (ML)"
    assert est.cloglog(F, DATA, allow=("G02",)).estimator == "cloglog (ML)"
    assert est.poisson("k ~ oil", DATA, firth=True).estimator == "Poisson (Firth)"
