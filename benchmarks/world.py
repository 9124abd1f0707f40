"""All directed dyad-years of the state system: time and peak memory of one fit, against statsmodels and pyfixest.

    python benchmarks/world.py            # every dyad-year 1946-2014 with its covariates measured
    python benchmarks/world.py --quick    # 200,000 of them

A logit with time since the last dispute (Carter and Signorino 2010) of who begins a dispute with force against whom, 15
covariates, standard errors clustered on the directed dyad. Each fit runs in a process of its own on the same float64 file.
Coefficients must agree to 1e-6 and clustered standard errors to 0.1% before anything is timed against anything; else it aborts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

COLUMNS = (
    "land_border", "log_distance", "defense_pact", "rivalry", "log_cinc_ratio", "polyarchy1", "polyarchy2", "unga_distance",
    "major1", "major2", "civil_conflict1", "civil_conflict2",
)  # fmt: skip
NAMES = (*COLUMNS, "t", "t2", "t3")
QUICK_ROWS = 200_000
TOLERANCE, SE_TOLERANCE = 1e-6, 1e-3
MB = 1024**2
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def build(folder: Path, rows: int | None) -> dict[str, float]:
    """Assemble the dyad-years and write outcome, covariates and clusters as arrays."""
    from interventions_stats.panels.dyads import directed_dyad_years

    began = time.perf_counter()
    frame = directed_dyad_years(columns=(*COLUMNS, "peace_years"))
    seconds, whole = time.perf_counter() - began, len(frame)
    memory = _memory("VmHWM")
    frame = frame[frame[[*COLUMNS, "peace_years"]].notna().all(axis=1)]
    if rows is not None and rows < len(frame):
        frame = frame.iloc[np.sort(np.random.default_rng(0).choice(len(frame), rows, replace=False))]
    t = frame["peace_years"].to_numpy(float) / 10
    X = np.column_stack([*(frame[c].to_numpy(float) for c in COLUMNS), t, t**2, t**3])
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", frame["onset"].to_numpy(float))
    np.save(folder / "g.npy", frame["ccode1"].to_numpy(np.int64) * 1000 + frame["ccode2"].to_numpy(np.int64))
    return {"whole": whole, "rows": len(frame), "onsets": int(frame["onset"].sum()), "seconds": seconds, "memory": memory,
            "data": X.nbytes / MB}  # fmt: skip


def ours(X: np.ndarray, y: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from interventions_stats.engine.models.logit import logit

    fit = logit(y=y, X=X, cluster=g)
    return fit.params, fit.bse


def ours_firth(X: np.ndarray, y: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from interventions_stats.engine.models.firth_logit import firth_logit

    fit = firth_logit(y=y, X=X, cluster=g)
    return fit.params, fit.bse


def statsmodels_logit(X: np.ndarray, y: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import statsmodels.api as sm

    fit = sm.Logit(y, sm.add_constant(X)).fit(
        disp=0, tol=1e-12, maxiter=100, cov_type="cluster", cov_kwds={"groups": g}
    )
    return fit.params, fit.bse


def statsmodels_glm(X: np.ndarray, y: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import statsmodels.api as sm

    model = sm.GLM(y, sm.add_constant(X), family=sm.families.Binomial())
    fit = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": g})
    return fit.params, fit.bse


def pyfixest_feglm(X: np.ndarray, y: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd
    import pyfixest as pf

    frame = pd.DataFrame(X, columns=list(NAMES)).assign(onset=y, dyad=g)
    fit = pf.feglm(f"onset ~ {' + '.join(NAMES)}", data=frame, family="logit", vcov={"CRV1": "dyad"}, iwls_tol=1e-12)
    return fit.coef().to_numpy(), fit.se().to_numpy()


FITS = {f.__name__: f for f in (ours, ours_firth, statsmodels_logit, statsmodels_glm, pyfixest_feglm)}


def child(name: str, folder: Path) -> None:
    """Load the arrays, import the library by a small fit, then time the large one."""
    warnings.simplefilter("ignore")
    X, y, g = (np.load(folder / f"{a}.npy") for a in ("X", "y", "g"))
    rng = np.random.default_rng(1)
    small = rng.normal(size=(2000, X.shape[1]))
    FITS[name](small, (rng.random(2000) < 0.5).astype(float), np.arange(2000) // 20)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew: a child inherits its parent's otherwise
    before, began = _memory("VmRSS"), time.process_time()
    params, se = FITS[name](X, y, g)
    seconds, peak = time.process_time() - began, _memory("VmHWM")
    print(json.dumps({"params": list(map(float, params)), "se": list(map(float, se)), "seconds": seconds,
                      "before": before, "peak": peak}))  # fmt: skip


def _memory(field: str) -> float:
    """Return a field of the process's own memory in MB (Linux)."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) / 1024


def measure(name: str, folder: Path, repeats: int) -> dict:
    """Run a fit in processes of its own, one thread each; the median CPU time, the largest peak."""
    runs = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, __file__, "--child", name, str(folder)],
            capture_output=True,
            text=True,
            env=os.environ | _ONE_THREAD,
        )
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return runs[0] | {"seconds": float(np.median([r["seconds"] for r in runs])), "peak": max(r["peak"] for r in runs)}


def agree(found: dict[str, dict]) -> tuple[float, float]:
    """Largest difference of coefficients and of clustered standard errors between the maximum-likelihood fits."""
    ours_, others = found["ours"], [found[n] for n in found if n not in ("ours", "ours_firth")]
    b = max(float(np.abs(np.subtract(ours_["params"], o["params"])).max()) for o in others)
    s = max(float(np.abs(np.divide(o["se"], ours_["se"]) - 1).max()) for o in others)
    return b, s


def table(found: dict[str, dict], about: dict[str, float], gap: tuple[float, float]) -> str:
    labels = {"ours": "logit", "ours_firth": "Firth logit", "statsmodels_logit": "statsmodels Logit",
              "statsmodels_glm": "statsmodels GLM", "pyfixest_feglm": "pyfixest feglm"}  # fmt: skip
    base = found["ours"]["seconds"]
    lines = [
        f"{about['whole']:,.0f} directed dyad-years built in {about['seconds']:.1f} s (peak {about['memory']:.0f} MB); "
        f"{about['rows']:,.0f} with every covariate, {about['onsets']:.0f} onsets, {about['data']:.0f} MB as float64.",
        f"Coefficients agree to {gap[0]:.1e}, clustered standard errors to {gap[1]:.1e} (relative).",
        "",
        "| fit, SE clustered on the dyad | CPU seconds | times logit's | peak MB | over the data |",
        "|---|---|---|---|---|",
    ]
    for name, r in found.items():
        over = (r["peak"] - r["before"]) / about["data"]
        lines.append(
            f"| {labels[name]} | {r['seconds']:.2f} | {r['seconds'] / base:.1f} | {r['peak']:.0f} | {over:.1f} x |"
        )
    lines.append("\nThe last column is what a fit adds to the process, as a multiple of the data's size.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("FIT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        about = build(Path(folder), QUICK_ROWS if options.quick else None)
        found = {name: measure(name, Path(folder), options.repeats) for name in FITS}
    gap = agree(found)
    if gap[0] > TOLERANCE or gap[1] > SE_TOLERANCE:
        raise SystemExit(f"the implementations disagree: coefficients by {gap[0]:.2e}, standard errors by {gap[1]:.2e}")
    print(table(found, about, gap))


if __name__ == "__main__":
    main()
