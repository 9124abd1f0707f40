"""Time a multiverse of logits with joint max-T against a loop of statsmodels over a sample of the same fits.

    .venv/bin/python benchmarks/multiverse.py [--specifications 1000] [--relabellings 500] [--sample 300]

Prints a markdown table, and stops where the two disagree by more than 1e-6.  Times are of the processor, on one thread, so
that other work on the machine does not enter the ratio.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import numpy as np

from interventions_stats.robustness.joint_refits import joint_logit_test
from interventions_stats.robustness.relabelled import Clock

ROWS, POOL, SIZE = 348, 14, 4  # months 1992-2020; columns to choose from; columns of a specification
TOLERANCE = 1e-6


def panel(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Persistent exposures, 25 onsets and two leaders."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((ROWS, POOL))
    for t in range(1, ROWS):
        X[t] = 0.9 * X[t - 1] + np.sqrt(1 - 0.81) * X[t]
    y = np.zeros(ROWS)
    y[np.concatenate([rng.choice(96, 15, replace=False), 96 + rng.choice(252, 10, replace=False)])] = 1
    return X, y, np.repeat(["Yeltsin", "Putin"], [96, 252])


def specifications(number: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [[int(c) for c in rng.permutation(POOL)[: rng.integers(2, SIZE + 1)]] for _ in range(number)]


def shifted(y: np.ndarray, strata: np.ndarray, draws: int, seed: int, which: np.ndarray) -> np.ndarray:
    clock, out = Clock(draws, seed), np.empty((len(which), len(y)))
    for label in dict.fromkeys(strata):
        here = np.flatnonzero(strata == label)
        for row, d in enumerate(which):
            out[row, here] = np.roll(y[here], clock.steps(label, len(here))[d])
    return out


def ours(X: np.ndarray, y: np.ndarray, strata: np.ndarray, specs: list, draws: int) -> tuple[float, object]:
    start = time.process_time()
    found = joint_logit_test(X, y, specs, strata=strata, draws=draws, seed=0)
    return time.process_time() - start, found


def theirs(
    X: np.ndarray, y: np.ndarray, strata: np.ndarray, specs: list, draws: int, sample: int
) -> tuple[float, float]:
    """Time a fit in a loop of statsmodels, and return the largest difference from the batch on the sample."""
    import statsmodels.api as sm

    from interventions_stats.engine.models.batch import logit_batch

    rng = np.random.default_rng(1)
    pairs = [(int(rng.integers(len(specs))), int(rng.integers(draws))) for _ in range(sample)]
    outcomes = shifted(y, strata, draws, 0, np.array([d for _, d in pairs]))
    designs = [sm.add_constant(X[:, specs[k]]) for k, _ in pairs]
    sm.Logit(outcomes[0], designs[0]).fit(disp=0)  # first use pays for imports
    seconds = []
    for _ in range(3):
        start = time.process_time()
        fits = [sm.Logit(o, d).fit(disp=0).params for o, d in zip(outcomes, designs, strict=True)]
        seconds.append(time.process_time() - start)
    exact = [
        sm.Logit(o, d).fit(disp=0, tol=1e-12, start_params=b).params
        for o, d, b in zip(outcomes, designs, fits, strict=True)
    ]
    worst = max(
        float(np.abs(logit_batch(X[:, specs[k]], o[None])[0] - b).max())
        for (k, _), o, b in zip(pairs, outcomes, exact, strict=True)
    )
    return sorted(seconds)[1] / sample, worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--specifications", type=int, default=1_000)
    parser.add_argument("--relabellings", type=int, default=500)
    parser.add_argument("--sample", type=int, default=300)
    given = parser.parse_args()
    X, y, strata = panel(0)
    specs = specifications(given.specifications, 0)
    ours(X, y, strata, specs[:5], 99)
    each, worst = theirs(X, y, strata, specs, given.relabellings, given.sample)
    if worst > TOLERANCE:
        sys.stderr.write(f"the batch and statsmodels differ by {worst:.1e}: no timing is printed\n")
        return 1
    rows = []
    for k, m in ((1, 1), (0.5, 1), (0.25, 1), (1, 0.5), (1, 0.25)):
        number, draws = max(1, int(k * given.specifications)), max(99, int(m * given.relabellings))
        seconds, _ = ours(X, y, strata, specs[:number], draws)
        after, _ = theirs(X, y, strata, specs, given.relabellings, given.sample)
        sets = len({frozenset(s) for s in specs[:number]})
        rows.append((number, sets, draws, seconds, (each + after) / 2))
        each = after
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    out = sys.stdout.write
    out(f"Largest difference from statsmodels over {given.sample} of the fits: {worst:.1e}.\n\n")
    out(
        "| specifications | sets of columns | relabellings | seconds | ms a fit | statsmodels, ms a fit | ratio | ratio a set |\n"
    )
    out("|---|---|---|---|---|---|---|---|\n")
    for number, sets, draws, seconds, loop in rows:
        fit, made = seconds / (number * (draws + 1)), seconds / (sets * (draws + 1))
        out(f"| {number:,} | {sets} | {draws} | {seconds:.1f} | {1e3 * fit:.4f} | {1e3 * loop:.2f} | ")
        out(f"{loop / fit:.0f} | {loop / made:.0f} |\n")
    out(
        "\nSpecifications that test different columns of the same set share their fits; the last ratio counts a set once.\n"
    )
    out(f"\nPeak memory {peak:.2f} GB.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
