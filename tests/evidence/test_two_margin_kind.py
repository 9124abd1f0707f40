"""The two-margin kind against every matching written out, and its size where observed onsets are matched anew."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

import interventions_stats as ist
from interventions_stats.datasets.load import load
from interventions_stats.drivers.parts import Control
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.calibration import of_targets, recovery, target_size
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.robustness.deletions import influence

EVENTS = ist.load_events("reconstructed")
STATES, YEARS = ("Georgia", "Moldova", "Ukraine", "Tajikistan"), range(1996, 2004)
ONSETS = [("Georgia", 1997), ("Georgia", 1998), ("Georgia", 2001), ("Moldova", 1998), ("Moldova", 1999), ("Ukraine", 1997),
          ("Tajikistan", 1999), ("Tajikistan", 2003)]  # fmt: skip


def listed(onsets: list[tuple[str, int]]) -> EventList:
    frame = pd.DataFrame({"event_id": [f"e{k}" for k in range(len(onsets))], "start": [f"{y}-03-01" for _, y in onsets],
                          "target": [s for s, _ in onsets]})  # fmt: skip
    return EventList.from_frame(frame, actor="RUS", coverage=(YEARS[0], YEARS[-1]))


def series(seed: int, *, binary: bool = True) -> pd.DataFrame:
    """Two exposures of every state and year, measured a year ahead of the row that they belong to."""
    rng = np.random.default_rng(seed)
    rows = [(s, y - 1) for s in STATES for y in YEARS]
    values = rng.integers(0, 2, (len(rows), 2)) if binary else rng.normal(size=(len(rows), 2))
    return pd.DataFrame(rows, columns=["target", "year"]).assign(
        x=values[:, 0].astype(float), z=values[:, 1].astype(float)
    )


def found(onsets: list[tuple[str, int]], mine: pd.DataFrame, **fields: object) -> Evidence:
    fields = {"exposure": "x", "scale": "binary"} | fields
    prop = Proposition(id="X1", unit="actor-target-year", test="two_margins", strata="target and period",
                       targets="post_soviet", **fields)  # fmt: skip
    return gather(Question(prop, listed(onsets), mine), strict=True)


def matchings(onsets: list[tuple[str, int]], mine: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Sums of the columns over every way to give the onsets' years to their states: (n!, columns)."""
    value = {(r.target, r.year + 1): [getattr(r, c) for c in columns] for r in mine.itertuples()}
    states, years = zip(*onsets, strict=True)
    ways = [list(zip(states, order, strict=True)) for order in permutations(years)]
    if len(set(onsets)) == len(onsets):  # one onset a cell: a logit, in which no cell takes two
        ways = [w for w in ways if len(set(w)) == len(w)]
    return np.array([np.sum([value[cell] for cell in w], axis=0) for w in ways])


def weights(sums: np.ndarray, theta: float) -> np.ndarray:
    w = np.exp(theta * (sums - sums.mean()))
    return w / w.sum()


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_every_number_is_that_of_all_matchings(seed: int) -> None:
    """p at none and at the SESOI, estimate, interval, likelihood and attainable p; two onsets share a cell."""
    onsets = [*ONSETS[1:7], ("Georgia", 1998)]
    mine = series(seed)
    e, sums = found(onsets, mine), matchings(onsets, mine, ("x",))[:, 0]
    s, delta = sums[0], e.sesoi.delta
    assert e.p_superiority == pytest.approx(np.mean(sums >= s)) and e.p_reverse == pytest.approx(np.mean(sums <= s))
    assert e.p_noninferiority == pytest.approx(weights(sums, delta)[sums <= s].sum())
    assert e.attainable == pytest.approx((np.mean(sums == sums.max()), np.mean(sums == sums.min())))
    if sums.min() < s < sums.max():
        assert e.estimate == pytest.approx(brentq(lambda t: weights(sums, t) @ sums - s, -20, 20), abs=1e-6)
        assert e.se_cal == pytest.approx(1 / np.sqrt(weights(sums, e.estimate) @ sums**2 - s**2), rel=1e-4)
        low, high = e.ci90
        assert weights(sums, high)[sums <= s].sum() == pytest.approx(0.05, abs=1e-6)
        assert weights(sums, low)[sums >= s].sum() == pytest.approx(0.05, abs=1e-6)
    assert e.frontier == e.ci90[1]
    theta = np.linspace(0, 12 * delta, 6_001)
    like = np.exp(theta * s) / np.exp(np.multiply.outer(theta, sums)).mean(axis=1)
    prior = 2 * np.exp(-0.5 * (theta / delta) ** 2) / (delta * np.sqrt(2 * np.pi))
    assert e.bf10[1] == pytest.approx(np.trapezoid(like * prior, theta), rel=1e-4)


def test_the_detectable_effect_has_the_power_it_says() -> None:
    mine = series(2)
    e, sums = found(ONSETS, mine), matchings(ONSETS, mine, ("x",))[:, 0]
    critical = min(v for v in np.unique(sums) if np.mean(sums >= v) <= 0.05)
    assert e.mde_method == "law of the test"
    assert weights(sums, e.mde)[sums >= critical].sum() == pytest.approx(0.8, abs=1e-6)


def test_a_second_exposure_is_held_by_its_sum() -> None:
    mine = series(3)
    e, sums = found(ONSETS, mine, controls=(Control("z", "confounder"),)), matchings(ONSETS, mine, ("x", "z"))
    same = sums[sums[:, 1] == sums[0, 1], 0]
    assert e.raw.details["control"] == "conditional" and "held" in e.raw.scheme
    assert (e.p_superiority, e.p_reverse) == pytest.approx((np.mean(same >= same[0]), np.mean(same <= same[0])))


def test_two_exposures_are_their_difference_with_the_sum_held() -> None:
    mine = series(4)
    e = found(ONSETS, mine, counter_exposure="z", scale="contrast")
    turned = found(ONSETS, mine, exposure="z", counter_exposure="x", scale="contrast")
    sums = matchings(ONSETS, mine, ("x", "z"))
    same = sums[sums.sum(axis=1) == sums[0].sum()]
    gap = same[:, 0] - same[:, 1]
    assert e.p_superiority == pytest.approx(np.mean(gap >= gap[0])) == pytest.approx(turned.p_reverse)
    assert e.estimate == pytest.approx(-turned.estimate, abs=1e-8)


def test_cells_without_exposure_leave_and_their_onsets_are_listed() -> None:
    mine = series(1)
    lost = (mine["target"] == "Georgia") & (mine["year"] == 1997)
    e = found(ONSETS, mine[~lost])
    assert {i: why for i, why in e.outside.items() if "measured" in why} == {
        "e1": "the exposure is not measured for its target-year"
    }
    kept = [o for o in ONSETS if o != ("Georgia", 1998)]
    filled = mine.assign(x=mine["x"].where(~lost, 1e6))  # no matching may use the cell
    sums = matchings(kept, filled, ("x",))[:, 0]
    sums = sums[sums < 1e5]
    assert e.p_superiority == pytest.approx(np.mean(sums >= sums[0])) and e.n_events == len(kept)


def test_few_tables_or_tails_that_cannot_reach_the_level_are_no_test() -> None:
    result = ist.test("T2", quick=True, robustness=False)
    assert result.verdict == "not_testable" and "only 13 tables" in result.evidence.missing
    assert result.evidence.p_superiority == pytest.approx(min(result.evidence.attainable))
    share = ist.test("I2", quick=True, robustness=False)
    assert share.verdict == "not_testable" and any("smallest p" in r for r in share.decision.reasons)
    assert share.evidence.attainable == pytest.approx((9 / 17, 8 / 17))


def test_two_held_exposures_are_refused_in_words() -> None:
    controls = (Control("z", "confounder"), Control("distance", "confounder"))
    prop = Proposition(
        id="X1", unit="actor-target-year", test="two_margins", exposure="x", targets="post_soviet", controls=controls
    )
    assert "holds one exposure" in gather(Question(prop, listed(ONSETS), series(1))).missing


def test_leaving_an_event_out_is_the_test_without_its_row() -> None:
    mine = series(2)
    prop = Proposition(
        id="X1", unit="actor-target-year", test="two_margins", exposure="x", scale="binary", targets="post_soviet"
    )
    table = influence(prop, listed(ONSETS), by=["event"], series=mine).frame.set_index("item")
    gone = (mine["target"] == "Moldova") & (mine["year"] == 1998)
    e = found([o for o in ONSETS if o != ("Moldova", 1999)], mine[~gone])
    row = table.loc["e4"]
    assert row["estimate"] == pytest.approx(e.estimate) and row["p_noninferiority"] == pytest.approx(e.p_noninferiority)
    assert np.log([row["low"], row["high"]]) == pytest.approx(e.ci90, abs=1e-6)


SLOW = {"F3", "P1", "P3"}  # a law of its own for every sum of the second exposure


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in
                                  ("F1", "F3", "B2", "T2", "P1", "P3", "P1g")])  # fmt: skip
def test_matched_anew_the_onsets_are_rejected_at_the_level(name: str) -> None:
    assert name in {p.id for p in of_targets(PROPOSITIONS, "RUS")}
    size = target_size(PROPOSITIONS[name], EVENTS, "re-matched", histories=400, relabellings=199, seed=2)
    assert max(size.superiority, size.reverse) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_the_shift_within_targets_does_not_keep_it() -> None:
    """Why it is no longer primary: .20 for T2."""
    shift = PROPOSITIONS["T2"].with_(test="target_shift")
    assert target_size(shift, EVENTS, "re-matched", histories=300, relabellings=199, seed=2).superiority > 0.12


def test_targets_chosen_by_nearness_are_no_evidence_of_trade() -> None:
    """Within the year alone, with distance in km, it rejected in .245."""
    size = target_size(PROPOSITIONS["E3"], EVENTS, "nearness", histories=400, relabellings=199, seed=2)
    assert max(size.superiority, size.reverse) <= 0.07 + 2 * size.superiority_se


@pytest.mark.slow
@pytest.mark.parametrize("name", ["F1", "B2", "P1"])
def test_planted_effects_lie_in_the_exact_interval(name: str) -> None:
    none, once = recovery(PROPOSITIONS[name], EVENTS, multiples=(0.0, 1.0), histories=120, relabellings=199, seed=3)
    for r in (none, once):
        assert r.coverage >= 0.90 - 3 * np.sqrt(0.09 / r.histories)
    assert none.superiority <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120) and once.dismissed <= 0.05 + 3 * np.sqrt(
        0.05 * 0.95 / 120
    )


@pytest.mark.parametrize("window", [6, 12])
def test_months_of_targets_match_the_dated_steps(window: int) -> None:
    """A row's exposure is whether a step away fell in the months before; onsets are those of the list, by target and month."""
    frame = ist.panel(
        EVENTS, "actor-target-month", [f"step_away.any{window}"], 1, targets="post_soviet", imprecise="impute", seed=0
    )
    steps = load("realignment_steps")
    steps = steps[(steps["direction"] == "away") & (steps["weight"] == 2) & (steps["reaction_to_force"] == 0)]
    at = {(int(c), pd.Period(d[:7], "M")) for c, d in zip(steps["ccode"], steps["date"], strict=True)}
    rows = frame.sample(200, random_state=1)
    expected = [
        any((c, p - k) in at for k in range(1, window + 1))
        for c, p in zip(rows["target_ccode"], rows["period"], strict=True)
    ]
    assert rows[f"step_away.any{window}"].astype(bool).tolist() == expected
    yearly = ist.panel(EVENTS, "actor-target-year", targets="post_soviet")
    assert frame.groupby(["target_ccode", "year"])["onsets"].sum().sum() == yearly["onsets"].sum()
    ukraine = frame[frame["name"] == "Ukraine"]
    assert ukraine.loc[ukraine["onsets"] > 0, "period"].astype(str).tolist() == sorted(
        d[:7] for d, t in zip(EVENTS.timing["first"].astype(str), EVENTS.targets.values(), strict=True) if 369 in t
    )


def test_the_monthly_companion_is_the_conditional_poisson_of_its_margins() -> None:
    """B2m against a Poisson fit with target and month effects, which the exact estimate lies near of; bounds hold it."""
    e = gather(Question(PROPOSITIONS["B2m"], EVENTS))
    frame = ist.panel(
        EVENTS, "actor-target-month", ["step_away.any12"], 1, targets="post_soviet", imprecise="impute", seed=0
    )
    inside = frame.groupby("target_ccode")["onsets"].transform("sum").gt(0) & frame.groupby("period")[
        "onsets"
    ].transform("sum").gt(0)
    used = frame[inside]
    X = np.column_stack(
        [
            used["step_away.any12"],
            pd.get_dummies(used["target_ccode"]),
            pd.get_dummies(used["period"].astype(str)).iloc[:, 1:],
        ]
    )
    sm = pytest.importorskip("statsmodels.api")
    fit = sm.GLM(used["onsets"].to_numpy(float), X.astype(float), family=sm.families.Poisson()).fit()
    assert e.estimate == pytest.approx(fit.params[0], abs=0.6 * fit.bse[0]) and e.ci95[0] < fit.params[0] < e.ci95[1]
    assert e.n_events == 15 and "4,252,248 tables" in e.raw.scheme
