"""Every estimator of events meets every unusable input with one named error that says what to do, or handles it."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats import estimators as est
from interventions_stats.errors import EstimationError, InputError, InterventionsError, RefusalError

N = 120


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
    data["y"] = (rng.random(N) < 1 / (1 + np.exp(0.6 - 0.8 * data["a"]))).astype(float)
    data["year"], data["target"] = np.repeat(np.arange(12), 10), np.tile(np.arange(10), 12)
    data["start"], data["stop"] = data["year"].astype(float), data["year"] + 1.0
    data["years"] = rng.uniform(1, 3, N)
    return data


def suited(name: str) -> pd.DataFrame:
    """The frame, with counts that vary more than Poisson's where the estimator is for those."""
    data = frame()
    if name == "negative_binomial":
        data["y"] = np.random.default_rng(0).negative_binomial(1, 0.4, N).astype(float)
    return data


LOOSE = {"allow": ("G02",)}
FORMULA = "y ~ a + b"
ESTIMATORS: dict[str, Callable] = {
    "logit": lambda d, **o: est.logit(FORMULA, d, **LOOSE, **o),
    "firth_logit": lambda d, **o: est.firth_logit(FORMULA, d, **o),
    "flic": lambda d, **o: est.firth_logit(FORMULA, d, intercept_correction="flic", **o),
    "flac": lambda d, **o: est.flac(FORMULA, d, **o),
    "rare_events_logit": lambda d, **o: est.rare_events_logit(FORMULA, d, **LOOSE, **o),
    "cloglog": lambda d, **o: est.cloglog(FORMULA, d, **LOOSE, **o),
    "cloglog_firth": lambda d, **o: est.cloglog(FORMULA, d, time="stop", firth=True, **o),
    "poisson": lambda d, **o: est.poisson(FORMULA, d, exposure="years", **o),
    "poisson_firth": lambda d, **o: est.poisson(FORMULA, d, exposure="years", firth=True, **o),
    "negative_binomial": lambda d, **o: est.negative_binomial(FORMULA, d, exposure="years", **o),
    "conditional_logit": lambda d, **o: est.conditional_logit(FORMULA, d, strata="year", **LOOSE, **o),
    "conditional_firth": lambda d, **o: est.conditional_logit(FORMULA, d, strata="year", firth=True, **o),
    "cox": lambda d, **o: est.cox(FORMULA, d, start="start", stop="stop", id="target", **o),
}
COUNTS = ("poisson", "poisson_firth", "negative_binomial")
TIMES = ("cox",)


def put(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(data: pd.DataFrame) -> pd.DataFrame:
        if isinstance(value, str):
            data[column] = data[column].astype(object)
        data.loc[3, column] = value
        return data

    return change


def few(data: pd.DataFrame) -> pd.DataFrame:
    """An event and a row without one, in one stratum."""
    both = [int(data["y"].argmax()), int(data["y"].argmin())]
    return data.iloc[both].assign(year=1, target=[0, 1], start=0.0, stop=[1.0, 2.0])


BAD: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], type[Exception], str]] = {
    "NaN in a column": (put("a", np.nan), InputError, "'a'.*row 3.*missing='drop'"),
    "inf in a column": (put("b", np.inf), InputError, "'b'.*row 3.*missing='drop'"),
    "NaN in the outcome": (put("y", np.nan), InputError, "'y'.*row 3"),
    "no events": (lambda d: d.assign(y=0.0), EstimationError, "no events"),
    "a constant column": (lambda d: d.assign(a=2.0), EstimationError, "'a'.*(constant|stratum|strata|risk)"),
    "collinear columns": (lambda d: d.assign(b=3 * d["a"] - 1), EstimationError, "'b'.*'a'.*remove"),
    "text in a column": (put("a", "low"), InputError, "'a'"),
    "text as the outcome": (lambda d: d.assign(y=np.where(d["y"] > 0, "yes", "no")), InputError, "'y'.*text"),
    "numbers stored as text": (lambda d: d.assign(a=d["a"].astype(str)), InputError, "'a'.*to_numeric"),
    "fewer rows than columns": (few, InterventionsError, "row|determine|observation|combination|constant"),
    "no rows": (lambda d: d.iloc[:0], InputError, "no rows|no row"),
    "a column that is not there": (lambda d: d.drop(columns="b"), InputError, "'b'|b"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_named_error(name: str, case: str) -> None:
    spoil, kind, message = BAD[case]
    with pytest.raises(kind, match=message):
        ESTIMATORS[name](spoil(frame()))


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
@pytest.mark.parametrize("name", [n for n in ESTIMATORS if n not in COUNTS])
def test_outcomes_that_are_not_zero_and_one(name: str) -> None:
    with pytest.raises(InputError, match="y == 2"):
        ESTIMATORS[name](frame().assign(y=lambda d: d["y"] + 1))
    if name not in TIMES:  # in a hazard every interval may end in an event
        with pytest.raises((RefusalError, EstimationError), match=r"G01|every"):
            ESTIMATORS[name](frame().assign(y=1.0))


@pytest.mark.parametrize("name", ["poisson", "poisson_firth", "negative_binomial"])
def test_exposure(name: str) -> None:
    for value in (0.0, -1.0):
        with pytest.raises(InputError, match=r"exposure must be positive.*row 3"):
            ESTIMATORS[name](put("years", value)(frame()))
    with pytest.raises(InputError, match="counts"):
        ESTIMATORS[name](frame().assign(y=lambda d: d["y"] + 0.5))


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
@pytest.mark.parametrize(
    "name", ["logit", "firth_logit", "rare_events_logit", "cloglog", "poisson", "negative_binomial"]
)
def test_one_cluster(name: str) -> None:
    with pytest.raises(RefusalError, match=r"^G11"):
        ESTIMATORS[name](suited(name).assign(same="all"), cluster="same")


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_booleans_scale_and_dropped_rows(name: str) -> None:
    data, fit = suited(name), ESTIMATORS[name]
    plain = fit(data)
    slopes = [plain.names.index("a"), plain.names.index("b")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if data["y"].max() == 1:
            assert_allclose(fit(data.assign(y=data["y"] > 0)).params, plain.params, rtol=1e-12)
        large = fit(data.assign(a=1e9 * (data["a"] + 2), b=1e-9 * data["b"]))
    assert_allclose(large.params[slopes] * [1e9, 1e-9], plain.params[slopes], rtol=1e-7)
    assert_allclose(large.pvalues[slopes], plain.pvalues[slopes], rtol=1e-5)
    holes = data.copy()
    holes.loc[[5, int(data["y"].to_numpy().nonzero()[0][0])], "a"] = np.nan
    dropped = fit(holes, missing="drop")
    kept = holes[holes["a"].notna()]
    assert_allclose(dropped.params, fit(kept).params, rtol=1e-10)
    assert dropped.n_dropped == int(holes["a"].isna().sum())
    assert dropped.n_events_total == data["y"].sum() and dropped.n_events <= kept["y"].sum()


@pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")
def test_strata_without_events_change_nothing_and_are_counted() -> None:
    data = frame()
    empty = pd.concat([data, data.iloc[:10].assign(y=0.0, year=99), data.iloc[:3].assign(y=1.0, year=100)])
    one, two = (est.conditional_logit(FORMULA, d.reset_index(drop=True), strata="year", **LOOSE) for d in (data, empty))
    assert_allclose(two.params, one.params, rtol=1e-10)
    assert two.n_events == one.n_events and two.n_events_total == one.n_events_total + 3
