"""What a notebook shows of results: few columns, statements in place of ids, text that is escaped."""

from __future__ import annotations

import re

import matplotlib as mpl

mpl.use("Agg")

import pytest

import interventions_stats as ist
from interventions_stats.assessment.battery import Battery


@pytest.fixture(scope="module")
def found() -> Battery:
    return ist.battery("RUS", drivers=["leader", "wag_the_dog"], quick=True, robustness=False, n_jobs=1)


def test_tables_are_narrow_and_speak_in_statements(found: Battery) -> None:
    for thing in (found, found["leader"], found["W1"]):
        shown = thing._repr_html_()
        for head in re.findall(r"<thead>(.*?)</thead>", shown):
            assert head.count("<th>") <= 8
        results = thing.results.values() if hasattr(thing, "results") else [thing]
        assert all(r.proposition.statement.rstrip(".") in shown for r in results)
        assert "inconclusive_" not in re.sub(r"<p>.*?</p>", "", shown)
        assert len(thing.to_frame().columns) > 30, "every number is one call away"


def test_a_battery_and_a_driver_draw_themselves(found: Battery) -> None:
    for thing in (found, found["leader"]):
        ax = thing.plot()
        labels = [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()]
        assert labels == [r.proposition.statement for r in thing.results.values()]


def test_influence_names_the_cases(found: Battery) -> None:
    names = dict(zip(found.events.frame["event_id"], found.events.frame["name"], strict=True))
    frame = found["W1"].influence(by=["event"], draws=99).frame
    assert frame["name"].tolist() == [names[i] for i in frame["item"]]
