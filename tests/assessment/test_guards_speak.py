"""Guards tripped through the public face, as a user would trip them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.errors import RefusalError

X = np.random.default_rng(0).standard_normal((60, 5))
TEN, FIVE = np.arange(60) % 6 == 0, np.arange(60) % 12 == 0
SERIES = {"quick": True, "robustness": False}


def year_only() -> ist.EventList:
    frame = pd.DataFrame({"start": ["1999", "2004-03-01", "2008-08-08", "2014-02-27"], "target": ["RUS"] * 4})
    return ist.EventList.from_frame(frame.assign(target=["UKR", "GEO", "GEO", "UKR"]), actor="RUS", target="target")


REFUSED: dict[str, Callable[[], object]] = {
    "G01": lambda: ist.firth_logit(y=np.ones(60), X=X),
    "G02": lambda: ist.logit(y=FIVE, X=X),
    "G03": lambda: ist.logit(y=X[:, 0] > 0, X=X[:, :1]),
    "G05": lambda: ist.test("W1", lag=0),
    "G07": lambda: ist.test("W1", exposure="-country_direction", start="1996", strata="none", **SERIES),
    "G11": lambda: ist.logit(y=TEN, X=X[:, :1], cluster=np.arange(60) % 4),
    "G14": lambda: ist.panel(year_only()),
    "G19": lambda: ist.test("F1", controls=(ist.Control("step_away.any2", "mediator"),), **SERIES),
}


@pytest.mark.parametrize("guard", REFUSED)
def test_a_refusal_names_its_guard(guard: str) -> None:
    with pytest.raises(RefusalError, match=f"^{guard}: "):
        REFUSED[guard]()


def test_findings_travel_with_the_result() -> None:
    """G06, G09, G10 and G21 on a series; G18 on a size of one's own; G13 over targets; G11 over powers; G15 on one list."""
    spoken = {g.guard: g.action for g in ist.test("W1", delta=1.7, **SERIES).evidence.guards}
    assert spoken == {"G06": "warn", "G09": "warn", "G10": "warn", "G18": "cap", "G21": "warn"} | spoken
    assert "G13" in {g.guard for g in ist.test("P3", **SERIES).evidence.guards}
    assert "G11" in {g.guard for g in ist.test("T1p", **SERIES).evidence.guards}
    assert "G15" in {g.guard for g in ist.test("I2", quick=True).evidence.guards}
    assert "G16" in {g.guard for g in ist.test("W1", exposure="inflation", start=None, **SERIES).evidence.guards}


def test_every_guard_says_where_it_is_enforced() -> None:
    frame = ist.guards()
    assert list(frame.columns) == ["id", "trap", "action", "remedy", "enforced", "where"]
    assert set(frame["enforced"]) == {"checked", "by construction"} and frame["where"].str.len().gt(0).all()
    assert set(REFUSED) <= set(frame.loc[frame["enforced"] == "checked", "id"])
