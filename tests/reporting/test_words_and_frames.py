"""Glossary, methods and the frames behind a report's figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.display.figures.style import VERDICTS
from interventions_stats.errors import UnknownNameError
from interventions_stats.reporting import frames
from interventions_stats.reporting.glossary import glossary
from interventions_stats.reporting.methods import method_sections, methods_text
from interventions_stats.reporting.published import PublishedReport
from interventions_stats.rules.absence import check_language
from interventions_stats.rules.evidence_numbers import VERDICTS as RULE_VERDICTS
from interventions_stats.rules.flags import FLAGS
from interventions_stats.rules.guard_registry import GUARDS


def test_glossary_covers_what_results_print() -> None:
    terms = set(glossary()["term"])
    assert set(RULE_VERDICTS) <= terms and set(FLAGS) <= terms
    assert {g.id for g in GUARDS} <= terms
    assert {"holds", "coding_dependent", "fails", "grade A", "grade B", "grade C", "grade D"} <= terms
    assert set(VERDICTS) == set(RULE_VERDICTS), "a verdict without a mark in the figures"
    assert glossary()["term"].is_unique and (glossary()["meaning"].str.len() > 20).all()
    for meaning in glossary()["meaning"]:
        assert not check_language(meaning)


def test_glossary_finds_parts_and_suggests() -> None:
    assert glossary("sesoi")["term"].tolist() == ["SESOI"]
    assert "minimum detectable effect (MDE)" in glossary("mde")["term"].tolist()
    assert glossary("not testable")["term"].tolist() == ["not_testable"]
    with pytest.raises(UnknownNameError, match="Did you mean 'severity'"):
        glossary("sevrity")


def test_methods_name_versions_claims_and_data(small_report: PublishedReport) -> None:
    text = methods_text(small_report)
    assert small_report.methods_text() == text and not check_language(text)
    counts = small_report.claims["agreement"].value_counts()
    assert f"{counts['not shown']} not shown" in text and "approval_russia" in text
    assert small_report.versions["data"] in text
    for heading, paragraphs in method_sections():
        assert heading and all(not check_language(p) for p in paragraphs)


@pytest.mark.parametrize(
    ("actor", "target", "year", "km"),
    # great-circle distances between the capitals, to the kilometre of published tables
    [("RUS", 369, 2014, 756), ("RUS", 652, 2015, 2475), ("USA", 200, 2003, 5898), ("RUS", 372, 2008, 1647)],
)
def test_capital_distances(actor: str, target: int, year: int, km: float) -> None:
    from interventions_stats.events.actors import actor as find

    assert frames.capital_distance(find(actor), target, year) == pytest.approx(km, rel=0.01)


def test_targets_without_a_place_keep_their_row() -> None:
    events = ist.load_events().recode("R19", target_cow=None)
    frame = frames.target_frame(events).set_index("event_id")
    assert frame.loc["R19", "target"] == "at sea or not coded" and np.isnan(frame.loc["R19", "km"])
    assert frame.index.nunique() == 25 and len(frame) == 25, "every event has one target"


def test_event_path_finds_a_planted_rally_and_centres_on_the_leader() -> None:
    rng = np.random.default_rng(8)
    months = pd.period_range("2000-01", periods=240, freq="M")
    onsets = np.zeros(240, int)
    onsets[[40, 100, 170, 230]] = [1, 2, 1, 1]
    approval = 60 + rng.normal(0, 1, 240)
    for at in (40, 100, 170, 230):
        approval[at + 1 : at + 7] += 10
    frame = pd.DataFrame({"month": months, "approval": approval, "onsets": onsets, "identified": onsets > 0})
    path = frames.event_path(frame).set_index("offset")
    assert path.loc[[1, 3, 6], "mean"].min() > 7 and abs(path.loc[[-6, -3, -1, 0], "mean"]).max() < 2
    assert (path.loc[1:6, "mean"] > path.loc[1:6, "high"]).all(), "a planted rally leaves the band"
    outside = ((path["mean"] > path["high"]) | (path["mean"] < path["low"])).loc[-12:-1]
    assert outside.mean() < 0.4
    assert path.loc[0, "n"] == 5 and path.loc[12, "n"] == 4, "the last onset has less than a year after it"
    nothing = frames.event_path(frame.assign(identified=False))
    assert len(nothing) == 0


def test_series_frame_marks_the_onsets_that_the_result_used(small_report: PublishedReport) -> None:
    events = small_report.battery.events
    r = small_report.battery.results["W1"]
    frame = frames.series_frame(r, events)
    assert frame["onsets"].sum() == len(events) == 25
    assert frame.loc[frame["identified"], "onsets"].sum() == r.evidence.n_events == 10
    turkey = ist.load_events("mid", actor="TUR")
    assert frames.series_of(r, turkey) is None, "no approval series is bundled for Turkey"


def test_footprint_counts_are_those_of_the_lists() -> None:
    frame = frames.footprint_frame("mid")
    total = frame.groupby("actor")["onsets"].sum()
    assert total["Russia"] == len(ist.load_events("mid", actor="RUS", since=1992, until=2014))
    assert total["USSR"] == len(ist.load_events("mid", actor="RUS", since=1946, until=1991))
    assert total["United States"] == len(ist.load_events("mid", actor="USA", since=1946, until=2014))
    assert frame.groupby("actor")["year"].agg(["min", "max"]).loc["USSR"].tolist() == [1946, 1991]


def test_leaders_are_cut_to_the_coverage() -> None:
    found = frames.leaders_frame(ist.load_events())
    assert found["leader"].tolist() == ["Yeltsin", "Putin", "Medvedev", "Putin"]
    assert str(found["start"].min().date()) == "1992-01-01" and str(found["end"].max().date()) == "2020-12-31"
