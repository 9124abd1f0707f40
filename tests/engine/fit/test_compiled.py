"""The compiled fit, tests and limits against the batched ones, and the same functions as plain Python."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.fit import compiled
from interventions_stats.engine.fit.build_design import build_design
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.regression import Regression, contrasts
from interventions_stats.engine.solver import profile
from interventions_stats.engine.solver.newton import MAX_ITER
from interventions_stats.errors import InputError
from interventions_stats.estimators import firth_logit

ROOT = 1.959963984540054


def designs() -> dict[str, dict[str, Any]]:
    """Outcomes and columns that are ordinary, skewed, separated, alone, many, weighted, shifted, and nearly collinear."""
    rng = np.random.default_rng(20261130)
    n = 163
    X = np.column_stack([rng.normal(size=n), np.exp(rng.normal(size=n)), rng.random(n) < 0.1, np.arange(n)])
    y = rng.random(n) < 0.2
    apart = X.copy()
    apart[:, 2] = y & (rng.random(n) < 0.5)
    wide = np.column_stack([X, rng.normal(size=(n, 7))])
    year = 1991.0 + X[:, 3] / 8.0
    found: dict[str, dict[str, Any]] = {
        "ordinary": {"X": X[:, :2]},
        "skewed and rare": {"X": X},
        "separated": {"X": apart},
        "one column, no intercept": {"X": X[:, [0]], "intercept": False},
        "no column": {"X": X[:, :0]},
        "many columns": {"X": wide},
        "weighted": {"X": X, "weights": rng.integers(0, 4, n)},
        "shifted": {"X": X, "offset": rng.normal(size=n)},
        "far out": {"X": X[:, :2], "offset": 34.0 * (np.arange(n) == 3)},
        "one event": {"X": X[:, :2], "y": np.arange(n) == 7},
        "year, square and cube": {"X": np.column_stack([year, year**2, year**3])},
        "too many columns": {"X": np.column_stack([wide, rng.normal(size=(n, 3))])},
    }
    return {name: {"y": y, **arguments} for name, arguments in found.items()}


DESIGNS = designs()


@pytest.mark.parametrize("name", DESIGNS)
def test_both_backends_give_the_same_numbers(name: str) -> None:
    pytest.importorskip("numba")
    plain, fast = (firth_logit(**DESIGNS[name], backend=backend) for backend in ("numpy", "numba"))
    assert plain.converged and fast.converged
    assert_allclose(fast.params, plain.params, rtol=1e-9, atol=1e-10)
    assert_allclose(fast.cov, plain.cov, rtol=1e-8, atol=1e-12 * np.abs(plain.cov).max())
    assert_allclose(fast.loglik, plain.loglik, rtol=1e-12)
    assert_allclose(fast.pvalues, plain.pvalues, rtol=1e-8, atol=1e-9)
    assert_allclose(fast.conf_int(), plain.conf_int(), rtol=1e-8, atol=1e-9)
    assert_allclose(fast.conf_int(0.9), plain.conf_int(0.9), rtol=1e-9)


def design_of(name: str) -> Design:
    return build_design(**DESIGNS[name])


@pytest.mark.parametrize(
    ("name", "ordinary"),
    [
        ("skewed and rare", True),
        ("weighted", True),
        ("shifted", True),
        ("many columns", True),
        ("one event", False),
        ("far out", False),
        ("too many columns", False),
    ],
)
def test_what_is_not_ordinary_is_left_to_the_batched_solver(
    name: str, ordinary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    asked: list[int] = []

    def counted(self: Regression, times: int = 1) -> object:
        asked.append(times)
        return closure(self, times)

    closure = Regression.closure
    monkeypatch.setattr(Regression, "closure", counted)
    assert np.isfinite(firth_logit(**DESIGNS[name], backend="numba").pvalues).all()
    assert bool(asked) is not ordinary


@pytest.fixture
def plain_python(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is where numba cannot be imported."""
    monkeypatch.setitem(sys.modules, "numba", None)
    spec = importlib.util.spec_from_file_location("interventions_stats.engine.fit._uncompiled", compiled.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("root", [ROOT, 12.0])
@pytest.mark.parametrize("name", ["ordinary", "separated", "one column, no intercept", "weighted", "far out"])
def test_the_functions_are_the_same_uncompiled(name: str, root: float, plain_python: ModuleType) -> None:
    design = design_of(name)
    regression = Regression(design, "logit", penalised=True)
    estimate = regression.fit()
    quick = plain_python.fit_one(design, regression.start())
    if name == "far out":
        assert quick is None
    else:
        solution, value, variance = quick
        assert variance > 0
        assert_allclose(solution.theta[0], estimate.theta, rtol=1e-9, atol=1e-11)
        assert solution.iterations[0] == estimate.iterations
        assert_allclose(value.information, estimate.value.information, rtol=1e-9)
    contrast, _ = contrasts(design.back)
    top, start, land = estimate.value, estimate.theta, estimate.landscape
    ratios, limits = plain_python.ratios_and_limits(design, regression.closure, start, top, contrast, root, land)
    others, expected = profile.ratios_and_limits(
        regression.closure(3 * design.p), start[None], top, contrast, root, landscape=land
    )
    assert_allclose(ratios, others, rtol=1e-8, atol=1e-9)
    assert_allclose(limits.limit, expected.limit, rtol=1e-8, atol=1e-9)
    assert (limits.reason == 0).all() and not (limits.reason == MAX_ITER).any()


def test_without_numba_the_remedy_is_named(plain_python: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "numba", None)
    with pytest.raises(InputError, match=r"interventions_stats\[fast\]"):
        firth_logit(**DESIGNS["ordinary"], backend="numba")
    with pytest.raises(InputError, match="unknown backend"):
        firth_logit(**DESIGNS["ordinary"], backend="rust")  # type: ignore[arg-type]


def test_limits_far_out_are_the_batched_ones() -> None:
    """At forty standard errors every step but the last is outside the ordinary case."""
    pytest.importorskip("numba")
    design = design_of("one column, no intercept")
    regression = Regression(design, "logit", penalised=True)
    estimate = regression.fit()
    contrast, _ = contrasts(design.back)
    top, start, land = estimate.value, estimate.theta, estimate.landscape
    found = compiled.ratios_and_limits(design, regression.closure, start, top, contrast, 40.0, land)[1]
    plain = profile.ratios_and_limits(regression.closure(3), start[None], top, contrast, 40.0, landscape=land)[1]
    assert_allclose(found.limit, plain.limit, rtol=1e-8)
    assert (found.reason == plain.reason).all()


def test_compiled_code_that_cannot_be_kept_is_made_anew() -> None:
    pytest.importorskip("numba")
    made: dict[str, Any] = {}
    exec("def twice(x): return 2.0 * x", made)  # noqa: S102 - no file, and so no folder beside it for a cache
    assert compiled._compiled(made["twice"])(3.0) == 6.0
