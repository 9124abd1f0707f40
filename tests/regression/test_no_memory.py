"""The same call gives the same numbers whatever ran before it in the process."""

from __future__ import annotations

import multiprocessing
import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.keys import fingerprint

DAYS = pd.DataFrame({"start": [f"{y}-0{1 + y % 9}-11" for y in range(1993, 2019, 2)], "target": "UKR"})
SPELLS = pd.DataFrame({"leader": ["A", "B", "C"], "start": ["1990-01-01", "2001-01-01", "2008-01-01"],
                       "end": ["2000-12-31", "2007-12-31", "2021-01-01"]})  # fmt: skip


def series(seed: int, dtype: str = "float64") -> pd.DataFrame:
    months = pd.period_range("1992-01", "2020-12", freq="M")
    values = 50 + np.random.default_rng(seed).normal(size=len(months)).cumsum() % 20
    return pd.DataFrame({"month": months.astype(str), "approval": values.astype(dtype)})


def calls() -> dict[str, Callable[[Path], Any]]:
    """Calls that share a number of the actor, a name of the list or its rows, and differ in something else."""
    lists = {
        "bundled leaders": ist.EventList.from_frame(DAYS, "RUS", target="target", coverage=(1992, 2020)),
        "own leaders": ist.EventList.from_frame(
            DAYS, ist.events.read_leaders(SPELLS, "RUS"), target="target", coverage=(1992, 2020)
        ),
        "other coverage": ist.EventList.from_frame(DAYS, "RUS", target="target", coverage=(1993, 2017)),
        "other days": ist.EventList.from_frame(
            DAYS.assign(start=DAYS["start"].str[:4] + "-12-30"), "RUS", target="target", coverage=(1992, 2020)
        ),
    }
    ussr = ist.EventList.from_frame(DAYS.assign(start=[f"{y}-05-01" for y in range(1951, 1977, 2)], target="USA"), "USSR",
                                    target="target", coverage=(1950, 1980))  # fmt: skip
    russia = ist.EventList.from_frame(
        ussr.frame[["start", "target_iso3"]], "RUS", target="target_iso3", coverage=(1950, 1980)
    )

    def numbers(result: Any) -> Any:
        return result.glance().select_dtypes("number"), result.evidence.raw.details

    def shared(events: ist.EventList, covariates: list[str]) -> Any:
        from interventions_stats.primary.shared_panel import shared_panel

        return shared_panel(events, "actor-year", covariates, 1)

    out: dict[str, Callable[[Path], Any]] = {}
    for name, events in lists.items():
        out[f"W1, {name}"] = lambda _, e=events: numbers(ist.test("W1", events=e, quick=True, robustness=False))
        out[f"F1, {name}"] = lambda _, e=events: numbers(ist.test("F1", events=e, quick=True, robustness=False))
        out[f"multiverse, {name}"] = lambda folder, e=events: ist.multiverse(
            "E1", events=e, lists=[], cache=folder, draws=199
        ).tidy()[["n_rows", "ratio", "p_superiority"]]
    out["own leaders as actor"] = lambda _: numbers(
        ist.test("W1", ist.events.read_leaders(SPELLS, "RUS"), lists["bundled leaders"], quick=True, robustness=False)
    )
    own = {"series 1": series(1), "series 1, narrow": series(1, "float32"), "series 2": series(2)}
    for name, polls in own.items():
        out[name] = lambda folder, s=polls: ist.multiverse(
            "W1", events=lists["bundled leaders"], series=s, lists=[], cache=folder, draws=199
        ).tidy()[["ratio", "p_superiority"]]
    out["Soviet years"] = lambda _: shared(ussr, ["regional_share", "hostility"])
    out["the same years of Russia"] = lambda _: shared(russia, ["regional_share", "hostility"])
    return out


def _run(queue: Any, name: str, folder: Path) -> None:
    warnings.simplefilter("ignore")
    queue.put(fingerprint(calls()[name](folder)))


def main(folder: Path) -> None:
    """Run every call in a fresh process of its own, then all of them twice in this one, in another order each time."""
    context, fresh = multiprocessing.get_context("fork"), {}
    for k, name in enumerate(calls()):
        queue = context.SimpleQueue()
        process = context.Process(target=_run, args=(queue, name, folder / f"fresh{k}"))
        process.start()
        process.join()
        fresh[name] = queue.get()
    for seed in (1, 2):
        names = random.Random(seed).sample(list(fresh), len(fresh))
        for name in names:
            found = fingerprint(calls()[name](folder / "shared"))
            assert found == fresh[name], f"{name} differs after {names[: names.index(name)]}"
    print(len(fresh), len(set(fresh.values())))


@pytest.mark.slow
def test_shuffled_calls_give_what_fresh_processes_give(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, __file__, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    total, distinct = map(int, done.stdout.split())
    # W1 is the same whether the leaders come with the actor or the list, and in a coverage beyond the polls' span; F1, in
    # years and by target, asks neither for leaders nor for the day.  All others must differ, or nothing would be tested.
    assert (total, distinct) == (18, 14)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (1, 1.0), ("1", 1), (["a", "b"], ["ab"]), ((1,), [1]), ({"a": 1}, {"b": 1}), (None, "None"),
        (np.array([1.0]), np.array([1.0], "f4")), (np.zeros((2, 3)), np.zeros((3, 2))), (0.1, np.nextafter(0.1, 1)),
        (pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0])), (pd.Series([1, 2]), pd.Series([1, 2], dtype="Int64")),
        (pd.Series([1], name="a"), pd.Series([1], name="b")), (pd.Period("2000", "Y"), pd.Period("2000-01", "M")),
        (ist.load_events(), ist.load_events().by_deployment_date()), (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        (ist.load_events("reconstructed"), ist.load_events("reconstructed").with_definition("mine")),
    ],
)  # fmt: skip
def test_keys_tell_apart_what_results_can_depend_on(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)


def test_what_has_no_content_to_tell_is_refused() -> None:
    with pytest.raises(ist.errors.InputError, match="cannot be part of what a result is kept under"):
        fingerprint(lambda: 1)


@pytest.mark.parametrize("pair", [("TUR", "FRA"), ("RUS", "USSR")])
def test_a_list_of_another_actor_is_refused_at_every_door(pair: tuple[str, str]) -> None:
    events = ist.EventList.from_frame(pd.DataFrame({"start": ["1980-01-01"]}), pair[1], coverage=(1970, 1990))
    doors = [lambda: ist.test("W1", pair[0], events), lambda: ist.multiverse("W1", pair[0], events),
             lambda: ist.battery(pair[0], events), lambda: ist.compare([pair[0], "USA"], "W1", events={pair[0]: events})]  # fmt: skip
    for door in doors:
        with pytest.raises(ist.errors.InputError, match="the actor asked for is"):
            door()


def test_leaders_given_twice_are_refused_where_they_differ() -> None:
    mine, other = (ist.events.read_leaders(SPELLS.assign(leader=names), "RUS") for names in (list("ABC"), list("ABD")))
    events = ist.load_events("mid", actor=mine)
    assert events.actor.own_leaders == mine.own_leaders == ist.load_events(actor=mine).actor.own_leaders
    with pytest.raises(ist.errors.InputError, match="both bring leaders of Russia"):
        ist.test("W1", other, events)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
