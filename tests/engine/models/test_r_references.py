"""Every regression against R, run from tests/reference/estimators.R (versions and date are in the JSON)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats import estimators as est

R = json.loads((Path(__file__).resolve().parents[3] / "tests" / "reference" / "estimators.json").read_text())
DATA = pd.DataFrame(R["data"])
BINARY, COUNT = "y ~ x1 + x2", "k ~ x1 + x2"
LOOSE = {"allow": ("G02",)}

FITS = {
    "logit": lambda: est.logit(BINARY, DATA, **LOOSE),
    "cloglog": lambda: est.cloglog(DATA["y"], DATA[["x1", "x2"]], time=DATA["t"], **LOOSE),
    "poisson": lambda: est.poisson(COUNT, DATA, exposure="e"),
    "quasi": lambda: est.poisson(COUNT, DATA, exposure="e", dispersion="quasi"),
    "firth_logit": lambda: est.firth_logit(BINARY, DATA),
    "jeffreys_cloglog": lambda: est.cloglog(BINARY, DATA, firth=True),
    "firth_poisson": lambda: est.poisson(COUNT, DATA, exposure="e", firth=True),
    "clogit": lambda: est.conditional_logit(BINARY, DATA, strata="s", **LOOSE),
    "cox_efron": lambda: est.cox(BINARY, DATA, start="start", stop="stop", ties="efron"),
    "cox_breslow": lambda: est.cox(BINARY, DATA, start="start", stop="stop", ties="breslow"),
}


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
@pytest.mark.parametrize("name", FITS)
def test_coefficients_and_standard_errors(name: str) -> None:
    # R's cubic in t is not centred and is good to 1e-7 only
    tolerance = 1e-7 if name == "cloglog" else 1e-10
    fit = FITS[name]()
    assert fit.converged
    assert_allclose(fit.params, R[name]["coef"], rtol=tolerance, atol=tolerance)
    assert_allclose(fit.bse, R[name]["se"], rtol=tolerance, atol=tolerance)
    if "loglik" in R[name]:
        assert_allclose(fit.loglik, R[name]["loglik"], rtol=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_robust_cox_errors(ties: str) -> None:
    fit = est.cox(BINARY, DATA, start="start", stop="stop", ties=ties, id=np.tile(np.arange(20), 3))
    assert_allclose(fit.bse, R[f"cox_{ties}"]["robust"], rtol=1e-10)


def test_negative_binomial() -> None:
    fit = est.negative_binomial(COUNT, DATA, exposure="e")
    assert_allclose(fit.params[:-1], R["negative_binomial"]["coef"], rtol=1e-8)
    assert_allclose(1 / fit.params[-1], R["negative_binomial"]["theta"], rtol=1e-8)
    assert_allclose(fit.loglik, R["negative_binomial"]["loglik"], rtol=1e-10)


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
def test_rare_events_logit_against_zelig() -> None:
    plain = est.rare_events_logit(BINARY, DATA, **LOOSE)
    assert_allclose(plain.params, R["relogit_none"]["coef"], rtol=1e-9)
    # Zelig prints the errors of maximum likelihood; King & Zeng shrink them by n / (n + p)
    assert_allclose(plain.bse, np.array(R["relogit_none"]["se"]) * 60 / 63, rtol=1e-5)
    weighted = est.rare_events_logit(BINARY, DATA, tau=0.02, correction="weighting", **LOOSE)
    assert_allclose(weighted.params, R["relogit_weighting"]["coef"], rtol=1e-8)


def test_the_json_names_its_versions() -> None:
    assert {v.split()[0] for v in R["versions"]} == {"brglm2", "survival", "MASS", "Zelig"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(DATA) == 60
