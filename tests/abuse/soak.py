"""A soak: random user inputs, one after another, with no crash, no leak, and verdicts that follow from their numbers.

Usage::

    python -m tests.abuse.soak [N] [--seed S] [--minutes M]

Each round draws an event list (random dates, targets, activities), a proposition, a smallest effect, a lag, a seed and
sometimes a series; a refusal by a named error is an answer, any other exception is a failure. A result's verdict is
decided again from the numbers it prints, and checked against the thresholds of the rules written out here a second time.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import random
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import interventions_stats as ist
from interventions_stats.errors import InterventionsError, InterventionsWarning
from interventions_stats.rules.verdict import decide

PROPOSITIONS = ("W1", "E1", "L1", "T1", "F1", "B2", "W3")
TARGETS = ("UKR", "GEO", "SYR", "TJK", "MDA", "KAZ", None)
ACTORS = ("RUS", "RUS", "RUS", "USA", "TUR", "IND")
GROWTH = (
    60e6  # bytes that the second half of a soak may add: caches fill in the first, and freed memory is not all returned
)


def inputs(rng: random.Random) -> dict[str, Any]:
    """Draw what a user could pass to ``test``."""
    n = rng.choice([1, 3, 5, 8, 12, 25, 25, 40])
    days = pd.Timestamp("1992-01-01") + pd.to_timedelta([rng.randrange(0, 10_500) for _ in range(n)], unit="D")
    frame = pd.DataFrame({
        "start": days.strftime("%Y-%m-%d"), "target": [rng.choice(TARGETS) for _ in range(n)],
        "activity": [rng.choice(["combat", "stabilisation", "deterrence"]) for _ in range(n)],
    })  # fmt: skip
    out: dict[str, Any] = {
        "name": rng.choice(PROPOSITIONS), "seed": rng.randrange(2**31),
        "events": ist.EventList.from_frame(frame, rng.choice(ACTORS), target="target", activity="activity", coverage=(1992, 2020)),
        "delta": rng.choice([None, "primary", "meaningful", "any", 1.1, 1.7, 3.0] * 5 + [1.0, -1.0]),
    }  # fmt: skip
    if rng.random() < 0.4:
        out["lag"] = rng.choice([1, 1, 2, 3, 6, 12] * 2 + [0, 400])
    if rng.random() < (0.6 if out["name"] == "W1" else 0.05):
        months = pd.period_range("1991-01", "2020-12", freq="M")
        draws = np.random.default_rng(out["seed"])
        before = months.isin(days.to_period("M") - out.get("lag", 1))
        flat, rounded = np.full(len(months), 50.0), draws.integers(40, 42, len(months))
        polls = draws.normal(50, 8, len(months)) + rng.choice([0, 0, -20, 20]) * before  # with and without an effect
        values = rng.choice([polls.clip(0, 100)] * 4 + [flat, rounded])
        out["series"] = pd.DataFrame({"month": months.astype(str), "approval": values})
    return out


def resident() -> int:
    """Bytes of memory that the process holds, after a collection of what nothing refers to."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def consistent(result: Any) -> None:
    """Hold a verdict against its own numbers."""
    e, row = result.evidence, result.glance().iloc[0]
    again = decide(e.numbers(), result.robustness.summary if result.robustness else None)
    assert again.verdict == result.verdict, (again.verdict, result.verdict)
    delta = math.log(row["sesoi"]) if row["sesoi"] and row["sesoi"] > 0 else math.nan
    if result.verdict.startswith("supported"):
        assert row["p_superiority"] <= 0.05 and row["bf10"] >= 3 and (row["ratio"] > 1 or e.two_sided)
    elif result.verdict == "reversed":
        assert row["p_reverse"] <= 0.05 and row["bf_reverse"] >= 10 and row["ratio"] < 1 and not e.two_sided
    elif result.verdict == "dismissed":
        p = row["p_tost" if e.two_sided else "p_noninferiority"]
        assert p <= 0.05 and 1 / row["bf10"] >= 3 and math.log(row["frontier"]) <= delta + 1e-9
        assert not e.two_sided or math.log(row["ratio_low90"]) >= -delta - 1e-9
    elif result.verdict == "inconclusive_underpowered":
        assert math.log(row["mde"]) > delta or math.isnan(row["mde"])
    for p in ("p_superiority", "p_noninferiority", "p_reverse"):
        assert math.isnan(row[p]) or 0 <= row[p] <= 1, (p, row[p])
    if not math.isnan(row["ratio"]):
        assert row["ratio_low90"] <= row["ratio"] <= row["ratio_high90"]
    assert row["n_identifying"] <= row["n_events"] <= row["n_events_total"]
    assert result.sentence() and result.summary()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--minutes", type=float, default=math.inf, metavar="M", help="stop after this long")
    options = parser.parse_args()
    rng, seen, failures = random.Random(options.seed), Counter[str](), []
    warnings.simplefilter("ignore", InterventionsWarning)
    warnings.simplefilter("ignore", RuntimeWarning)
    began, middle, done = time.monotonic(), None, 0
    for k in range(options.rounds):
        if time.monotonic() - began > options.minutes * 60:
            break
        asked = inputs(rng)
        try:
            result = ist.test(**asked, quick=True, robustness=k % 50 == 49)
            consistent(result)
            seen[result.verdict] += 1
            del result
        except InterventionsError as error:
            seen[f"refused ({type(error).__name__})"] += 1
        except Exception as error:  # a crash: shown with what caused it
            asked_for = {x: asked.get(x) for x in ("delta", "lag", "seed")} | {"actor": asked["events"].actor.iso3}
            failures.append((k, asked["name"], asked_for, repr(error)[:300]))
        done += 1
        half = 2 * done >= options.rounds or time.monotonic() - began > options.minutes * 30
        if half and middle is None:
            middle = resident()
    growth = resident() - middle if middle is not None else 0
    minutes = (time.monotonic() - began) / 60
    sys.stdout.write(f"{done} inputs in {minutes:.1f} minutes; {dict(seen)}\n")
    sys.stdout.write(f"memory grew by {growth / 1e6:.1f} MB over the second half\n")
    for failure in failures:
        sys.stdout.write(f"FAILED {failure}\n")
    return 1 if failures or growth > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
