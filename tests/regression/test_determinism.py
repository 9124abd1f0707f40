"""The same numbers whatever the workers, the threads of BLAS, the hash seed and the order of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.evidence.seeds import branch

# W1: an exact shift null; B2: a sampled one with a regression; L1: person-time; L3: clusters.
NAMES = ("L1", "L3", "W1", "B2")
PROGRAM = f"""
import json, interventions_stats as ist
rows = [ist.test(n, quick=True, robustness=False).glance().iloc[0] for n in {NAMES!r}]
keep = ("ratio", "ratio_low90", "ratio_high90", "mde", "p_superiority", "p_reverse", "p_noninferiority", "bf10", "bf_reverse", "deff")
print(json.dumps([[r["verdict"], r["flags"], r["guards"], *(float(r[k]).hex() for k in keep)] for r in rows]))
"""
PLAIN = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@cache
def found(**environment: str) -> list[list[str]]:
    """Run the tests in a fresh interpreter under these variables; numbers come back to the last bit."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, **PLAIN, **environment}, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def close(a: list[list[str]], b: list[list[str]], tolerance: float) -> None:
    for one, other in zip(a, b, strict=True):
        assert one[:3] == other[:3]
        x, y = ([float.fromhex(v) for v in row[3:]] for row in (one, other))
        assert x == pytest.approx(y, rel=tolerance, nan_ok=True)


def test_the_hash_seed_changes_nothing() -> None:
    assert found(PYTHONHASHSEED="1") == found()
    assert found()[0][0] == "bounded"  # there was something to compare


@pytest.mark.slow
def test_the_threads_of_blas_change_nothing() -> None:
    """The tests hold the linear algebra to one thread where threadpoolctl is installed; without it the last bits may differ."""
    two = found(OMP_NUM_THREADS="2", OPENBLAS_NUM_THREADS="2")
    close(two, found(), 0.0 if find_spec("threadpoolctl") else 1e-9)


def test_workers_change_nothing() -> None:
    drivers = ["leader"]
    one, two = (
        ist.battery("RUS", drivers=drivers, quick=True, robustness=False, n_jobs=n).propositions for n in (1, 2)
    )
    assert len(one) >= 3
    assert one.to_csv(index=False, float_format="%.17g") == two.to_csv(index=False, float_format="%.17g")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_events_changes_nothing(name: str) -> None:
    from dataclasses import replace

    events = ist.load_events("reconstructed")
    shuffled = replace(events, frame=events.frame.sample(frac=1, random_state=3).reset_index(drop=True))
    assert shuffled.ids != events.ids and shuffled.digest() == events.digest()
    a, b = (ist.test(name, events=e, quick=True, robustness=False).glance() for e in (events, shuffled))
    numbers = a.select_dtypes("number").columns
    assert a.drop(columns=numbers).equals(b.drop(columns=numbers))
    assert a[numbers].iloc[0].to_dict() == pytest.approx(b[numbers].iloc[0].to_dict(), rel=1e-9, nan_ok=True)


@pytest.mark.slow
def test_another_seed_draws_another_null_and_the_same_one_the_same() -> None:
    a, b, c = (ist.test("B2", quick=True, robustness=False, seed=s).glance().iloc[0] for s in (0, 0, 1))
    assert a["p_superiority"] == b["p_superiority"] and a["ratio"] == c["ratio"]
    assert a["p_superiority"] != c["p_superiority"] or a["deff"] != c["deff"]


def test_the_order_of_a_series_changes_nothing() -> None:
    polls = ist.datasets.load("approval_russia")[["month", "approve"]].rename(columns={"approve": "approval"})
    shuffled = polls.sample(frac=1, random_state=5)
    a, b = (ist.test("W1", series=s, quick=True, robustness=False).glance() for s in (polls, shuffled))
    assert a.to_csv(index=False, float_format="%.17g") == b.to_csv(index=False, float_format="%.17g")


@pytest.mark.parametrize("name", ["firth_logit", "logit", "cloglog", "poisson", "negative_binomial"])
def test_the_order_of_rows_changes_no_estimate(name: str) -> None:
    rng = np.random.default_rng(8)
    X = rng.normal(size=(120, 3))
    y = (rng.random(120) < 0.5).astype(float)
    if name in ("poisson", "negative_binomial"):
        y = rng.negative_binomial(1, 0.4, 120).astype(float)
    order = rng.permutation(120)
    fit, again = (getattr(ist, name)(y=b, X=a) for a, b in ((X, y), (X[order], y[order])))
    numbers = fit.tidy().select_dtypes("number").to_numpy()
    assert np.isfinite(numbers).any()
    np.testing.assert_allclose(again.tidy().select_dtypes("number").to_numpy(), numbers, rtol=1e-7, atol=1e-9)


def test_branches_of_the_seed_tree_are_distinct_and_stable() -> None:
    """The numbers are written down: another way of hashing would change every sampled result."""
    assert branch(0, "W1", "reconstructed") == 2391034704110505488
    names = [(s, p, d) for s in range(20) for p in ("W1", "L1", "B2") for d in ("reconstructed", "V00", "mid")]
    seeds = {branch(*n) for n in names}
    assert len(seeds) == len(names) and all(0 <= s < 2**63 for s in seeds)
