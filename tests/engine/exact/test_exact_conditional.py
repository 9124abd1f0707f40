"""Exact conditional logistic regression, against enumeration of every outcome vector and against Fisher and CMH."""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions_stats.engine.exact.binomial import binomial_test
from interventions_stats.engine.exact.rate import rate_ratio
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.estimators import cmh_test, exact_logistic, fisher_test

mpmath.mp.dps = 30


def enumerated(X, y, strata, j):
    """Counts of the j-th statistic over the outcome vectors with the observed events and other statistics."""
    labels = sorted(set(strata))
    members = [np.flatnonzero(np.asarray(strata) == s) for s in labels]
    events = [int(y[m].sum()) for m in members]
    others = [c for c in range(X.shape[1]) if c != j]
    target, found = X[:, others].T @ y, {}
    choices = [itertools.combinations(m.tolist(), e) for m, e in zip(members, events, strict=True)]
    for chosen in itertools.product(*choices):
        rows = list(itertools.chain(*chosen))
        if np.allclose(X[np.ix_(rows, others)].sum(axis=0), target):
            value = math.fsum(X[rows, j])
            first, count = found.get(round(value, 9), (value, 0))
            found[round(value, 9)] = (first, count + 1)
    return dict(found.values())


def check_term(term, counts, observed):
    support = sorted(counts)
    assert term.family.support == pytest.approx(support)
    logs = np.log([counts[t] for t in support])
    assert term.family.log_coefficients == pytest.approx(logs - logs.max(), abs=1e-12)

    def probability(theta, keep):
        weight = {t: c * mpmath.exp(mpmath.mpf(theta) * t) for t, c in counts.items()}
        return mpmath.fsum(v for t, v in weight.items() if keep(t)) / mpmath.fsum(weight.values())

    if len(support) == 1:
        assert term.estimator == "not identified" and math.isnan(term.estimate) and term.p_value == 1
        assert (term.conf_low, term.conf_high) == (-math.inf, math.inf)
        return
    t = min(support, key=lambda v: abs(v - observed))
    ends = ((term.conf_low, t == support[0], lambda v: v >= t), (term.conf_high, t == support[-1], lambda v: v <= t))
    for limit, edge, keep in ends:
        assert math.isinf(limit) if edge else abs(probability(limit, keep) / 0.025 - 1) < 1e-10
    if term.estimator == "MUE":
        keep = (lambda v: v <= t) if t == support[0] else (lambda v: v >= t)
        assert abs(probability(term.estimate, keep) / 0.5 - 1) < 1e-10
    else:
        mean = mpmath.fsum(v * probability(term.estimate, lambda u, v=v: u == v) for v in support)
        assert abs(mean - t) < 1e-10 * max(map(abs, support))


@st.composite
def problems(draw):
    n, k = draw(st.integers(4, 11)), draw(st.integers(1, 3))
    scale = draw(st.sampled_from([1.0, 0.1, 1 / 3, 1e6]))
    X = np.reshape(draw(st.lists(st.integers(-1, 2), min_size=n * k, max_size=n * k)), (n, k)) * scale
    y = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    strata = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)) if draw(st.booleans()) else [0] * n
    return X, y, strata


@settings(max_examples=80, deadline=None)
@given(problem=problems())
def test_against_enumeration(problem):
    X, y, strata = problem
    if np.any(np.ptp(X, axis=0) == 0):
        with pytest.raises(InputError, match="constant"):
            exact_logistic(y, X, strata)
        return
    result = exact_logistic(y, X, strata)
    for j, term in enumerate(result.terms):
        check_term(term, enumerated(X, y, strata, j), float(X[:, j] @ y))


def test_continuous_covariate_counts_each_subset():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(9, 1)), np.array([1, 0, 1, 0, 0, 1, 0, 0, 1])
    term = exact_logistic(y, X).terms[0]
    assert len(term.family.support) == math.comb(9, 4) == len(enumerated(X, y, [0] * 9, 0))
    check_term(term, enumerated(X, y, [0] * 9, 0), float(X[:, 0] @ y))
    assert exact_logistic(y, rng.normal(size=(9, 2))).terms[0].estimator == "not identified"


def expand(tables):
    rows = [(s, 1 - g, 1 - o, n) for s, t in enumerate(tables) for g in (0, 1) for o in (0, 1) for n in [t[g][o]]]
    data = np.repeat([r[:3] for r in rows], [r[3] for r in rows], axis=0)
    return data[:, 2], data[:, 1], data[:, 0]


def test_one_binary_covariate_is_fisher_and_strata_are_cmh():
    rng = np.random.default_rng(8)
    for tables in (rng.integers(1, 9, (1, 2, 2)), rng.integers(0, 7, (4, 2, 2))):
        y, x, strata = expand(tables.tolist())
        for midp in (False, True):
            found = exact_logistic(y, x, strata, midp=midp).terms[0]
            peer = cmh_test(tables, midp=midp)
            assert np.exp([found.estimate, found.conf_low, found.conf_high]) == pytest.approx(
                [peer.estimate, peer.conf_low, peer.conf_high], rel=1e-10
            )
            assert found.p_value == pytest.approx(peer.p_value, rel=1e-10)


def test_quasi_separated_children():
    """Recovery of 49 children (Hand et al. 1994): none of the eight with poor friendships recovered, all depressed."""
    anxious = np.repeat([1, 0, 0], [21, 8, 20])
    poor = np.repeat([0, 1, 0], [21, 8, 20])
    y = np.concatenate([[1] * 13 + [0] * 8, [0] * 8, [1] * 15 + [0] * 5])
    result = exact_logistic(y, pd.DataFrame({"anxious": anxious, "poor": poor}))
    assert [t.estimator for t in result.terms] == ["CMLE", "MUE"]
    # given the diagnosis only the depressed children inform about friendships, and the other way round
    friends = fisher_test([[0, 8], [15, 5]])
    assert result.p_value[1] == pytest.approx(friends.p_value, rel=1e-12)
    assert (
        math.exp(result.conf_high[1]) == pytest.approx(friends.conf_high, rel=1e-12) and result.conf_low[1] == -math.inf
    )
    diagnosis = fisher_test([[13, 8], [15, 5]])
    assert np.exp(result.estimate[0]) == pytest.approx(diagnosis.estimate, rel=1e-12)
    assert bool(result.glance().loc[0, "separated"]) and "median unbiased" in result.summary()


def test_many_strata_and_a_wide_range_of_counts():
    """200 matched sets of one event in five: the counts exceed 5^200, and the CMLE is the conditional logit's."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    rng = np.random.default_rng(2)
    strata, x = np.repeat(np.arange(200), 5), rng.integers(0, 3, 1000)
    y = (rng.gumbel(size=1000) + 0.8 * x).reshape(200, 5)
    y = (y == y.max(axis=1, keepdims=True)).astype(int).ravel()
    found = exact_logistic(y, x, strata).terms[0]
    peer = ConditionalLogit(y, x[:, None].astype(float), groups=strata).fit(disp=False)
    assert found.estimate == pytest.approx(float(peer.params[0]), abs=1e-5)
    assert found.conf_low < 0.8 < found.conf_high


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.sampled_from([-2.0, 0.25, 1e6]), shift=st.integers(-50, 50))
def test_row_order_and_affine_columns(seed, factor, shift):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 3, (24, 2)).astype(float), rng.random(24) < 0.4
    X[0], X[1] = [0, 1], [2, 2]
    order = rng.permutation(24)
    one = exact_logistic(y, X)
    moved = X[order] * [factor, 1] + [shift, 0]
    two = exact_logistic(y[order], moved)
    assert two.p_value == pytest.approx(one.p_value, rel=1e-9)
    assert two.estimate * [factor, 1] == pytest.approx(one.estimate, rel=1e-8, abs=1e-9, nan_ok=True)


def test_terms_names_and_contract():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 2, (30, 2)), rng.random(30) < 0.4
    result = exact_logistic(y, X, names=["oil", "war"], terms=["war"])
    assert result.tidy()["term"].tolist() == ["war"] and result.estimate.shape == (1,)
    assert result.tidy(exponentiate=True).loc[0, "conf_high"] == pytest.approx(math.exp(result.conf_high[0]))
    assert {"n", "n_events", "n_dropped", "estimator", "separated"} <= set(result.glance()) and len(result.cite()) == 2
    one = exact_logistic(y, X, names=["oil", "war"], alternative="greater").terms[1]
    assert one.p_value == result.terms[0].p_values.greater and one.conf_high == math.inf


@pytest.mark.parametrize(
    ("y", "X", "options", "message"),
    [
        ([0, 1, 2], [1, 2, 3], {}, "only 0 and 1"),
        ([0, 1, np.nan], [1, 2, 3], {}, "'y' holds missing"),
        ([0, 1, 1], [1, np.inf, 3], {"names": ["oil"]}, "'oil' holds missing or infinite"),
        ([0, 1, 1], [1, 1, 1], {}, "constant"),
        ([0, 1], [1, 2, 3], {}, "2 values for 3 rows"),
        ([0, 1, 1], ["a", "b", "c"], {}, "holds text"),
        ([0, 1, 1], [1, 2, 3], {"terms": ["oil"]}, "terms names 'oil'"),
        ([0, 1, 1], [1, 2, 3], {"names": ["a", "b"]}, "names has 2 entries for 1"),
        ([0, 1, 1], [[1, 2], [2, 1], [3, 3]], {"names": ["a", "a"]}, "same name"),
        ([0, 1, 1], [1, 2, 3], {"strata": [1, 2]}, "strata has 2 values"),
        ([0, 1, 1], [1, 2, 3], {"strata": ["a", None, "b"]}, "1 missing labels"),
        (["0", "1", "1"], [1, 2, 3], {}, "numbers stored as text"),
        ([0, 1, 1], pd.DataFrame({"day": pd.date_range("2000", periods=3)}), {}, "'day'"),
        ([0, 1, 1], [1, 2, 3], {"weights": [1, 2.5, 1]}, "whole numbers.*row 1 has 2.5"),
        (pd.Series([0, 1, 1], index=[1, 2, 9]), pd.DataFrame({"oil": [1, 2, 3]}), {}, "different indexes"),
    ],
)
def test_named_errors(y, X, options, message):
    with pytest.raises(InputError, match=message):
        exact_logistic(y, X, **options)


def test_size_guard():
    rng = np.random.default_rng(1)
    with pytest.raises(EstimationError, match=r"more than 5000 partial sums.*firth_logit"):
        exact_logistic(rng.random(40) < 0.3, rng.normal(size=(40, 2)), max_states=5000)


def test_labels_match_rows_weights_repeat_them_and_offsets_multiply_outcomes():
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"oil": rng.integers(0, 2, 12), "war": rng.integers(0, 3, 12)})
    y, strata = pd.Series(rng.integers(0, 2, 12)), pd.Series(np.repeat(["a", "b"], 6))
    plain = exact_logistic(y, X, strata)
    mixed = rng.permutation(12)
    assert exact_logistic(y[mixed], X, strata[mixed]).p_value == pytest.approx(plain.p_value, rel=1e-12)
    times = rng.integers(0, 3, 12)
    rows = np.repeat(np.arange(12), times)
    weighted, repeated = (
        exact_logistic(y, X, strata, weights=times),
        exact_logistic(y.to_numpy()[rows], X.to_numpy()[rows], strata.to_numpy()[rows]),
    )
    for field in ("estimate", "conf_low", "conf_high", "p_value"):
        assert getattr(weighted, field) == pytest.approx(getattr(repeated, field), rel=1e-10)
    assert (weighted.n, weighted.n_events) == (repeated.n, repeated.n_events)
    # the distribution given the other statistic, by listing every choice of events
    offset = rng.normal(size=12)
    fitted = exact_logistic(y, X, offset=offset)
    weights: dict[int, float] = {}
    for chosen in itertools.combinations(range(12), int(y.sum())):
        own = list(chosen)
        if X["war"].iloc[own].sum() == X["war"] @ y:
            at = int(X["oil"].iloc[own].sum())
            weights[at] = weights.get(at, 0.0) + math.exp(offset[own].sum())
    upper = sum(w for at, w in weights.items() if at >= X["oil"] @ y) / sum(weights.values())
    assert fitted.terms[0].p_values.greater == pytest.approx(upper, rel=1e-10)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fisher_test([[1, 2], [3]]),
        lambda: fisher_test([[10**30, 1], [1, 5]]),
        lambda: fisher_test([[1, 2], [3, math.nan]]),
        lambda: fisher_test("1 2 3 4"),
        lambda: cmh_test([[[1, 2], [3, 4]], [[1, 2], [3]]]),
        lambda: rate_ratio((10**20, 3), (1, 1)),
        lambda: rate_ratio((10, 3), (10**400, 1)),
        lambda: rate_ratio((10**400, 3), (1, 1)),
        lambda: binomial_test(3, 10**400),
        lambda: binomial_test("3", 10),
    ],
)
def test_counts_that_are_none_are_one_named_error(call):
    with pytest.raises(InputError):
        call()
