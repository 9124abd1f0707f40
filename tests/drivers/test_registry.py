"""The registry is complete, states what METHOD asks of it, and cannot change unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from interventions_stats.drivers.parts import Choice, Control, Falsifier
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS, driver, is_driver, proposition
from interventions_stats.errors import InputError, RefusalError, UnknownNameError

REGISTERED = Path(__file__).with_name("registered_hashes.json")


def test_nine_drivers_with_their_propositions() -> None:
    assert [d.id for d in DRIVERS] == [f"D{k}" for k in range(1, 10)]
    family = {p.id for p in PROPOSITIONS.values() if p.family}
    assert family == {
        "E1", "E2", "E3", "I1", "I2", "I3", "F1", "F2", "F3", "W1", "W2", "W3", "L1", "L2", "L3", "S1", "S2", "B1", "B2",
        "T1", "T2", "P1", "P2", "P3",
    }  # fmt: skip


@pytest.mark.parametrize("prop", PROPOSITIONS.values(), ids=lambda p: p.id)
def test_every_proposition_is_complete(prop: Proposition) -> None:
    assert prop.statement and (prop.support or prop.contrary)
    assert prop.driver in {d.name for d in DRIVERS}
    assert prop.needs, "a proposition names the tables it needs"
    for choice in prop.choices:
        assert getattr(prop, choice.field) == choice.options[0], "the registered option comes first"
        assert len(choice.options) > 1
    assert prop.lists[0] == prop.outcome


def test_registration_is_frozen() -> None:
    """A changed test, sample, SESOI or wording changes the hash; a deliberate change updates the file with it."""
    stored = json.loads(REGISTERED.read_text(encoding="utf-8"))
    assert {i: p.hash() for i, p in PROPOSITIONS.items()} == stored


@pytest.mark.parametrize("change", [{"lag": 2}, {"delta": "any"}, {"start": "2001-01"}, {"lists": ("M11",)}])
def test_hash_moves_with_every_field(change: dict) -> None:
    assert proposition("W1").with_(**change).hash() != proposition("W1").hash()


def test_hash_survives_a_round_trip_of_order() -> None:
    assert proposition("W1").with_(lag=2).with_(lag=1).hash() == proposition("W1").hash()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: proposition("W9"), UnknownNameError, "Did you mean"),
        (lambda: driver("wag_the_dgo"), UnknownNameError, "wag_the_dog"),
        (lambda: Proposition(id="X", exposure="approval", unit="actor-moth"), UnknownNameError, "actor-month"),  # type: ignore[arg-type]
        (lambda: Proposition(id="X", exposure="approval", unit="actor-month", lag=0), RefusalError, "G05"),
        (lambda: Proposition(id="X", exposure="1approval", unit="actor-month"), InputError, "is not an exposure"),
        (lambda: proposition("W1").with_(lags=2), UnknownNameError, "lag"),
    ],
)
def test_mistakes_are_named(make, error: type[Exception], says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=says):
        make()


def test_driver_names() -> None:
    assert is_driver("wag_the_dog") and is_driver("D4") and not is_driver("W1")
    assert proposition("w1").id == "W1"


def test_preregistration_text_holds_the_hash() -> None:
    text = proposition("W1").preregistration()
    assert proposition("W1").hash() in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"estimator": "frith"}, "'firth'"),
        ({"estimator": "cloglog"}, "'series' estimates with 'firth' or 'poisson'"),
        ({"test": "choice"}, "'choice' needs the unit 'actor-target-year'"),
        ({"unit": "actor-target-year", "test": "contrast"}, "counter_exposure"),
        ({"scale": "odds"}, "continuous, rate"),
        ({"direction": "less"}, "two-sided"),
        ({"date_rule": "start"}, "deployment"),
        ({"unit": "actor-target-year", "targets": "postsoviet"}, "'post_soviet'"),
        ({"targets": "region"}, "'series' does not read targets='region'"),
        ({"strata": "no_such_column"}, "Known: leader, none"),
        (
            {"outcome": "nonsense"},
            "does not read outcome='nonsense'; leave it out, or take the test 'share' or 'powers'",
        ),
        ({"unit": "power-year", "outcome": "nonsense"}, "mid, imi, ucdp, icb"),
        ({"unit": "power-year", "date_rule": "deployment"}, "'powers' does not read date_rule='deployment'"),
        ({"unit": "person-time", "lag": 3}, "'rate' does not read lag=3"),
        ({"counter_exposure": "oil"}, "does not read counter_exposure='oil'"),
        ({"controls": (Control("oil", "confounder"),)}, "does not read controls="),
        ({"choices": (Choice("targets", ("all", "region"), True),)}, "does not read a choice of targets"),
        ({"unit": "power-year", "targets": "contiguous"}, "major, all"),
        ({"delta": "big"}, "meaningful"),
        ({"delta": 0.5}, "give its inverse, 2"),
        ({"start": "2000-13"}, "2000-01"),
        ({"start": 2000}, "as text"),
        ({"start": "2005", "end": "2004-12"}, "before it starts"),
        ({"lists": "M11"}, "a tuple of str"),
        ({"lists": ()}, "at least one event list"),
        ({"choices": (Choice("lags", (1, 2), True),)}, "Did you mean 'lag'"),
        ({"choices": (Choice("lag", (), True),)}, "the registered one first"),
        ({"falsifiers": (Falsifier("f", (("exposre", "oil"),)),)}, "'exposure'"),
        ({"controls": (Control("oil", "cause"),)}, "confounder"),
        ({"controls": ("oil",)}, "a tuple of Control"),
    ],
    ids=lambda v: str(v)[:40],
)
def test_a_field_is_checked_before_it_is_hashed(fields: dict, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        Proposition(**{"id": "X", "exposure": "approval", "unit": "actor-month"} | fields)


def test_a_test_over_powers_has_an_outcome_of_its_own() -> None:
    mine = Proposition(id="X", exposure="cinc", unit="power-year", targets="major")
    assert mine.outcome == "mid" and mine.test == "powers"


def test_lists_may_stand_for_tuples() -> None:
    base = {"id": "X", "exposure": "approval", "unit": "actor-month"}
    assert Proposition(**base, lists=["M11"]).hash() == Proposition(**base, lists=("M11",)).hash()
