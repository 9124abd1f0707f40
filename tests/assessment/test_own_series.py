"""A user's own series reaches every part of a test, or is refused by name."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.assessment.result import Result
from interventions_stats.errors import InputError
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.panels.covariates import covariate
from interventions_stats.robustness import influence, placebo_dates, planted_effects


def bundled(name: str) -> pd.DataFrame:
    """A bundled covariate of targets as a user would bring it."""
    values = covariate(name, ist.load_events().actor, by_target=True)
    return values.rename(name).reset_index().rename(columns={"target_ccode": "target", "ccode": "target"})


def numbers(e: Evidence) -> list[float]:
    return [e.estimate, e.se_cal, e.p_superiority, e.p_reverse, e.p_noninferiority, e.frontier, e.mde, e.n_identifying]


def everything(r: Result) -> dict[str, list[float]]:
    b = r.robustness
    assert b is not None
    parts = {"primary": r.evidence}
    parts |= {f"type {k}": t.evidence for k, t in r.by_type.items()} | {s.label: e for s, e in b.specs}
    parts |= b.lists | b.deletions | {f.label: f.evidence for f in b.falsifiers}
    found = {k: numbers(e) for k, e in parts.items()}
    planted = {f"planted {p.theta}": [p.mean, p.coverage, p.histories] for p in b.planted}
    return found | planted | {"types": [r.evidence.p_types]}


@pytest.mark.parametrize(("name", "column"), [("T2", "civil_conflict"), ("E3", "trade_share")])
def test_the_bundled_covariate_as_ones_own_series_changes_no_number(name: str, column: str) -> None:
    """Specifications, lists, deletions, falsifiers, types, detectable and planted effects."""
    changes = {"choices": ()} if name == "E3" else {}
    one = everything(ist.test(name, quick=True, **changes))
    two = everything(ist.test(name, quick=True, series=bundled(column), **changes))
    assert one.keys() == two.keys() and len(one) > 30
    for key, values in one.items():
        assert two[key] == pytest.approx(values, rel=1e-9, nan_ok=True), key


def test_influence_and_planted_effects_are_those_of_ones_own_series() -> None:
    mine = bundled("civil_conflict")
    mine["civil_conflict"] = np.random.default_rng(3).integers(0, 2, len(mine)).astype(float)
    result = ist.test("T2", series=mine, quick=True)
    found = influence("T2", series=mine, draws=999)
    assert (
        found.evidence.estimate
        == result.evidence.estimate
        != ist.test("T2", quick=True, robustness=False).evidence.estimate
    )
    shared = found.frame[found.frame["onsets"] == 0]  # what takes no onset of its own with it leaves the fit as it was
    assert len(shared) and shared.loc[shared["unit"] == "event", "estimate"].to_numpy() == pytest.approx(
        result.evidence.estimate
    )
    planted = planted_effects("T2", series=mine, draws=999)
    assert planted["estimate"].tolist() == pytest.approx([p.mean for p in result.robustness.planted])
    assert (
        placebo_dates("T2", series=mine, histories=20).p_values.tolist()
        != placebo_dates("T2", histories=20).p_values.tolist()
    )


@pytest.mark.parametrize("name", ["L1", "L2", "S1", "I2"])
def test_a_kind_that_takes_no_series_says_so_by_name(name: str) -> None:
    kind = ist.drivers.proposition(name).test
    with pytest.raises(InputError, match=f"{name}: its test, '{kind}' .* takes no series of your own"):
        ist.test(name, series=pd.DataFrame({"year": [2000, 2001], "x": [1.0, 2.0]}), quick=True)


def test_a_battery_gives_a_series_to_the_tests_that_take_one() -> None:
    polls = pd.DataFrame({"month": pd.period_range("2000-01", "2020-12", freq="M").astype(str)})
    polls["approval"] = 60 + 10 * np.sin(np.arange(len(polls)) / 9)
    found = ist.battery(series=polls, drivers=["wag_the_dog", "leader"], quick=True, robustness=False, n_jobs=1)
    plain = ist.battery(drivers=["wag_the_dog", "leader"], quick=True, robustness=False, n_jobs=1)
    assert found["L1"].evidence.estimate == plain["L1"].evidence.estimate and found["L1"].evidence.missing is None
    assert found["W1"].evidence.estimate != plain["W1"].evidence.estimate


def test_a_series_without_events_says_whose_onsets_are_tested() -> None:
    polls = pd.DataFrame({"month": pd.period_range("2000-01", "2020-12", freq="M").astype(str)})
    polls["approval"] = 60 + 10 * np.sin(np.arange(len(polls)) / 9)
    options = {"series": polls, "quick": True, "robustness": False}
    found = ist.test("W1", **options)
    assert "the 25 of Russia on the list 'reconstructed', 1992-2020" in found.note
    assert "25 of Russia" in " ".join(found.summary().split())
    assert ist.test("W1", events="reconstructed", **options).note == ""
    assert "of Russia" in ist.test("wag_the_dog", **options)["W1"].note
    assert dataclasses.replace(found, note="").summary() != found.summary()


def test_quick_changes_the_number_of_relabellings_and_nothing_else() -> None:
    """Lists, specifications, deletions, planted and detectable effects are all there; what no draw enters is equal."""
    quick, full = ist.test("T1", quick=True), ist.test("T1")
    one, two = quick.robustness, full.robustness
    assert one is not None and two is not None
    assert [s.label for s, _ in one.specs] == [s.label for s, _ in two.specs]
    assert (list(one.lists), list(one.deletions)) == (list(two.lists), list(two.deletions))
    assert [e.estimate for _, e in one.specs] == [e.estimate for _, e in two.specs]
    assert one.planted == two.planted and len(one.planted) == 2
    assert quick.evidence.mde_method == full.evidence.mde_method == "simulated on the panel"
    assert quick.evidence.draws == 999 and full.evidence.draws == 10_000


@pytest.mark.parametrize("name", ["W1", "T2"])
def test_a_series_of_other_years_leaves_nothing_to_test(name: str) -> None:
    months = pd.DataFrame({"month": pd.period_range("1980-01", "1985-12", freq="M").astype(str), "approval": 50.0})
    years = bundled("civil_conflict").query("year < 1980")
    found = ist.test(name, series=months if name == "W1" else years, quick=True)
    assert set(found.evidence.outside) == set(found.events.ids)  # each event with its reason
    assert found.verdict == "not_testable" and "no onset falls where the exposure is measured" in str(
        found.evidence.missing
    )
