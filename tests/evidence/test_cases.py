"""Ranks of supported governments and shares of kin, recomputed from the tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.kin_cases import kin_cases
from interventions_stats.primary.question import Question

EVENTS = ist.load_events("reconstructed")


def test_placements_are_shares_of_other_targets_of_the_year() -> None:
    column = PROPOSITIONS["I1b"].exposure
    e = gather(Question(PROPOSITIONS["I1b"], EVENTS, draws=4_999))
    helped = EVENTS.only(side_supported="government")
    frame = ist.panel(helped, "actor-target-year", [column], imprecise="impute", seed=0)
    found = e.raw.details["placements"]
    assert set(found) <= set(helped.ids) and len(found) == e.n_events
    for event, place in found.items():
        year = frame.loc[frame["event_ids"].str.split(";").map(lambda c, i=event: i in c), "year"].iloc[0]
        here = frame[(frame["year"] == year) & frame[column].notna()]
        mine = here[here["target_ccode"].isin(helped.targets[event])]
        shares = []
        for _, row in mine.iterrows():
            others = here.loc[here["target_ccode"] != row["target_ccode"], column]
            shares.append(np.mean(others < row[column]) + 0.5 * np.mean(others == row[column]))
        assert place == pytest.approx(np.mean(shares))
    mean = np.mean(list(found.values()))
    assert e.estimate == pytest.approx(math.log(mean / (1 - mean)))
    assert e.raw.deff >= 1 and e.raw.observed == pytest.approx(mean)


def test_only_supported_governments_are_ranked_and_the_others_are_listed() -> None:
    e = gather(Question(PROPOSITIONS["I1"], EVENTS, draws=199))
    others = [i for i in EVENTS.ids if i not in EVENTS.only(side_supported="government").ids]
    assert {i for i, why in e.outside.items() if why == "no government was supported"} == set(others)
    assert e.n_events + len(e.outside) == 25
    nothing = gather(Question(PROPOSITIONS["I1"], EVENTS.drop(*EVENTS.only(side_supported="government").ids)))
    assert nothing.raw is None and "no case supported a government" in nothing.missing


def test_share_is_fishers_test_of_the_table() -> None:
    e = gather(Question(PROPOSITIONS["I2"], EVENTS))
    cases = kin_cases("kin")
    used = cases.dropna(subset=["kin"])
    table = [[int(((used["soviet"] == s) & (used["kin"] == k)).sum()) for k in (1, 0)] for s in (1, 0)]
    assert e.raw.details["table"] == table and sum(map(sum, table)) == e.n_events
    assert e.raw.p_superiority == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)
    assert e.raw.p_reverse == pytest.approx(stats.fisher_exact(table, alternative="less").pvalue)
    assert len(e.outside) + e.n_events == len(cases)


def test_a_period_without_a_case_is_a_reason() -> None:
    """Votes in the UN are known for no case after 1991 in which Russia acted for a government."""
    cases = kin_cases("kin_unga").dropna(subset=["kin"])
    assert (cases["soviet"] == 0).sum() == 0
    e = gather(Question(PROPOSITIONS["I2"].with_(exposure="kin_unga"), EVENTS))
    assert e.raw is None and "one of the two periods has no case" in e.missing
