"""Exact tests and the bladder data against R, run from tests/reference/exact.R (versions and date are in the JSON)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats import estimators as est

R = json.loads((Path(__file__).resolve().parents[3] / "tests" / "reference" / "exact.json").read_text())
# R finds estimates and limits by root finders that stop early (Rabbits: 529.84 for 531.51); its p-values are sums
LOOSE, SHARP = 1e-2, 1e-9


def number(value: float | str | None) -> float:
    return np.inf if value in (None, "Inf") else float(value)


def assert_like_r(ours: object, theirs: dict) -> None:
    assert_allclose(ours.p_value, theirs["p"], rtol=SHARP)
    for name, value in (("estimate", "estimate"), ("conf_low", "low"), ("conf_high", "high")):
        assert_allclose(getattr(ours, name), number(theirs[value]), rtol=LOOSE, err_msg=name)


@pytest.mark.parametrize("name", R["fisher"])
def test_fisher(name: str) -> None:
    theirs = R["fisher"][name]
    table = np.reshape(theirs["cells"], (2, 2))
    assert_like_r(est.fisher_test(table), theirs)
    for side in ("greater", "less"):
        assert_allclose(est.fisher_test(table, alternative=side).p_value, theirs[side], rtol=SHARP)


@pytest.mark.parametrize("name", R["cmh"])
def test_exact_cmh(name: str) -> None:
    theirs = R["cmh"][name]
    tables = [np.reshape(cells, (2, 2)) for cells in theirs["strata"]]
    assert_like_r(est.cmh_test(tables), theirs)
    assert_allclose(est.cmh_test(tables, alternative="greater").p_value, theirs["greater"], rtol=SHARP)
    assert_allclose(est.cmh_test(tables, exact=False, correction=False).p_value, theirs["large_sample"], rtol=SHARP)


@pytest.mark.parametrize("theirs", R["rates"], ids=lambda t: f"{t['events'][0]}-{t['events'][1]}")
def test_rate_ratio(theirs: dict) -> None:
    events, exposure = tuple(theirs["events"]), tuple(theirs["exposure"])
    assert_like_r(est.rate_ratio(events, exposure), theirs)
    assert_allclose(est.rate_ratio(events, exposure, alternative="greater").p_value, theirs["greater"], rtol=SHARP)


@pytest.mark.parametrize("theirs", R["shares"], ids=lambda t: f"{t['events']} of {t['trials']}")
def test_binomial(theirs: dict) -> None:
    assert_like_r(est.binomial_test(theirs["events"], theirs["trials"], theirs["null"]), theirs)


@pytest.mark.parametrize("ties", R["bladder"])
def test_bladder(ties: str, published: Callable[[str], pd.DataFrame]) -> None:
    data, theirs = published("bladder2"), R["bladder"][ties]
    columns = {"start": "start", "stop": "stop", "ties": ties}
    naive = est.cox("event ~ rx + size + number", data, **columns)
    robust = est.cox("event ~ rx + size + number", data, id="id", **columns)
    assert_allclose(naive.params, theirs["coef"], rtol=1e-9)
    assert_allclose(naive.bse, theirs["se"], rtol=1e-9)
    assert_allclose(robust.bse, theirs["robust"], rtol=1e-9)
    assert_allclose(naive.loglik, theirs["loglik"], rtol=1e-12)
