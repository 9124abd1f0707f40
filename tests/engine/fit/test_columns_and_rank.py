"""Columns of every make, their standardisation and rank, the threads of the linear algebra, and the guards on events."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.fit.build_design import check_outcome
from interventions_stats.engine.fit.likelihood_guards import events_per_parameter
from interventions_stats.engine.fit.rank import standardisation, whitening
from interventions_stats.engine.solver import blas
from interventions_stats.errors import EstimationError, GuardWarning, InputError, RefusalError
from interventions_stats.estimators import build_design, firth_logit, logit, poisson


def test_outcomes_are_coded_and_vary() -> None:
    check_outcome(np.array([0.0, 1]), "y", "binary")
    check_outcome(np.array([0.0, 3]), "y", "count")
    check_outcome(np.array([1.0, 1]), "y", "count")
    for y, kind, error, message in (
        ([0, 0.5], "count", InputError, "must hold counts"),
        ([0, -1], "count", InputError, "must hold counts"),
        ([1, 2], "binary", InputError, r"holds 1, 2; use y == 2"),
        ([0, 1, 2, 3, 4], "binary", InputError, r"holds 0, 1, 2, 3, \.\.\.$"),
        ([0, 1, 2, 3], "binary", InputError, r"holds 0, 1, 2, 3$"),
        ([0, 0], "binary", EstimationError, "no events in the 2 rows"),
        ([0, 0], "count", EstimationError, "no events"),
        ([1, 1], "binary", RefusalError, "^G01"),
    ):
        with pytest.raises(error, match=message):
            check_outcome(np.array(y, float), "y", kind)  # type: ignore[arg-type]


def test_missing_labels_weights_and_offsets_leave_their_rows() -> None:
    rng = np.random.default_rng(0)
    y, x = np.tile([0.0, 1, 0, 0], 30), rng.normal(size=120)
    offset, cluster = rng.normal(size=120), np.repeat(np.arange(30), 4).astype(object)
    offset[7], cluster[5], cluster[80] = np.nan, None, None
    with pytest.raises(InputError, match="'cluster' has 2 missing"):
        build_design(y=y, X=x, cluster=cluster)
    with pytest.raises(InputError, match="'offset' has 1 missing"):
        build_design(y=y, X=x, offset=offset)
    kept = build_design(y=y, X=x, offset=offset, cluster=cluster, missing="drop")
    assert (kept.n, kept.n_dropped) == (117, 3) and kept.offset is not None and np.isfinite(kept.offset).all()
    both = pd.Series(np.where(np.arange(120) == 9, np.nan, 1.0), name="w")
    twice = build_design(y=y, X=x, weights=both, offset=pd.Series(offset, name="w"), missing="drop")
    assert (twice.n, twice.n_dropped) == (118, 2)  # two columns of one name: what either lacks is left out
    first = build_design(y=y, X=x, cluster=[None, *range(119)], missing="drop")
    assert first.n == 119 and first.cluster is not None and first.cluster.min() == 0


def test_columns_are_scaled_and_centred_where_their_mean_is_far() -> None:
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.normal(size=400), 2_000 + 5 * rng.normal(size=400), rng.normal(size=400) * 1e-6])
    centre, scale = standardisation(X, ["a", "b", "c"], True)
    assert_allclose(scale, X.std(axis=0), rtol=1e-10)
    assert centre[0] == centre[2] == 0 and centre[1] == pytest.approx(X[:, 1].mean())
    none, root = standardisation(X, ["a", "b", "c"], False)
    assert (none == 0).all() and np.allclose(root, np.sqrt((X**2).mean(axis=0)))
    exact = np.column_stack(
        [np.tile([2.0, 4.0], 50), np.tile([2.0, 4.000001], 50)]
    )  # three deviations from zero, and beyond
    assert standardisation(exact, ["a", "b"], True)[0][0] == 0 or exact.mean(axis=0)[0] > 3
    for column, intercept, message in (
        (np.full(5, 3.0), True, "'a' is constant in the 5 rows used .an intercept is added"),
        (np.zeros(5), False, "'a' is constant in the 5 rows used; remove"),
        (np.r_[1e101, 1, 2, 3, 4], True, "'a' has values of size 1e.101"),
        (np.r_[1, 2, 3, 4, 5] * 1e-101, True, "'a' has values of size"),
    ):
        with pytest.raises(EstimationError, match=message):
            standardisation(column[:, None], ["a"], intercept)
    assert (
        standardisation(1.2e-100 * np.arange(5.0)[:, None] / 4, ["a"], True)[1][0] > 0
    )  # the smallest and largest units
    assert standardisation(0.9e100 * np.arange(5.0)[:, None] / 4, ["a"], True)[1][0] > 0
    assert standardisation(np.full((5, 1), 3.0), ["a"], False)[1][0] == pytest.approx(3.0)
    with pytest.raises(EstimationError, match="'huge'"):
        standardisation(np.column_stack([np.arange(5.0), 1e120 * np.arange(5.0)]), ["plain", "huge"], True)


def test_the_first_column_that_others_determine_is_named() -> None:
    rng = np.random.default_rng(2)
    a, b, c = rng.normal(size=(3, 200))
    y = rng.random(200) < 0.3
    for columns, message in (
        ([a, b, 2 * a - b], r"'x3' is a linear combination of 'x1', 'x2'"),
        ([a, 3 * a + 1, b], r"'x2' is a linear combination of 'x1'"),
        ([a, b, b + 1e-13 * c], r"'x3' is a linear combination of 'x2'"),
    ):
        with pytest.raises(EstimationError, match=message):
            build_design(y=y, X=np.column_stack(columns))
    near = build_design(y=y, X=np.column_stack([a, a + 1e-5 * b]))
    assert near.whitening is not None
    x = near.standardised()
    assert_allclose(x.T @ x / 200, np.eye(3), atol=1e-6)
    assert build_design(y=y, X=np.column_stack([a, a + b])).whitening is None
    with pytest.raises(EstimationError, match="3 rows cannot determine 4 coefficients"):
        build_design(y=[0, 1, 0], X=rng.normal(size=(3, 3)))
    assert build_design(y=[0, 1, 0, 1], X=rng.normal(size=(4, 3))).p == 4
    with pytest.raises(EstimationError, match="neither an intercept nor a column"):
        build_design(y=y, X=np.empty((200, 0)), intercept=False)


def test_rows_of_no_weight_determine_nothing() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 2)), np.tile([0.0, 1, 0], 20)
    X[:40, 1] = 2 * X[:40, 0] + 1
    weights = np.r_[np.ones(40), np.zeros(20)]
    with pytest.raises(EstimationError, match="'x2' is a linear combination of 'x1'"):
        build_design(y=y, X=X, weights=weights)
    build_design(y=y, X=X)
    with pytest.raises(EstimationError, match="2 rows cannot determine 3"):
        build_design(y=y, X=X, weights=np.r_[np.zeros(57), 1, 1, 0])
    zero = np.column_stack([np.where(np.arange(60) < 40, 0.0, 1.0), X[:, 0]])
    for intercept in (True, False):
        with pytest.raises(EstimationError, match="'x1' is constant in the 40 rows used"):
            build_design(y=y, X=zero, weights=weights, intercept=intercept)
    far = np.where(weights[:, None] > 0, rng.normal(size=(60, 2)), 1e12)
    one, two = build_design(y=y, X=far, weights=weights), build_design(y=y[:40], X=far[:40])
    assert_allclose(one.standardised()[:40], two.standardised(), rtol=1e-14)


def test_a_long_table_is_checked_in_blocks() -> None:
    rng = np.random.default_rng(4)
    n = 500_001
    X = rng.normal(size=(n, 3))
    y = rng.random(n) < 0.01
    assert build_design(y=y, X=X).n == n
    X[:, 2] = X[:, 0] - 3 * X[:, 1]
    with pytest.raises(EstimationError, match=r"'x3' is a linear combination of 'x1', 'x2'"):
        build_design(y=y, X=X)
    X[:, 2] += 1e-6 * rng.normal(size=n)
    x = build_design(y=y, X=X).standardised()
    assert_allclose(x.T @ x / n, np.eye(4), atol=1e-6)


@pytest.mark.parametrize("mean", [0.0, 1e3, 1e7])
def test_rounding_of_the_columns_is_not_taken_for_information(mean: float) -> None:
    """A combination of columns far from zero is one to their rounding, which grows with mean over spread."""
    rng = np.random.default_rng(9)
    a, b = mean + rng.normal(size=(2, 300))
    y = rng.random(300) < 0.3
    for combination in (a + b, 3 * a - 7, (a + b) / 3):
        with pytest.raises(EstimationError, match="'x3' is a linear combination of"):
            build_design(y=y, X=np.column_stack([a, b, combination]))
    assert build_design(y=y, X=np.column_stack([a, b, a + 1e-5 * rng.normal(size=300)])).whitening is not None


@pytest.mark.parametrize("lean", [0.0, 0.5])
def test_whitening_undoes_near_dependence_only(lean: float) -> None:
    rng = np.random.default_rng(5)
    x = np.linalg.qr(rng.normal(size=(50, 2)))[0]
    for distance, wanted in ((1e-5, True), (0.01, True), (0.1, False)):
        z = (
            np.column_stack([x[:, 0], lean * x[:, 0] + distance * x[:, 1]])
            if lean
            else np.column_stack([x[:, 0], x[:, 1]])
        )
        found = whitening(np.linalg.qr(z, mode="r"), 50)
        assert (found is not None) == (wanted and bool(lean))
        if found is not None:
            assert_allclose((z @ found).T @ (z @ found) / 50, np.eye(2), atol=1e-6)


def test_the_libraries_held_are_those_of_linear_algebra() -> None:
    pytest.importorskip("threadpoolctl")
    found = blas._libraries()
    assert found and {library.user_api for library in found} == {"blas"}


def test_one_thread_within_and_the_old_number_after(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def __init__(self, threads: int) -> None:
            self.threads, self.calls = threads, 0

        def get_num_threads(self) -> int:
            return self.threads

        def set_num_threads(self, threads: int) -> None:
            self.threads, self.calls = threads, self.calls + 1

    many, one = Library(4), Library(1)
    monkeypatch.setattr(blas, "_libraries", lambda: [many, one])
    with blas.one_blas_thread():
        assert many.threads == 1
        with blas.one_blas_thread():
            assert many.threads == 1
        assert many.threads == 1  # the inner user restores nothing
    assert (many.threads, many.calls, one.calls) == (4, 2, 0)
    with pytest.raises(KeyError), blas.one_blas_thread():
        raise KeyError
    assert many.threads == 4

    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with blas.one_blas_thread():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(5)
    with blas.one_blas_thread():
        pass
    assert many.threads == 1  # another thread is still at work
    leave.set()
    thread.join(5)
    assert many.threads == 4


@pytest.mark.parametrize(("events", "outcome"), [(9, "refused"), (10, "warned"), (19, "warned"), (20, "silent")])
@pytest.mark.parametrize("rare", ["events", "others"])
def test_events_for_each_parameter(events: int, outcome: str, rare: str) -> None:
    """Two parameters: below 5 each refused, below 10 each warned, by the rarer of the two outcomes."""
    rng = np.random.default_rng(6)
    y = (np.arange(200) < events).astype(float)
    design = build_design(y=y if rare == "events" else 1 - y, X=rng.normal(size=200))
    weighted = build_design(
        y=np.r_[design.y, np.tile([0.0, 1], 50)],
        X=rng.normal(size=300),
        weights=np.r_[np.ones(200), np.zeros(100)],
    )
    for d in (design, weighted):  # rows of no weight count nothing
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if outcome == "refused":
                with pytest.raises(RefusalError, match=rf"^G02: {events} events for 2 parameters, 4\.5 each"):
                    events_per_parameter(d, ())
                assert len(events_per_parameter(d, ("G02",))) == 1
            else:
                remarks = events_per_parameter(d, ())
                assert len(remarks) == (outcome == "warned")
        assert any(issubclass(w.category, GuardWarning) for w in caught) == (outcome != "silent")


def test_a_fit_that_stops_early_without_separation_is_no_separation(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from interventions_stats.engine.fit import likelihood_guards as guards
    from interventions_stats.engine.fit.regression import Regression

    rng = np.random.default_rng(7)
    x = rng.normal(size=80)
    y = (rng.random(80) < 0.4).astype(float)
    fit = logit(y=y, X=x)
    regression, estimate = fit.profile.regression, fit.profile.estimate
    monkeypatch.setattr(Regression, "fit", lambda *a: replace(estimate, reason="max_iter"))
    with pytest.raises(EstimationError, match=r"did not converge \(max_iter\), though the data are not separated"):
        guards.maximum(regression)
    monkeypatch.undo()
    for model in (firth_logit, poisson):
        assert model(y=y, X=x).converged


def test_no_row_of_a_long_table_is_passed_over_or_counted_twice() -> None:
    """Columns that differ from zero in one row only, at the ends of the blocks in which the sums are taken."""
    n = 500_001
    y = np.arange(n) % 50 == 0
    rng = np.random.default_rng(8)
    for row in (0, 65_535, 65_536, 131_072, n - 1):
        X = np.zeros((n, 3))
        X[row, 0], X[:, 1], X[row - 1, 2] = 1.0, rng.random(n), 1.0
        design = build_design(y=y, X=X)
        assert_allclose(design.scale, X.std(axis=0), rtol=1e-9)
