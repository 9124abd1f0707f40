"""The registry is complete, states what METHOD asks of it, and cannot change unseen."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interventions_stats.drivers import registry
from interventions_stats.drivers.parts import Choice, Control, Falsifier
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS, driver, is_driver, proposition
from interventions_stats.errors import InputError, RefusalError, UnknownNameError

REGISTERED = Path(__file__).with_name("registered_hashes.json")


def test_every_file_with_a_driver_is_found_in_order() -> None:
    files = [
        p
        for p in Path(registry.__file__).parent.glob("*.py")
        if re.search(r"^[A-Z_]+ = Driver\(", p.read_text("utf-8"), re.M)
    ]
    assert {d.name for d in DRIVERS} == {f.stem for f in files}
    assert [d.id for d in DRIVERS] == [f"D{k}" for k in range(1, len(DRIVERS) + 1)]
    assert all(p.driver == d.name for d in DRIVERS for p in d.propositions)


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
    """A changed test, sample or SESOI changes the design hash, a changed word the other; the file follows on purpose."""
    stored = json.loads(REGISTERED.read_text(encoding="utf-8"))
    assert {i: {"design": p.design_hash(), "text": p.hash()} for i, p in PROPOSITIONS.items()} == stored


SHIFT = proposition("T2")  # within targets: its test takes every field below
WORDS: dict[str, object] = {
    "id": "T9", "driver": "user", "statement": "Other words.", "note": "A note.", "support": ("A book.",), "contrary": ("Another book.",),
    "needs": ("states",), "elsewhere": (("note", ""),),
}  # fmt: skip
DESIGN: dict[str, object] = {
    "exposure": "rivalry", "unit": "actor-month", "test": "choice", "scale": "continuous", "direction": "two-sided",
    "delta": "any", "lag": 2, "start": "1993", "end": "2019", "targets": "all", "strata": "year", "leaders": "medvedev",
    "date_rule": "deployment", "estimator": "cloglog", "counter_exposure": "cinc", "outcome": "mid", "lists": ("M11",),
    "choices": (), "falsifiers": (), "controls": (Control("cinc", "confounder"),), "untestable": (("USA", "no data"),),
    "family": False,
}  # fmt: skip


def changed(prop: Proposition, field: str, value: object) -> Proposition:
    """Change one field and only that one: what the constructor would forbid or fill in is set past it."""
    copy = prop.with_()
    object.__setattr__(copy, field, value)
    return copy


def test_every_field_is_either_words_or_design() -> None:
    assert {f.name for f in dataclasses.fields(Proposition)} == {*WORDS, *DESIGN}


@pytest.mark.parametrize(("field", "value"), WORDS.items())
def test_words_move_the_hash_of_the_text_and_no_design_hash(field: str, value: object) -> None:
    other = changed(SHIFT, field, value)
    assert other.design_hash() == SHIFT.design_hash() and other.hash() != SHIFT.hash()


@pytest.mark.parametrize(("field", "value"), DESIGN.items())
def test_every_field_of_the_design_moves_both_hashes(field: str, value: object) -> None:
    other = changed(SHIFT, field, value)
    assert other.design_hash() != SHIFT.design_hash() and other.hash() != SHIFT.hash()


def test_what_a_part_says_of_itself_is_words_and_what_it_does_is_design() -> None:
    base = Proposition(id="X", exposure="oil", unit="actor-target-year", choices=(Choice("lag", (1, 2), True),),
                       falsifiers=(Falsifier("f", lead=12),), controls=(Control("cinc", "confounder"),),
                       untestable=(("USA", "no series"),))  # fmt: skip
    same = {"choices": (Choice("lag", [1, 2.0], True, "why"),), "falsifiers": (Falsifier("g", lead=12),),
            "untestable": (("USA", "in other words"),)}  # fmt: skip
    other = {"choices": (Choice("lag", (1, 3), True),), "falsifiers": (Falsifier("f", lead=6),),
             "controls": (Control("cinc", "mediator"),), "untestable": (("CHN", "no series"),)}  # fmt: skip
    assert all(base.with_(**{f: v}).design_hash() == base.design_hash() for f, v in same.items())
    assert all(base.with_(**{f: v}).design_hash() != base.design_hash() for f, v in other.items())
    assert base.with_(choices=(Choice("lag", (1, 2), False),)).design_hash() != base.design_hash()


@pytest.mark.parametrize("prop", PROPOSITIONS.values(), ids=lambda p: p.id)
def test_a_new_field_with_a_default_moves_no_design_hash(prop: Proposition) -> None:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Wider(Proposition):
        frequency: str = "monthly"
        windows: tuple[int, ...] = ()

    values = {f.name: getattr(prop, f.name) for f in dataclasses.fields(prop)}
    assert Wider(**values).design_hash() == prop.design_hash() and Wider(**values).hash() != prop.hash()
    assert Wider(**values, frequency="weekly").design_hash() != prop.design_hash()


def test_hash_survives_a_round_trip_of_order() -> None:
    back = proposition("W1").with_(lag=2).with_(lag=1)
    assert (back.hash(), back.design_hash()) == (proposition("W1").hash(), proposition("W1").design_hash())


def test_numpy_scalars_are_hashed_as_python_numbers() -> None:
    base = {"id": "X", "exposure": "approval", "unit": "actor-month"}
    assert Proposition(**base, lag=np.int64(2)).design_hash() == Proposition(**base, lag=2).design_hash()
    assert Proposition(**base, delta=2).design_hash() == Proposition(**base, delta=np.float64(2)).design_hash()


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
    assert f"Design hash: {proposition('W1').design_hash()}" in text and proposition("W1").hash() in text
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


ODD = [np.array([1, 2]), ["a"], {}, set(), pd.Series([1]), object(), 3.5, float("nan"), b"x", len]


@pytest.mark.parametrize("value", ODD, ids=lambda v: type(v).__name__)
def test_a_field_that_holds_something_else_is_refused_by_name(value: object) -> None:
    for field in dataclasses.fields(Proposition):
        if field.name in ("lists", "needs", "support", "contrary") and isinstance(
            value, list
        ):  # a list of names is one
            continue
        if field.name == "delta" and isinstance(value, float) and value > 1:
            continue
        given = {"id": "X1", "exposure": "-approval", "unit": "actor-month", field.name: value}
        with pytest.raises(InputError):
            Proposition(**given)


def test_a_number_of_another_library_is_the_same_design() -> None:
    mine = Proposition(id="X1", exposure="-approval", unit="actor-month", lag=2)
    for lag in (2.0, np.int64(2), np.float64(2), np.array(2)):
        assert mine.with_(lag=lag).design_hash() == mine.design_hash() and type(mine.with_(lag=lag).lag) is int
