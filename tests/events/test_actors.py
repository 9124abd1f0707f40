"""States as actors, and who led them when."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from interventions_stats.errors import DataWarning, InputError, UnknownNameError
from interventions_stats.events.actors import actor, leader_of, leaders, registry

# ISO 3166 codes (iso.org) that are another state's Correlates of War abbreviation.
AMBIGUOUS = {"AUS": (900, 305), "CZE": (316, 315), "MNG": (712, 341), "SLV": (92, 349), "SWZ": (572, 225)}
SHARED_ISO3 = {"DEU": (255, 260), "YEM": (679, 678)}


def test_every_state_is_found_by_each_of_its_names() -> None:
    for state in registry().values():
        assert actor(state.ccode) is actor(str(state.ccode)) is actor(state.name.upper()) is actor(state) is state
        if state.iso3 not in SHARED_ISO3:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DataWarning)
                assert actor(state.iso3) is state
        if state.abbreviation not in {*AMBIGUOUS, "YEM"}:
            assert actor(f" {state.abbreviation} ") is state


@pytest.mark.parametrize(("code", "states"), AMBIGUOUS.items())
def test_a_code_of_two_systems_is_read_as_iso3_and_said_so(code: str, states: tuple[int, int]) -> None:
    other = registry()[states[1]]
    assert other.abbreviation == code
    with pytest.warns(DataWarning, match=rf"COW abbreviation of {other.name}, which is {other.iso3} or {other.ccode}"):
        assert actor(code).ccode == states[0]


@pytest.mark.parametrize(
    ("name", "year", "ccode"),
    [
        ("DEU", 1970, 260),
        ("DEU", 2000, 255),
        ("YEM", 1970, 678),
        ("YEM", 2015, 679),
        ("CZE", 1968, 315),
        ("CZE", 2004, 316),
    ],
)
def test_a_shared_code_is_the_state_of_that_time(name: str, year: int, ccode: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert actor(name, on=(f"{year}-01-01", f"{year}-12-31")).ccode == ccode


@pytest.mark.parametrize(
    ("alias", "ccode"),
    [("USSR", 365), ("Soviet Union", 365), ("UK", 200), ("United States", 2), ("Türkiye", 640), ("East Germany", 265),
     ("Serbia", 345), ("DR Congo", 490), ("South Vietnam", 817), ("Czechia", 316), ("Iran (Islamic Republic of)", 630),
     ("Korea, Rep.", 732), ("Syrian Arab Republic", 652), ("Viet Nam", 816), ("İRAN", 630), ("cote d'ivoire", 437),
     ("Antigua and Barbuda", 58), ("Sao Tomé & Principe", 403)],
)  # fmt: skip
def test_everyday_names(alias: str, ccode: int) -> None:
    assert actor(alias).ccode == ccode


@pytest.mark.parametrize(
    ("name", "near"), [("Turky", "Turkey"), ("Rusia", "Russia"), ("Untied States", "United States")]
)
def test_an_unknown_actor_gets_the_nearest_name(name: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"unknown actor {name!r}.*Did you mean {near!r}"):
        actor(name)
    for bad in (None, 3.5, True, [365]):
        with pytest.raises(InputError, match=r"an actor is a COW code"):
            actor(bad)  # type: ignore[arg-type]


# Membership of the state system: Correlates of War, v2016 (first and last day).
@pytest.mark.parametrize(
    ("name", "day", "there"),
    [("SSD", "2011-07-08", False), ("SSD", "2011-07-09", True), ("DDR", "1990-10-02", True), ("DDR", "1990-10-03", False),
     ("CSK", "1992-12-31", True), ("CSK", "1993-01-01", False), ("Syria", "1958-02-01", True), ("Syria", "1960-06-30", False),
     ("Syria", "1961-09-29", True), ("Ukraine", "1991-12-25", False), ("Ukraine", "1991-12-26", True),
     ("Germany", "1943-01-01", True), ("Germany", "1970-01-01", False), ("RUS", "1850-01-01", True)],
)  # fmt: skip
def test_existence_follows_every_membership(name: str, day: str, there: bool) -> None:
    assert actor(name).existed(day) is there


def test_leaders_never_overlap_under_any_coding() -> None:
    from interventions_stats.datasets.load import load

    table = load("leaders")
    codings = [(int(code), None) for code in table["actor_ccode"].unique()]
    codings += [
        (int(c), v) for c, v in table[["actor_ccode", "variant"]].dropna().drop_duplicates().itertuples(index=False)
    ]
    assert len(codings) > 190
    for code, variant in codings:
        spells = leaders(code, variant=variant)
        stop = spells["end"].fillna(pd.Timestamp.max)
        assert (spells["start"] <= stop).all(), (code, variant)
        assert (spells["start"].iloc[1:].to_numpy() > stop.iloc[:-1].to_numpy()).all(), (code, variant)


# Public record: the days on which the offices changed hands.
@pytest.mark.parametrize(
    ("who", "month", "leader"),
    [("RUS", "1999-12", "Yeltsin"), ("RUS", "2000-01", "Putin"), ("RUS", "1964-10", "Brezhnev"), ("RUS", "1953-02", "Stalin"),
     ("USA", "2009-01", "G.W. Bush"), ("USA", "2009-02", "Obama"), ("USA", "1963-11", "Kennedy"), ("USA", "1974-08", "Ford"),
     ("GBR", "1990-11", "Thatcher"), ("GBR", "1990-12", "Major")],
)  # fmt: skip
def test_the_leader_of_a_month_held_most_of_it(who: str, month: str, leader: str) -> None:
    assert leader_of(who, pd.PeriodIndex([month], freq="M")).iloc[0] == leader


def test_medvedev_variant_changes_four_years_and_no_other() -> None:
    months = pd.period_range("1992-01", "2024-12", freq="M")
    default, split = leader_of("RUS", months), leader_of("RUS", months, variant="medvedev")
    changed = months[(default != split).to_numpy()]
    assert (str(changed[0]), str(changed[-1]), len(changed)) == ("2008-05", "2012-04", 48)
    assert set(split[changed]) == {"Medvedev"}
    with pytest.raises(UnknownNameError, match=r"unknown leader coding 'medvedyev'.*Did you mean 'medvedev'"):
        leaders("RUS", variant="medvedyev")
    with pytest.raises(UnknownNameError, match=r"the leaders of Turkey"):
        leaders("TUR", variant="medvedev")


def test_no_leader_is_named_where_the_source_is_silent() -> None:
    years = pd.period_range("1800", "1810", freq="Y")
    assert leader_of("RUS", years).isna().all()
    # The source stops in March 2021 with Ghani in office; he left in August.
    assert leader_of("AFG", pd.period_range("2020", "2023", freq="Y")).tolist()[2:] == [None, None]
    assert leader_of("DDR", pd.PeriodIndex(["1992-01"], freq="M")).isna().all()


def test_the_ussr_is_russias_number_and_ends_with_1991() -> None:
    ussr = actor("USSR")
    assert ussr == actor("Soviet Union") == actor("USR") == actor("SUN") and ussr != actor("RUS")
    assert (ussr.ccode, ussr.ended, ussr.russian) == (365, "1991-12-25", False)
    assert ussr.existed("1979-12-24") and not ussr.existed("1992-01-01")
    names = leaders("USSR")["leader"].tolist()
    assert "Khrushchev" in names and "Gorbachev" in names and "Putin" not in names


@pytest.mark.parametrize("name", ["²", "①", "(2)", "½", "2²", "USA²"])
def test_a_sign_that_only_resembles_a_number_is_none(name: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown actor"):
        actor(name)
