"""Figures of plain frames: they draw what the frame says, on any Axes, and leave the user's settings alone."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Callable
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from interventions_stats import display
from interventions_stats.display.figures import style
from interventions_stats.errors import InputError
from interventions_stats.rules.absence import require_bounded

NAN = math.nan
FOREST = pd.DataFrame({
    "proposition": ["A", "B", "C", "D"], "verdict": ["dismissed", "supported", "inconclusive_mixed", "not_testable"],
    "ratio": [1.05, 2.2, 1.3, NAN], "ratio_low90": [0.8, 1.4, 0.5, NAN], "ratio_high90": [1.4, 3.4, math.inf, NAN],
    "sesoi": [1.5, 1.5, None, 1.5], "n_identifying": [25, 14, 98, 0], "n_events_total": [25, 25, 25, 25],
    "grade": ["C", "B", "D", "-"], "reason": ["", "", "", "needs table trade"],
})  # fmt: skip
EVENTS = pd.DataFrame({
    "event_id": ["a", "b", "c"], "name": ["first", "a very long name of an intervention that has to be cut somewhere", "third"],
    "start": ["1992-06", "1999", "2014-02-27"], "end": ["1993", None, "2014-03-18"], "activity": ["stabilisation", None, "combat"],
})  # fmt: skip
LEADERS = pd.DataFrame(
    {"leader": ["Yeltsin", "Putin"], "start": ["1991-07", "2000-01-01"], "end": ["1999-12-31", None]}
)
MONTHS = pd.DataFrame({"month": pd.period_range("2000-01", periods=6, freq="M"), "approval": [70.0, 72, NAN, 60, 61, 65],
                       "onsets": [0, 1, 1, 0, 2, 0]})  # fmt: skip
YEARS = pd.DataFrame({"year": [1990, 1991, 1992, 1993, 1990, 1991], "actor": ["USSR", "USSR", "Russia", "Russia", "France", "France"],
                      "onsets": [1, 0, 7, 2, 3, 1]})  # fmt: skip
PATH = pd.DataFrame({"offset": range(-3, 4), "mean": [0, 0, 1, 4, 3, 2, 1.0], "low": -2.0, "high": 2.0})
CURVE = pd.DataFrame({"ratio": np.exp(np.linspace(0, 1.5, 101))})
SPECS = pd.DataFrame([{"ratio": r, "low": r / 2, "high": r * 2, "lag": lag, "date_rule": rule, "verdict": "dismissed", "primary": lag == 1}
                      for (lag, rule), r in zip(itertools.product((1, 2), ("decision", "deployment")), (1.4, 0.8, NAN, 1.1), strict=True)])  # fmt: skip
DELETIONS = pd.DataFrame({"event": ["a", "b", "c"], "ratio": [1.2, 0.9, NAN], "low": [0.6, 0.5, NAN], "high": [2.0, 40.0, NAN],
                          "verdict": ["dismissed", "inconclusive_mixed", "not_testable"]})  # fmt: skip
TARGETS = pd.DataFrame({"target": ["Syria", "Georgia", "Georgia", "at sea"], "km": [2475.0, 1644, 1644, NAN], "year": [2015, 2008, 2008, 2008],
                        "onsets": [1, 1, 1, 1], "activity": ["combat", "combat", "deterrence", "security"], "exposed": [0, 1, 1, 0]})  # fmt: skip
COEFFICIENTS = pd.DataFrame(
    {"term": ["Intercept", "x"], "estimate": [-3, 0.4], "conf_low": [-4, -0.1], "conf_high": [-2, 0.9]}
)

# name -> (call on a frame and an Axes, the frame, a column it cannot do without)
FIGURES: dict[str, tuple[Callable[..., Any], pd.DataFrame, str]] = {
    "coefficients": (lambda f, ax: display.coefficients(f, ax), COEFFICIENTS, "conf_low"),
    "verdict_forest": (lambda f, ax: display.verdict_forest(f, ax), FOREST, "ratio_high90"),
    "timeline": (lambda f, ax: display.timeline(f, LEADERS, ax), EVENTS, "activity"),
    "approval_onsets": (lambda f, ax: display.approval_onsets(f, ax=ax), MONTHS, "approval"),
    "footprint": (lambda f, ax: display.footprint(f, ax), YEARS, "onsets"),
    "event_study": (lambda f, ax: display.event_study(f, ax), PATH, "mean"),
    "permutation_null": (lambda f, ax: display.permutation_null(f, 1.0, ax), pd.DataFrame({"statistic": [0.0, 1, 2, 3]}), "statistic"),
    "severity_curve": (lambda f, ax: display.severity_curve(f, ax, sesoi=1.5), CURVE.assign(severity=np.linspace(0.3, 1, 101)), "severity"),
    "power_curve": (lambda f, ax: display.power_curve(f, ax, sesoi=1.5, mde=2.4), CURVE.assign(power=np.linspace(0.05, 1, 101)), "power"),
    "specification_curve": (lambda f, ax: display.specification_curve(f, ["lag", "date_rule"], ax, sesoi=1.5), SPECS, "lag"),
    "influence": (lambda f, ax: display.influence(f, 1.1, ax, sesoi=1.5, verdict="dismissed"), DELETIONS, "ratio"),
    "target_panel": (lambda f, ax: display.target_panel(f, ax), TARGETS, "km"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(ax: Any) -> list[str]:
    return [t.get_text() for t in ax.get_figure().findobj(mpl.text.Text) if t.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_draws_on_its_own_and_on_a_given_axes(name: str) -> None:
    call, frame, _ = FIGURES[name]
    before, settings = frame.copy(), dict(mpl.rcParams)
    alone = call(frame, None)
    _, given = plt.subplots()
    assert call(frame, given) is given
    assert dict(mpl.rcParams) == settings, "the user's settings were changed"
    pd.testing.assert_frame_equal(frame, before)
    for ax in (alone, given):
        assert isinstance(ax.plotted, pd.DataFrame) and len(ax.plotted)
        for text in texts(ax):
            require_bounded(text)
    stream = io.StringIO()
    alone.get_figure().savefig(stream, format="svg")
    assert stream.getvalue().count("<path") > 3 and "<image" not in stream.getvalue(), "not drawn as vectors"


@pytest.mark.parametrize("name", FIGURES)
def test_names_the_missing_column_and_accepts_no_rows(name: str) -> None:
    call, frame, column = FIGURES[name]
    with pytest.raises(InputError, match=f"{name}.*{column!r}"):
        call(frame.drop(columns=column), None)
    assert len(call(frame.iloc[:0], None).plotted) == 0


def test_verdicts_differ_by_mark_and_not_by_colour_alone() -> None:
    marks = [(marker, filled) for _, marker, filled, _ in style.VERDICTS.values()]
    assert len(set(marks)) == len(marks)
    assert len({marker for _, marker in style.ACTIVITIES.values()}) == len(style.ACTIVITIES)


# Machado, Oliveira and Fernandes (2009), severity 1.0: linear-light RGB as seen without one kind of cone.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.mark.parametrize("kind", BLINDNESS)
def test_verdict_colours_stay_apart_for_the_colour_blind(kind: str) -> None:
    def seen(colour: str) -> np.ndarray:
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1) ** (1 / 2.2)

    colours = (style.GREEN, style.VERMILLION, style.BLUE, style.ORANGE)
    for a, b in itertools.combinations(colours, 2):
        assert np.linalg.norm(seen(a) - seen(b)) > 0.15, (a, b)
    red_green = np.linalg.norm(seen("#ff0000") - seen("#8f8f00"))
    assert red_green < 0.5, "the simulation shows no loss, so it tests nothing"


def test_forest_puts_interval_frontier_and_reason_where_they_belong() -> None:
    ax = display.verdict_forest(FOREST)
    lines = [np.column_stack(line.get_data()) for line in ax.get_lines() if len(line.get_xdata()) == 2]
    intervals = {round(p[0, 1]): (p[0, 0], p[1, 0]) for p in lines if p[0, 1] == p[1, 1]}
    assert intervals[0] == pytest.approx((0.8, 1.4)) and intervals[1] == pytest.approx((1.4, 3.4))
    frontiers = [p[0, 0] for p in lines if p[0, 0] == p[1, 0] and abs(p[1, 1] - p[0, 1]) == pytest.approx(0.56)]
    assert sorted(frontiers) == pytest.approx([1.4, 3.4]), "an infinite bound has an arrow and no frontier bar"
    assert [line.get_marker() for line in ax.get_lines()].count(">") == 1
    shown = texts(ax)
    assert "not testable: needs table trade" in shown
    assert {"25 of 25", "14 of 25", "98", "0 of 25"} <= set(shown), (
        "a test with its own events shows their number alone"
    )
    band = next(p for p in ax.patches if p.get_width() > 0)
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1 / 1.5, 1.5))


def test_timeline_reads_partial_dates_and_marks_open_ends() -> None:
    shown = display.timeline(EVENTS, LEADERS, until="2020-12-31").plotted
    assert shown["event_id"].tolist() == ["a", "b", "c"] and shown["open"].tolist() == [False, True, False]
    assert shown["first"].dt.strftime("%Y-%m-%d").tolist() == ["1992-06-01", "1999-01-01", "2014-02-27"]
    assert shown["last"].dt.strftime("%Y-%m-%d").tolist() == ["1993-12-31", "2020-12-31", "2014-03-18"]
    with pytest.raises(InputError, match="'soon'"):
        display.timeline(EVENTS.assign(start="soon"))


def test_null_shades_the_tail_that_the_p_value_counts() -> None:
    rng = np.random.default_rng(3)
    null = np.round(rng.normal(size=4_000), 2)  # ties with the observed value belong to the tail
    observed = float(np.quantile(null, 0.9))
    ax = display.permutation_null(null, observed)
    bins = ax.plotted
    assert bins["count"].sum() == len(null)
    tail = bins.loc[bins["left"] >= observed - 1e-9, "count"].sum()
    assert tail == (null >= observed - 1e-9).sum()


@pytest.mark.parametrize(("estimate", "se"), [(0.1, 0.35), (-0.6, 0.2), (0.9, 0.5)])
def test_severity_reaches_95_at_the_frontier(estimate: float, se: float) -> None:
    from interventions_stats.display.figures.severity_curve import frontier

    grid = np.linspace(-1, 3, 161)
    frame = pd.DataFrame({"ratio": np.exp(grid), "severity": stats.norm.cdf((grid - estimate) / se)})
    closed_form = math.exp(estimate + stats.norm.ppf(0.95) * se)
    assert frontier(frame) == pytest.approx(closed_form, rel=2e-3)
    assert frontier(frame[frame["severity"] < 0.9]) is None


def test_specification_curve_sorts_and_marks_each_choice_once() -> None:
    ax = display.specification_curve(SPECS, ["lag", "date_rule"], sesoi=1.5)
    assert ax.plotted["ratio"].tolist() == [0.8, 1.1, 1.4]
    assert "1 of 4 could not run" in ax.get_title(loc="left")
    taken = [line for line in ax.matrix.get_lines() if line.get_marker() == "s"]
    marks = sorted((int(x), int(y)) for line in taken for x, y in zip(*line.get_data(), strict=True))
    assert len(marks) == 2 * len(ax.plotted), "each specification takes one option of each of two choices"
    labels = [t.get_text() for t in ax.matrix.get_yticklabels()]
    assert labels == ["lag: 1", "lag: 2", "date rule: decision", "date rule: deployment"]


def test_influence_marks_what_flips() -> None:
    ax = display.influence(DELETIONS, 1.1, verdict="dismissed")
    assert ax.plotted["event"].tolist() == ["b", "a"] and ax.plotted["flips"].tolist() == [True, False]
    assert [line.get_marker() for line in ax.get_lines()].count("X") == 1


def test_targets_stand_in_order_of_distance_and_side_by_side() -> None:
    ax = display.target_panel(TARGETS)
    labels = [t.get_text().split("  ")[0] for t in ax.get_yticklabels()]
    assert labels == ["Georgia", "Syria", "at sea"]
    at = [tuple(float(v[0]) for v in line.get_data()) for line in ax.get_lines()]
    same = [x for x, y in at if y == 0]
    assert len(set(same)) == 2 and sum(same) / 2 == pytest.approx(2008)


def test_variance_shares_are_those_of_an_analysis_of_variance() -> None:
    """Of every combination run once: the sums of squares of the main effects, of which interaction is what is left."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(3)
    frame = pd.DataFrame(itertools.product("ab", range(3), "uvwx"), columns=["p", "q", "r"])
    frame["y"] = rng.normal(size=len(frame)) + frame["q"]
    table = sm.stats.anova_lm(smf.ols("y ~ C(p) + C(q) + C(r)", frame).fit())
    shares = display.variance_shares(frame.assign(ratio=np.exp(frame["y"])), ["p", "q", "r"])
    assert [shares[c] for c in "pqr"] == pytest.approx((table["sum_sq"] / table["sum_sq"].sum()).iloc[:3].tolist())
    ran = frame.sample(
        17, random_state=1
    )  # some could not run: the shares still add up to what the choices explain together
    shares = display.variance_shares(ran.assign(ratio=np.exp(ran["y"])), ["p", "q", "r"])
    assert sum(shares.values()) == pytest.approx(smf.ols("y ~ C(p) + C(q) + C(r)", ran).fit().rsquared)
    flat = display.variance_shares(frame.assign(ratio=1.0, s="one"), ["p", "s"])
    assert all(math.isnan(v) for v in flat.values())


def test_a_curve_of_many_specifications_stays_readable() -> None:
    frame = pd.DataFrame(itertools.product(range(5), range(5), range(10)), columns=["lag", "list", "left out"])
    frame["ratio"] = np.exp(0.1 * frame["lag"] + 0.01 * frame["left out"])
    ax = display.specification_curve(frame.assign(primary=frame.index == 40), ["lag", "list", "left out"])
    sizes = [line.get_markersize() for line in ax.lines if len(line.get_xdata()) == 1]
    assert sorted(set(sizes)) == pytest.approx([5 / 3, 8]) and len(ax.plotted) == 250
    assert ax.shares["lag"] > 0.9 and {"explains", "0%"} <= set(texts(ax))
