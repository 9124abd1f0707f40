"""The footprint: counts from the tables by other means, equal spans, and exact intervals by their defining equation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from interventions_stats import datasets
from interventions_stats.errors import UnknownNameError
from interventions_stats.replication.census import footprint
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


def test_an_unknown_end_is_no_end_of_the_coverage() -> None:
    """IMI knows no end of the USSR's cases in Egypt (1970) and Cuba (1978); the United States' in Iraq (2003) ran on."""
    totals = footprint_totals("imi").set_index(["actor", "first"])
    soviet = totals.loc[("USSR", 1978)]
    # to the end of 1991 from the month of Egypt (before the span: all 14 years) and from 13 February 1978
    assert soviet["case_years_most"] - soviet["case_years"] == pytest.approx(14 + 14 - 43 / 365 - 1 / 365)
    years = footprint_years("imi").set_index(["actor", "year"])
    assert years.loc[("United States", 2005), "person_years"] >= 10_001
    # A Soviet case on the Afghan border, 31 July 1991 to 1995, is Russia's from 1992 and no onset of Russia's.
    assert years.loc[("Russia", 1992), "onsets"] == 2 and years.loc[("Russia", 1992), "under_way"] == 3


def test_person_years_by_hand() -> None:
    """A year in which one case filled the year and one a part of it."""
    table = datasets.load("events_imi")
    least = {"none": 0, "1-1000": 1, "1001-5000": 1001, "5001-10000": 5001, "over 10000": 10001}
    for actor, code, year in (("USSR", 365, 1985), ("United States", 2, 1995), ("United States", 2, 1969)):
        total = 0.0
        for row in table[(table["actor_ccode"] == code) & table["end"].notna()].to_dict("records"):
            lo, hi = max(str(row["start"])[:10], f"{year}-01-01"), min(str(row["end"])[:10], f"{year}-12-31")
            if lo <= hi and row["troop_size_label"] in least:
                days = (np.datetime64(hi) - np.datetime64(lo)).astype(int) + 1
                total += least[row["troop_size_label"]] * days / 365
        found = footprint_years("imi").set_index(["actor", "year"]).loc[(actor, year), "person_years"]
        assert found == pytest.approx(total, rel=1e-9)


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
    census = footprint()
    for source in SOURCES:
        first = footprint_ratios(source).iloc[0]
        assert census.values[f"{source}: Russia/USSR"] == first["onsets"] / first["their_onsets"]
    assert np.isfinite(list(census.values.values())).all() and "exact 95% interval" in census.detail
