"""Wild cluster bootstrap against refits of every draw, another implementation and simulated size."""

from __future__ import annotations

import itertools
import json
import math
import warnings

import numpy as np
import pytest
from scipy.special import expit

from interventions_stats.engine.fit.covariance import cluster
from interventions_stats.engine.fit.wild_bootstrap import POINTS, wild_cluster_linear, wild_cluster_logit
from interventions_stats.errors import EstimationError, GuardWarning, InputError, RefusalError

pytestmark = pytest.mark.filterwarnings("ignore::interventions_stats.errors.GuardWarning")


def data(seed=1, n_clusters=8, size=6, treated=3):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(n_clusters), size)
    X = np.column_stack([np.ones(len(g)), g < treated, rng.normal(size=len(g))]).astype(float)
    y = X @ [0.2, 0.7, 0.5] + rng.normal(size=n_clusters)[g] * 0.6 + rng.normal(size=len(g))
    return X, y, g


def t_ratio(X, y, g, j, null):
    b = np.linalg.lstsq(X, y, rcond=None)[0]
    return (b[j] - null) / cluster(X, y - X @ b, g, kind="CR1").std_error[j]


def refit_every_draw(X, y, g, j, null, vectors):
    """The bootstrap as it is defined: a new outcome, a new regression and a new CR1 covariance for each vector."""
    others = np.delete(X, j, axis=1)
    base = y - null * X[:, j]
    fitted = others @ np.linalg.lstsq(others, base, rcond=None)[0] + null * X[:, j]
    return np.array([t_ratio(X, fitted + (y - fitted) * np.asarray(v)[g], g, j, null) for v in vectors])


@pytest.mark.parametrize("j", [1, 2])
@pytest.mark.parametrize("null", [0.0, 0.9])
def test_linear_enumeration_by_refitting(j, null):
    X, y, g = data()
    t = refit_every_draw(X, y, g, j, null, itertools.product([1, -1], repeat=8))
    observed = t_ratio(X, y, g, j, null)
    tie = 1e-9 * abs(observed)
    expected = {
        "two-sided": np.mean(np.abs(t) >= abs(observed) - tie),
        "greater": np.mean(t >= observed - tie),
        "less": np.mean(t <= observed + tie),
    }
    for alternative, p in expected.items():
        found = wild_cluster_linear(
            X, y, g, j, null=null, weights="rademacher", alternative=alternative, interval=False
        )
        assert found.enumerated and found.draws == 256 and found.p_value == p
        assert found.statistic == pytest.approx(observed, rel=1e-10) and math.isnan(found.conf_low)


def test_webb_draws_by_refitting():
    X, y, g = data(seed=4)
    found = wild_cluster_linear(X, y, g, 1, draws=500, seed=3, interval=False)
    rng = np.random.default_rng(3)
    t = refit_every_draw(X, y, g, 1, 0.0, POINTS["webb"][rng.integers(0, 6, (500, 8))])
    assert found.p_value == (np.sum(np.abs(t) >= abs(t_ratio(X, y, g, 1, 0.0)) * (1 - 1e-9)) + 1) / 501
    assert not found.enumerated and found.seed == 3
    assert np.mean(POINTS["webb"] ** 2) == pytest.approx(1) and POINTS["webb"].sum() == pytest.approx(0)


@pytest.mark.parametrize(("j", "count", "statistic"), [(1, 40, 2.8614597245742996), (2, 122, 1.9460757627743597)])
def test_against_wildboottest(repository, j, count, statistic):
    """wildboottest 0.3.2, all 1,024 sign vectors, stored data; it does not count the two ties with the observed."""
    stored = json.loads((repository / "tests" / "reference" / "covariance.json").read_text())["data"]
    X = np.column_stack([np.ones(len(stored["g"])), stored["x1"], stored["x2"]])
    found = wild_cluster_linear(X, stored["y"], stored["g"], j, weights="rademacher", interval=False)
    assert found.p_value * 1024 == pytest.approx(count + 2) and found.statistic == pytest.approx(statistic, rel=1e-9)


@pytest.mark.parametrize("statistic", ["linearised", "score"])
def test_logit_enumeration_by_direct_algebra(statistic):
    X, latent, g = data(seed=2, size=12)
    y, null, j = (latent > 0.4).astype(float), 0.3, 1
    others, theta = np.delete(X, j, axis=1), np.zeros(2)
    for _ in range(50):  # restricted ML by plain Newton steps
        p = expit(others @ theta + null * X[:, j])
        theta += np.linalg.solve(others.T @ (others * (p * (1 - p))[:, None]), others.T @ (y - p))
    p = expit(others @ theta + null * X[:, j])
    w = p * (1 - p)
    x_tilde, y_tilde = np.sqrt(w)[:, None] * X, (y - p) / np.sqrt(w)
    row = np.linalg.inv(X.T @ (X * w[:, None]))[j]
    t = []
    for v in itertools.product([1, -1], repeat=8):
        flipped = y_tilde * np.asarray(v)[g]
        if statistic == "linearised":  # an ordinary regression of the flipped working residual
            t.append(t_ratio(x_tilde, flipped, g, j, 0.0))
        else:
            parts = np.array([row @ x_tilde[g == c].T @ flipped[g == c] for c in range(8)])
            t.append(parts.sum() / np.sqrt(np.sum((parts - parts.mean()) ** 2)))
    t = np.array(t)
    found = wild_cluster_logit(X, y, g, j, null=null, statistic=statistic, weights="rademacher", interval=False)
    assert found.p_value == np.mean(np.abs(t) >= abs(t[0]) * (1 - 1e-9))
    factor = 1.0 if statistic == "linearised" else math.sqrt(7 / 8 * (96 - 3) / 95)
    assert found.statistic == pytest.approx(t[0] * factor, rel=1e-8)


@pytest.mark.parametrize("model", ["linear", "logit"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_limits_invert_the_test(model, alternative):
    X, latent, g = data(seed=5, n_clusters=10, size=20, treated=5)
    run = wild_cluster_linear if model == "linear" else wild_cluster_logit
    y = latent if model == "linear" else (latent > 0.4).astype(float)
    options = {"weights": "rademacher", "alternative": alternative, "conf_level": 0.9}
    found = run(X, y, g, 1, **options)
    assert found.conf_low < found.estimate < found.conf_high
    for limit, outward in ((found.conf_low, -1), (found.conf_high, 1)):
        one_sided_open = (alternative == "less" and outward < 0) or (alternative == "greater" and outward > 0)
        assert math.isinf(limit) == one_sided_open
        if not one_sided_open:
            kept, out = (run(X, y, g, 1, null=limit + d * outward * 1e-5, interval=False, **options) for d in (-1, 1))
            assert kept.p_value > 0.1 >= out.p_value


def test_a_level_that_the_draws_cannot_reach_leaves_the_interval_open():
    X, y, g = data()
    found = wild_cluster_linear(X, y, g, 1, weights="rademacher", conf_level=0.999)  # least possible p: 2 / 256
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)


def test_units_and_row_order_do_not_matter():
    X, y, g = data(seed=6, n_clusters=12)
    order = np.random.default_rng(0).permutation(len(y))
    names = np.array([f"state {c:02d}" for c in g])
    one = wild_cluster_linear(X, y, g, 1, draws=999)
    two = wild_cluster_linear((X * [1, 1e-3, 1e6])[order], 100 * y[order], names[order], 1, draws=999)
    assert two.p_value == one.p_value and two.statistic == pytest.approx(one.statistic)
    assert two.conf_low == pytest.approx(1e5 * one.conf_low, rel=1e-6) and two.estimate == pytest.approx(
        1e5 * one.estimate
    )


def test_separated_logit():
    X, latent, g = data(seed=7, n_clusters=10, size=10)
    y = (latent > 0).astype(float)
    y[X[:, 1] == 1] = 0
    found = wild_cluster_logit(X, y, g, 1, draws=499, interval=False)
    assert found.estimate == -math.inf and 0 < found.p_value < 1
    with pytest.raises(EstimationError, match="interval=False"):
        wild_cluster_logit(X, y, g, 1, draws=499)
    with pytest.raises(EstimationError, match="other columns separate"):
        wild_cluster_logit(X, y, g, 2, draws=499)


@pytest.mark.parametrize("model", ["linear", "linearised", "score"])
def test_size_with_twelve_unbalanced_clusters(model):
    rng, runs = np.random.default_rng(20), 600
    g = np.repeat(np.arange(12), 20)
    X = np.column_stack([np.ones(240), g < 4, rng.normal(size=240)]).astype(float)
    rejected = 0
    for _ in range(runs):
        latent = 0.5 * X[:, 2] + 0.7 * rng.normal(size=12)[g]
        if model == "linear":
            found = wild_cluster_linear(X, latent + rng.normal(size=240), g, 1, draws=399, interval=False)
        else:
            y = (rng.random(240) < expit(latent - 0.8)).astype(float)
            found = wild_cluster_logit(X, y, g, 1, statistic=model, draws=399, interval=False)
        rejected += found.p_value <= 0.05
    assert abs(rejected / runs - 0.05) < 3 * math.sqrt(0.05 * 0.95 / runs) + 0.01


def test_guard_g11():
    X, y, g = data(n_clusters=8)
    with pytest.raises(RefusalError, match=r"^G11: 7 clusters"):
        wild_cluster_linear(X, y, np.minimum(g, 6), 1)
    with pytest.warns(GuardWarning, match="G11: 8 clusters"):
        assert wild_cluster_linear(X, y, g, 1, draws=99, interval=False).guards == ("G11",)
    X, y, g = data(n_clusters=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wild_cluster_linear(X, y, g, 1, draws=99, interval=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coefficient": 3}, "coefficient is 3"),
        ({"coefficient": True}, "coefficient is True"),
        ({"weights": "mammen"}, "weights is 'mammen'"),
        ({"alternative": "two.sided"}, "alternative is"),
        ({"draws": 10}, "at least 99"),
        ({"conf_level": 95}, "conf_level is 95"),
        ({"statistic": "wald"}, "statistic is 'wald'"),
        ({"y": np.full(48, 2.0)}, "only 0 and 1"),
        ({"y": np.full(48, np.nan)}, "y holds missing"),
        ({"y": np.ones(47)}, "X must be"),
        ({"groups": np.arange(3)}, "groups has shape"),
    ],
)
def test_named_errors(change, message):
    X, y, g = data()
    arguments = {"X": X, "y": (y > 0).astype(float), "groups": g, "coefficient": 1, **change}
    with pytest.raises(InputError, match=message):
        wild_cluster_logit(**arguments)


def test_singular_design():
    X, y, g = data()
    with pytest.raises(EstimationError, match="singular"):
        wild_cluster_linear(np.column_stack([X, X[:, 2]]), y, g, 1)


@pytest.mark.parametrize("kind", ["linear", "linearised", "score"])
def test_a_single_column_has_no_others_to_impose(kind):
    X, y, g = data(seed=4)
    x = X[:, [2]]
    if kind == "linear":
        found = wild_cluster_linear(x, y, g, 0, draws=199, weights="rademacher", interval=False)
        estimate = float(x[:, 0] @ y / (x[:, 0] @ x[:, 0]))
        own = np.array([x[g == k, 0] @ y[g == k] for k in range(8)])
        spread = np.array([x[g == k, 0] @ x[g == k, 0] for k in range(8)]) / (x[:, 0] @ x[:, 0])
    else:
        y = (y > 0).astype(float)
        found = wild_cluster_logit(x, y, g, 0, draws=199, weights="rademacher", interval=False, statistic=kind)
        from scipy.optimize import brentq

        estimate = brentq(lambda b: x[:, 0] @ (y - expit(b * x[:, 0])), -20, 20)
        own = np.array([x[g == k, 0] @ (y[g == k] - 0.5) for k in range(8)])
        spread = np.array([x[g == k, 0] @ x[g == k, 0] for k in range(8)]) / (x[:, 0] @ x[:, 0])
    assert found.estimate == pytest.approx(estimate)
    assert found.enumerated and found.draws == 256 and found.seed is None
    t = []
    for signs in itertools.product([1.0, -1.0], repeat=8):
        parts = np.array(signs) * own
        rest = parts - (parts.mean() if kind == "score" else spread * parts.sum())
        t.append(parts.sum() / np.sqrt((rest**2).sum()))
    t = np.array(t)
    assert found.p_value == pytest.approx(np.mean(np.abs(t) >= abs(t[0]) - 1e-9))
    n = len(x)
    assert found.statistic == pytest.approx(t[0] * np.sqrt(7 / 8 * (n - 1) / (n - 1)))


@pytest.mark.parametrize("alternative", ["less", "greater", "two-sided"])
def test_a_random_p_value_counts_the_data_and_keeps_its_seed(alternative):
    X, y, g = data(seed=5, n_clusters=20)
    runs = [
        wild_cluster_linear(X, y, g, 1, draws=999, alternative=alternative, interval=False, seed=s) for s in (1, 1, 2)
    ]
    assert (runs[0].p_value, runs[0].statistic) == (runs[1].p_value, runs[1].statistic) and runs[0].p_value != runs[
        2
    ].p_value
    assert not runs[0].enumerated and (runs[0].draws, runs[0].seed) == (999, 1)
    for run in runs:
        assert run.p_value * 1000 == pytest.approx(round(run.p_value * 1000)) and run.p_value >= 1 / 1000
        assert np.isnan(run.conf_low) and np.isnan(run.conf_high)
    assert runs[0].p_value == pytest.approx(runs[2].p_value, abs=4.5 * np.sqrt(0.5 / 999))


def test_signs_are_enumerated_up_to_sixteen_clusters():
    for n_clusters, enumerated in ((16, True), (17, False)):
        X, y, g = data(seed=6, n_clusters=n_clusters)
        found = wild_cluster_linear(X, y, g, 1, weights="rademacher", draws=99, interval=False)
        assert found.enumerated is enumerated and found.draws == (1 << 16 if enumerated else 99)
    X, y, g = data(seed=6, n_clusters=8)
    webb = wild_cluster_linear(X, y, g, 1, draws=99, interval=False)
    assert not webb.enumerated and webb.draws == 99 and "Webb" in webb.method  # six to the eighth is too many


@pytest.mark.parametrize("change", [{"conf_level": 0.0}, {"conf_level": 1.0}, {"null": np.inf}, {"draws": 98}, {"draws": 99.5},
                                    {"draws": True}, {"coefficient": -1}])  # fmt: skip
def test_arguments_beyond_their_limits(change):
    X, y, g = data()
    with pytest.raises(InputError):
        wild_cluster_linear(X, y, g, **{"coefficient": 1, "interval": False, **change})
    assert wild_cluster_linear(X, y, g, 1, draws=99.0, interval=False).draws == 99
    with pytest.raises(InputError, match="more rows than columns"):
        wild_cluster_linear(X[:3], y[:3], g[:3], 1)


@pytest.mark.parametrize("hits", [24, 26])
def test_a_level_that_the_draws_attain_is_rejected(hits):
    """With 256 sign vectors p is a multiple of 1/256; a null whose p equals alpha is outside the interval."""
    X, y, g = data(seed=8)
    alpha = hits / 256
    found = wild_cluster_linear(X, y, g, 2, weights="rademacher", conf_level=1 - alpha)
    step = 1e-6 * (found.conf_high - found.conf_low)

    def p(theta):
        return wild_cluster_linear(X, y, g, 2, weights="rademacher", null=theta, interval=False).p_value

    for limit, outward in ((found.conf_low, -step), (found.conf_high, step)):
        assert p(limit + outward) <= alpha + 1e-12 < p(limit - outward)


def test_a_column_of_nothing_is_singular():
    X, y, g = data()
    X[:, 2] = 0
    for call in (wild_cluster_linear, lambda *a, **o: wild_cluster_logit(a[0], (a[1] > 0).astype(float), *a[2:], **o)):
        with pytest.raises(EstimationError, match=r"singular|separat|converge"):
            call(X, y, g, 2, interval=False)
