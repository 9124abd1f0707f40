"""Many inverses at once against LAPACK, and the stacks that are left to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from interventions_stats.engine.solver import sweep
from interventions_stats.engine.solver.sweep import swept
from interventions_stats.estimators import firth_logit_batch, logit_batch

MANY = 96


def stack(p: int, b: int = MANY, condition: float = 1e4) -> np.ndarray:
    """Symmetric matrices with known eigenvalues."""
    rng = np.random.default_rng(p)
    q = np.linalg.qr(rng.normal(size=(b, p, p)))[0]
    return (q * np.geomspace(1.0, condition, p)) @ q.transpose(0, 2, 1)


@pytest.mark.parametrize("p", [*range(1, 9), 24, 40])
def test_inverse_and_determinant(p: int) -> None:
    matrices = stack(p)
    kept = matrices.copy()
    found = swept(matrices)
    assert found is not None and (matrices == kept).all()
    inverse, pivots = found
    assert inverse.flags.c_contiguous
    assert_allclose(inverse @ matrices, np.broadcast_to(np.eye(p), matrices.shape), atol=1e-11)
    assert_allclose(np.log(pivots).sum(axis=0), np.linalg.slogdet(matrices)[1], rtol=1e-11, atol=1e-11)
    assert_allclose(np.sqrt(pivots.T), np.diagonal(np.linalg.cholesky(matrices), axis1=1, axis2=2), rtol=1e-9)


def test_what_is_left_to_lapack() -> None:
    good = stack(3)
    assert swept(good) is not None and swept(good[: MANY - 1]) is None and swept(stack(9)) is None
    assert swept(np.stack([np.eye(30), np.ones((30, 30))])) is None
    for bad in (np.diag([1.0, -1.0, 1.0]), np.ones((3, 3)), np.full((3, 3), np.nan), np.zeros((3, 3)),
                np.array([[1.0, 1.0, 0], [1.0, 1.0 + 1e-11, 0], [0, 0, 1.0]])):  # fmt: skip
        spoilt = good.copy()
        spoilt[7] = bad
        assert swept(spoilt) is None


@pytest.mark.parametrize("batch", [logit_batch, firth_logit_batch])
def test_a_batch_has_the_numbers_that_lapack_gives(batch: object, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    X, Y = rng.normal(size=(60, 3)), rng.random((200, 60)) < 0.3
    found = batch(X, Y, full=True)  # type: ignore[operator]
    monkeypatch.setattr(sweep, "_MANY", 10**9)
    plain = batch(X, Y, full=True)  # type: ignore[operator]
    assert_allclose(found.coefficients, plain.coefficients, rtol=1e-9, atol=1e-11)
    assert_allclose(found.lr, plain.lr, rtol=1e-8, atol=1e-9)
    assert_allclose(found.loglik, plain.loglik, rtol=1e-11)
    assert (found.codes == plain.codes).all()
