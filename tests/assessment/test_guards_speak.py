"""Guards tripped through the public face, as a user would trip them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.errors import RefusalError
from interventions_stats.rules.absence import require_bounded

X = np.random.default_rng(0).standard_normal((60, 5))
TEN, FIVE = np.arange(60) % 6 == 0, np.arange(60) % 12 == 0
DRAW = np.random.default_rng(2991)
OIL = DRAW.normal(size=40)
STEEP = (DRAW.random(40) < 1 / (1 + np.exp(1 - 6 * OIL))).astype(float)  # all but separated
SERIES = {"quick": True, "robustness": False}


def year_only() -> ist.EventList:
    frame = pd.DataFrame({"start": ["1999", "2004-03-01", "2008-08-08", "2014-02-27"], "target": ["RUS"] * 4})
    return ist.EventList.from_frame(frame.assign(target=["UKR", "GEO", "GEO", "UKR"]), actor="RUS", target="target")


REFUSED: dict[str, Callable[[], object]] = {
    "G01": lambda: ist.firth_logit(y=np.ones(60), X=X),
    "G02": lambda: ist.logit(y=FIVE, X=X),
    "G03": lambda: ist.logit(y=X[:, 0] > 0, X=X[:, :1]),
    "G04": lambda: ist.logit(y=STEEP, X=OIL, allow=("G02",)),
    "G05": lambda: ist.test("W1", lag=0),
    "G07": lambda: ist.test("W1", exposure="-country_direction", start="1996", strata="none", **SERIES),
    "G11": lambda: ist.logit(y=TEN, X=X[:, :1], cluster=np.arange(60) % 4),
    "G14": lambda: ist.panel(year_only()),
    "G19": lambda: ist.test("F1", controls=(ist.Control("step_away.any2", "mediator"),), **SERIES),
    "G22": lambda: require_bounded("Approval has no effect on onsets."),
}


@pytest.mark.parametrize("guard", REFUSED)
def test_a_refusal_names_its_guard(guard: str) -> None:
    with pytest.raises(RefusalError, match=f"^{guard}: "):
        REFUSED[guard]()


MONTHS = pd.period_range("2000-01", "2015-12", freq="M")
MINE = ist.Proposition(id="X1", exposure="x", unit="actor-month", start="2000-01", end="2015-12")


def in_months(at: list[int], activity: str = "combat") -> pd.DataFrame:
    return pd.DataFrame({"start": [f"{MONTHS[i]}-10" for i in at], "target": "UKR", "activity": activity})


def trending() -> ist.Result:
    """Exposure and onsets that both rise."""
    onsets = np.flatnonzero(np.random.default_rng(0).random(192) < np.linspace(0, 0.3, 192))
    events = ist.EventList.from_frame(in_months(onsets.tolist()), actor="RUS", target="target")
    noise = np.random.default_rng(1).normal(0, 5, 192)
    return ist.test(MINE, events=events, series=pd.DataFrame({"x": np.arange(192) + noise}, index=MONTHS), **SERIES)


def opposite_types() -> ist.Result:
    """Combat follows a high exposure, stabilisation a low one."""
    x = np.random.default_rng(2).normal(size=192)
    order = np.argsort(x[:-1]) + 1  # at a lag of one month
    rows = [in_months(order[-12:].tolist()), in_months(order[:12].tolist(), "stabilisation")]
    events = ist.EventList.from_frame(pd.concat(rows, ignore_index=True), actor="RUS", target="target")
    return ist.test(MINE, events=events, series=pd.DataFrame({"x": x}, index=MONTHS), quick=True)


FOUND: dict[str, Callable[[], object]] = {
    "G06 G09 G10 G18 G21": lambda: ist.test("W1", delta=1.7, **SERIES),
    "G07": lambda: ist.test("E2", **SERIES),
    "G08": trending,
    "G11": lambda: ist.test("T1p", **SERIES),
    "G13": lambda: ist.test("P3", **SERIES),
    "G15": lambda: ist.test("I2", quick=True),
    "G16": lambda: ist.test("W1", exposure="inflation", start=None, **SERIES),
    "G20": lambda: ist.test("S1", **SERIES),
    "G23": lambda: ist.test("B1p", quick=True),
    "G24": opposite_types,
    "G27": lambda: ist.robustness.horse_race({"balance": ["B2"], "threat": ["step_away"]}, draws=99),
}


@pytest.mark.parametrize("guards", FOUND)
def test_a_finding_travels_with_the_result(guards: str) -> None:
    result = FOUND[guards]()
    found = result.findings if guards == "G27" else result.evidence.guards  # type: ignore[attr-defined]
    assert set(guards.split()) <= {f.guard for f in found}


def test_every_guard_says_where_it_is_enforced() -> None:
    frame = ist.guards()
    assert list(frame.columns) == ["id", "trap", "action", "remedy", "enforced", "where"]
    assert set(frame["enforced"]) == {"checked", "by construction"} and frame["where"].str.len().gt(0).all()
    assert set(frame.loc[frame["enforced"] == "checked", "id"]) == {*REFUSED, *" ".join(FOUND).split()}
