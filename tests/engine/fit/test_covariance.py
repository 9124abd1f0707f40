"""Covariances against R (sandwich, clubSandwich), statsmodels, and the definition written with dense matrices."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import statsmodels.api as sm

from interventions_stats.engine.fit import bias_reduced, orthonormal
from interventions_stats.engine.fit import covariance as cov
from interventions_stats.errors import EstimationError, GuardWarning, InputError, RefusalError

MODELS = ("linear", "logit", "poisson")


@pytest.fixture(scope="module")
def stored(repository):
    return json.loads((repository / "tests" / "reference" / "covariance.json").read_text())


def parts(stored, model):
    """Design, score residuals, weights and clusters of a fit whose coefficients R stored."""
    data = {k: np.array(v, dtype=float) for k, v in stored["data"].items()}
    X = np.column_stack([np.ones(len(data["g"])), data["x1"], data["x2"]])
    eta = X @ np.array(stored[model]["coef"])
    if model == "linear":
        return X, data["y"] - eta, np.ones(len(eta)), data["g"]
    mean = 1 / (1 + np.exp(-eta)) if model == "logit" else np.exp(eta)
    weight = mean * (1 - mean) if model == "logit" else mean
    return X, data["b" if model == "logit" else "cnt"] - mean, weight, data["g"]


@pytest.mark.parametrize("model", MODELS)
def test_against_r(stored, model):
    X, r, w, g = parts(stored, model)
    expected = stored[model]
    with pytest.warns(GuardWarning, match="G11: 10 clusters"):
        found = {
            "CR0": cov.cluster(X, r, g, w, kind="CR0"),
            "CR1S": cov.cluster(X, r, g, w, kind="CR1"),
            "CR2": cov.cluster(X, r, g, w, kind="CR2"),
            "HAC": cov.hac(X, r, w, lags=3),
            **{k: cov.hc(X, r, w, kind=k) for k in ("HC0", "HC1", "HC2", "HC3")},
        }
    for name, result in found.items():
        assert result.matrix == pytest.approx(np.array(expected[name]), rel=1e-8), name
    assert found["CR2"].df == pytest.approx(expected["df"], rel=1e-8)
    assert found["CR1S"].df.tolist() == [9.0] * 3 and found["HC3"].df.tolist() == [52.0] * 3
    assert found["CR2"].guards == ("G11",) and found["CR2"].n_clusters == 10 and found["HAC"].lags == 3
    assert found["CR2"].std_error == pytest.approx(np.sqrt(np.diag(found["CR2"].matrix)))


def test_against_statsmodels():
    rng = np.random.default_rng(3)
    n = 400
    X, g = sm.add_constant(rng.normal(size=(n, 3))), rng.integers(0, 40, n)
    y = X @ [0.1, 1, -1, 0] + rng.normal(size=40)[g] + rng.normal(size=n)
    linear = sm.OLS(y, X).fit()
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        assert cov.hc(X, linear.resid, kind=kind).matrix == pytest.approx(
            sm.OLS(y, X).fit(cov_type=kind).cov_params(), rel=1e-9
        )
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": g}}
    assert cov.cluster(X, linear.resid, g, kind="CR1").matrix == pytest.approx(
        sm.OLS(y, X).fit(**clustered).cov_params()
    )
    for corrected in (False, True):
        peer = sm.OLS(y, X).fit(cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": corrected})
        assert cov.hac(X, linear.resid, lags=5, correction=corrected).matrix == pytest.approx(
            peer.cov_params(), rel=1e-9
        )
    assert cov.classical(X, dispersion=linear.scale).matrix == pytest.approx(linear.cov_params())
    assert cov.classical(X, dispersion=linear.scale).df.tolist() == [396.0] * 4
    event = (y > 1).astype(float)
    logit = sm.Logit(event, X).fit(disp=False, tol=1e-14, maxiter=100)
    p = logit.predict()
    assert cov.classical(X, p * (1 - p)).matrix == pytest.approx(logit.cov_params(), rel=1e-7)
    assert math.isinf(cov.classical(X, p * (1 - p)).df[0])
    peer = sm.Logit(event, X).fit(disp=False, tol=1e-14, maxiter=100, **clustered)
    assert cov.cluster(X, event - p, g, p * (1 - p), kind="CR1").matrix == pytest.approx(peer.cov_params(), rel=1e-6)


def dense_bias_reduced(X, r, w, g, root):
    """The definition with n x n matrices, on the scale of the score residuals (variance W)."""

    def power(matrix, exponent):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(np.where(values > 1e-12, np.abs(values) ** exponent, 0)) @ vectors.T

    n, k = X.shape
    W, bread = np.diag(w), np.linalg.inv(X.T @ (X * w[:, None]))
    residual_maker = np.eye(n) - W @ X @ bread @ X.T
    V, columns = np.zeros((k, k)), []
    for label in np.unique(g):
        i = g == label
        variance = (residual_maker @ W @ residual_maker.T)[np.ix_(i, i)]
        D = np.diag(np.sqrt(w[i]))
        inverse = np.diag(1 / np.sqrt(w[i]))
        A = (
            D @ power(D @ variance @ D, -0.5) @ D
            if root == "symmetric"
            else D @ power(inverse @ variance @ inverse, -0.5) @ inverse
        )
        score = X[i].T @ A @ r[i]
        V += np.outer(score, score)
        columns.append(residual_maker[i].T @ A.T @ X[i] @ bread)  # (n, k): the statistic is columns' r before fitting
    df = []
    for c in range(k):
        P = np.array([q[:, c] for q in columns])
        gram = P @ W @ P.T
        df.append(np.trace(gram) ** 2 / np.sum(gram**2))
    return bread @ V @ bread, np.array(df)


@pytest.mark.parametrize("root", ["symmetric", "whitened"])
@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_by_its_definition(root, weighted):
    rng = np.random.default_rng(9)
    g = np.repeat(np.arange(20), rng.integers(1, 7, 20))
    n = len(g)
    X = np.column_stack([np.ones(n), (g < 6), rng.normal(size=n)]).astype(float)
    w = 10 ** rng.uniform(-3.5, -0.6, n) if weighted else np.ones(n)
    r = rng.normal(size=n) * np.sqrt(w)
    matrix, df = dense_bias_reduced(X, r, w, g, root)
    order = rng.permutation(n)
    found = cov.cluster(X[order], r[order], np.array([f"c{v}" for v in g])[order], w[order], root=root)
    assert found.matrix == pytest.approx(matrix, rel=1e-9) and found.df == pytest.approx(df, rel=1e-9)
    contrasts = np.array([[0, 1, -1], [1, 0, 0]])
    assert cov.satterthwaite_df(X, g, contrasts, w, root=root)[1] == pytest.approx(df[0], rel=1e-9)


@pytest.mark.parametrize("root", ["symmetric", "whitened"])
def test_cr2_is_unbiased_when_the_weights_are_the_variances(root):
    """E r r' = (I - H) W, summed over an orthogonal set of residual vectors, must give back the bread exactly."""
    rng = np.random.default_rng(4)
    g, X = np.repeat(np.arange(20), 3), np.column_stack([np.ones(60), rng.normal(size=60)])
    w = rng.uniform(0.05, 0.25, 60)
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    maker = np.eye(60) - (w[:, None] * X) @ bread @ X.T
    draws = maker @ np.diag(np.sqrt(w))
    total = sum(cov.cluster(X, draws[:, j], g, w, root=root).matrix for j in range(60))
    assert total == pytest.approx(bread, rel=1e-9)


def test_limiting_cases():
    rng = np.random.default_rng(6)
    X, r, w = np.column_stack([np.ones(50), rng.normal(size=50)]), rng.normal(size=50), rng.uniform(0.1, 1, 50)
    alone = np.arange(50)
    assert cov.cluster(X, r, alone, w).matrix == pytest.approx(cov.hc(X, r, w, kind="HC2").matrix, rel=1e-9)
    assert cov.hac(X, r, w, lags=0).matrix == pytest.approx(cov.hc(X, r, w, kind="HC0").matrix, rel=1e-12)
    # the mean of equal clusters is a mean of G cluster means: G - 1 degrees of freedom, and the textbook variance
    y = rng.normal(size=100)
    means = y.reshape(25, 4).mean(axis=1)
    found = cov.cluster(np.ones((100, 1)), y - y.mean(), np.repeat(np.arange(25), 4))
    assert found.df[0] == pytest.approx(24) and found.matrix[0, 0] == pytest.approx(means.var(ddof=1) / 25)
    # two groups of clusters: Welch's degrees of freedom at equal variances, (1/10 + 1/15)^2 / (1/10^2/9 + 1/15^2/14)
    treated = np.repeat(np.arange(25) < 10, 4)
    design = np.column_stack([~treated, treated]).astype(float)
    df = cov.satterthwaite_df(design, np.repeat(np.arange(25), 4), [[-1.0, 1.0]])
    assert df[0] == pytest.approx((1 / 10 + 1 / 15) ** 2 / (1 / 900 + 1 / 3150))


def test_cluster_dummies_leave_the_slope_defined():
    """With a dummy for each cluster I - H is singular; the slope's CR2 equals that of the demeaned regression."""
    rng = np.random.default_rng(7)
    g, x, r = np.repeat(np.arange(20), 5), rng.normal(size=100), rng.normal(size=100)
    dummies = (g[:, None] == np.arange(20)).astype(float)
    X = np.column_stack([x, dummies])
    r = r - X @ np.linalg.lstsq(X, r, rcond=None)[0]
    demeaned = x - dummies @ (dummies.T @ x / 5)
    full, within = cov.cluster(X, r, g), cov.cluster(demeaned[:, None], r, g)
    assert np.isfinite(full.matrix).all()
    assert full.matrix[0, 0] == pytest.approx(within.matrix[0, 0], rel=1e-8) and full.df[0] == pytest.approx(
        within.df[0], rel=1e-8
    )


def test_units_and_row_order_do_not_matter():
    rng = np.random.default_rng(8)
    n = 200
    X, g = np.column_stack([np.ones(n), rng.normal(size=(n, 2))]), rng.integers(0, 25, n)
    p = 1 / (1 + np.exp(-X @ [-1, 0.5, 0.2]))
    r, w = (rng.random(n) < p) - p, p * (1 - p)
    scale = np.array([1, 1e-6, 1e9])
    order = rng.permutation(n)
    for function in (
        lambda i, s: cov.cluster(X[i] * s, r[i], g[i], w[i]),
        lambda i, s: cov.hc(X[i] * s, r[i], w[i]),
        lambda i, s: cov.classical(X[i] * s, w[i]),
    ):
        one, two = function(np.arange(n), np.ones(3)), function(order, scale)
        assert two.matrix * np.outer(scale, scale) == pytest.approx(one.matrix, rel=1e-8) and two.df == pytest.approx(
            one.df
        )


def test_coverage_with_few_clusters():
    """20 clusters, treatment in 5: the CR2 t interval stays near 95% where CR1 falls well short."""
    rng = np.random.default_rng(12)
    g, runs = np.repeat(np.arange(20), 10), 1000
    X = np.column_stack([np.ones(200), g < 5]).astype(float)
    from scipy.stats import t

    hits = {"CR1": 0, "CR2": 0}
    project = np.linalg.inv(X.T @ X) @ X.T
    for _ in range(runs):
        y = rng.normal(size=20)[g] + rng.normal(size=200)
        b = project @ y
        for kind in hits:
            v = cov.cluster(X, y - X @ b, g, kind=kind)
            hits[kind] += abs(b[1]) <= t.ppf(0.975, v.df[1]) * v.std_error[1]
    error = 3 * math.sqrt(0.95 * 0.05 / runs)
    assert abs(hits["CR2"] / runs - 0.95) < error + 0.015  # Satterthwaite is an approximation
    assert hits["CR1"] / runs < 0.95 - error


def test_guard_g11():
    X, r, g = np.ones((70, 1)), np.ones(70), np.arange(70)
    with pytest.raises(RefusalError, match=r"^G11: 7 clusters are too few.*permutation"):
        cov.cluster(X, r, g % 7)
    with pytest.warns(GuardWarning, match="G11: 19 clusters"):
        cov.cluster(X, r, g % 19)
    assert cov.cluster(X, r, g % 20).guards == ()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda X, r: cov.hc(X, r[:-1]), InputError, "residuals has shape"),
        (lambda X, r: cov.hc(X, np.where(r > 0, np.nan, r)), InputError, "residuals holds missing"),
        (lambda X, r: cov.hc(X, r, -np.ones(40)), InputError, "negative value"),
        (lambda X, r: cov.hc(X, r, kind="HC4"), InputError, "kind is 'HC4'"),
        (lambda X, r: cov.cluster(X, r, np.arange(40), root="cholesky"), InputError, "root is 'cholesky'"),
        (lambda X, r: cov.cluster(X, r, np.arange(39)), InputError, "groups has shape"),
        (lambda X, r: cov.cluster(X, r, [None, *range(39)]), InputError, "1 missing labels"),
        (lambda X, r: cov.cluster(X, r, np.where(np.arange(40) < 3, np.nan, 1.0)), InputError, "3 missing labels"),
        (lambda X, r: cov.cluster(X, r, np.array(["a", *range(39)], dtype=object)), InputError, "cannot be compared"),
        (lambda X, r: cov.hac(X, r, lags=40), InputError, "lags is 40"),
        (lambda X, r: cov.hac(X, r, lags=-1), InputError, "lags is -1"),
        (lambda X, r: cov.classical(np.column_stack([X, X[:, 1]])), EstimationError, "singular"),
        (lambda X, r: cov.classical(np.column_stack([X, np.zeros(40)])), EstimationError, "column 2"),
        (lambda X, r: cov.classical(X[:2]), InputError, "more rows than columns"),
        (lambda X, r: cov.hc(np.column_stack([X, np.arange(40) == 5]), r), EstimationError, "row 5 has leverage one"),
        (lambda X, r: cov.satterthwaite_df(X, np.arange(40), [[1.0]]), InputError, "contrasts has 1 columns"),
    ],
)
def test_named_errors(call, error, message):
    rng = np.random.default_rng(0)
    with pytest.raises(error, match=message):
        call(np.column_stack([np.ones(40), rng.normal(size=40)]), rng.normal(size=40))


def test_a_cluster_too_large_for_the_symmetric_root_is_named(monkeypatch):
    rng = np.random.default_rng(0)
    g, w = np.repeat(np.arange(20), 5), rng.uniform(0.1, 0.2, 100)
    X, r = (g[:, None] == np.arange(20)).astype(float), rng.normal(size=100)
    monkeypatch.setattr(bias_reduced, "MAX_SYMMETRIC_ROWS", 4)
    with pytest.raises(InputError, match=r"5 rows, more than the 4.*root='whitened'"):
        cov.cluster(X, r, g, w)  # no room beside a dummy for each cluster
    assert cov.cluster(X, r, g).n_clusters == 20  # equal weights need no large matrix
    assert cov.cluster(X[:, :1] + 1, r, g, w).n_clusters == 20  # and neither does a cluster with room
    monkeypatch.setattr(bias_reduced, "MAX_SYMMETRIC_ROWS", 5)
    assert cov.cluster(X, r, g, w).n_clusters == 20


def test_classical_errors_and_their_reference():
    rng = np.random.default_rng(1)
    X, w = np.column_stack([np.ones(30), rng.normal(size=30)]), rng.uniform(0.2, 2, 30)
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    plain, scaled = cov.classical(X, w), cov.classical(X, w, dispersion=2.5)
    assert plain.matrix == pytest.approx(bread) and np.isinf(plain.df).all()
    assert scaled.matrix == pytest.approx(2.5 * bread) and (scaled.df == 28).all()
    assert plain.std_error == pytest.approx(np.sqrt(np.diag(bread))) and plain.n == 30


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_heteroskedasticity_by_loops(kind):
    rng = np.random.default_rng(2)
    X, w, r = np.column_stack([np.ones(25), rng.normal(size=25)]), rng.uniform(0.2, 2, 25), rng.normal(size=25)
    bread, meat = np.linalg.inv(X.T @ (X * w[:, None])), np.zeros((2, 2))
    for x, weight, residual in zip(X, w, r, strict=True):
        room = 1 - weight * x @ bread @ x
        meat += np.outer(x, x) * (residual / {"HC0": 1, "HC1": 1, "HC2": np.sqrt(room), "HC3": room}[kind]) ** 2
    found = cov.hc(X, r, w, kind=kind)
    assert (
        found.matrix == pytest.approx(bread @ meat @ bread * (25 / 23 if kind == "HC1" else 1))
        and (found.df == 23).all()
    )


@pytest.mark.parametrize(
    ("n", "lags", "used"), [(60, None, 3), (100, None, 4), (60, 1, 1), (60, 5, 5), (60, 0, 0), (60, 59, 59)]
)
@pytest.mark.parametrize("correction", [False, True])
def test_newey_and_west_by_loops(n, lags, used, correction):
    rng = np.random.default_rng(3)
    X, w, r = np.column_stack([np.ones(n), rng.normal(size=n)]), rng.uniform(0.2, 2, n), rng.normal(size=n).cumsum()
    scores, meat = X * r[:, None], np.zeros((2, 2))
    for i in range(n):
        for j in range(n):
            if abs(i - j) <= used:
                meat += (1 - abs(i - j) / (used + 1)) * np.outer(scores[i], scores[j])
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    found = cov.hac(X, r, w, lags=lags, correction=correction)
    assert found.lags == used and (found.df == n - 2).all() and found.n_clusters is None
    assert found.matrix == pytest.approx(bread @ meat @ bread * (n / (n - 2) if correction else 1))
    for wrong in (n, 1.5, True):
        with pytest.raises(InputError, match="lags is"):
            cov.hac(X, r, lags=wrong)


@pytest.mark.parametrize("kind", ["CR0", "CR1"])
def test_sums_of_scores_within_clusters(kind):
    rng = np.random.default_rng(4)
    X, w, r, g = (
        np.column_stack([np.ones(60), rng.normal(size=60)]),
        rng.uniform(0.2, 2, 60),
        rng.normal(size=60),
        rng.integers(0, 20, 60),
    )
    g[:20] = np.arange(20)
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    sums = np.array([(X[g == k] * r[g == k, None]).sum(axis=0) for k in range(20)])
    factor = 20 / 19 * 59 / 58 if kind == "CR1" else 1.0
    found = cov.cluster(X, r, g, w, kind=kind)
    assert found.matrix == pytest.approx(factor * bread @ sums.T @ sums @ bread)
    assert (found.df == 19).all() and (found.n, found.n_clusters) == (60, 20)


@pytest.mark.parametrize("root", ["symmetric", "whitened"])
def test_rows_and_clusters_of_no_weight_change_nothing(root):
    rng = np.random.default_rng(5)
    g = np.repeat(np.arange(22), 4)
    X, w, r = np.column_stack([np.ones(88), rng.normal(size=88)]), rng.uniform(0.2, 2, 88), rng.normal(size=88)
    w[80:], r[80:] = 0, 0  # two clusters, and single rows of others
    w[[3, 17]], r[[3, 17]] = 0, 0
    found, kept = cov.cluster(X, r, g, w, root=root), w > 0
    alone = cov.cluster(X[kept], r[kept], g[kept], w[kept], root=root)
    assert found.matrix == pytest.approx(alone.matrix) and found.df == pytest.approx(alone.df)


def test_blocks_of_rows_are_the_table(monkeypatch):
    rng = np.random.default_rng(6)
    X, w, r = np.column_stack([np.ones(50), rng.normal(size=50)]), rng.uniform(0.2, 2, 50), rng.normal(size=50)
    whole = [cov.classical(X, w).matrix, cov.hc(X, r, w).matrix]
    monkeypatch.setattr(orthonormal, "CHUNK_ROWS", 7)
    for one, other in zip(whole, [cov.classical(X, w).matrix, cov.hc(X, r, w).matrix], strict=True):
        assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("groups", "n"),
    [(list("abca"), 3), (np.array([3, 1, 3, 2]), 3), ([1.0, 2.0, 1.0, 1.0], 2), (np.array([0, 1, 0, 1], bool), 2),
     (np.array(["a", "b", "a", "c"], object), 3)],
)  # fmt: skip
def test_labels_of_any_make(groups, n):
    codes, found = cov.group_codes(groups, 4)
    labels = np.asarray(groups)
    assert found == n and all((codes[i] == codes[j]) == (labels[i] == labels[j]) for i in range(4) for j in range(4))
    with pytest.raises(InputError, match="one label a row"):
        cov.group_codes(groups, 5)
    with pytest.raises(InputError, match="missing labels"):
        cov.group_codes(np.array(["2020", "NaT", "2021", "2020"], "datetime64[D]"), 4)
