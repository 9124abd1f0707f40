"""The footprint: counts from the tables by other means, equal spans, and exact intervals by their defining equation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interventions_stats import datasets
from interventions_stats.errors import UnknownNameError
from interventions_stats.replication.census import CENSUSES
from interventions_stats.replication.footprint import (
    SOURCES,
    footprint_ratios,
    footprint_totals,
    footprint_years,
    person_years,
    spans,
)


def _counts(source: str, code: int, first: int, last: int) -> int:
    """Onsets straight from the table, by the year of the first day."""
    table = datasets.load(f"events_{source}")
    mine = table[table["actor_ccode"] == code]
    if source == "mid":
        mine = mine[(mine["hostility"] >= 4) & (mine["originator"] == 1)]
    years = mine["start"].astype(str).str[:4].astype(int)
    return int(years.between(first, last).sum())


@pytest.mark.parametrize("source", SOURCES)
def test_totals_are_those_of_the_tables_over_equal_spans(source: str) -> None:
    found = footprint_totals(source)
    assert found["years"].nunique() == 1 and found["actor"].tolist()[:2] == ["Russia", "USSR"]
    for row in found.to_dict("records"):
        code = 2 if row["actor"] == "United States" else 365
        assert row["onsets"] == _counts(source, code, row["first"], row["last"])
        assert row["last"] - row["first"] + 1 == row["years"]
        assert row["years_with_a_case"] <= row["years"]


@pytest.mark.parametrize("source", SOURCES)
def test_exact_intervals_solve_their_equation(source: str) -> None:
    """Given the sum, the count is binomial with odds equal to the ratio (equal spans): each limit has a tail of 2.5%."""
    for row in footprint_ratios(source).to_dict("records"):
        a, n = row["onsets"], row["onsets"] + row["their_onsets"]
        low, high = (row[c] / (1 + row[c]) for c in ("conf_low", "conf_high"))
        assert row["ratio"] == pytest.approx(a / row["their_onsets"])
        assert stats.binom.sf(a - 1, n, low) == pytest.approx(0.025, abs=1e-7)
        assert stats.binom.cdf(a, n, high) == pytest.approx(0.025, abs=1e-7)
        assert row["p_less"] == pytest.approx(stats.binom.cdf(a, n, 0.5))


def test_years_under_way_follow_the_dates() -> None:
    """Afghanistan 1979-89 in IMI fills the years between with a full case-year each."""
    years = footprint_years("imi").set_index(["actor", "year"])
    table = datasets.load("events_imi")
    afghan = table[(table["actor_ccode"] == 365) & (table["target_cow"].astype(str) == "700")]
    spanning = afghan[(afghan["start"].astype(str) < "1981") & (afghan["end"].astype(str) > "1987")]
    assert len(spanning) >= 1
    assert (years.loc["USSR"].loc[1981:1986, "case_years"] >= len(spanning)).all()
    frame = footprint_years("mid")
    assert (frame["case_years"] <= frame["under_way"] + 1e-9).all() and (frame["onsets"] <= frame["under_way"]).all()


def test_large_onsets_are_the_bands_of_the_source() -> None:
    table = datasets.load("events_imi")
    american = table[(table["actor_ccode"] == 2) & table["start"].astype(str).str[:4].astype(int).between(1992, 2005)]
    large = american["troop_size_label"].isin(["1001-5000", "5001-10000", "over 10000"]).sum()
    totals = footprint_totals("imi")
    assert totals.loc[2, "actor"] == "United States" and totals.loc[2, "large"] == large
    assert footprint_totals("ucdp")["large"].isna().all()


def test_no_year_belongs_to_two_flags() -> None:
    frame = footprint_years("ucdp")
    assert set(frame.loc[frame["actor"] == "USSR", "year"]).isdisjoint(frame.loc[frame["actor"] == "Russia", "year"])
    assert {s.actor for s in spans("mid")} <= set(frame["actor"])
    with pytest.raises(UnknownNameError, match="source"):
        footprint_years("icb")


def test_person_years_of_the_reconstruction() -> None:
    found = person_years()
    assert found["onsets"].sum() == 25 and found["year"].tolist() == list(range(1992, 2021))
    cases = datasets.load("interventions_russia")
    listed = cases[cases["in_reconstructed"] == 1]["person_years"].astype(float)
    assert found["person_years"].sum() == pytest.approx(listed.sum()) and found["coded"].sum() == listed.notna().sum()


def test_census_uses_the_same_counts() -> None:
    census = CENSUSES["footprint"]()
    for source in SOURCES:
        first = footprint_ratios(source).iloc[0]
        assert census.values[f"{source}: Russia/USSR"] == first["onsets"] / first["their_onsets"]
    assert np.isfinite(list(census.values.values())).all() and "exact 95% interval" in census.detail
