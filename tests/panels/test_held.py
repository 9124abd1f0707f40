"""What is bundled on an actor, held against the tables themselves."""

from __future__ import annotations

import pytest

from interventions_stats.datasets.load import load
from interventions_stats.errors import UnknownNameError
from interventions_stats.events.definitions import load_events
from interventions_stats.panels import coverage
from interventions_stats.panels.covariates import COVARIATES


@pytest.mark.parametrize("who", ["USA", "TUR", "USSR", "Fiji", "RUS", "YMD"])
def test_every_list_and_covariate_is_there_or_says_what_it_lacks(who: str) -> None:
    found = coverage(who)
    assert found["name"].is_unique and set(COVARIATES) <= set(found["name"])
    lists = found[found["kind"] == "events"].set_index("name")
    assert {n: int(k) for n, k in lists["n"].items()} == {n: len(load_events(n, actor=who)) for n in lists.index}
    rest = found[found["kind"] != "events"]
    empty = rest["n"] == 0
    assert (rest.loc[empty, "lacks"].str.contains("bring your own|not in")).all() and (
        rest.loc[~empty, "lacks"] == ""
    ).all()
    assert (rest.loc[~empty, "first"] <= rest.loc[~empty, "last"]).all()
    assert ("reconstructed" in lists.index) == (who == "RUS")


def test_known_spans() -> None:
    usa, ussr = (coverage(w).set_index("name") for w in ("USA", "USSR"))
    polls = load("approval_usa")
    assert usa.loc["approval", ["first", "last"]].tolist() == [
        int(polls["month"].min()[:4]),
        int(polls["month"].max()[:4]),
    ]
    assert usa.loc["mip", "last"] == 2019 and usa.loc["hostility", ["first", "last", "n"]].tolist() == [1946, 2014, 69]
    assert (ussr["last"].dropna() <= 1991).all() and ussr.loc["approval", "n"] == 0
    with pytest.raises(UnknownNameError, match="Turkey"):
        coverage("Turky")
