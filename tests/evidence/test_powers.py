"""Tests across powers: their own events, their own units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import UnknownNameError
from interventions_stats.evidence.gather import gather
from interventions_stats.panels.powers import power_years
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")
POWERS = [p for p in PROPOSITIONS.values() if p.test == "powers"]


@pytest.mark.parametrize("prop", POWERS, ids=lambda p: p.id)
def test_the_event_list_in_hand_plays_no_part(prop) -> None:
    first, second = (gather(Question(prop, e, draws=199)) for e in (EVENTS, EVENTS.drop("R20")))
    assert first.estimate == second.estimate and first.raw.n_rows == second.raw.n_rows
    assert first.raw.deff >= 1 and first.raw.details["powers"] >= 5


def test_disputes_are_counted_from_the_table() -> None:
    table = ist.datasets.load("major_power_year")
    known = table[table["mids_targeted"].notna() & table["mids_started_force"].notna()]
    design = lay_out_regression(Question(PROPOSITIONS["T1p"], EVENTS)).design
    raw = gather(Question(PROPOSITIONS["T1p"], EVENTS, draws=99)).raw
    assert raw.n_events == int(design.counts.sum()) <= int(known["mids_started_force"].sum())
    onset_years = (design.counts > 0).sum()
    assert raw.details["onset_years"] == onset_years and raw.n_rows == len(design.counts)


def test_lag_is_within_the_power() -> None:
    now, before = (power_years("major", ["cinc"], lag=k, start="1960", end="1990") for k in (1, 2))
    merged = now.merge(before.assign(year=before["year"] - 1), on=["ccode", "year"], suffixes=("", "_two"))
    same = merged.dropna(subset=["cinc", "cinc_two"])
    assert len(same) > 100 and np.allclose(same["cinc"], same["cinc_two"])
    assert isinstance(now, pd.DataFrame) and now["year"].between(1960, 1990).all()


def test_unknown_columns_and_groups_are_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'major'"):
        power_years("majors", ["cinc"])
    with pytest.raises(UnknownNameError, match="covariate 'cink'"):
        power_years("major", ["cink"])
