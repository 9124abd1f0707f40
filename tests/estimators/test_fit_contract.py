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
    "cox": lambda: est.cox(F, DATA, stop="stop", id="g"),
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
