"""Bad input: each kind is either handled rightly or meets one named error that says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import EstimationError, InputError, RefusalError, UnknownNameError
from interventions_stats.estimators import build_design, firth_logit, logit, poisson

N = 40
X = np.random.default_rng(0).normal(size=(N, 2))
Y = (np.arange(N) % 4 == 0).astype(float)
FRAME = pd.DataFrame(
    {"onset": Y, "oil": X[:, 0], "approval": X[:, 1], "region": list("abcd") * 10}, index=range(100, 140)
)


def with_value(value: object, row: int = 7) -> np.ndarray:
    out = X.copy()
    out[row, 1] = value
    return out


BAD_ARRAYS = {
    "missing": ({"y": Y, "X": with_value(np.nan), "names": ["oil", "gas"]}, InputError, r"'gas' has 1 missing.*row 7.*missing='drop'"),
    "infinite": ({"y": Y, "X": with_value(np.inf)}, InputError, r"'x2' has 1 missing or infinite"),
    "missing outcome": ({"y": np.where(np.arange(N) == 3, np.nan, Y), "X": X}, InputError, r"'y' has 1 missing.*row 3"),
    "no events": ({"y": Y * 0, "X": X}, EstimationError, "no events in the 40 rows"),
    "all events": ({"y": Y * 0 + 1, "X": X}, RefusalError, "^G01: every one of the 40 rows"),
    "constant": ({"y": Y, "X": np.column_stack([X, np.ones(N)])}, EstimationError, "'x3' is constant.*intercept"),
    "collinear": (
        {"y": Y, "X": np.column_stack([X, X[:, 0] - 2 * X[:, 1] + 3])}, EstimationError, "'x3' is a linear combination of 'x1', 'x2'",
    ),
    "one and two": ({"y": Y + 1, "X": X}, InputError, r"must be coded 0/1 or boolean, but holds 1, 2; use y == 2"),
    "text": ({"y": np.where(Y == 1, "yes", "no"), "X": X}, InputError, r"'y' holds text \('no', 'yes'\)"),
    "numbers as text": ({"y": Y, "X": X.astype(str)}, InputError, r"'X' holds numbers stored as text.*pandas.to_numeric"),
    "few rows": ({"y": Y[:5], "X": np.random.default_rng(1).normal(size=(5, 7))}, EstimationError, "5 rows cannot determine 8"),
    "shape": ({"y": Y[:-1], "X": X}, InputError, "'y' has 39 values for 40 rows"),
    "three dimensions": ({"y": Y, "X": X[:, :, None]}, InputError, r"X must have rows and columns"),
    "no X": ({"y": Y}, InputError, "formula and data, or y and X"),
    "both": ({"formula": "onset ~ oil", "data": FRAME, "y": Y, "X": X}, InputError, "not both"),
    "names": ({"y": Y, "X": X, "names": ["oil"]}, InputError, "names has 1 entries for 2 columns"),
    "same names": ({"y": Y, "X": X, "names": ["oil", "oil"]}, InputError, "same name"),
    "negative weights": ({"y": Y, "X": X, "weights": Y - 0.5}, InputError, "weights are negative at row 1"),
    "no weights": ({"y": Y, "X": X, "weights": Y * 0}, InputError, "all weights are zero"),
    "weights leave no events": ({"y": Y, "X": X, "weights": 1 - Y}, EstimationError, "no events"),
    "indexes": (
        {"y": pd.Series(Y), "X": pd.DataFrame(X, index=range(1, N + 1))}, InputError, "different indexes",
    ),
    "option": ({"y": Y, "X": X, "missing": "ignore"}, InputError, "Known: raise, drop"),
    "dates": ({"y": Y, "X": pd.DataFrame({"d": pd.date_range("2000", periods=N)})}, InputError, "'d' holds"),
    "objects": ({"y": Y, "X": pd.DataFrame({"d": [object()] * N})}, InputError, "'d' holds a object at row 0"),
    "empty": ({"y": [], "X": np.empty((0, 2))}, InputError, "no rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_arrays(case: str) -> None:
    arguments, error, message = BAD_ARRAYS[case]
    with pytest.raises(error, match=message):
        firth_logit(**arguments)


BAD_FRAMES = {
    "unknown column": ("onset ~ oli", FRAME, UnknownNameError, "unknown column 'oli'.*Did you mean 'oil'"),
    "text outcome": ("region ~ oil", FRAME, InputError, "'region' holds text"),
    "numbers as text": ("onset ~ oil", FRAME.assign(oil=FRAME["oil"].astype(str)), InputError, "stored as text"),
    "mixed column": ("onset ~ oil", FRAME.assign(oil=[1.0, "x"] * 20), InputError, "'oil' holds text"),
    "row is named": (
        "onset ~ oil",
        FRAME.assign(oil=FRAME["oil"].mask(Y == 1)),
        InputError,
        r"10 missing.*row 0 \(index 100\)",
    ),
    "log of zero": (
        "onset ~ log(approval)",
        FRAME.assign(approval=0.0),
        InputError,
        r"term 'log\(approval\)' is not finite at row 100",
    ),
    "no data": ("onset ~ oil", None, InputError, "needs data"),
    "duplicate columns": (
        "onset ~ oil",
        pd.concat([FRAME, FRAME[["oil"]]], axis=1),
        InputError,
        "two columns named 'oil'",
    ),
    "constant term": ("onset ~ oil + I(0 * approval)", FRAME, EstimationError, r"'I\(0 \* approval\)' is constant"),
    "unused column may be bad": (
        "onset ~ oil + region",
        FRAME.assign(region=FRAME["region"].mask(Y == 1)),
        InputError,
        "'region' has 10",
    ),
}


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_bad_frames(case: str) -> None:
    formula, data, error, message = BAD_FRAMES[case]
    with pytest.raises(error, match=message):
        firth_logit(formula, data)


def test_zero_exposure() -> None:
    with pytest.raises(InputError, match="exposure must be positive, but is 0 at row 1"):
        poisson(y=[1, 2, 3], X=[0.0, 1.0, 0.5], exposure=[1, 0, 2])
    with pytest.raises(InputError, match="counts"):
        poisson(y=[1, 2.5, 3], X=[0.0, 1.0, 0.5])
    with pytest.raises(InputError, match="no data frame was given"):
        poisson(y=[1, 2, 3], X=[0.0, 1.0, 0.5], exposure="years")


def test_dropped_rows_and_events_are_counted() -> None:
    data = FRAME.assign(oil=FRAME["oil"].mask(np.arange(N) < 6))
    fit = firth_logit("onset ~ oil + approval", data, missing="drop")
    same = firth_logit("onset ~ oil + approval", FRAME.iloc[6:])
    assert_allclose(fit.params, same.params, atol=1e-12)
    assert (fit.n, fit.n_dropped, fit.n_events, fit.n_events_total) == (34, 6, 8, 10)
    assert "6 rows were dropped for missing values; 8 of 10 events remain" in fit.summary()
    data.attrs["n_events_total"] = 25
    assert firth_logit("onset ~ oil", data, missing="drop").n_events_total == 25
    arrays = firth_logit(Y, data[["oil", "approval"]].set_axis(range(N)), missing="drop")
    assert_allclose(arrays.params, fit.params, atol=1e-12)
    with pytest.raises(InputError, match="no rows are left after dropping 40"):
        firth_logit("onset ~ oil", data.assign(oil=np.nan), missing="drop")


@pytest.mark.parametrize(
    "outcome",
    [
        Y.astype(bool),
        Y.astype(int),
        list(Y),
        pd.Series(Y).astype("boolean"),
        pd.Series(Y).astype("Int64"),
        Y.astype(object),
        Y[:, None],
    ],
    ids=["bool", "int", "list", "boolean", "Int64", "object", "column"],
)
def test_every_coding_of_the_outcome_is_one(outcome: object) -> None:
    """A boolean outcome must not flip the sign, as it does where a formula codes False as the event."""
    base = firth_logit("onset ~ oil", FRAME)
    assert_allclose(firth_logit(y=outcome, X=X[:, :1]).params, base.params, atol=1e-12)
    if not (isinstance(outcome, np.ndarray) and outcome.ndim == 2):
        frame = FRAME.assign(onset=pd.Series(outcome).set_axis(FRAME.index))
        assert_allclose(firth_logit("onset ~ oil", frame).params, base.params, atol=1e-12)


@pytest.mark.parametrize("kind", ["bool", "boolean", "Int64", "object"])
def test_predictors_of_other_dtypes_stay_numeric(kind: str) -> None:
    flag = pd.Series(X[:, 0] > 0, index=FRAME.index)
    fit = firth_logit("onset ~ flag", FRAME.assign(flag=flag.astype(kind)))
    assert fit.names == ("Intercept", "flag")
    assert_allclose(fit.params, firth_logit(y=Y, X=flag.to_numpy()).params, atol=1e-12)


def test_scale_of_1e9_keeps_every_digit() -> None:
    big = np.round(X[:, 0] * 1000)
    base, scaled = firth_logit(y=Y, X=big), firth_logit(y=Y, X=big * 1e6 + 1e9)
    assert_allclose(scaled.params[1] * 1e6, base.params[1], rtol=1e-10)
    assert_allclose(scaled.bse[1] * 1e6, base.bse[1], rtol=1e-10)
    assert_allclose(scaled.pvalues[1], base.pvalues[1], rtol=1e-9)


def test_a_year_with_its_square_and_cube_loses_no_digits() -> None:
    """Powers of a year correlate to twelve digits; the fit must be that of centred powers."""
    from interventions_stats.estimators import firth_logit_batch, logit_batch

    year = np.arange(N) + 1970.0
    raw, centred = (np.column_stack([t, t**2, t**3]) for t in (year, year - 1989.5))
    for fit in (firth_logit, lambda **a: logit(allow=("G02",), **a)):
        one, two = fit(y=Y[::-1], X=raw), fit(y=Y[::-1], X=centred)
        assert one.converged and one.design.whitening is not None and two.design.whitening is None
        assert_allclose(one.predict(), two.predict(), atol=1e-8)  # year**3 itself is rounded at 1e-16
        for what in (lambda f: f.params, lambda f: f.bse, lambda f: f.pvalues, lambda f: f.conf_int(method="profile")):
            assert_allclose(what(one)[3], what(two)[3], rtol=1e-7)
    for batch in (firth_logit_batch, logit_batch):
        outcomes = np.array([np.roll(Y, k) for k in range(4)])
        one, two = (batch(x, outcomes, full=True) for x in (raw, centred))
        assert_allclose(one.coefficients[:, 3], two.coefficients[:, 3], rtol=1e-7)
        assert_allclose(one.se[:, 3], two.se[:, 3], rtol=1e-7)
        assert_allclose(one.lr[:, 2], two.lr[:, 2], atol=1e-7)


def test_categories_no_intercept_and_attributes() -> None:
    fit = firth_logit("onset ~ C(region) + oil - 1", FRAME.assign(onset=Y[::-1]))
    assert fit.names[0].startswith("C(region)") and "Intercept" not in fit.names
    design = build_design("onset ~ poly(oil, 2) + `approval`", FRAME)
    assert design.p == 4 and design.matrix().shape == (N, 4) and design.n_events == 10
    assert_allclose(design.standardised() @ np.linalg.inv(design.back), design.matrix(), atol=1e-12)


def test_prediction_for_new_rows_repeats_the_transforms() -> None:
    fit = firth_logit("onset ~ poly(oil, 2) + center(approval)", FRAME)
    assert_allclose(fit.predict(FRAME.iloc[[3, 9]]), fit.predict()[[3, 9]], atol=1e-12)
    arrays = firth_logit(y=Y, X=X)
    assert_allclose(arrays.predict(X=X[:3]), arrays.predict()[:3], atol=1e-14)
    assert_allclose(arrays.predict(X=X[:3], offset=[0.5] * 3, kind="link"), arrays.predict(X=X[:3], kind="link") + 0.5)
    for bad, message in (({"data": FRAME}, "pass X"), ({"X": X[:, :1]}, "1 columns"), ({"X": X * np.nan}, "row 0")):
        with pytest.raises(InputError, match=message):
            arrays.predict(**bad)


def test_long_tables_are_streamed_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    from interventions_stats.engine.fit import regression

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20_000, 3)), rng.random(20_000) < 0.02
    weights, offset = rng.integers(0, 3, 20_000).astype(float), rng.normal(size=20_000) * 0.1
    fits = [(f, {"y": y, "X": x, "weights": weights, "offset": offset}) for f in (logit, firth_logit, poisson)]
    small = [f(**a) for f, a in fits]
    monkeypatch.setattr(regression, "STREAM_ELEMENTS", 0)
    for (f, a), other in zip(fits, small, strict=True):
        fit = f(**a)
        assert_allclose(fit.params, other.params, atol=1e-10)
        assert_allclose(fit.cov, other.cov, rtol=1e-8)
        assert_allclose(fit.loglik, other.loglik, rtol=1e-12)
    assert_allclose(firth_logit(y=y, X=x).conf_int(), firth_logit(y=y, X=x).conf_int(), atol=0)
    with pytest.raises(EstimationError, match="'x3' is a linear combination of 'x1', 'x2'"):
        logit(y=y, X=np.column_stack([x[:, :2], x[:, 0] + x[:, 1]]))


def test_terms_the_intercept_and_the_units_of_a_design() -> None:
    design = build_design("onset ~ oil + approval", FRAME)
    assert design.names == ("Intercept", "oil", "approval") and design.intercept and (design.n, design.p) == (N, 3)
    assert_allclose(design.matrix(), np.column_stack([np.ones(N), X]))
    bare = build_design("onset ~ oil + approval - 1", FRAME)
    assert bare.names == ("oil", "approval") and not bare.intercept
    assert_allclose(bare.matrix(), X) and np.allclose(bare.standardised() / (X / bare.scale), 1)
    for d in (design, bare, build_design(y=Y, X=X * [1, 20] + [0, 999]), build_design(y=Y, X=X, intercept=False)):
        assert_allclose(d.standardised() @ np.linalg.inv(d.back), d.matrix(), atol=1e-9)
        assert_allclose(d.standardised(slice(3, 7)), d.standardised()[3:7])
        assert d.log_volume == pytest.approx(np.linalg.slogdet(d.back)[1])
    weighted = build_design(y=Y, X=X, weights=np.arange(N) % 3)
    assert weighted.n_events == Y @ (np.arange(N) % 3) and design.n_events == Y.sum()
    late = build_design("onset ~ oil + 1 + approval", FRAME)
    assert late.names == ("Intercept", "oil", "approval")


def test_exposures_offsets_and_further_columns() -> None:
    years, offset = np.linspace(1, 3, N), np.linspace(-1, 1, N)
    frame = FRAME.assign(years=years, offset=offset, end=years + 5, region=list("dcba") * 10)
    both = build_design("onset ~ oil", frame, exposure="years", offset="offset", kind="count")
    assert_allclose(both.offset, np.log(years) + offset)
    alone = build_design("onset ~ oil", frame, exposure="years", kind="count")
    assert_allclose(alone.offset, np.log(years))
    assert build_design("onset ~ oil", frame).offset is None
    more = build_design("onset ~ oil", frame, groups={"strata": "region"}, numbers={"stop": "end"}, cluster="region")
    assert_allclose(more.numbers["stop"], years + 5) and set(more.numbers) == {"stop"}
    assert set(more.groups) == {"strata"} and more.cluster is not None
    for found in (more.groups["strata"], more.cluster):
        assert len(np.unique(found)) == 4 and (found[0] == found[4::4]).all()
    holes = frame.assign(end=frame["end"].mask(np.arange(N) == 5), region=frame["region"].mask(np.arange(N) == 9))
    kept = build_design("onset ~ oil", holes, groups={"strata": "region"}, numbers={"stop": "end"}, missing="drop")
    assert (kept.n, kept.n_dropped) == (N - 2, 2) and len(kept.groups["strata"]) == len(kept.numbers["stop"]) == N - 2
    assert build_design("onset ~ oil", {"onset": Y, "oil": X[:, 0]}).p == 2  # a mapping is a frame


def test_the_outcomes_of_dropped_rows_count_among_all_events() -> None:
    x = X[:, 0].copy()
    x[[0, 1]] = np.nan  # an event and a row without one
    arrays = build_design(y=Y, X=x, missing="drop")
    frame = build_design("onset ~ oil", FRAME.assign(oil=x), missing="drop")
    for d in (arrays, frame):
        assert (d.n, d.n_dropped, d.n_events, d.n_events_total) == (N - 2, 2, 9, 10)
    unknown = build_design(y=np.where(np.arange(N) == 4, np.nan, Y), X=X, missing="drop")
    assert (unknown.n_events, unknown.n_events_total, unknown.n_dropped) == (9, 9, 1)
    ordered = build_design("onset ~ oil", FRAME.reset_index(drop=True).assign(oil=x), missing="drop")
    assert ordered.n == N - 2
    with pytest.raises(InputError, match=r"the first at row 0; fill"):
        build_design("onset ~ oil", FRAME.reset_index(drop=True).assign(oil=x))
    text = FRAME.assign(region=pd.Categorical(FRAME["region"]).set_categories(["a", "b", "c"]))
    with pytest.raises(InputError, match="'region' has 10 missing"):
        build_design("onset ~ region", text)
    assert build_design("onset ~ C(region)", text, missing="drop").n == 30
