"""``make register`` writes what is new, and refuses what changed without a reason."""

from __future__ import annotations

import json

import pytest

from interventions_stats.drivers.amended import first_registration
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.replication.record import load_record
from tests.drivers.register import ROOT, check_amended, notebooks_listed, renewed

FIRST = first_registration()


def test_a_changed_design_needs_an_amendment() -> None:
    check_amended(PROPOSITIONS, FIRST)
    check_amended(PROPOSITIONS | {"X1": PROPOSITIONS["W1"].with_(id="X1")}, FIRST)  # new ones are welcome
    with pytest.raises(InputError, match=r"^W1\.lag, W1\.end differs .*amended\.py"):
        check_amended(PROPOSITIONS | {"W1": PROPOSITIONS["W1"].with_(lag=2, end="2019-12")}, FIRST)
    with pytest.raises(InputError, match="W2 is registered and no driver holds it"):
        check_amended({i: p for i, p in PROPOSITIONS.items() if i != "W2"}, FIRST)


def test_a_moved_record_needs_a_reason_and_a_new_entry_does_not() -> None:
    old, new = load_record(), json.loads(json.dumps(load_record()))
    assert renewed(old, new, "") is None
    new["propositions"]["X1"] = new["propositions"]["W1"]
    new["drivers"]["toy"] = new["drivers"]["leader"]
    written = renewed(old, new, "")
    assert written is not None and written["history"][:-1] == old["history"]
    assert written["history"][-1] | {"date": ""} == {
        "date": "",
        "reason": "registered X1, toy",
        "moved": [],
        "drifts": 2,
    }
    new["propositions"]["W2"] = new["propositions"]["W2"] | {"verdict": "supported"}
    with pytest.raises(InputError, match=r"1 recorded values moved; say why .*\n  W2 verdict: \w+ -> supported"):
        renewed(old, new, "  ")
    moved = renewed(old, new, "a better test")
    assert moved is not None and moved["history"][-1]["reason"] == "a better test; registered X1, toy"
    del new["propositions"]["W1"]
    with pytest.raises(InputError, match="W1 present"):
        renewed(old, new, "")


def test_notebooks_are_listed_in_the_order_of_the_drivers() -> None:
    page = notebooks_listed("Head\n\ntutorials/drivers/threat\ntutorials/drivers/gone\n```\n")
    listed = [d.name for d in DRIVERS if (ROOT / "notebooks" / "drivers" / f"{d.name}.ipynb").exists()]
    assert page == "Head\n\n" + "".join(f"tutorials/drivers/{name}\n" for name in listed) + "```\n"
    assert "threat" in listed
