"""An edited list and a user's own series are named wherever a result shows itself."""

from __future__ import annotations

import pandas as pd
import pytest

import interventions_stats as ist


def test_edits_and_series_are_named_in_summary_glance_and_tidy() -> None:
    months = pd.period_range("1995-01", "2020-12", freq="M").astype(str)
    polls = pd.DataFrame({"month": months, "approval": [50 + 10 * ((7 * i) % 11) / 11 for i in range(len(months))]})
    edited = ist.load_events().drop("R12")
    found = ist.test("W1", events=edited, series=polls, quick=True, robustness=False)
    edit = edited.edits[-1]
    for shown in (found.glance(), found.tidy()):
        assert edit in shown["edits"][0] and "approval" in shown["series"][0]
    flat = " ".join(found.summary().split())
    assert f"List edited: {edit}" in flat and "Your series: month, approval" in flat
    plain = ist.test("W1", quick=True, robustness=False)
    assert plain.glance()[["edits", "series"]].iloc[0].tolist() == ["", ""] and "List edited" not in plain.summary()


def test_tidy_has_a_two_sided_p_beside_its_two_sided_interval() -> None:
    found = ist.test("L1", quick=True, robustness=False)
    row = found.tidy().iloc[0]
    exact = ist.rate_ratio(events=(10, 15), exposure=(21, 8))
    assert row["p_value"] == pytest.approx(exact.p_value) and row["p_value"] < 0.01 and row["conf_high"] < 0
    assert row["p_superiority"] == found.evidence.p_superiority > 0.99
    assert row["p_reverse"] == found.evidence.p_reverse
