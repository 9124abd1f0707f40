"""Panels: what the events of a list become, and that none is lost without a word."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import interventions_stats as ist
from interventions_stats.datasets.load import load
from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.events.event_list import EventList
from interventions_stats.panels.actor_target_year import risk_set
from interventions_stats.panels.cells import split_ids
from interventions_stats.panels.placement import Placement, on_periods
from interventions_stats.panels.powers import power_years
from interventions_stats.panels.spells import peace_time

UNITS = ("actor-month", "actor-year", "actor-target-year")


def turkish(*rows: tuple[str, str | None, str]) -> EventList:
    frame = pd.DataFrame(rows, columns=["start", "end", "target"])
    return EventList.from_frame(frame, "TUR", end="end", target="target", coverage=(1990, 2020))


# -- the reconstructed list ------------------------------------------------------------------------------------------
def test_25_events_are_22_months_and_20_target_years_10_of_them_post_soviet() -> None:
    events = ist.load_events()
    months = ist.panel(events)
    assert (len(months), months["onsets"].sum(), months["onset"].sum()) == (348, 25, 22)
    years = ist.panel(events, "actor-year")
    assert (len(years), years["onsets"].sum(), years["onset"].sum()) == (29, 25, 13)
    targets = ist.panel(events, "actor-target-year")
    assert targets["onset"].sum() == 20
    near = ist.panel(events, "actor-target-year", targets="post_soviet")
    assert near["onset"].sum() == targets.loc[targets["post_soviet"] == 1, "onset"].sum() == 10
    assert near["target_ccode"].nunique() == 14
    assert months.attrs["n_events"] == years.attrs["n_events"] == targets.attrs["n_events"] == 25
    assert months.attrs["outside"] == {}
    # Ten cases outside the former Soviet Union leave with the other targets, by name and with the reason.
    assert len(near.attrs["outside"]) == 10
    assert set(near.attrs["outside"].values()) == {"target outside 'post_soviet'"}


def test_the_approval_sample_is_ten_cases_in_nine_months_without_1999() -> None:
    events = ist.load_events()
    for exposure in ("-approval", "-approval.change6"):
        frame = ist.panel(events, covariates=[exposure], lag=1, start="2000-02", end="2020-12")
        used = frame[frame[exposure].notna()]
        if exposure == "-approval":
            assert (used["onsets"].sum(), used["onset"].sum(), len(used)) == (10, 9, 250)  # one month had no survey
            assert set(used["leader"]) == {"Putin"}
        # 31% in August 1999 are a new prime minister's: neither a level nor the base of a change.
        first = frame.loc[frame[exposure].first_valid_index(), "period"]
        assert str(first) == ("2000-02" if exposure == "-approval" else "2000-08")
    raw = load("approval_russia").set_index("month")["approve"]
    assert raw["1999-08"] == 31
    change = ist.panel(events, covariates=["approval.change6"]).set_index("period")["approval.change6"]
    assert change[pd.Period("2000-08")] == raw["2000-07"] - raw["2000-01"]


def test_country_direction_reaches_one_onset_under_yeltsin() -> None:
    frame = ist.panel(ist.load_events(), covariates=["country_direction"])
    used = frame[frame["country_direction"].notna()]
    assert used["onsets"].sum() == 11
    assert used.groupby("leader")["onsets"].sum().to_dict() == {"Putin": 10, "Yeltsin": 1}


def test_leaders_change_at_the_boundary_month() -> None:
    months = ist.panel(ist.load_events()).set_index("period")["leader"]
    assert months["1999-12"] == "Yeltsin" and months["2000-01"] == "Putin"
    counts = ist.panel(ist.load_events()).groupby("leader")["onsets"].sum()
    assert counts.to_dict() == {"Putin": 10, "Yeltsin": 15}
    split = ist.panel(ist.load_events(), leaders="medvedev").groupby("leader")["onsets"].sum()
    assert split.to_dict() == {"Medvedev": 3, "Putin": 7, "Yeltsin": 15}  # piracy, Georgia, its garrisons: all of 2008
    years = ist.panel(ist.load_events(), "actor-year", leaders="medvedev").set_index("year")["leader"]
    assert years.loc[[1999, 2000, 2007, 2008, 2011, 2012]].tolist() == [
        "Yeltsin", "Putin", "Putin", "Medvedev", "Medvedev", "Putin",
    ]  # fmt: skip


# -- nothing is lost -------------------------------------------------------------------------------------------------
@st.composite
def lists(draw: st.DrawFn) -> EventList:
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        day = draw(st.dates(pd.Timestamp("1993-01-01").date(), pd.Timestamp("2012-12-31").date()))
        start = draw(st.sampled_from([f"{day}", f"{day:%Y-%m}", f"{day:%Y}"]))
        lasting = draw(st.one_of(st.none(), st.integers(0, 3000)))
        end = None if lasting is None else str(day + pd.Timedelta(days=lasting + 366))
        rows.append((start, end, draw(st.sampled_from(["SYR", "IRQ", "GRC;CYP", "GEO", "", "AZE;ARM;GEO"]))))
    return turkish(*rows)


@given(
    events=lists(), unit=st.sampled_from(UNITS), first=st.integers(1990, 2015), length=st.integers(0, 12),
    imprecise=st.sampled_from(["impute", "list"]), group=st.sampled_from(["all", "region"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_event_is_in_the_panel_or_listed_with_a_reason(
    events: EventList, unit: str, first: int, length: int, imprecise: str, group: str
) -> None:
    frame = ist.panel(
        events,
        unit,
        start=first,
        end=first + length,
        imprecise=imprecise,
        seed=1,
        targets=group,  # type: ignore[arg-type]
    )
    attrs = frame.attrs
    placed = {e for cell in frame["event_ids"] if cell for e in cell.split(";")}
    assert attrs["n_events"] == len(placed)
    assert placed | set(attrs["outside"]) == set(events.ids)
    assert not placed & set(attrs["outside"])
    assert attrs["n_events"] + len(attrs["outside"]) == attrs["n_events_total"] == len(events)
    assert all(attrs["outside"].values())
    if unit != "actor-target-year":
        assert frame["onsets"].sum() == len(placed)
    assert (frame["onset"] == (frame["onsets"] > 0)).all()


@given(events=lists(), seed=st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_the_order_of_the_rows_does_not_matter(events: EventList, seed: int) -> None:
    shuffled = dataclasses.replace(events, frame=events.frame.sample(frac=1, random_state=seed).reset_index(drop=True))
    assert shuffled.digest() == events.digest()
    for unit in UNITS:
        one, two = (ist.panel(e, unit, imprecise="impute", seed=3) for e in (events, shuffled))
        pd.testing.assert_frame_equal(one, two)
        assert one.attrs == two.attrs


def test_events_outside_a_panel_are_named_with_the_reason() -> None:
    events = turkish(("2016-08-24", None, "SYR"), ("1995-03-20", "1995-05-04", "IRQ"), ("2010-05-01", None, ""))
    months = ist.panel(events, start="2000-01", end="2020-12")
    assert months.attrs["outside"] == {"E02": "onset outside the panel (2000-01 to 2020-12)"}
    targets = ist.panel(events, "actor-target-year", start=2000)
    assert targets.attrs["outside"] == {
        "E02": "onset outside the panel (2000 to 2020)", "E03": "no target state coded",
    }  # fmt: skip
    late = ist.load_events().add(event_id="SS", start="2009-05-01", end="2012-01-01", target="SSD")
    assert ist.panel(late, "actor-target-year").attrs["outside"] == {"SS": "no target that is a state in that year"}


# -- dates -----------------------------------------------------------------------------------------------------------
def test_dates_wider_than_a_period_are_refused_imputed_or_listed() -> None:
    events = turkish(("2016", None, "SYR"), ("2018-01-20", None, "SYR"), ("1991", None, "IRQ"))
    with pytest.raises(RefusalError, match=r"^G14: the onset of E01 is known only to the year") as caught:
        ist.panel(events, start=2000)
    assert caught.value.guard == "G14"
    assert "E03" not in str(caught.value)  # it is outside the panel whatever its month
    listed = ist.panel(events, start=2000, imprecise="list")
    assert listed.attrs["outside"]["E01"] == "onset date wider than a period"
    with pytest.raises(InputError, match=r"needs a random generator: give seed="):
        ist.panel(events, start=2000, imprecise="impute")
    drawn = {
        str(f.loc[f["event_ids"] == "E01", "period"].iloc[0])
        for f in (ist.panel(events, start=2000, imprecise="impute", seed=s) for s in range(25))
    }
    assert drawn <= {f"2016-{m:02d}" for m in range(1, 13)} and len(drawn) >= 6
    assert ist.panel(events, start=2000, imprecise="impute", seed=1).attrs["imputed"] == ("E01",)
    assert ist.panel(events, "actor-year", start=2000)["onsets"].sum() == 2  # a year is precise enough for a year


def test_a_new_case_in_the_same_target_is_an_onset_while_another_goes_on() -> None:
    """G12: a row leaves the risk set for no case under way."""
    events = turkish(("2016-08-24", "2019-12", "SYR"), ("2018-01-20", "2018-03-24", "SYR"), ("2020-02-27", None, "SYR"))
    frame = ist.panel(events, "actor-target-year", start=2015).set_index(["target_ccode", "year"]).loc[652]
    assert frame.index.tolist() == list(range(2015, 2021))
    assert frame["onset"].tolist() == [0, 1, 0, 1, 0, 1]
    assert frame["ongoing"].tolist() == [0, 0, 1, 1, 1, 0]
    assert frame["peace"].tolist() == [0, 1, 0, 1, 0, 1]
    months = ist.panel(events, start="2018-01", end="2018-05")
    # The other two began before and after the panel: they are listed, and the one already running is not an onset here.
    assert months["onset"].tolist() == [1, 0, 0, 0, 0]
    assert set(months.attrs["outside"]) == {"E01", "E03"}


@given(
    onsets=st.lists(st.integers(0, 2), min_size=1, max_size=15),
    spells=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 9)), max_size=5),
)
def test_peace_and_ongoing_against_plain_counting(onsets: list[int], spells: list[tuple[int, int]]) -> None:
    peace = peace_time(np.array(onsets))
    for t in range(len(onsets)):
        past = [s for s in range(t) if onsets[s]]
        assert peace[t] == (t - past[-1] - 1 if past else t)
    periods = pd.period_range("2000-01", periods=12, freq="M")
    first = periods[0].ordinal
    onset = {f"E{i}": first + a for i, (a, _) in enumerate(spells)}
    end = {f"E{i}": first + a + n if n else None for i, (a, n) in enumerate(spells)}
    columns = on_periods(Placement(onset, end, {}, ()), periods)
    running = columns["ongoing"]
    assert columns["onsets"].tolist() == [sum(a == t for a, _ in spells) for t in range(12)]
    assert [split_ids(c) for c in columns["event_ids"]] == [
        [f"E{i}" for i, (a, _) in enumerate(spells) if a == t] for t in range(12)
    ]
    for t in range(12):
        assert running[t] == sum(a < t and (n == 0 or t <= a + n) for a, n in spells)


def test_peace_counts_years_and_not_rows() -> None:
    """Syria was outside the state system in 1959-60."""
    events = EventList.from_frame(pd.DataFrame({"start": ["1957"], "target": ["Syria"]}), "TUR", target="target")
    frame = ist.panel(events, "actor-target-year", start=1955, end=1963)
    syria = frame[frame["target_ccode"] == 652].set_index("year")
    assert syria["peace"].to_dict() == {1955: 0, 1956: 1, 1957: 2, 1958: 0, 1961: 3, 1962: 4, 1963: 5}
    # The clock of one target does not run on into the next.
    assert (frame.groupby("target_ccode")["peace"].first() == 0).all()


# -- covariates ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("unit", UNITS)
def test_a_covariate_is_taken_lag_periods_earlier(unit: str) -> None:
    events = ist.load_events()
    for lag in (1, 3):
        frame = ist.panel(events, unit, ["brent"], lag)
        brent = load("economy_monthly").set_index("month")["brent_usd"]
        brent.index = pd.PeriodIndex(brent.index, freq="M")
        if unit == "actor-month":
            expected = [brent.get(p - lag) for p in frame["period"]]
        else:
            annual = brent.groupby(brent.index.year).mean()
            expected = [annual.get(y - lag) for y in frame["year"]]
        np.testing.assert_allclose(frame["brent"].astype(float), np.array(expected, float))


def test_a_yearly_value_reaches_a_month_only_when_its_year_is_over() -> None:
    """The growth of 2000 is not known, and partly lies after onset, in March 2000."""
    growth = load("russia_year").set_index("year")["gdp_growth_pct"]
    frame = ist.panel(ist.load_events(), covariates=["gdp_growth_pct"], lag=1).set_index("period")["gdp_growth_pct"]
    for month, year in (("1999-12", 1998), ("2000-01", 1999), ("2000-03", 1999), ("2000-12", 1999), ("2001-01", 2000)):
        assert frame[pd.Period(month)] == growth[year]


def test_target_covariates_are_the_targets_own() -> None:
    events = ist.load_events()
    frame = ist.panel(events, "actor-target-year", ["trade_share_russia", "-gdp_growth_pct"], 2, targets="post_soviet")
    table = load("russia_target_year").set_index(["target_ccode", "year"])
    keys = [(c, y - 2) for c, y in zip(frame["target_ccode"], frame["year"], strict=True)]
    expected = table.reindex(keys)
    np.testing.assert_array_equal(frame["trade_share_russia"], expected["trade_share_russia"].astype(float))
    np.testing.assert_array_equal(frame["-gdp_growth_pct"], -expected["gdp_growth_pct"].astype(float))


def test_the_risk_set_is_the_state_system_of_each_year() -> None:
    """Against the state-years of the covariates table, which another recipe builds."""
    who = ist.load_events().actor
    listed = set(risk_set(who, range(1946, 2025)).itertuples(index=False, name=None))
    table = load("state_year")[["ccode", "year"]]
    expected = {(int(c), int(y)) for c, y in table.itertuples(index=False) if c != who.ccode}
    assert listed == expected


@pytest.mark.parametrize("group", ["major", "all"])
def test_powers_start_the_disputes_that_the_table_of_powers_counts(group: str) -> None:
    """Against ``mids_started_force``, which its recipe counts from the source files."""
    frame = power_years(group, ["cinc"] if group == "major" else ["lwuf_theta2"]).set_index(["ccode", "year"])
    assert not frame.index.has_duplicates
    counted = load("major_power_year").set_index(["ccode", "year"])["mids_started_force"].dropna().astype(float)
    there = counted.index.intersection(frame.index)
    assert len(there) == len(counted) > 300
    assert (frame.loc[there, "onsets"] == counted[there]).all()


# -- what is refused -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("lag", [0, -1])
def test_an_exposure_at_or_after_onset_is_refused(unit: str, lag: int) -> None:
    with pytest.raises(RefusalError, match=r"^G05: .*rally.*Remedy: use lag=1"):
        ist.panel(ist.load_events(), unit, ["brent"], lag)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unit": "actor-week"}, "unknown unit 'actor-week'.*Did you mean 'actor-"),
        ({"covariates": ["aproval"]}, "unknown covariate 'aproval' in the data for Russia. Did you mean 'approval'"),
        ({"covariates": ["approval.chang6"]}, "unknown transformation"),
        ({"unit": "actor-target-year", "targets": "neighbours"}, "unknown target group 'neighbours'"),
        ({"start": "2010", "end": "2000"}, r"the panel ends \(2000-12\) before it starts \(2010-01\)"),
        ({"start": "soon"}, "'soon' is not a period"),
        ({"leaders": "medvedyev"}, "Did you mean 'medvedev'"),
        ({"covariates": ["trade_share_russia"]}, "trade_share_russia"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_says_why(options: dict[str, object], words: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=words):
        ist.panel(ist.load_events(), **options)  # type: ignore[arg-type]


def test_an_empty_list_and_another_countrys_data_are_refused() -> None:
    with pytest.raises(InputError, match=r"is empty; a panel needs at least one event"):
        ist.panel(ist.load_events().drop(*ist.load_events().ids))
    with pytest.raises(
        InputError,
        match=r"approval of the leader, % for Turkey.*bring your own with series= \(columns: month, approval\)",
    ):
        ist.panel(turkish(("2016-08-24", None, "SYR")), covariates=["approval"])


@pytest.mark.parametrize("unit", ["actor-month", "actor-target-year"])
def test_dropping_missing_values_does_not_select_on_the_outcome(unit: str) -> None:
    """A row without an event has no missing cell for it: dropna keeps quiet rows (G01)."""
    frame = ist.panel(ist.load_events("reconstructed"), unit=unit)
    kept = frame.dropna(subset=["event_ids"])
    assert len(kept) == len(frame) and (kept["event_ids"] == "").eq(kept["onset"] == 0).all()


@pytest.mark.parametrize(
    "name", ["onset", "leader", "peace", "ongoing", "iso3", "contiguous", "post_soviet", "event_ids"]
)
def test_a_column_of_the_users_never_takes_the_place_of_ours(name: str) -> None:
    mine = pd.DataFrame({"target": ["UKR", "GEO"], "year": [2010, 2011], "own": [1, 0], name: [1.0, 2.0]})
    with pytest.raises(InputError, match=f"cannot be called '{name}'"):
        ist.panel(ist.load_events(), "actor-target-year", covariates=["own", name], series=mine)
    unused = ist.panel(
        ist.load_events(), "actor-target-year", covariates="own", series=mine
    )  # what is not asked for is left
    assert unused[name].tolist() == ist.panel(ist.load_events(), "actor-target-year")[name].tolist()


def test_a_bundled_covariate_may_be_called_as_a_group_of_targets() -> None:
    both = ist.panel(ist.load_events(), "actor-target-year", covariates="contiguous", start="2000")
    assert set(both["contiguous"].dropna()) == {0.0, 1.0}
