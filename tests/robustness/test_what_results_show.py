"""What the checks print and draw is what they hold: counts that add up, figures whose marks lie where the frame says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.question import Question
from interventions_stats.robustness import check_figures
from interventions_stats.robustness.dominance import horse_race
from interventions_stats.robustness.forecasts import hold_out
from interventions_stats.robustness.joint import joint_families, joint_test, summarise_scores
from interventions_stats.robustness.placebo import placebo_dates
from interventions_stats.robustness.random_lists import uncertain
from interventions_stats.robustness.smallest_flips import Flip
from interventions_stats.robustness.specification_curve import multiverse


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


@cache
def _multiverse(name: str) -> Any:
    return multiverse(name, lists=[], draws=99)


def _flip() -> Flip:
    evidence = gather(Question(PROPOSITIONS["L1"], load_events(), draws=99))
    return Flip(evidence, "reversed", "inconclusive_mixed", ("R01", "R02"), exact=True, searched=8, tried=30)


MADE: dict[str, Callable[[], Any]] = {
    "joint": cache(lambda: joint_test(_multiverse("T1"), 99)),
    "multiverse": lambda: _multiverse("T2"),
    "random lists": cache(lambda: uncertain("L1", draws=12, definitions=("reconstructed",))),
    "race": cache(lambda: horse_race({"balance": ["B2"], "threat": ["T2"]}, draws=99)),
    "hold-out": cache(lambda: hold_out(["T2"])),
    "placebo": cache(lambda: placebo_dates("T1", histories=100)),
    "flip": _flip,
}


@pytest.mark.parametrize("name", MADE)
def test_a_result_accounts_for_its_events_and_says_itself(name: str) -> None:
    found = MADE[name]()
    row = found.glance().iloc[0]
    assert len(found.glance()) == 1 and row["n_events"] + row["n_dropped"] == row["n_events_total"]
    tidy, text = found.tidy(), found.summary()
    assert len(tidy) >= 1 and len(text.splitlines()) >= 2 and "nan" not in text.splitlines()[0].lower()
    assert "<" in found._repr_html_() and all(isinstance(r, str) and len(r) > 20 for r in found.cite())
    if name == "flip":
        with pytest.raises(InputError, match="no figure"):
            found.plot()
    else:
        ax = found.plot()
        assert ax.has_data() and len(ax.plotted)


# -- joint tests --------------------------------------------------------------------------------------------------------
def test_the_summary_of_a_joint_test_names_its_numbers() -> None:
    rng = np.random.default_rng(0)
    scores, null = np.array([2.5, 0.3, -0.4]), rng.standard_normal((3, 199))
    joint = replace(
        summarise_scores(("a", "b", "c"), scores, null, "greater", 0.05, 0, {"d": "no onset", "e": "no onset"}),
        estimates=np.log([2.0, 1.5, 0.5]), families=("X1", "X1", "X2"), n_events=20, n_events_total=25,
    )  # fmt: skip
    assert joint.median_ratio == pytest.approx(1.5)
    by = joint.by_family().set_index("family")
    assert by.loc["X1"].tolist() == [2, joint.p_adjusted[:2].min()] and by.loc["X2"].tolist() == [
        1,
        joint.p_adjusted[2],
    ]
    assert joint.tidy()["estimate"].tolist() == pytest.approx(np.log([2.0, 1.5, 0.5]))
    text = joint.summary()
    for part in (
        "3 specifications",
        "199 common",
        "20 of 25 events",
        "ratio 1.50",
        f"p = {joint.p_any:.3f}",
        "(2): no onset",
    ):
        assert part in text
    row = joint.glance().iloc[0]
    assert (row["n"], row["n_dropped"], row["n_left_out"]) == (3, 5, 2)
    # the drawn null is that of the largest score: the shares beyond the observed one give p
    shown = joint.plot().plotted
    assert np.isfinite(shown.to_numpy(float)).any()
    assert joint.p_any == pytest.approx(((null.max(axis=0) >= 2.5).sum() + 1) / 200)


@pytest.mark.parametrize(
    ("call", "message"),
    [(lambda: joint_families({"T1": _multiverse("T1")}, 10), "draws"), (lambda: joint_families({}, 99), "at least one multiverse"),
     (lambda: joint_test(_multiverse("T2"), 99), "exact and relabels nothing")],
)  # fmt: skip
def test_joint_tests_of_nothing_are_refused(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


# -- multiverses and random lists ---------------------------------------------------------------------------------------
def test_a_multiverse_counts_by_choice_what_its_rows_say() -> None:
    found = _multiverse("T2")
    rows, by, row = found.tidy(), found.by_choice(), found.glance().iloc[0]
    ran = rows[rows["reason"] == ""]
    assert (
        row["n_ran"] == len(ran) and row["ratio_low"] == ran["ratio"].min() and row["ratio_high"] == ran["ratio"].max()
    )
    assert row["share_same_sign"] == pytest.approx(
        (np.sign(ran["estimate"]) == np.sign(found.primary.evidence.estimate)).mean()
    )
    assert by.groupby("choice")["n"].sum().eq(len(ran)).all()  # every specification takes one option of each choice
    weighted = (by["share_same_verdict"].fillna(0) * by["n"]).groupby(by["choice"]).sum() / len(ran)
    assert weighted.to_numpy() == pytest.approx(row["share_same_verdict"])


def test_quantiles_and_decisions_over_random_lists() -> None:
    found = MADE["random lists"]()
    tidy = found.tidy().set_index("term")
    ratio = found.frame["ratio"].dropna()
    assert tidy.loc["ratio", ["conf_low", "estimate", "conf_high"]].tolist() == pytest.approx(
        [np.quantile(ratio, q) for q in (0.05, 0.5, 0.95)]
    )
    row = found.glance().iloc[0]
    assert row["share_registered"] == pytest.approx((found.frame["verdict"] == row["registered_verdict"]).mean())
    assert row["share_modal"] == pytest.approx(found.frame["verdict"].value_counts(normalize=True).iloc[0])
    shares = found.decisions()["share_of_variance"].to_numpy()
    assert (np.diff(shares) <= 1e-12).all()


def test_lists_that_do_not_enter_a_test_are_refused() -> None:
    with pytest.raises(InputError, match="brings its own events"):
        uncertain("S1", draws=2)


# -- figures ------------------------------------------------------------------------------------------------------------
def test_stacked_ratios_count_every_list_that_ran() -> None:
    frame = pd.DataFrame({
        "ratio": [0.5, 0.5, 1.0, 2.0, 400.0, math.nan, math.inf],
        "verdict": ["dismissed", "dismissed", "inconclusive_mixed", "supported", "supported", "not_testable", "not_testable"],
    })  # fmt: skip
    ax = check_figures.ratios_by_verdict(frame, 1.2, sesoi=1.5, title="lists")
    assert sum(bar.get_height() for stack in ax.containers for bar in stack) == 5 == len(ax.plotted)
    by = [sum(bar.get_height() for bar in stack) for stack in ax.containers]
    assert sorted(by) == [1, 2, 2]
    assert {1.0, 1.2, 1.5} <= {float(line.get_xdata()[0]) for line in ax.lines}
    low, high = ax.get_xlim()
    assert low < 0.5 and high >= 50  # the ratio of 400 is drawn at 50
    empty = check_figures.ratios_by_verdict(frame.iloc[5:], math.nan)
    assert "no list" in empty.texts[0].get_text() and len(empty.plotted) == 0


def test_p_values_fill_twenty_bins_around_the_even_height() -> None:
    values = np.array([0.01, 0.02, 0.06, 0.5, 0.99, 1.0])
    ax = check_figures.p_values(values)
    assert [bar.get_height() for bar in ax.patches] == np.histogram(values, np.linspace(0, 1, 21))[0].tolist()
    assert ax.lines[0].get_ydata()[0] == pytest.approx(6 / 20)


def test_shapley_bars_and_their_reference() -> None:
    frame = pd.DataFrame({"family": ["balance", "wag_the_dog"], "shapley": [1.5, -0.2], "expected": [0.5, 0.4],
                          "expected_high": [1.2, 1.1]})  # fmt: skip
    ax = check_figures.shapley_bars(frame)
    drawn = dict(zip((t.get_text() for t in ax.get_yticklabels()), (b.get_width() for b in ax.patches), strict=True))
    assert drawn == {"balance": 1.5, "wag the dog": -0.2}
    marks = {line.get_label(): list(line.get_xdata()) for line in ax.lines}
    assert marks["relabelled onsets: mean"] == [0.4, 0.5] and marks["their 95% quantile"] == [1.1, 1.2]


def test_forecasts_name_the_targets_where_a_case_began() -> None:
    frame = pd.DataFrame({"year": [2021, 2022, 2022, 2022], "name": ["A", "B", "C", "D"], "model": [0.1, 0.2, 0.2, 0.05],
                          "onset": [0, 1, 1, 0], "common_rate": 0.08})  # fmt: skip
    ax = check_figures.forecast_years(frame)
    quiet, realised, rate = ax.lines
    assert list(quiet.get_ydata()) == [0.1, 0.05] and list(realised.get_xdata()) == [2022, 2022]
    assert rate.get_ydata()[0] == 0.08 and [t.get_text() for t in ax.texts] == ["B, C"]
    assert ax.get_ylim()[0] == 0 and list(ax.get_xticks()) == [2021, 2022]


# -- the smallest flip --------------------------------------------------------------------------------------------------
def test_a_flip_is_told_with_its_reach() -> None:
    found = MADE["flip"]()
    assert found.tidy()["n_deleted"].iloc[0] == 2
    assert "Without R01, R02 the verdict reversed becomes inconclusive_mixed; no smaller set does" in found.summary()
    assert "a smaller set was not" in replace(found, exact=False).summary()
    none = replace(found, events=None)
    assert math.isnan(none.tidy()["n_deleted"].iloc[0]) and "No set that was tried" in none.summary()
