"""Conditional logit against enumeration, statsmodels' Stata example and the unconditional likelihood of pairs."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.solver.conditional_likelihood import build_strata, conditional_evaluator
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.estimators import conditional_logit, firth_logit, logit

LOOSE = {"allow": ("G02",)}
pytestmark = pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")


def strata_data(seed: int, sizes: tuple[int, ...] = (4, 5, 6, 3, 7)) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    y = np.concatenate([rng.permutation(np.arange(s) < rng.integers(1, s)) for s in sizes]).astype(float)
    return rng.normal(size=(len(y), 2)), y, codes


def enumerated(
    X: np.ndarray, y: np.ndarray, codes: np.ndarray, beta: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, score and information by listing every choice of events in every stratum."""
    loglik, score, information = 0.0, np.zeros(2), np.zeros((2, 2))
    for s in np.unique(codes):
        x, events = X[codes == s], y[codes == s] == 1
        sums = np.array([x[list(c)].sum(axis=0) for c in itertools.combinations(range(len(x)), int(events.sum()))])
        p = np.exp(sums @ beta)
        mean = (p @ sums) / p.sum()
        loglik += float(x[events].sum(axis=0) @ beta - np.log(p.sum()))
        score += x[events].sum(axis=0) - mean
        information += (sums * p[:, None]).T @ sums / p.sum() - np.outer(mean, mean)
    return loglik, score, information


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [(0.0, 0.0), (1.3, -0.7), (-6.0, 4.0)])
def test_recursion_is_enumeration(seed: int, beta: tuple[float, float]) -> None:
    X, y, codes = strata_data(seed)
    b = np.array(beta)
    loglik, score, information = enumerated(X, y, codes, b)
    got = conditional_evaluator(build_strata(X, y, codes), False)(b[None], slice(None))
    assert_allclose(got.objective[0], loglik, rtol=1e-11, atol=1e-11)
    assert_allclose(got.score[0], score, atol=1e-10)
    assert_allclose(got.curvature[0], information, atol=1e-10)
    penalised = conditional_evaluator(build_strata(X, y, codes), True)
    assert_allclose(
        penalised(b[None], slice(None)).objective[0], loglik + 0.5 * np.linalg.slogdet(information)[1], rtol=1e-9
    )
    h = 1e-5
    up, down = (penalised(b[None] + s * h * np.eye(2), slice(None)).objective for s in (1, -1))
    assert_allclose(penalised(b[None], slice(None)).score[0], (up - down) / (2 * h), atol=1e-5)


def test_stata_example_of_statsmodels() -> None:
    y, g = [0, 1, 0, 1, 0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]
    fit = conditional_logit(y=y, X=[0, 1, 0, 0, 1, 1, 0, 0, 1, 0], strata=g, **LOOSE)
    assert_allclose([fit.params[0], fit.bse[0]], [0.9272407, 1.295155], rtol=1e-6)


@pytest.mark.parametrize("firth", [False, True])
def test_pairs_are_logit_of_differences(firth: bool) -> None:
    """With one event in each pair the likelihood is that of a logit without intercept on the differences."""
    rng = np.random.default_rng(8)
    a, b = rng.normal(size=(2, 60, 2))
    X, y = np.vstack([a, b]), np.repeat([1, 0], 60)
    fit = conditional_logit(y=y, X=X, strata=np.tile(np.arange(60), 2), firth=firth)
    # the outcome of every pair is "first chosen"; half are turned round so that both outcomes occur
    sign = np.where(np.arange(60) % 2, 1.0, -1.0)[:, None]
    same = (firth_logit if firth else logit)(y=sign[:, 0] > 0, X=(a - b) * sign, intercept=False)
    assert_allclose(fit.params, same.params, atol=1e-10)
    assert_allclose(fit.bse, same.bse, rtol=1e-8)
    assert_allclose(fit.conf_int(), same.conf_int(method="profile"), atol=1e-8)
    assert_allclose(fit.profile.ratios(), same.profile.ratios(), atol=1e-8)


def test_separated_choice() -> None:
    X = np.array([[1.0, 0.2], [0.0, 0.1], [3.0, 0.4], [2.0, 0.8], [5.0, 0.1], [4.0, 0.3]])
    y, g = [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2]
    with pytest.raises(RefusalError, match=r"^G03: .*'trade' goes to plus infinity.*firth=True"):
        conditional_logit(y=y, X=X[:, 0], strata=g, names=["trade"], **LOOSE)
    fit = conditional_logit(y=y, X=X[:, 0], strata=g, names=["trade"], firth=True)
    # three pairs with difference one: b = log((3 + 1/2) / (0 + 1/2))
    assert_allclose(fit.params[0], np.log(7), atol=1e-10)
    assert fit.separation.directions == (1,) and np.isfinite(fit.conf_int()).all()


def test_silent_strata_are_counted_and_named() -> None:
    X, y, codes = strata_data(1)
    more_X = np.vstack([X, np.random.default_rng(0).normal(size=(5, 2))])
    more = conditional_logit(y=np.append(y, np.zeros(5)), X=more_X, strata=np.append(codes, [9] * 5), **LOOSE)
    base = conditional_logit(y=y, X=X, strata=codes, **LOOSE)
    assert_allclose(more.params, base.params, atol=1e-12)
    assert more.n == base.n == 25 and "1 (5 rows) left out" in more.remarks[0]
    assert more.glance()["n_strata"].iloc[0] == 5


def test_bad_strata() -> None:
    X, y, codes = strata_data(1)
    with pytest.raises(InputError, match="needs strata"):
        conditional_logit(y=y, X=X)
    with pytest.raises(EstimationError, match="no stratum has both"):
        conditional_logit(y=y, X=X, strata=np.arange(25))
    with pytest.raises(EstimationError, match="'year' does not vary within any stratum"):
        conditional_logit(y=y, X=np.column_stack([X[:, 0], codes]), strata=codes, names=["x", "year"])
    with pytest.raises(EstimationError, match="'c' is a linear combination of 'a', 'b'"):
        conditional_logit(y=y, X=np.column_stack([X, X.sum(axis=1) + codes]), strata=codes, names=["a", "b", "c"])


def log_symmetric(eta: np.ndarray, m: int) -> float:
    """log e_m of exp(eta), every sum by logaddexp."""
    L = np.full(m + 1, -np.inf)
    L[0] = 0.0
    for value in eta:
        L[1:] = np.logaddexp(L[1:], value + L[:-1])
    return float(L[m])


@pytest.mark.parametrize(
    ("seed", "n", "spread", "slope", "expected"),
    [
        # limits of the likelihood written out with logaddexp, for a far-out row, a skewed exposure and long strata
        (0, 190, "far out", (0.8, 1.0), (0.7814, 0.1964, 0.4110, 1.1840)),
        (2, 190, "skewed", (1.2, 1.2), (1.4310, 0.3947, 0.7512, 2.2952)),
        (0, 400, "normal", (1.6, 0.0), (1.7318, 0.1798, 1.3959, 2.1022)),
        (0, 600, "normal", (1.6, 0.0), (1.5709, 0.1379, 1.3107, 1.8518)),
    ],
)
def test_long_strata_with_many_events(seed, n, spread, slope, expected):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    if spread == "far out":
        x[0] = 25
    if spread == "skewed":
        x = np.exp(x * 1.6)
        x /= x.std()
    y = (rng.random(n) < 1 / (1 + np.exp(slope[1] - slope[0] * x))).astype(int)
    fit = conditional_logit(y=y, X=x, strata=np.zeros(n))
    assert fit.converged
    assert_allclose([fit.params[0], fit.bse[0], *fit.conf_int()[0]], expected, atol=6e-5)
    for b in (fit.params[0], *fit.conf_int()[0]):
        loglik = b * x[y == 1].sum() - log_symmetric(b * x, int(y.sum()))
        assert_allclose(2 * (fit.loglik - loglik), 0 if b == fit.params[0] else 3.841458820694124, atol=1e-7)


def test_a_stratum_of_two_thousand_rows_is_as_exact_as_a_short_one() -> None:
    x = np.random.default_rng(3).normal(size=2000)
    y = (np.random.default_rng(4).random(2000) < 1 / (1 + np.exp(-1.2 * x))).astype(float)
    strata = build_strata(x[:, None], y, np.zeros(2000, dtype=int))
    for b in (-3.0, 0.0, 1.2, 40.0):
        got = conditional_evaluator(strata, False)(np.array([[b]]), slice(None))
        assert_allclose(got.objective[0], b * x[y == 1].sum() - log_symmetric(b * x, int(y.sum())), rtol=1e-9)


def test_units_and_collinearity_within_strata() -> None:
    X, y, codes = strata_data(2, (6,) * 14)
    plain = conditional_logit(y=y, X=X, strata=codes)
    year = 1990.0 + np.arange(len(y)) % 30
    turn = np.array([[1e6, 0.0], [3e6, 1.0]])
    moved = conditional_logit(y=y, X=X @ turn.T + 1e7 * codes[:, None], strata=codes)
    assert_allclose(np.linalg.solve(turn.T, plain.params), moved.params, rtol=1e-6)
    assert_allclose(np.linalg.solve(turn.T, plain.cov) @ np.linalg.inv(turn), moved.cov, rtol=1e-6)
    raw, centred = (
        conditional_logit(y=y, X=np.column_stack([t, t**2, X[:, 0]]), strata=codes) for t in (year, year - 2005)
    )
    assert_allclose(raw.loglik, centred.loglik, rtol=1e-9)
    assert_allclose(raw.params[1:], centred.params[1:], rtol=1e-6)
    assert_allclose(raw.conf_int()[1:], centred.conf_int()[1:], rtol=1e-6)
    near = conditional_logit(y=y, X=np.column_stack([X[:, 0], X[:, 0] + 1e-6 * X[:, 1]]), strata=codes)
    assert_allclose([near.params.sum(), near.params[1] * 1e-6], plain.params, rtol=1e-6)
    with pytest.raises(EstimationError, match=r"'b' is a linear combination of 'a' within any stratum"):
        conditional_logit(y=y, X=np.column_stack([X[:, 0], X[:, 0] + codes]), strata=codes, names=["a", "b"])
    with pytest.raises(EstimationError, match="no column"):
        conditional_logit(y=y, X=np.empty((len(y), 0)), strata=codes)


@pytest.mark.parametrize("exposed", [1, 2, 3, 8])
def test_a_rare_exposure_without_an_event_is_refused_and_one_with_an_event_is_not(exposed: int) -> None:
    rng = np.random.default_rng(exposed)
    codes, x = np.repeat(np.arange(30), 10), np.zeros(300)
    y = (rng.random(300) < 0.3).astype(float)
    rows = rng.choice(300, exposed, replace=False)
    x[rows], y[rows] = 1.0, 0.0
    with pytest.raises(RefusalError, match=r"^G03: .*'war' goes to minus infinity"):
        conditional_logit(y=y, X=np.column_stack([x, rng.normal(size=300)]), strata=codes, names=["war", "oil"])
    assert conditional_logit(y=y, X=x, strata=codes, firth=True).converged
    y[rows[0]] = 1.0
    x[np.flatnonzero(x == 0)[:2]] = 1.0
    y[np.flatnonzero(x == 1)[:2]] = 0.0
    assert np.isfinite(conditional_logit(y=y, X=x, strata=codes).params).all()


@pytest.mark.parametrize("firth", [False, True])
def test_weights_repeat_strata_offsets_move_rows_and_clusters_sum_strata(firth: bool) -> None:
    X, y, codes = strata_data(4, (5,) * 24)
    options = {"firth": firth, **LOOSE}
    times = np.random.default_rng(0).integers(0, 4, 24)
    rows = np.concatenate([np.flatnonzero(codes == k) for k in range(24) for _ in range(times[k])])
    weighted = conditional_logit(y=y, X=X, strata=codes, weights=times[codes], **options)
    repeated = conditional_logit(y=y[rows], X=X[rows], strata=np.repeat(np.arange(len(rows) // 5), 5), **options)
    assert_allclose(weighted.params, repeated.params, atol=1e-9)
    assert_allclose(weighted.cov, repeated.cov, rtol=1e-7)
    assert_allclose(weighted.conf_int(), repeated.conf_int(), atol=1e-7)
    assert_allclose(weighted.loglik, repeated.loglik, rtol=1e-10)
    # an offset that is a multiple of a column takes that much off its coefficient; of strata it takes nothing
    moved = conditional_logit(y=y, X=X, strata=codes, offset=0.3 * X[:, 0] + codes, **options)
    plain = conditional_logit(y=y, X=X, strata=codes, **options)
    assert_allclose(moved.params, plain.params - [0.3, 0.0], atol=1e-8)
    # the sandwich by one fit a stratum left out of the score: sums of scores within clusters, G / (G - 1)
    clusters = codes // 2
    robust = conditional_logit(y=y, X=X, strata=codes, cluster=clusters, **options)
    groups = [build_strata(X[clusters == k], y[clusters == k], codes[clusters == k]) for k in range(12)]
    scores = np.array([conditional_evaluator(g, False)(plain.params[None], slice(None)).score[0] for g in groups])
    if not firth:
        assert_allclose(robust.cov, plain.cov @ (scores.T @ scores) @ plain.cov * 12 / 11, rtol=1e-7)
    assert robust.inference == "wald" and "12 clusters" in robust.covariance
    assert_allclose(robust.params, plain.params, atol=1e-10)


def test_what_a_choice_cannot_carry_is_refused_by_name() -> None:
    X, y, codes = strata_data(4, (5,) * 24)
    with pytest.raises(InputError, match=r"weights differ within stratum 0 \(1 and 2\)"):
        conditional_logit(y=y, X=X, strata=codes, weights=np.arange(120) + 1.0)
    with pytest.raises(InputError, match="stratum 1 has rows in two clusters"):
        conditional_logit(y=y, X=X, strata=codes, cluster=np.arange(120) // 6)
    with pytest.raises(RefusalError, match=r"^G11"):
        conditional_logit(y=y, X=X, strata=codes, cluster=codes // 6)


def test_penalised_iterations_that_go_back_and_forth_converge() -> None:
    """One pair: the information is half of minus the Hessian, so that its step overshoots to the mirror image."""
    fit = conditional_logit(y=[1, 0], X=[1.0, 0.0], strata=[0, 0], firth=True)
    assert fit.converged and abs(fit.params[0] - np.log(3)) < 1e-8
    X, y, codes = strata_data(3, (3, 4))
    assert conditional_logit(y=y, X=X, strata=codes, firth=True).converged


def test_moments_of_a_separated_stratum_do_not_cancel() -> None:
    """Nearly every event is certain: the variance of their sum is a millionth of its square."""
    rng = np.random.default_rng(0)
    y = (rng.random(200) < 0.5).astype(float)
    x = y + 0.999 * rng.random(200)
    fit = conditional_logit(y=y, X=x, strata=np.zeros(200), firth=True)
    assert fit.converged and np.isfinite(fit.conf_int()).all()
    m, b = int(y.sum()), fit.params[0]
    with mpmath.workdps(40):
        e = [[mpmath.mpf(j == 0) * (k == 0) for k in range(3)] for j in range(m + 1)]  # e_j and two derivatives by b
        for value in x:
            r, v = mpmath.exp(mpmath.mpf(b) * value), mpmath.mpf(value)
            for j in range(m, 0, -1):
                zero, one, two = e[j - 1]
                e[j] = [
                    e[j][0] + r * zero,
                    e[j][1] + r * (one + v * zero),
                    e[j][2] + r * (two + 2 * v * one + v * v * zero),
                ]
        mean = e[m][1] / e[m][0]
        assert_allclose(fit.bse[0] ** -2, float(e[m][2] / e[m][0] - mean**2), rtol=1e-7)
