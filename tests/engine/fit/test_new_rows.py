"""New rows are matched by name, and a level, a column or a value that the fit cannot place is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import interventions_stats as ist
from interventions_stats import estimators as est
from interventions_stats.errors import InputError

N = 400
RNG = np.random.default_rng(7)
D = pd.DataFrame(
    {
        "x": RNG.normal(3, 2, N),
        "z": RNG.normal(size=N),
        "r": RNG.choice(["asia", "europe", "africa"], N),
        "m": RNG.integers(0, 3, N),
        "b": RNG.random(N) < 0.5,
        "my col": RNG.choice(["u", "v"], N),
    }
)
D["y"] = (RNG.random(N) < 1 / (1 + np.exp(1 - 0.3 * D["x"] + 0.5 * (D["r"] == "asia")))).astype(int)
D["c"] = pd.Categorical(D["r"], categories=["europe", "asia", "africa"])
ROW = D.iloc[[5]]
FIT = est.firth_logit("y ~ x + r + C(m) + b + `my col`", D)
ARRAYS = est.firth_logit(y=D["y"], X=D[["x", "z"]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"r": "oceania"}, r"column 'r' holds 'oceania' at row 0 \(index 5\), which is none of the levels of 'r'"),
        ({"r": None}, r"column 'r' is missing or infinite at row 0 \(index 5\)"),
        ({"r": 3}, "column 'r' holds 3.0 at row 0"),
        ({"r": pd.Categorical(["mars"])}, "'r' holds 'mars'"),
        ({"m": 7}, r"column 'm' holds 7.0 at row 0 .*'C\(m\)'"),
        ({"m": np.nan}, "column 'm' is missing"),
        ({"my col": "w"}, "column 'my col' holds 'w'"),
        ({"x": np.inf}, "column 'x' is missing or infinite"),
        ({"x": "12"}, "column 'x' holds numbers stored as text"),
        ({"b": "no"}, "column 'b' of the new rows holds no numbers"),
    ],
)
def test_what_the_fit_cannot_place_is_named(change, message):
    with pytest.raises(InputError, match=message):
        FIT.predict(ROW.assign(**change))


@pytest.mark.parametrize("formula", ["y ~ x + r", "y ~ 0 + r + x", "y ~ C(r, Sum()) * x", "y ~ x + c", "y ~ C(Q('r'))"])
@pytest.mark.parametrize("make", [est.logit, est.cloglog, est.rare_events_logit])
def test_no_level_is_folded_into_the_reference(formula, make):
    if make is est.rare_events_logit and " 0 " in formula:
        pytest.skip("needs an intercept")
    fit = make(formula, D)
    assert_allclose(fit.predict(D.iloc[::-1]), fit.predict()[::-1], rtol=1e-10)
    with pytest.raises(InputError, match="oceania"):
        fit.predict(ROW.assign(r="oceania", c="oceania"))


@pytest.mark.parametrize("levels", ['["europe", "asia"]', '["Europe", "asia", "africa"]'])
def test_a_level_left_out_of_a_formula_is_named_at_the_fit(levels):
    with pytest.raises(InputError, match=r"column 'r' holds '\w+' at row \d+, which is none of the levels of"):
        est.logit(f"y ~ x + C(r, levels={levels})", D)
    with pytest.raises(InputError, match="a level of a computed factor"):
        est.logit("y ~ C(np.sign(z))", D[D["z"] != 0]).predict(ROW.assign(z=0))


def test_columns_of_the_new_rows_are_matched_by_name():
    wide = D[["z", "y", "x"]].iloc[:7].assign(more="text")
    assert_allclose(ARRAYS.predict(X=wide), ARRAYS.predict()[:7], rtol=1e-12)
    assert_allclose(ARRAYS.predict(X={"z": wide["z"], "x": wide["x"]}), ARRAYS.predict()[:7], rtol=1e-12)
    assert_allclose(ARRAYS.predict(X=D.iloc[3][["z", "x"]]), ARRAYS.predict()[[3]], rtol=1e-12)
    assert_allclose(FIT.predict(dict(D.iloc[:2])), FIT.predict()[:2], rtol=1e-12)
    one = est.firth_logit(y=D["y"], X=D["x"])
    assert_allclose(one.predict(X=D["x"].iloc[:5]), one.predict()[:5], rtol=1e-12)
    for X, message in (
        (wide.drop(columns="x"), "X lacks column 'x'"),
        (D["z"], "a series named 'z'"),
        (np.ones((2, 3)), "X has 3 columns; the fit has 2"),
        ([1.0, np.nan], "'z' is missing or infinite at row 0"),
        (5.0, "rows and columns"),
        ([[1.0], [2.0, 3.0]], "X"),
        (np.ones((0, 2)), "no rows"),
        (np.ones((2, 2, 2)), "not shape"),
    ):
        with pytest.raises(InputError, match=message):
            ARRAYS.predict(X=X)
    for call, message in (
        (lambda: one.predict(X=D["z"]), "X lacks column 'x'"),
        (lambda: FIT.predict(D.drop(columns="m")), "unknown column 'm' in the new data"),
        (lambda: FIT.predict(X=[[1.0]]), "came from a formula"),
        (lambda: ARRAYS.predict(D), "came from arrays"),
        (lambda: FIT.predict(D, X=[[1.0]]), "data or X, not both"),
        (lambda: FIT.predict(D.to_numpy()), "must be a data frame or a mapping"),
        (lambda: FIT.predict(D.iloc[:0]), "no rows"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_offsets_of_new_rows():
    data = D.assign(t=RNG.uniform(1, 5, N), k=RNG.poisson(1, N))
    fit = est.poisson("k ~ x", data, exposure="t")
    assert_allclose(fit.predict(data, exposure="t"), fit.predict(), rtol=1e-12)
    assert_allclose(fit.predict(data, exposure=2.0), 2 * fit.predict(data, offset=0), rtol=1e-12)
    shuffled = data["t"].iloc[::-1]
    assert_allclose(fit.predict(data, exposure=shuffled), fit.predict(), rtol=1e-12)  # by its index
    for options, message in (
        ({}, "the fit has an offset"),
        ({"offset": [1.0, 2.0]}, "2 values for 400 rows"),
        ({"exposure": 0.0}, "must be positive"),
        ({"offset": np.nan}, "offset is NaN"),
        ({"offset": "zz"}, "unknown column 'zz'"),
        ({"exposure": shuffled.rename(lambda i: i + 1)}, "different indexes"),
    ):
        with pytest.raises(InputError, match=message):
            fit.predict(data, **options)


@pytest.mark.parametrize("make", [est.logit, est.firth_logit, est.cloglog])
@pytest.mark.parametrize(
    ("formula", "level", "reference"),
    [
        ("y ~ x + r", "asia", "africa"),
        ("y ~ x + c", "africa", "europe"),
        ('y ~ x + C(r, Treatment("europe"))', "asia", "europe"),
        ("y ~ 0 + r + x", "asia", "africa"),
        ("y ~ 0 + r + x", "africa", "asia"),
        ("y ~ x + C(r, Sum())", "asia", "africa"),
        ("y ~ C(m) + C(r)", "asia", "africa"),
    ],
)
def test_a_level_moves_the_whole_factor(make, formula, level, reference):
    fit = make(formula, D)
    term = next(t for t in fit.names if f"{level}]" in t)
    effect = ist.marginal_effects(fit, term)
    high, low = (
        fit.predict(D.assign(r=v, c=pd.Categorical([v] * N, D["c"].cat.categories))).mean() for v in (level, reference)
    )
    assert_allclose([effect.change[0], effect.ratio[0]], [high - low, high / low], rtol=1e-9)
    assert (effect.low, effect.high) == (reference, level)
    with pytest.raises(InputError, match="changes as a whole"):
        ist.marginal_effects(fit, term, change=1.0)


@pytest.mark.parametrize(
    ("formula", "term", "message"),
    [
        ("y ~ poly(x, 2) + r", "poly(x, 2)[1]", "one column of the basis"),
        ("y ~ bs(x, df=4)", "bs(x, df=4)[1]", "one column of the basis"),
        ("y ~ x + I(x**2)", "x", "shares a variable"),
        ("y ~ x * r", "r[T.asia]", "shares a variable"),
        ("y ~ x:z", "x:z", "made of 'x' and 'z'"),
        ("y ~ I(x * z)", "I(x * z)", "made of 'x' and 'z'"),
        ("y ~ C(r, Poly())", "C(r, Poly())[.L]", "a contrast between levels"),
        ("y ~ C(r, Helmert())", None, "a contrast between levels"),
        ("y ~ C(r) + C(r, Sum()):x", "x", "unknown term"),
    ],
)
def test_a_column_that_cannot_change_alone_is_refused(formula, term, message):
    fit = est.logit(formula, D)
    with pytest.raises(InputError, match=message):
        ist.marginal_effects(fit, term or fit.names[1])


@pytest.mark.parametrize("change", [np.nan, np.inf, 0, True, "SD", (1, 1), (0, np.nan), (1, 2, 3), None.__class__])
def test_a_change_is_a_number_or_two(change):
    with pytest.raises(InputError, match="change must"):
        ist.marginal_effects(ARRAYS, "z", change=change)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ .", "uses '.' for all other columns"),
        ("y ~ . - x", "uses '.' for all other columns"),
        ("y ~ C(r, Sum)", r"write Sum\(\)"),
        ("y ~ C(r, Treatment)", r"write Treatment\(\)"),
        ("y ~ x +", "an operator lacks a term"),
        ("y ~ (x", "a bracket has no partner"),
        ("y ~ x ~ z", "an operator is misplaced"),
        ("y ~ x > 0", "this operator is not known"),
        ("y ~ x z", "side by side without an operator"),
        ("y ~ `x", "not closed"),
        ("y ~ 'x'", "text stands where"),
        ("y ~ 2", "a number other than 0 and 1"),
        ("y ~ x + y", "its outcome 'y' on the right side"),
        ("y ~ ns(x, 3)", "calls 'ns', which is not allowed"),
    ],
)
def test_formulas_that_cannot_be_read_are_explained_in_a_sentence(formula, message):
    with pytest.raises(InputError, match=message) as caught:
        est.logit(formula, D)
    assert not set("⧛⧚\n\x1b") & set(str(caught.value)) and "formulaic" not in str(caught.value)
