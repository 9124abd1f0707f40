"""Labels beat positions, containers are read whole, single arguments are what they say: the rules of the one intake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import interventions_stats as ist
from interventions_stats import estimators as est
from interventions_stats.engine.intake.containers import codes, pick, read_array, read_column, read_frame, read_table
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.names import check_allowed, check_names
from interventions_stats.engine.intake.numbers import as_floats
from interventions_stats.engine.intake.scalars import check_flag, check_level, check_seed, check_whole
from interventions_stats.errors import InputError

N = 120
_rng = np.random.default_rng(3)
DATA = pd.DataFrame(
    {"x": _rng.normal(size=N), "t": _rng.integers(1, 10, N).astype(float), "g": np.repeat(np.arange(20), 6)}
)
DATA["y"] = (_rng.random(N) < 1 / (1 + np.exp(1 - DATA["x"]))).astype(int)
DATA["c"] = _rng.poisson(np.exp(-0.5 + 0.5 * DATA["x"]) * DATA["t"])
SHUFFLED = DATA.sample(frac=1, random_state=1)  # the same rows under the same labels

BESIDE = {
    "exposure": lambda d: est.poisson("c ~ x", DATA, exposure=d["t"]),
    "weights": lambda d: est.firth_logit("y ~ x", DATA, weights=d["t"]),
    "weights of flac": lambda d: est.flac("y ~ x", DATA, weights=d["t"]),
    "offset": lambda d: est.cloglog("y ~ x", DATA, offset=np.log(d["t"])),
    "time": lambda d: est.cloglog("y ~ x", DATA.drop(columns="t"), time=d["t"], firth=True),
    "strata": lambda d: est.conditional_logit("y ~ x", DATA, strata=d["g"]),
    "stop": lambda d: est.cox("y ~ x", DATA, stop=d["t"]),
    "cluster": lambda d: est.logit("y ~ x", DATA, cluster=d["g"]),
    "y": lambda d: est.logit(y=d["y"], X=DATA[["x"]]),
    "weights of arrays": lambda d: est.logit(y=DATA["y"], X=DATA[["x"]], weights=d["t"]),
    "time of arrays": lambda d: est.cloglog(y=DATA["y"], X=DATA[["x"]], time=d["t"], firth=True),
    "a dictionary of columns": lambda d: est.logit("y ~ x", {"y": DATA["y"], "x": d["x"]}),
}  # fmt: skip


@pytest.mark.parametrize("role", BESIDE)
def test_what_carries_labels_is_matched_by_them(role: str) -> None:
    call = BESIDE[role]
    same, found = call(DATA), call(SHUFFLED)
    assert_allclose(found.params, same.params, rtol=1e-9)
    assert_allclose(found.bse, same.bse, rtol=1e-9)
    for other in (DATA.set_axis(DATA.index + 1), DATA.set_axis(DATA.index // 2), DATA.iloc[:-1]):
        with pytest.raises(InputError, match=r"index|label|values"):
            call(other)


def test_the_rule_of_labels() -> None:
    rows = Labels()
    assert rows.order(None, "a") is None and rows.order(pd.Index([3, 1, 2]), "a") is None
    assert rows.order(pd.Index([3, 1, 2]), "b") is None
    assert rows.order(pd.Index([1, 2, 3]), "b").tolist() == [2, 0, 1]
    with pytest.raises(InputError, match=r"'b' and 'a' have different indexes; it has no row labelled '1'"):
        rows.order(pd.Index([3, 9, 2]), "b")
    with pytest.raises(InputError, match="4 labelled rows and 'a' 3; there is no row for its label '7'"):
        rows.order(pd.Index([3, 1, 2, 7]), "b")
    with pytest.raises(InputError, match="label '1' of 'b' repeats"):
        rows.order(pd.Index([1, 1, 2]), "b")
    twice = Labels()
    assert twice.order(pd.Index([1, 1]), "a") is None and twice.order(pd.Index([1, 1]), "b") is None  # identical
    time = Labels()
    time.order(pd.Index([2, 1]), "series", "period")
    with pytest.raises(InputError, match="'series' is not in that of its labels"):
        time.order(pd.Index([1, 2]), "onsets", "period")


def test_series_and_panels_of_the_shift_tests_are_matched_by_period_and_target() -> None:
    months = pd.period_range("2000-01", periods=60, freq="M")
    series = pd.Series(_rng.normal(size=60), index=months)
    onsets, leader = (
        pd.Series((np.arange(60) % 11 == 3).astype(int), index=months),
        pd.Series(np.arange(60) // 30, index=months),
    )
    plain = ist.circular_shift_test(series.to_numpy(), onsets.to_numpy(), leader.to_numpy())
    found = ist.circular_shift_test(series, onsets[::-1], leader.sample(frac=1, random_state=0))
    assert found.p_two_sided == plain.p_two_sided and found.strata == plain.strata
    with pytest.raises(InputError, match=r"no row labelled '2000-01'"):
        ist.circular_shift_test(series, pd.Series(onsets.to_numpy(), index=months + 6))
    panel, hits = pd.DataFrame(_rng.normal(size=(4, 12)), list("abcd"), range(2000, 2012)), np.zeros((4, 12))
    hits[[0, 2], [3, 7]] = 1
    hits = pd.DataFrame(hits, panel.index, panel.columns)
    test = ist.inference.within_target_shift_test
    other = hits.loc[list("dbca"), list(range(2011, 1999, -1))]
    assert test(panel, other).p_greater == test(panel.to_numpy(), hits.to_numpy()).p_greater
    with pytest.raises(InputError, match="no row labelled 'a'"):
        test(panel, hits.rename({"a": "z"}))


@pytest.mark.parametrize(
    ("values", "floats"),
    [
        (np.array([True, False]), [1, 0]),
        (pd.Series([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
        (pd.Series([True, None], dtype="boolean"), [1, np.nan]),
        ([1, None, np.float32(2), True, pd.NA, pd.NaT], [1, np.nan, 2, 1, np.nan, np.nan]),
        (pd.Categorical([3, 1, 3]), [3, 1, 3]),
        (np.ma.MaskedArray([1, 2, 3], mask=[0, 1, 0]), [1, np.nan, 3]),
        ((v for v in (1, 2)), [1, 2]),
        ({1: 5.0, 2: 6.0}.values(), [5, 6]),
    ],
)  # fmt: skip
def test_numbers_of_any_make(values: object, floats: list[float]) -> None:
    assert_allclose(as_floats(read_column(values, "x").values, "x"), floats)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array(["1.5", "2"]), r"numbers stored as text \('1.5'\).*to_numeric"),
        (np.array(["low", "high", "low"]), r"holds text \('high', 'low'\)"),
        (pd.Series(["1", None, "x"]), r"holds text \('1', 'x'\)"),
        (["a", 1], "text"),
        (np.array(["2020-01-01"], dtype="datetime64[ns]"), "holds dates"),  # whole numbers of nanoseconds, as objects
        (np.array([5], dtype="timedelta64[ns]"), "holds lengths of time"),
        ([1, (2, 3)], "unequal length, the first at row 1"),
        (np.array([1 + 2j]), "complex numbers"),
        (pd.Series([1, {2}], dtype=object), "holds a set at row 1"),
        ([10**400], "too large at row 0"),
        ({1.0, 2.0}, "a set has no order"),
        ("ab", "values in rows, not 'ab'"),
        ([pd.Series([1.0])], "labels would be lost"),
    ],
)
def test_what_is_no_number_is_named(values: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_floats(read_column(values, "x").values, "x")


def test_tables_keep_names_and_labels() -> None:
    frame = pd.DataFrame({"a": [1.0, 2], 7: [3.0, 4]}, index=["p", "q"])
    table = read_table(frame, "X")
    assert table.names == ["a", "7"] and table.index is frame.index and table.floats("X").tolist() == [[1, 3], [2, 4]]
    by_label = read_table({"a": frame["a"], "b": frame["a"][::-1]}, "X")
    assert by_label.floats("X").tolist() == [[1, 1], [2, 2]]
    records = np.array([(1, 2.0)], dtype=[("u", int), ("v", float)])
    assert read_frame(records).columns.tolist() == ["u", "v"] and read_table(records, "X").floats("X").tolist() == [
        [1, 2]
    ]
    values, axes = read_array(frame, "exposure", 2)
    assert_array_equal(values, frame.to_numpy()) and axes[0] is frame.index and axes[1] is frame.columns
    for wrong, message in (([1, 2], "data frame"), ({"a": [1], "b": [1, 2]}, "'b' of data has 2 values"), ({}, "no columns"),
                           (pd.DataFrame([[1, 2]], columns=["0", 0]), "two columns named '0'")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            read_frame(wrong)
    assert pick(frame, "a", "weights").name == "a" and pick(None, [1], "weights").name == "weights"
    with pytest.raises(InputError, match="no data frame"):
        pick(None, "a", "weights")


def test_labels_of_groups_stay_apart_and_missing_ones_are_known() -> None:
    assert codes(np.array([7, 3, 7]), "g")[0].tolist() == [1, 0, 1]
    for values in (
        ["b", None, "a", "b"],
        ["b", np.nan, "a", "b"],
        np.ma.MaskedArray(["b", "z", "a", "b"], mask=[0, 1, 0, 0]),
    ):
        found, groups = codes(read_column(values, "g").values, "g")
        assert found.tolist() == [0, -1, 1, 0] and groups == ["b", "a"]
    assert codes(read_column([1, "1"], "g").values, "g")[0].tolist() == [0, 1]  # a number is not its text
    with pytest.raises(InputError, match="cannot be told apart"):
        codes(read_column(pd.Series([[1], [2, 3]]), "g").values, "g")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_level("power", 80), "Write 0.8 for 80 per cent"),
        (lambda: check_level("power", float("nan")), "power is NaN"),
        (lambda: check_flag("firth", 1), "firth must be True or False, not 1"),
        (lambda: check_seed(-1), "seed must be a whole number of at least 0"),
        (lambda: check_whole("k", 2.5), "k must be a whole number from 0"),
        (lambda: check_names("names", "ab"), "values in rows, not 'ab'"),
        (lambda: check_names("names", ["a", "a"]), "the same name 'a' twice"),
        (lambda: check_names("names", ["a"], 2), "names has 1 entries for 2 columns"),
        (lambda: check_allowed("G02", ("G02",)), "not 'G02'"),
        (lambda: check_allowed(["G05"], ("G02",)), "allow accepts a list of 'G02', not 'G05'"),
        (lambda: est.logit(y=[0, 1] * 5, X={"Intercept": np.arange(10.0)}), "'Intercept', which the model adds"),
        (lambda: ist.rally(pd.Series([1.0], pd.period_range("2000-01", periods=1, freq="M")), ["foo"]), "'foo' is no time"),
    ],
)  # fmt: skip
def test_single_arguments_are_what_they_say(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(
    "name", ["a b", "log", "I", "C", "Q", "np", "class", "é", "变量", "a:b", "x.y", "0", "{a}", "a'b"]
)
def test_a_column_of_any_name_is_in_the_fit(name: str) -> None:
    found = est.firth_logit(f"y ~ `{name}`", DATA.rename(columns={"x": name}))
    assert_allclose(found.params, est.firth_logit("y ~ x", DATA).params)


@pytest.mark.parametrize(
    ("formula", "names"),
    [("y ~ `1`", {"x": "1"}), ("y ~ I(`None`)", {"x": "None"}), ("y ~ `` + t", {"x": ""}), ("y ~ I(`ﬁ`) + t", {"x": "ﬁ", "t": "fi"}),
     ("y ~ `x:t` + x:t", {"g": "x:t"}), ("y ~ exp(x, t)", {}), ("y ~ exp(x, out=t)", {})],
)  # fmt: skip
def test_a_name_that_would_be_read_as_something_else_is_refused(formula: str, names: dict[str, str]) -> None:
    data = DATA.rename(columns=names)
    kept = data.copy(deep=True)
    with pytest.raises(InputError):
        est.firth_logit(formula, data)
    pd.testing.assert_frame_equal(data, kept)
