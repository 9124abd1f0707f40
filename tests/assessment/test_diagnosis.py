"""Diagnosis of a planned list: size without an effect, power that grows with events, and Gelman and Carlin's retrodesign."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import interventions_stats as ist
from interventions_stats.errors import InputError

MONTHS = pd.period_range("1992-01", "2020-12", freq="M").astype(str)


def _walk(seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"month": MONTHS, "x": np.random.default_rng(seed).normal(size=len(MONTHS)).cumsum()})


def test_size_power_and_bias_are_those_of_the_primary_test() -> None:
    few, many = (ist.diagnose(n, "W1", [1, 1.5, 2], histories=200).table for n in (10, 60))
    assert few["power"][0] < 0.12 and many["power"][0] < 0.12  # no effect: the size
    assert (many["power"][1:] > few["power"][1:]).all() and many["power"].is_monotonic_increasing
    assert (few["coverage"] > 0.88).all() and (many["coverage"] > 0.88).all()
    assert many["bias"].abs().max() < 0.1 and (many["rmse"] < few["rmse"]).all()
    assert np.isnan(few["type_m"][0]) and few["type_m"][1] > many["type_m"][1] > 1


def test_type_s_and_m_agree_with_the_normal_formula() -> None:
    """Gelman and Carlin (2014): errors among significant estimates of a normal estimate with the same standard error."""
    row = ist.diagnose(12, _walk(), 1.25, histories=600).table.iloc[0]
    truth = math.log(1.25)
    se = math.sqrt(row["rmse"] ** 2 - row["bias"] ** 2)
    z = stats.norm.ppf(0.975)
    drawn = np.random.default_rng(1).normal(truth, se, 200_000)
    significant = drawn[np.abs(drawn) > z * se]
    assert row["type_m"] == pytest.approx(np.abs(significant).mean() / truth, rel=0.25)
    assert row["type_s"] == pytest.approx((significant < 0).mean(), abs=0.08)


def test_target_panels_counts_and_yearly_series_can_be_planned() -> None:
    assert ist.diagnose(20, "E3", 3.0, histories=60).table["power"][0] > 0.8
    assert ist.diagnose(30, "T1", 2.0, histories=60).n_rows == 23  # counts: more events than years
    years = pd.DataFrame({"year": range(1992, 2021), "x": np.random.default_rng(3).normal(size=29)})
    found = ist.diagnose(12, years.sample(frac=1, random_state=0), [2.0, 1.0], histories=60)
    assert (
        found.table["ratio"].tolist() == pytest.approx([1.0, 2.0])
        and max(map(len, found.summary().splitlines())) <= 100
    )
    assert found.table.equals(
        ist.diagnose(12, years, [1.0, 2.0], histories=60).table
    )  # nor the order of rows or effects


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((3, "W1", 1.5), "at least 4 onsets"), ((40, "L1", 1.5), "L1: no planned list"), ((40, "S1", 1.5), "S1: no planned list"), ((40, "F1", 1.5), "F1: no planned list"),
     ((40, "W1", 0), "effect must be positive"), ((40, "W1", []), "at least one true ratio"), ((900, "W1", 2), "250 rows"),
     ((40, pd.DataFrame({"x": [1.0]}), 2), "column month"), ((40, _walk().assign(y=1.0), 2), "there are 2"),
     ((40, pd.concat([_walk(), _walk()]), 2), "more than once"), ((40, "X9", 2), "unknown proposition")],
)  # fmt: skip
def test_plans_that_cannot_be_are_named(arguments, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        ist.diagnose(*arguments)
