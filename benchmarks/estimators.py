"""Time the estimators against their peers in one run; abort if two of them disagree.

    python benchmarks/estimators.py [--quick] [--out FILE]

Every comparison first checks agreement to 1e-6, then prints how many times faster ours is than each peer.
Ratios travel between machines; absolute times do not. Small fits run on one thread.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from interventions_stats import estimators as est
from interventions_stats.engine.fit import regression as regression_module
from interventions_stats.engine.fit.build_design import build_design
from interventions_stats.engine.fit.regression import Regression
from interventions_stats.engine.models import batch_engine
from interventions_stats.engine.solver import likelihood

ROWS, COLUMNS, EVENTS = 400, 5, 25
# firthmodels' defaults leave errors of 1e-6; at these they are ours, and tighter ones its NumPy path does not reach
TIGHT = {"gtol": 1e-8, "xtol": 1e-8, "max_iter": 200}


def data(rows: int = ROWS, columns: int = COLUMNS, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Columns as covariates of onsets are: a symmetric one, a skewed one, a rare and a common binary, a random walk."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns))
    X[:, 1] = np.exp(0.7 * X[:, 1])
    X[:, 2] = rng.random(rows) < 0.15
    X[:, 3] = np.cumsum(X[:, 3])
    X[:, 4] = rng.random(rows) < 0.4
    y = np.zeros(rows)
    y[rng.choice(rows, EVENTS, replace=False, p=softmax(0.5 * X[:, 0]))] = 1
    return X, y


def softmax(eta: np.ndarray) -> np.ndarray:
    risk = np.exp(eta - eta.max())
    return risk / risk.sum()


def permuted(y: np.ndarray, fits: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array([rng.permutation(y) for _ in range(fits)])


def best(
    work: Callable[[], object], repeats: int, clock: Callable[[], float] = time.process_time, least: float = 0.02
) -> float:
    """Shortest time of several runs, in seconds, after one that is not timed.

    Processor time by default: on one thread it is what the clock on the wall shows on an idle machine.
    Short work is repeated within a run until the run is long enough to be timed.
    """
    begin = time.perf_counter()
    work()
    inner = max(1, int(least / max(time.perf_counter() - begin, 1e-6)))
    times = []
    for _ in range(repeats):
        begin = clock()
        for _ in range(inner):
            work()
        times.append((clock() - begin) / inner)
    return min(times)


def agree(name: str, ours: np.ndarray, theirs: np.ndarray, tolerance: float = 1e-6) -> None:
    gap = float(np.abs(np.asarray(ours) - np.asarray(theirs)).max())
    if not gap < tolerance:
        sys.exit(f"{name}: results differ by {gap:.2g}; nothing was timed")


class Table:
    """Rows of a Markdown table."""

    def __init__(self) -> None:
        self.lines = ["| work | peer | ours | peer's | ratio | goal |", "|---|---|---|---|---|---|"]

    def add(self, work: str, peer: str, ours: float, theirs: float, goal: str = "-") -> None:
        self.lines.append(
            f"| {work} | {peer} | {readable(ours)} | {readable(theirs)} | {theirs / ours:.1f}x | {goal} |"
        )
        print(self.lines[-1], flush=True)

    def limit(self, work: str, ours: float, floor: float) -> None:
        """Add the time that the exponentials and matrix products alone would take, as a share of ours."""
        self.lines.append(
            f"| {work} | its arithmetic alone | {readable(ours)} | {readable(floor)} | {floor / ours:.2f} | - |"
        )
        print(self.lines[-1], flush=True)


def readable(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.1f} s"


def single_firth(table: Table, repeats: int) -> None:
    """One fit with the likelihood-ratio p-value and the profile limits of every coefficient."""
    from firthmodels import FirthLogisticRegression

    X, y = data()

    def ours(backend: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        fit = est.firth_logit(y=y, X=X, backend=backend)
        return fit.params, fit.pvalues, fit.conf_int()

    def theirs(backend: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        fit = FirthLogisticRegression(backend=backend, **TIGHT).fit(X, y)
        if not fit.converged_:
            sys.exit(f"firthmodels ({backend}) did not converge; nothing was timed")
        fit.lrt()
        limits = fit.conf_int(method="pl")
        return np.append(fit.coef_, fit.intercept_), fit.lrt_pvalues_, limits

    order = [*range(1, COLUMNS + 1), 0]
    for backend in ("numpy", "numba"):
        mine, other = ours(backend), theirs(backend)
        agree("Firth coefficients", mine[0][order], other[0])
        agree("Firth p-values", mine[1][order], other[1])
        agree("Firth profile limits", mine[2][order], other[2])
    work = "one Firth fit, all p and profile limits"
    plain, fast = (best(lambda b=backend: ours(b), repeats) for backend in ("numpy", "numba"))
    their_plain, their_fast = best(lambda: theirs("numpy"), repeats), best(lambda: theirs("numba"), repeats)
    table.add(f"{work}, compiled", "firthmodels, numba", fast, their_fast, ">= 4x")
    table.add(work, "firthmodels, numba", plain, their_fast)
    table.add(work, "firthmodels, numpy", plain, their_plain)
    regression = Regression(build_design(y=y, X=X), "logit", penalised=True)
    with counted() as calls:
        ours("numpy")
    floor = bare(X, penalised=True, fits=3 * (COLUMNS + 1)) * calls.rows
    floor += regression.fit().iterations * bare(X, penalised=True, fits=1)
    table.limit(work, plain, floor)


def permuted_firth(table: Table, fits: int, sample: int) -> None:
    from firthmodels import FirthLogisticRegression

    X, y = data()
    Y = permuted(y, fits)

    def theirs(backend: str, settings: dict[str, float]) -> np.ndarray:
        rows = []
        for row in Y[:sample]:
            fit = FirthLogisticRegression(backend=backend, **settings).fit(X, row)
            rows.append([fit.intercept_, *fit.coef_])
        return np.array(rows)

    agree("permuted Firth fits", est.firth_logit_batch(X, Y[:sample]), theirs("numpy", TIGHT))
    ours = best(lambda: est.firth_logit_batch(X, Y), 2) / fits
    for name, settings in (("numba", TIGHT), ("numba, default tolerance", {})):
        peer = best(lambda s=settings: theirs("numba", s), 2) / sample
        table.add(f"permuted Firth, per fit of {fits}", f"firthmodels, {name}", ours, peer, ">= 25x")
    one, two = (best(lambda j=j: est.firth_logit_batch(X, Y, n_jobs=j), 3, time.perf_counter) / fits for j in (1, 2))
    table.add("permuted Firth on two threads, per fit (wall clock)", "ours on one", two, one)
    with counted() as calls:
        est.firth_logit_batch(X, Y)
    table.limit("permuted Firth, per fit", ours, bare(X, penalised=True) * calls.rows / fits)


def permuted_logit(table: Table, fits: int, sample: int) -> None:
    import statsmodels.api as sm

    X, y = data()
    Y = permuted(y, fits)
    x = sm.add_constant(X)

    def theirs() -> np.ndarray:
        return np.array([sm.Logit(row, x).fit(disp=0).params for row in Y[:sample]])

    ours_first = est.logit_batch(X, Y[:sample])
    finite = np.isfinite(ours_first).all(axis=1)
    other = np.array([sm.Logit(row, x).fit(disp=0, tol=1e-12).params for row in Y[:sample][finite]])
    agree("permuted logit fits", ours_first[finite], other)
    Y = Y[np.isfinite(est.logit_batch(X, Y)).all(axis=1)]  # statsmodels raises under separation
    ours = best(lambda: est.logit_batch(X, Y), 2) / len(Y)
    table.add(f"permuted logit, per fit of {len(Y)}", "statsmodels Logit", ours, best(theirs, 2) / sample, ">= 60x")
    with counted() as calls:
        est.logit_batch(X, Y)
    table.limit("permuted logit, per fit", ours, bare(X, penalised=False) * calls.rows / len(Y))


class Calls:
    """How many evaluations (fits times iterations) a closure was asked for."""

    rows = 0


@contextmanager
def counted() -> Iterator[Calls]:
    """Count the evaluations of batches meanwhile."""
    calls, original = Calls(), likelihood.evaluator

    def counting(batch: likelihood.Batch) -> Callable:
        evaluate = original(batch)

        def count(theta: np.ndarray, rows: object) -> object:
            calls.rows += len(theta)
            return evaluate(theta, rows)

        return count

    batch_engine.evaluator = regression_module.evaluator = counting
    try:
        yield calls
    finally:
        batch_engine.evaluator = regression_module.evaluator = original


def bare(X: np.ndarray, *, penalised: bool, fits: int = 160) -> float:
    """Seconds of the matrix products and the exponentials alone in one evaluation of one fit among ``fits``."""
    x = np.column_stack([np.ones(len(X)), (X - X.mean(axis=0)) / X.std(axis=0)])
    products = likelihood.RowProducts.of(x, third=penalised)
    theta = np.zeros((fits, x.shape[1]))
    packed = np.zeros((fits, products.pairs.shape[1]))

    def work() -> None:
        weights = np.exp(theta @ x.T)
        weights @ products.pairs
        weights @ x
        if penalised:
            weights @ products.triples
            packed @ products.pairs.T
            weights @ products.pairs

    return best(work, 5) / fits


def specifications(table: Table, specs: int, relabellings: int, sample: int) -> None:
    """A multiverse: logits of column subsets, each fitted to every relabelling of the outcome."""
    import statsmodels.api as sm

    X, y = data(columns=12)
    rng = np.random.default_rng(3)
    chosen = [sorted(rng.choice(12, 4, replace=False).tolist()) for _ in range(specs)]
    Y = permuted(y, relabellings)
    got = est.specification_batch(X, Y[:sample], chosen[:5], firth=False)
    for row, columns in enumerate(chosen[:5]):
        for i in range(sample):
            if np.isfinite(got[row, i, 0]):
                other = sm.Logit(Y[i], sm.add_constant(X[:, columns])).fit(disp=0, tol=1e-12).params
                agree("specifications", got[row, i][~np.isnan(got[row, i])], other)
    ours = best(lambda: est.specification_batch(X, Y, chosen, firth=False), 2) / (specs * relabellings)
    peers = [(y, X[:, c]) for c in chosen[:sample]]
    theirs = best(lambda: [sm.Logit(a, sm.add_constant(c)).fit(disp=0) for a, c in peers], 2) / len(peers)
    table.add(
        f"{specs} logit specs x {relabellings} relabellings, per fit", "statsmodels Logit", ours, theirs, ">= 50x"
    )


LONG = """
import sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
which, n = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)
X = rng.normal(size=(n, 15)); g = rng.integers(0, 20_000, n)
y = (rng.random(n) < 1 / (1 + np.exp(5 - 0.5 * X[:, 0] + 0.3 * X[:, 1]))).astype(float)
if which == "ours":
    from interventions_stats.engine.fit import covariance
    from interventions_stats.estimators import logit
    work = lambda: logit(y=y, X=X, cluster=g, cluster_kind="CR1")
elif which == "statsmodels":
    import statsmodels.api as sm
    work = lambda: sm.Logit(y, sm.add_constant(X)).fit(disp=0, cov_type="cluster", cov_kwds={"groups": g})
else:
    import pandas as pd, pyfixest as pf
    d = pd.DataFrame(X, columns=[f"x{i}" for i in range(15)]).assign(y=y, g=g)
    work = lambda: pf.feglm("y ~ " + " + ".join(d.columns[:15]), data=d, family="logit", vcov={"CRV1": "g"})
def memory(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) / 1024
full = X, y, g
if which == "pyfixest":
    whole, d = d, d.iloc[:50_000]
else:
    X, y, g = X[:50_000], y[:50_000], g[:50_000] % 50
work()  # imports and compiles
if which == "pyfixest":
    d = whole
else:
    X, y, g = full
try:
    open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
    empty = memory("VmRSS")
except OSError:
    empty = None
begin = time.perf_counter(); r = work(); seconds = time.perf_counter() - begin
added = None if empty is None else memory("VmHWM") - empty
b, s = (r.coef(), r.se()) if which == "pyfixest" else (r.params, r.bse)
import json
print(json.dumps({"seconds": seconds, "added": added, "design": X.nbytes / 2**20, "b": list(map(float, b)), "s": list(map(float, s))}))
"""


def long_table(table: Table, rows: int) -> str:
    """A logit with clustered errors on dyad-years, each implementation in a process of its own."""
    found = {}
    environment = {**os.environ}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    for which in ("ours", "statsmodels", "pyfixest"):
        run = subprocess.run(
            [sys.executable, "-c", LONG, which, str(rows)], capture_output=True, text=True, env=environment, check=True
        )
        found[which] = json.loads(run.stdout.splitlines()[-1])
    for which in ("statsmodels", "pyfixest"):
        agree(f"{which} on the long table", found["ours"]["b"], found[which]["b"])
        agree(f"clustered errors of {which}", np.array(found["ours"]["s"]) / found[which]["s"], np.ones(16), 1e-3)
        table.add(f"logit, {rows:,} x 15, clustered", which, found["ours"]["seconds"], found[which]["seconds"], ">= 1x")
    lines = []
    for which, r in found.items():
        if r["added"] is None:
            return ""
        total = (r["added"] + r["design"]) / r["design"]
        lines.append(f"- {which}: peak {total:.1f} times the design ({r['design']:.0f} MB), the design itself included")
    return "\n".join(["", f"Memory of the fit on {rows:,} rows (goal: at most 3 times the design):", "", *lines])


def growth(fits: int) -> str:
    """Time against rows and against relabellings: both should grow in proportion."""
    lines = [
        "",
        "Growth of permuted Firth fits:",
        "",
        "| rows | relabellings | time | per row and relabelling |",
        "|---|---|---|---|",
    ]
    for rows, count in ((400, fits), (400, 2 * fits), (400, 4 * fits), (800, fits), (1600, fits), (3200, fits)):
        X, y = data(rows)
        Y = permuted(y, count)
        seconds = best(lambda X=X, Y=Y: est.firth_logit_batch(X, Y), 2)
        lines.append(f"| {rows} | {count} | {readable(seconds)} | {seconds / rows / count * 1e9:.1f} ns |")
    return "\n".join(lines)


R_CODE = """
args <- commandArgs(TRUE); d <- read.csv(args[1]); out <- list()
timed <- function(f) { f(); t <- sapply(1:5, function(i) system.time(for (j in 1:20) f())[["elapsed"]] / 20); min(t) }
if (requireNamespace("brglm2", quietly = TRUE)) {
  f <- function() glm(y ~ ., data = d, family = binomial, method = brglm2::brglmFit, epsilon = 1e-10)
  out$brglm2 <- list(b = unname(coef(f())), seconds = timed(f))
}
if (requireNamespace("logistf", quietly = TRUE)) {
  f <- function() logistf::logistf(y ~ ., data = d)
  out$logistf <- list(b = unname(coef(f())), seconds = timed(f))
}
esc <- function(x) paste0("[", paste(formatC(x, digits = 15, format = "g"), collapse = ","), "]")
cat("{", paste(sapply(names(out), function(k) sprintf('"%s":{"b":%s,"seconds":%.8f}', k, esc(out[[k]]$b), out[[k]]$seconds)), collapse = ","), "}")
"""


def r_peers(table: Table, repeats: int) -> None:
    """R's implementations, timed inside R, where R is installed."""
    if shutil.which("Rscript") is None:
        return
    X, y = data()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        header = ",".join([*(f"x{j}" for j in range(COLUMNS)), "y"])
        np.savetxt(path, np.column_stack([X, y]), delimiter=",", header=header, comments="", fmt="%.17g")
        run = subprocess.run(["Rscript", "-e", R_CODE, str(path)], capture_output=True, text=True)
    if run.returncode:
        return
    fit = est.firth_logit(y=y, X=X)
    for name, result in json.loads(run.stdout).items():
        agree(f"R {name}", fit.params, np.array(result["b"]), 1e-5 if name == "logistf" else 1e-6)
        if name == "logistf":  # it computes tests and limits with the fit

            def work() -> object:
                full = est.firth_logit(y=y, X=X)
                return full.pvalues, full.conf_int()
        else:

            def work() -> object:
                return est.firth_logit(y=y, X=X)

        table.add(
            "one Firth fit" + (", all p and limits" if name == "logistf" else ""),
            f"R {name}",
            best(work, repeats),
            result["seconds"],
        )


def machine() -> str:
    packages = []
    for name in ("numpy", "scipy", "statsmodels", "firthmodels", "numba", "pyfixest"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, load {load} at the start; Python {platform.python_version()}; "
        + ", ".join(packages)
        + f". Small fits: {ROWS} rows, {COLUMNS} columns, {EVENTS} events, one thread."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller batches and a shorter long table")
    parser.add_argument("--out", type=Path, help="also write the Markdown to this file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    quick = options.quick
    table, about = Table(), machine()
    print("\n".join(["# Estimators", "", about, "", *table.lines]), flush=True)
    single_firth(table, 20 if quick else 60)
    permuted_firth(table, 2_000 if quick else 10_000, 40 if quick else 200)
    permuted_logit(table, 2_000 if quick else 10_000, 40 if quick else 200)
    specifications(table, 50 if quick else 1_000, 100 if quick else 500, 10 if quick else 40)
    r_peers(table, 20 if quick else 60)
    notes = [long_table(table, 200_000 if quick else 1_600_000), growth(500 if quick else 2_000)]
    print("\n".join(notes))
    if options.out:
        options.out.write_text("\n".join(["# Estimators", "", about, "", *table.lines, *notes, ""]))


if __name__ == "__main__":
    main()
