"""The named definitions and the registered variants, held against what is known of them."""

from __future__ import annotations

import pandas as pd
import pytest

from interventions_stats.datasets.load import load
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import actor
from interventions_stats.events.dates import parse_date
from interventions_stats.events.definitions import DEFINITIONS, SPLIT_DATES, available, list_definitions, load_events

VARIANTS = load("event_list_variants").set_index("variant")


@pytest.mark.parametrize("variant", VARIANTS.index)
def test_each_registered_variant_has_its_registered_count(variant: str) -> None:
    events = load_events(variant)
    assert len(events) == VARIANTS.loc[variant, "resulting_count"]
    assert len(set(events.ids)) == len(events)
    assert events.definition == ("reconstructed" if variant == "V00" else variant)


def test_all_35_variants_are_there() -> None:
    assert len(VARIANTS) == 35


@pytest.mark.parametrize("variant", VARIANTS.index[VARIANTS["merge_groups"].notna()])
def test_merged_cases_have_the_registered_dates(variant: str) -> None:
    row = VARIANTS.loc[variant]
    events = load_events(variant).by_deployment_date()
    timing = events.timing.set_index("event_id")
    for group, dates in zip(row["merge_groups"].split(";"), row["merged_dates"].split(";"), strict=True):
        start, end = dates.split("/")
        [merged] = [i for i in events.ids if set(i.split("+")) == set(group.split("+"))]
        registered = parse_date(start)
        first, last = timing.loc[merged, "first"].date(), timing.loc[merged, "last"].date()
        assert registered.first <= last and first <= registered.last, (merged, start)
        if end == "ongoing":
            assert pd.isna(timing.loc[merged, "end"])
        else:
            assert timing.loc[merged, "end"].date() == parse_date(end).last


def test_splits_fall_on_the_registered_dates() -> None:
    row = VARIANTS.loc["S07"]
    for case, when in zip(row["split_cases"].split(";"), row["split_dates"].split(";"), strict=True):
        if when:  # two splits are not dated in the register
            assert SPLIT_DATES[case.split(":")[0]] == when
    split, whole = load_events("S04"), load_events("reconstructed")
    assert set(split.ids) - set(whole.ids) == {"R18a", "R18b"}
    parts = split.timing.set_index("event_id")
    assert parts.loc["R18a", "end"] == parts.loc["R18b", "first"] == pd.Timestamp("2009-03-15")
    # S06 is two places, not two phases: both begin on one day and neither ends the other.
    two = load_events("S06").by_deployment_date().timing.set_index("event_id")
    assert two.loc["R21a", "first"] <= two.loc["R21b", "first"] <= two.loc["R21a", "last"]
    assert two.loc[["R21a", "R21b"], "end"].isna().all()


@pytest.mark.parametrize(
    ("name", "before_2000", "since_2000"),
    [
        ("reconstructed", 15, 10),  # the exact rate ratio of the decline rests on these
        ("combat", 3, 4), ("stabilisation", 9, 3), ("collapsed", 9, 8),
    ],
)  # fmt: skip
def test_counts_by_leader_of_the_russian_lists(name: str, before_2000: int, since_2000: int) -> None:
    years = load_events(name).timing["first"].dt.year
    assert ((years < 2000).sum(), (years >= 2000).sum()) == (before_2000, since_2000)


def test_counts_of_the_reconstruction() -> None:
    events = load_events()
    assert len(events) == len(load_events("V00")) == 25
    assert (events.timing["first"].dt.year == 1992).sum() == 7
    assert (events.frame["region"] == "post-Soviet").sum() == 15
    systems = events.collapse().timing["first"].dt.year
    assert (len(systems), (systems < 2000).sum(), (systems >= 2000).sum()) == (16, 9, 7)
    assert len(load_events("unilateral")) == len(events.only(authority=["bilateral_consent", "unilateral"]))
    # The note says what the list is, wherever it is printed.
    assert "not public" in repr(events)
    assert "not public" in repr(load_events("M07"))
    # The coding confidences sum to about 19: that many rows are expected to be the report's own.
    assert events.frame["confidence"].astype(float).sum() == pytest.approx(18.8, abs=0.05)


def test_decision_dates_come_before_deployment_by_months_where_that_is_known() -> None:
    events = load_events()
    gap = events.by_deployment_date().timing["last"] - events.timing["first"]
    months = dict(zip(events.ids, gap.dt.days / 30.4, strict=True))
    assert all(9 <= months[i] <= 14.5 for i in ("R14", "R17", "R18"))
    assert (gap.dt.days >= 0).all()


def test_russian_disputes_1992_2010_are_65() -> None:
    """COW MID 5.0 as published: 65 disputes of Russia that began in 1992-2010."""
    table = load("events_mid")
    russian = table[(table["actor_ccode"] == 365) & table["start"].dt.year.between(1992, 2010)]
    assert russian["dispute"].nunique() == 65
    listed = load_events("mid", until=2010)
    assert set(listed.ids) <= set(russian["event_id"])


@pytest.mark.parametrize("name", ["mid", "imi", "ucdp", "icb"])
@pytest.mark.parametrize("who", ["RUS", "USA", "FRA", "TUR"])
def test_lists_of_any_actor_are_iso_dated_and_inside_their_coverage(name: str, who: str) -> None:
    events = load_events(name, actor=who)
    assert len(events) > 0
    first, last = events.coverage
    years = events.timing["first"].dt.year
    assert years.between(first, last).all()
    texts = pd.concat([events.frame["start"], events.frame["end"]]).dropna()
    assert texts.map(type).eq(str).all()
    assert texts.map(len).isin([4, 7, 10]).all()


def test_the_soviet_union_is_the_same_code_before_1992() -> None:
    soviet, russian = load_events("mid", since=1946, until=1991), load_events("mid")
    whole = load_events("mid", since=1946)
    assert not set(soviet.ids) & set(russian.ids)
    assert set(soviet.ids) | set(russian.ids) == set(whole.ids)
    assert (soviet.coverage, russian.coverage) == ((1946, 1991), (1992, 2014))


def test_which_lists_exist_for_whom() -> None:
    assert available(actor("USA")) == ("mid", "imi", "ucdp", "icb", "mip")
    assert available(actor("ZNZ")) == ()
    russian = available(actor("RUS"), variants=True)
    assert set(VARIANTS.index) - {"V00"} <= set(russian)
    assert "mip" not in russian
    table = list_definitions("RUS").set_index("name")
    assert table.loc[["M11", "B01", "B11", "combat", "stabilisation"], "n_events"].tolist() == [22, 22, 17, 7, 12]
    assert set(table.index) <= set(DEFINITIONS)


@pytest.mark.parametrize(
    ("name", "words"), [("reconstrcted", "Did you mean 'reconstructed'"), ("B99", "unknown event list 'B99'")]
)
def test_an_unknown_list_gets_the_nearest_name(name: str, words: str) -> None:
    with pytest.raises(UnknownNameError, match=words):
        load_events(name)


@pytest.mark.parametrize("name", ["reconstructed", "M11", "M07", "combat", "V00"])
def test_the_russian_lists_are_refused_for_others(name: str) -> None:
    with pytest.raises(InputError, match=r"exists for Russia alone; for Turkey use one of mid"):
        load_events(name, actor="TUR")
