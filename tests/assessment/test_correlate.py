"""``correlate`` on the bundled data against scipy on the same rows, its doors and its refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import interventions_stats as ist
from interventions_stats.errors import EstimationError, InputError, RefusalError, UnknownNameError


def test_approval_and_onset_months_are_those_of_the_panel():
    panel = ist.panel(ist.load_events(), covariates=["approval"], lag=1, start="2000-02", end="2020-12")
    rows = panel[panel["approval"].notna()]
    expected = stats.spearmanr(rows["approval"], rows["onsets"] > 0)
    found = ist.correlate("W1")
    row = found.tidy().set_index("method").loc["spearman"]
    assert (row["estimate"], row["p_value"]) == pytest.approx((expected.statistic, expected.pvalue))
    assert (round(row["estimate"], 2), round(row["p_value"], 2)) == (0.05, 0.44)
    assert row[["n_onsets", "n_events", "n_events_total", "definition"]].tolist() == [9, 10, 25, "reconstructed"]
    assert row["expected"] == "-"
    assert "0.05" in found.sentence() and "10" not in found.tidy()["reason"].iloc[0]
    assert max(map(len, found.summary().splitlines())) <= 100


def test_all_drivers_have_a_row_and_holm_over_them():
    frame = ist.correlate("all", method="spearman").tidy()
    assert {"E1", "W1", "S2", "B2", "T2", "P1"} <= set(frame["term"])
    tested = frame[frame["p_value"].notna()]
    assert (tested["p_holm"] >= tested["p_value"]).all() and tested["p_holm"].max() == 1.0
    assert frame.loc[frame["p_value"].isna(), "reason"].str.len().gt(10).all()


def test_a_series_of_ones_own_beside_a_list_and_beside_plain_onsets():
    rng = np.random.default_rng(0)
    months = pd.period_range("1992-01", "2020-12", freq="M")
    mine = pd.DataFrame({"month": months.astype(str), "mood": rng.normal(size=len(months))})
    listed = ist.correlate(mine, ist.load_events(), method="spearman", lag=2).tidy().iloc[0]
    by_hand = ist.panel(ist.load_events(), covariates=["mood"], series=mine, lag=2)
    by_hand = by_hand[by_hand["mood"].notna()]
    assert listed["estimate"] == pytest.approx(stats.spearmanr(by_hand["mood"], by_hand["onsets"] > 0).statistic)
    x, y = rng.normal(size=60), np.r_[np.zeros(50), np.ones(10)]
    plain = ist.correlate(x, y, lag=1, method="spearman").tidy().iloc[0]
    assert plain["estimate"] == pytest.approx(stats.spearmanr(x[:-1], y[1:]).statistic)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ist.correlate("W1", lag=0), RefusalError, "G05"),
        (lambda: ist.correlate("W1", method="pearson"), UnknownNameError, "spearman"),
        (lambda: ist.correlate("L1"), InputError, "no covariate"),
        (lambda: ist.correlate("W11"), UnknownNameError, "W1"),
        (lambda: ist.correlate("F2"), EstimationError, "frozen as not testable"),
        (lambda: ist.correlate(np.arange(3.0), np.ones(3), lag=5), InputError, "more periods than the lag"),
        (lambda: ist.correlate(None), InputError, "nothing to correlate"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_figure_shows_every_method():
    ax = ist.correlate("W1").plot()
    assert len(ax.get_yticklabels()) == 4
