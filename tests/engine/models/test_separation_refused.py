"""Maximum likelihood of separated data is refused by every estimator, whatever the size of the coefficient it would print."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from interventions_stats import estimators as est
from interventions_stats.errors import EstimationError, RefusalError
from tests.differential.designs import Case
from tests.differential.references import separated

N = 300
RNG = np.random.default_rng(0)
EVENTS = (RNG.random(N) < 0.3).astype(float)
COUNTS = RNG.poisson(RNG.gamma(1.0, 1.0, N)).astype(float)
SINGLE: dict[str, dict[str, Any]] = {
    "logit": {"allow": ("G02", "G04")},
    "rare_events_logit": {"allow": ("G02",)},
    "cloglog": {"allow": ("G02",)},
    "poisson": {},
    "negative_binomial": {},
}
COUNTED = ("poisson", "negative_binomial", "poisson_batch")


def exposed(rows: int, value: float, counted: bool) -> tuple[np.ndarray, np.ndarray]:
    x = (np.arange(N) < rows).astype(float)
    y = np.where(x == 1, value, COUNTS if counted else EVENTS)
    return y, x


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("name", SINGLE)
def test_an_exposure_without_an_event_is_named(name: str, rows: int) -> None:
    y, x = exposed(rows, 0.0, name in COUNTED)
    control = np.random.default_rng(1).normal(size=N)
    with pytest.raises(RefusalError, match=f"^G03.*{rows} of 300 rows.*'oil' goes to minus infinity"):
        getattr(est, name)(y=y, X=np.column_stack([x, control]), names=["oil", "gas"], **SINGLE[name])


@pytest.mark.parametrize("rows", [1, 3, 20])
@pytest.mark.parametrize("name", ["logit", "rare_events_logit", "cloglog"])
def test_an_exposure_with_nothing_but_events_is_named(name: str, rows: int) -> None:
    """Of a cloglog too, whose likelihood flattens so fast upwards that a finite point looks like a maximum."""
    y, x = exposed(rows, 1.0, False)
    with pytest.raises(RefusalError, match=r"^G03.*'oil' goes to plus infinity"):
        getattr(est, name)(y=y, X=x, names=["oil"], **SINGLE[name])


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("name", ["logit_batch", "cloglog_batch", "poisson_batch"])
def test_a_batch_gives_no_number(name: str, rows: int) -> None:
    """A row of every kind among outcomes that have a maximum, with and without weights."""
    y, x = exposed(rows, 0.0, name in COUNTED)
    outcomes = np.array([np.roll(y, shift) for shift in range(0, 250, 25)])
    for options in ({}, {"weights": np.full(N, 1e3)}, {"weights": np.full(N, 1e-3)}):
        fit = getattr(est, name)(x[:, None], outcomes, full=True, **options)
        for row, outcome in enumerate(outcomes):
            level = outcome[x == 1]
            gone = not level.any() or (name not in COUNTED and level.all())
            assert fit.reason[row] == ("diverged" if gone else "converged")
            assert np.isnan([*fit.coefficients[row], *fit.se[row], fit.loglik[row]]).all() == gone
        assert np.isnan(getattr(est, name)(x[:, None], outcomes, **options)[0]).all()


@pytest.mark.parametrize("name", SINGLE)
def test_refused_where_a_linear_program_finds_separation_and_only_there(name: str) -> None:
    """Small tables, of which about half are separated, quasi or completely."""
    rng, refused, answered = np.random.default_rng(11), 0, 0
    for _ in range(150):
        n, k = int(rng.integers(8, 26)), int(rng.integers(1, 4))
        X = rng.binomial(2, 0.15, (n, k)) * 10.0 ** rng.integers(-3, 4, k) + rng.integers(0, 2) * 100.0
        y = rng.poisson(rng.gamma(0.4, 2.0, n)) if name in COUNTED else rng.binomial(1, 0.4, n)
        case = Case(y.astype(float), X, None, None, np.zeros(n, int), y, ())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                fit = getattr(est, name)(y=y, X=X, **SINGLE[name])
            except RefusalError as error:
                assert error.guard in ("G01", "G03")
                if error.guard == "G03":
                    assert separated(case, name in COUNTED)
                    refused += 1
                continue
            except EstimationError as error:
                assert any(
                    text in str(error)
                    for text in ("constant", "combination", "determine", "no events", "overdispersed")
                )
                continue
        assert fit.converged and not separated(case, name in COUNTED)
        answered += 1
    assert refused > 20 and answered > 20


@pytest.mark.parametrize("firth", [True, False])
def test_a_batch_and_single_fits_say_the_same(firth: bool) -> None:
    rng = np.random.default_rng(12)
    X = np.column_stack([rng.normal(size=60), rng.random(60) < 0.08])
    outcomes = (rng.random((200, 60)) < 0.15).astype(float)
    outcomes[:, :2] = [0.0, 1.0]
    fit = (est.firth_logit_batch if firth else est.logit_batch)(X, outcomes, full=True)
    gone = [not firth and separated(Case(y, X, None, None, np.zeros(60, int), y, ())) for y in outcomes]
    assert [reason == "diverged" for reason in fit.reason] == gone
    assert sum(gone) > 20 or firth


def test_a_maximum_beyond_the_precision_of_the_numbers_is_no_number() -> None:
    """One event of weight 1e-12 holds the exposure back from minus infinity, at a point where the likelihood is flat."""
    y, x = exposed(5, 0.0, False)
    y[0] = 1.0
    weights = np.where(np.arange(N) == 0, 1e-12, 1.0)
    with pytest.raises(RefusalError, match=r"^G03.*all but separated.*'oil'"):
        est.logit(y=y, X=x, weights=weights, names=["oil"])
    assert est.logit_batch(x[:, None], y, weights=weights, full=True).reason == ["diverged"]
    weights[0] = 1e-3
    fit = est.logit(y=y, X=x, weights=weights)
    assert fit.params[1] + fit.params[0] == pytest.approx(np.log(1e-3 / 4), rel=1e-9)
