"""Logit by maximum likelihood: statsmodels and pyfixest as oracles, and every refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from interventions_stats.errors import GuardWarning, InputError, RefusalError
from interventions_stats.estimators import cloglog, logit, poisson

RNG = np.random.default_rng(11)
N = 500
X = RNG.normal(size=(N, 3))
Y = (RNG.random(N) < 1 / (1 + np.exp(1 - X @ [0.8, 0.0, -0.4]))).astype(float)
GROUP = RNG.integers(0, 40, N)
OFFSET = RNG.normal(size=N) * 0.3


def test_statsmodels_logit() -> None:
    sm = pytest.importorskip("statsmodels.api")
    ours, theirs = logit(y=Y, X=X), sm.Logit(Y, sm.add_constant(X)).fit(disp=0, tol=1e-14)
    assert_allclose(ours.params, theirs.params, atol=1e-10)
    assert_allclose(ours.cov, theirs.cov_params(), rtol=1e-9)
    assert_allclose(ours.pvalues, theirs.pvalues, rtol=1e-8)
    assert_allclose(ours.conf_int(), theirs.conf_int(), atol=1e-9)
    assert_allclose(ours.loglik, theirs.llf, rtol=1e-13)
    assert_allclose(ours.predict(), theirs.predict(), atol=1e-12)


@pytest.mark.parametrize("family", ["logit", "cloglog", "poisson"])
def test_statsmodels_glm_with_offset_and_weights(family: str) -> None:
    sm = pytest.importorskip("statsmodels.api")
    families = {
        "logit": sm.families.Binomial(),
        "cloglog": sm.families.Binomial(sm.families.links.CLogLog()),
        "poisson": sm.families.Poisson(),
    }
    weights = RNG.integers(0, 4, N).astype(float)
    used = weights > 0
    theirs = sm.GLM(
        Y[used], sm.add_constant(X)[used], family=families[family], offset=OFFSET[used], freq_weights=weights[used]
    ).fit(tol=1e-14, maxiter=200)
    fit = {"logit": logit, "cloglog": cloglog, "poisson": poisson}[family]
    ours = fit(y=Y, X=X, offset=OFFSET, weights=weights)
    assert_allclose(ours.params, theirs.params, atol=1e-9)
    assert_allclose(ours.bse, theirs.bse, rtol=1e-7)


@pytest.mark.parametrize("kind", ["CR1"])
def test_cluster_robust_against_statsmodels_and_pyfixest(kind: str) -> None:
    sm = pytest.importorskip("statsmodels.api")
    theirs = sm.Logit(Y, sm.add_constant(X)).fit(
        disp=0, tol=1e-14, cov_type="cluster", cov_kwds={"groups": GROUP, "use_correction": True}
    )
    ours = logit(y=Y, X=X, cluster=GROUP, cluster_kind=kind)  # type: ignore[arg-type]
    assert_allclose(ours.bse, theirs.bse, rtol=1e-8)
    pf = pytest.importorskip("pyfixest")
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y, g=GROUP)
    fixest = pf.feglm("y ~ a + b + c", data=frame, family="logit", vcov={"CRV1": "g"})
    assert_allclose(ours.params, fixest.coef().to_numpy(), atol=1e-6)
    # pyfixest counts the constant differently in n - k; the ratio is one number for all coefficients
    ratio = ours.bse / fixest.se().to_numpy()
    assert_allclose(ratio, ratio[0], rtol=1e-5)
    assert abs(ratio[0] - 1) < 2 / N


def test_cluster_default_is_cr2_with_few_clusters() -> None:
    with pytest.warns(GuardWarning, match="G11"):
        few = logit(y=Y, X=X, cluster=np.arange(N) % 12)
    assert "CR2" in few.covariance and (few.degrees < 12).all()
    many = logit(y=Y, X=X, cluster=np.arange(N) % 60)
    assert "CR1" in many.covariance and (many.degrees == 59).all()


@pytest.mark.parametrize("clusters", [1, 7])
def test_too_few_clusters_are_refused(clusters: int) -> None:
    with pytest.raises(RefusalError, match=f"^G11: {clusters} clusters"):
        logit(y=Y, X=X, cluster=np.arange(N) % clusters)


def test_separation_is_refused_with_column_and_direction() -> None:
    exposed = (np.arange(N) < 30).astype(float)
    y = Y.copy()
    y[:30] = 0
    with pytest.raises(RefusalError, match=r"^G03: .*'war' goes to minus infinity.*firth_logit"):
        logit(y=y, X=np.column_stack([X[:, 0], exposed]), names=["oil", "war"])
    with pytest.raises(RefusalError, match=r"^G03"):
        logit(y=y, X=exposed, allow=("G02", "G04"))
    with pytest.raises(RefusalError, match=r"^G03.*firth=True"):
        cloglog(y=y, X=exposed, names=["war"])
    with pytest.raises(RefusalError, match=r"^G03.*firth=True"):
        poisson(y=y, X=exposed, names=["war"])
    with pytest.raises(InputError, match="allow accepts"):
        logit(y=Y, X=X, allow=("G03",))


def test_few_events_are_refused_then_warned_then_accepted() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 3))

    def outcome(events: int) -> np.ndarray:
        y = np.zeros(300)
        y[rng.choice(300, events, replace=False)] = 1
        return y

    scarce = outcome(19)
    with pytest.raises(RefusalError, match=r"^G02: 19 events for 4 parameters, 4\.8 each"):
        logit(y=scarce, X=x)
    with pytest.warns(GuardWarning, match="G02"):
        logit(y=scarce, X=x, allow=("G02",))
    with pytest.warns(GuardWarning, match=r"G02: 39 events"):
        remarks = logit(y=outcome(39), X=x).remarks
    assert remarks[0].startswith("G02")
    assert logit(y=outcome(40), X=x).remarks == ()


def steep(seed: int = 2991, rows: int = 40, slope: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """Rows that one column all but separates."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    return x, (rng.random(rows) < 1 / (1 + np.exp(1 - slope * x))).astype(float)


def test_hauck_donner_refuses_where_wald_hides_the_effect() -> None:
    x, y = steep()
    with pytest.raises(RefusalError, match=r"^G04: Hauck-Donner effect in 'oil'"):
        logit(y=y, X=x, names=["oil"], allow=("G02",))
    with pytest.warns(GuardWarning, match="G04"):
        fit = logit(y=y, X=x, names=["oil"], allow=("G02", "G04"))
    assert fit.pvalues[1] > 0.05 and fit.conf_int()[1, 0] < 0  # Wald sees nothing
    assert fit.profile.ratios()[1] > 50 and fit.conf_int(method="profile")[1, 0] > 2  # the likelihood does


def test_hauck_donner_only_warns_where_the_tests_agree() -> None:
    y, x = np.repeat([1, 0, 1, 0], [4, 1, 1, 99]), np.repeat([1.0, 0.0], [5, 100])
    with pytest.warns(GuardWarning) as caught:
        assert logit(y=y, X=x, allow=("G02",)).pvalues[1] < 0.001
    assert [str(w.message)[:3] for w in caught] == ["G02", "G04"]
    x, y = steep(14, rows=20, slope=5.0)  # a Wald chi-square of 4.0, just beyond its .05
    with pytest.warns(GuardWarning, match="G04"):
        fit = logit(y=y, X=x, allow=("G02",))
    assert 0.045 < fit.pvalues[1] < 0.05


def test_hauck_donner_on_the_other_side_and_at_the_threshold_of_the_likelihood_ratio(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from interventions_stats.engine.fit.regression import Regression

    x, y = steep()
    with pytest.raises(RefusalError, match="G04"):
        logit(y=y, X=-x, allow=("G02",))
    monkeypatch.setattr(Regression, "likelihood_ratios", lambda *a: np.array([3.85]))  # p = .0497
    with pytest.raises(RefusalError, match="G04"):
        logit(y=y, X=x, allow=("G02",))
    monkeypatch.setattr(Regression, "likelihood_ratios", lambda *a: np.array([3.83]))  # p = .0503
    with pytest.warns(GuardWarning, match="G04"):
        logit(y=y, X=x, allow=("G02",))


@pytest.mark.parametrize("model", ["logit", "cloglog", "poisson"])
def test_no_estimate_of_separated_data_proves_overlap(model: str) -> None:
    """Wherever the iteration stops, be it with a step below rounding, the proof fails; at an interior maximum it holds."""
    from interventions_stats.engine.fit import likelihood_guards as guards
    from interventions_stats.engine.fit.regression import Regression
    from interventions_stats.engine.solver.newton import Settings
    from interventions_stats.estimators import build_design

    x = np.repeat([1.0, 0.0], [3, 297])
    for events, proof in ((0, False), (1, True), (3, model == "poisson")):
        y = np.r_[np.arange(3) < events, np.arange(297) % 4 == 0].astype(float)
        regression = Regression(build_design(y=y, X=x, kind="count"), model)  # type: ignore[arg-type]
        for steps in (1, 3, 10, 20, 30, 45, 100):
            estimate = regression.fit(Settings(max_iter=steps, fading=False))
            assert guards.overlaps(regression, estimate) <= proof
        assert guards.overlaps(regression, regression.fit()) == proof


def test_wald_slope_does_not_depend_on_units() -> None:
    from interventions_stats.engine.fit.likelihood_guards import _wald_slope
    from interventions_stats.engine.fit.regression import Regression
    from interventions_stats.estimators import build_design

    rng = np.random.default_rng(4)
    year, x = rng.integers(1970, 2021, 300).astype(float), rng.normal(size=300)
    y = (rng.random(300) < 1 / (1 + np.exp(1 - 2 * x - 0.05 * (year - 1995)))).astype(float)
    slopes = []
    for t in (year, year - 1995):
        regression = Regression(build_design(y=y, X=np.column_stack([x, t, t**2])), "logit")
        estimate = regression.fit()
        slopes.append([_wald_slope(regression, estimate, j) for j in (1, 3)])
    assert_allclose(slopes[0], slopes[1], rtol=1e-6)


def test_wald_slope_is_the_derivative_along_the_profile() -> None:
    from interventions_stats.engine.fit.likelihood_guards import _wald_slope
    from interventions_stats.engine.fit.regression import Regression

    x, y = steep()
    with pytest.warns(GuardWarning):
        fit = logit(y=y, X=x, allow=("G02", "G04"))
    regression: Regression = fit.profile.regression

    def log_wald(slope: float) -> float:
        from scipy.optimize import brentq

        def excess(intercept: float) -> float:
            return float((y - 1 / (1 + np.exp(-intercept - slope * x))).sum())

        eta = brentq(excess, -50, 50, xtol=1e-14) + slope * x
        w = 1 / (2 + 2 * np.cosh(eta))
        z = np.column_stack([np.ones(40), x])
        return float(np.log(slope**2 / np.linalg.inv((z * w[:, None]).T @ z)[1, 1]))

    b, h = fit.params[1], 1e-4
    numeric = b * (log_wald(b + h) - log_wald(b - h)) / (2 * h)
    assert_allclose(_wald_slope(regression, fit.profile.estimate, 1), numeric, rtol=1e-5)


def test_counts_without_an_event_in_a_group_are_separated() -> None:
    exposed = (np.arange(N) < 30).astype(float)
    counts = np.where(exposed == 1, 0, 2 + np.arange(N) % 3)
    with pytest.raises(RefusalError, match=r"^G03: .*30 of 500 rows.*'war' goes to minus infinity"):
        poisson(y=counts, X=np.column_stack([X[:, 0], exposed]), names=["oil", "war"])
    counts[5] = 1
    assert poisson(y=counts, X=np.column_stack([X[:, 0], exposed])).converged


def test_both_sides_of_the_guards_on_maximum_likelihood() -> None:
    from interventions_stats.estimators import conditional_logit

    for bad in (("G03",), ("G02", "G11")):
        for model in (logit, cloglog):
            with pytest.raises(InputError, match="allow accepts"):
                model(y=Y, X=X, allow=bad)
    strata = np.repeat(np.arange(50), 10)
    fit = conditional_logit(y=Y, X=X, strata=strata)
    assert fit.remarks == () or "left out" in fit.remarks[0]
    choice = np.zeros(N)
    choice[X[:, 0].reshape(50, 10).argmax(axis=1) + 10 * np.arange(50)] = 1
    with pytest.raises(RefusalError, match=r"^G03: .*'oil' goes to plus infinity.*firth=True"):
        conditional_logit(y=choice, X=X[:, 0], strata=strata, names=["oil"])
