"""Agreement of coders: Cohen's and Krippendorff's own examples, statsmodels, and the two bundled codings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.datasets import load
from interventions_stats.engine.bounds.agreement import cohen_kappa, krippendorff_alpha
from interventions_stats.errors import InputError

_ = None
# Krippendorff (2011), Computing Krippendorff's alpha-reliability: sections A, B and C.
BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
NOMINAL = [list("aabbdcccedda"), list("babbbccceddd")]
FOUR = [[1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _]]  # fmt: skip
# Cohen (1960), two judges and 200 cases: kappa .492, agreement .70, by chance .41.
COHEN = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])


@pytest.mark.parametrize(("codings", "alpha"), [(BINARY, 0.095), (NOMINAL, 0.692), (FOUR, 0.743)])
def test_krippendorffs_own_examples(codings, alpha) -> None:  # type: ignore[no-untyped-def]
    assert krippendorff_alpha(codings) == pytest.approx(alpha, abs=5e-4)


def test_cohens_own_example_and_statsmodels() -> None:
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    a, b = np.repeat([(i, j) for i in range(3) for j in range(3)], COHEN.ravel(), axis=0).T
    found = cohen_kappa(a, b)
    assert (found.kappa, found.observed, found.expected) == pytest.approx((0.492, 0.70, 0.41), abs=5e-4)
    theirs = inter_rater.cohens_kappa(COHEN)
    assert (found.kappa, found.se) == pytest.approx((theirs.kappa, theirs.std_kappa), abs=1e-12)


def test_limits() -> None:
    assert cohen_kappa([1, 2, 1], [1, 2, 1]).kappa == 1 and krippendorff_alpha([[1, 2, 1], [1, 2, 1]]) == 1
    assert math.isnan(cohen_kappa([1, 1], [1, 1]).kappa) and math.isnan(krippendorff_alpha([[1, 1], [1, 1]]))
    assert cohen_kappa([1, 2], [2, 1]).kappa == -1
    for bad in (lambda: cohen_kappa([1], [1, 2]), lambda: cohen_kappa([None], [1]), lambda: krippendorff_alpha([[1, 2]]),
                lambda: krippendorff_alpha([[1, None], [None, 1]])):  # fmt: skip
        with pytest.raises(InputError):
            bad()


@pytest.fixture(scope="module")
def codings() -> tuple[pd.DataFrame, pd.DataFrame]:
    both = load("decision_context")
    return both[both["coder"] == "a"], both[both["coder"] == "b"]


def test_the_two_bundled_codings(codings) -> None:  # type: ignore[no-untyped-def]
    a, b = codings
    whole = ist.agreement(a, b)
    rows = whole.table.set_index("column")
    assert rows.loc["frame", ["agree", "kappa"]].astype(float).round(2).tolist() == [0.84, 0.77]
    assert (
        rows.loc[["activity", "authority", "host_consent", "new_force", "side_supported", "trigger"], "kappa"] >= 0.91
    ).all()
    listed = ist.agreement(a[a.case_id.str.startswith("R")], b[b.case_id.str.startswith("R")], "frame")
    assert listed.table[["agree", "kappa"]].iloc[0].round(2).tolist() == [0.80, 0.70] and listed.n == 25
    differ = whole.disagreements
    assert len(differ[differ["column"] == "frame"]) == round((1 - rows.loc["frame", "agree"]) * 43)
    assert whole.dates["n"].iloc[0] > 30 and 0 < whole.dates["same"].iloc[0] <= whole.dates["close"].iloc[0] <= 1


def test_cases_are_matched_by_their_label_and_never_by_position(codings) -> None:  # type: ignore[no-untyped-def]
    a, b = codings
    moved = ist.agreement(a, b.sample(frac=1, random_state=1)).table
    assert moved.equals(ist.agreement(a, b).table)
    less = ist.agreement(a, b.iloc[3:], "frame")
    assert less.n == 40 and len(less.only_a) == 3 and "first coding alone" in less.summary()


def test_lists_are_compared_and_the_reliability_reaches_the_bound() -> None:
    events = ist.load_events()
    other = events.recode("R05", activity="combat").recode("R10", start="2004-12")
    found = ist.agreement(events, other.drop("R25"))
    assert found.only_a == ("R25",) and found.table.set_index("column").loc["activity", "agree"] == pytest.approx(
        23 / 24
    )
    assert found.disagreements[["case", "column"]].values.tolist() == [["R10", "start"], ["R05", "activity"]]
    less = found.onto(events, "activity")
    alpha = found.reliability("activity")
    assert less.frame["confidence"].tolist() == [alpha] * 25 and alpha < 1
    own = ist.test("W1", events=less, quick=True, robustness=False).evidence
    assert own.frontier_adjusted == pytest.approx(own.frontier / round(alpha, 2))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": "frames"}, "unknown column 'frames'"),
        ({"label": "case"}, "the column 'case'"),
        ({"columns": []}, "at least one column"),
    ],
)
def test_what_cannot_be_compared_is_named(codings, change, says) -> None:  # type: ignore[no-untyped-def]
    a, b = codings
    with pytest.raises(InputError, match=says):
        ist.agreement(a, b, **change)


def test_cases_coded_twice_or_not_shared_are_refused(codings) -> None:  # type: ignore[no-untyped-def]
    a, b = codings
    with pytest.raises(InputError, match="more than once"):
        ist.agreement(pd.concat([a, a]), b)
    with pytest.raises(InputError, match="no case in common"):
        ist.agreement(a.iloc[:2], b.iloc[5:7])
    with pytest.raises(InputError):
        ist.agreement(None, b)
