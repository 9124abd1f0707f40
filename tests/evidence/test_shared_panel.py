"""A panel whose events were placed anew is the panel built from the start."""

from __future__ import annotations

import pandas as pd
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.events.definitions import load_events
from interventions_stats.panels.build import panel
from interventions_stats.primary.shared_panel import shared_panel

UNITS = ("actor-month", "actor-year", "actor-target-year")
USED = [p for p in PROPOSITIONS.values() if (p.unit in UNITS or p.test == "rank") and not p.untestable]


@pytest.fixture(scope="module")
def lists():
    whole = load_events("reconstructed")
    return [
        whole,
        whole.drop("R12"),
        load_events("M11"),
        whole.only(activity="combat"),
        whole.by_deployment_date(),
        load_events("mid"),
    ]


@pytest.mark.parametrize("prop", USED, ids=lambda p: p.id)
def test_equals_the_panel_built_from_the_start(prop, lists):
    unit = "actor-target-year" if prop.test == "rank" else prop.unit
    terms = [prop.exposure, *([prop.counter_exposure] if prop.counter_exposure else [])]
    options = {
        "start": prop.start,
        "end": prop.end,
        "targets": prop.targets,
        "leaders": prop.leaders,
        "imprecise": "impute",
        "seed": 0,
    }
    for events in lists:
        whole = panel(events, unit, terms, prop.lag, **options)
        shared = shared_panel(events, unit, terms, prop.lag, **options)
        pd.testing.assert_frame_equal(whole, shared, check_exact=True)
        assert whole.attrs == shared.attrs


def test_own_series_is_not_kept():
    mine = pd.DataFrame({"month": ["2014-01", "2014-02", "2014-03"], "approval": [60.0, 61.0, 62.0]})
    events = load_events()
    shared_panel(events, "actor-month", ["approval"], 1)
    own = shared_panel(events, "actor-month", ["approval"], 1, series=mine)
    assert own["approval"].notna().sum() == 3
    assert shared_panel(events, "actor-month", ["approval"], 1)["approval"].notna().sum() > 100


def test_a_caller_cannot_change_what_is_kept():
    events = load_events()
    first = shared_panel(events, "actor-month", ["approval"], 1)
    first["approval"] = 0.0
    first.attrs["outside"]["R01"] = "changed"
    again = shared_panel(events, "actor-month", ["approval"], 1)
    assert again["approval"].nunique() > 10
    assert "R01" not in again.attrs["outside"]
