"""The rally module finds the rallies of the record; the diversion test does not count them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import interventions_stats as ist
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.permutation.circular import circular_shift_test
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.rally import rally
from interventions_stats.primary.question import Question


@pytest.fixture(scope="module")
def thatcher(published) -> pd.Series:
    table = published("thatcher")
    return pd.Series(table["thatcher_sat"].to_numpy(float), index=pd.PeriodIndex(table["date"].str[:7], freq="M"))


@pytest.fixture(scope="module")
def american(published) -> pd.Series:
    table = published("us_approval_wooldridge")
    months = [f"{y}-{m:02d}" for y, m in zip(table["year"], table["month"], strict=True)]
    return pd.Series(table["approve"].to_numpy(float), index=pd.PeriodIndex(months, freq="M"))


def test_falklands_1982(thatcher) -> None:
    assert thatcher["1982-03":"1982-06"].tolist() == [36, 41, 56, 59]
    found = rally(thatcher, ["1982-04"])
    assert found.found and 10 < found.jump < 30
    path = found.path.set_index("offset")
    assert path.loc[2, "mean"] - path.loc[-1, "mean"] == 59 - 36
    assert path.loc[2, "mean"] > path.loc[2, "high"] and path.loc[-1, "mean"] <= path.loc[-1, "high"]


@pytest.mark.parametrize(
    ("onset", "before", "after", "least"), [("2001-09", 56.85, 85.60, 25), ("2003-04", 58.97, 70.30, 8)]
)
def test_united_states_2001_and_2003(american, onset, before, after, least) -> None:
    """The war on Iraq began on 20 March 2003, after the polls of that month: the rally is in April."""
    period = pd.Period(onset, "M")
    assert (american[period - 1], american[period]) == pytest.approx((before, after))
    found = rally(american, [onset])
    assert found.found and found.jump > least
    both = rally(american, ["2001-09", "2003-04"])
    assert both.found and len(both.tidy()) == 3


def test_the_diversion_test_does_not_count_them(thatcher, american) -> None:
    """Low support at lag 1 is what diversion predicts; a rally is what follows.

    The six months after each onset are masked, as G06 asks: a rally as large as that of 2001 lifts the trend of its years,
    so that the month before it looks low beside it (unmasked p .04 with the trend removed, .68 without).
    """
    for series, onsets in ((thatcher, ["1982-04"]), (american, ["2001-09", "2003-04"]), (american, ["2003-04"])):
        low = -series.shift(1).dropna()
        counts = np.isin(low.index.astype(str), onsets).astype(float)
        assert counts.sum() == len(onsets)
        kept = np.convolve(counts, np.r_[0.0, np.ones(6)])[: len(counts)] == 0
        assert (
            circular_shift_test(low[kept].to_numpy(), counts[kept], detrend="linear", studentise=True).p_greater > 0.05
        )
        at_onset = -series[low.index]  # lag 0, where the rally passes for evidence against diversion
        lagged, same = (circular_shift_test(x.to_numpy(), counts).p_greater for x in (low, at_onset))
        assert 0.05 < lagged < same


def test_the_proposition_is_not_supported_by_them(american) -> None:
    frame = pd.DataFrame({"start": ["2001-10-07", "2003-03-20"], "where": ["AFG", "IRQ"]})
    events = ist.EventList.from_frame(frame, actor="USA", target="where", coverage=(2001, 2007))
    series = pd.DataFrame({"month": american.index.astype(str), "approval": american.to_numpy()})
    prop = PROPOSITIONS["W1"].with_(start="2001-03", end="2007-07", strata="none", needs=())
    from interventions_stats.assessment.assess import Gathered, judge

    result = judge(
        Gathered(evidence=gather(Question(prop, events, series=series, draws=999)), robustness=None, by_type={})
    )
    assert result.verdict == "not_testable" and result.evidence.n_identifying == 2  # fewer than four onsets


def test_crimea_2014_is_a_rally_and_georgia_2008_is_reported() -> None:
    table = ist.datasets.load("approval_russia")
    series = pd.Series(
        table["approve"].to_numpy(float), index=pd.PeriodIndex(table["month"].astype(str).str[:7], freq="M")
    )
    crimea, georgia = rally(series, ["2014-03"]), rally(series, ["2008-08"])
    assert crimea.found and crimea.jump > 8
    assert np.isfinite(georgia.interval).all() and georgia.jump < crimea.jump


def test_jump_and_errors_are_those_of_a_regression_with_hac_errors() -> None:
    """One onset: statsmodels OLS with Newey-West errors and its small-sample factor."""
    rng = np.random.default_rng(6)
    y = 50 + rng.standard_normal(60).cumsum()
    series = pd.Series(y, index=pd.period_range("2000-01", periods=60, freq="M"))
    found = rally(series, ["2002-06"], window=8, lags=3)
    at = 29
    block, offset = y[at - 8 : at + 9], np.arange(-8, 9)
    X = np.column_stack([np.ones(17), offset, offset >= 0])
    fit = sm.OLS(block, X).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
    row = found.tidy().iloc[0]
    assert (row["estimate"], row["std_error"]) == pytest.approx((fit.params[2], fit.bse[2]), rel=1e-9)
    assert found.jump == pytest.approx(row["estimate"])  # one onset is all of them


def test_two_equal_onsets_give_their_mean_and_a_smaller_error() -> None:
    rng = np.random.default_rng(1)
    y = 40 + rng.standard_normal(100)
    y[30:] += 5
    y[70:] += 5
    series = pd.Series(y, index=pd.period_range("1990-01", periods=100, freq="M"))
    found = rally(series, ["1992-07", "1995-11"])
    table = found.tidy()
    assert table["estimate"].iloc[2] == pytest.approx(table["estimate"].iloc[:2].mean())
    assert found.interval[0] < 5 < found.interval[1] and found.found


def test_what_cannot_be_measured_is_named() -> None:
    months = pd.period_range("2000-01", periods=24, freq="M")
    series = pd.Series(np.arange(24.0), index=months)
    found = rally(series, ["2001-01", "2001-11"])
    assert list(found.left_out) == ["2001-11"] and found.glance()["n_dropped"].item() == 1
    gap = series.copy()
    gap["2001-03"] = np.nan
    with pytest.raises(EstimationError, match="2001-01: the series has a gap around it"):
        rally(gap, ["2001-01"])
    with pytest.raises(InputError, match="two values for 2000-01"):
        rally(pd.concat([series, series.iloc[:1]]), ["2001-01"])
    with pytest.raises(InputError, match="window must be a whole number of at least 3"):
        rally(series, ["2001-01"], window=2)
    with pytest.raises(EstimationError, match="no onset was given"):
        rally(series, [])


@pytest.mark.parametrize(
    ("onset", "message"),
    [
        (2005, "spans several periods"),
        ("2005", "spans several periods"),
        (pd.Period("2005Q1"), "spans several periods"),
        ("foo", "is no time"),
        (None, "is no time"),
        (10**20, "is no time"),
    ],
)
def test_an_onset_is_one_period_of_the_series(onset: object, message: str) -> None:
    months = pd.period_range("2000-01", periods=120, freq="M")
    approval = pd.Series(np.arange(120.0) % 7, months)
    for same in (
        "2005-03",
        "2005-03-18",
        pd.Timestamp("2005-03-18"),
        pd.Period("2005-03-18"),
        np.datetime64("2005-03"),
    ):
        assert rally(approval, [same]).jumps["term"][0] == "2005-03"
    with pytest.raises(InputError, match=message):
        rally(approval, [onset])
    with pytest.raises(InputError, match="infinite at 2000-01"):
        rally(approval.where(approval > 0, np.inf), ["2005-03"])
    with pytest.raises(InputError, match="several levels"):
        rally(approval.set_axis(pd.MultiIndex.from_product([[0], months])), ["2005-03"])
