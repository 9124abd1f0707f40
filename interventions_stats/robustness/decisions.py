"""What a single coding decision does to a result over many random lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interventions_stats.engine.options import Floats

LEAST = 3  # lists on either side of a decision below which nothing is said about it


def decision_row(name: str, taken: Floats, estimate: Floats, frontier: Floats, same: Floats) -> dict[str, Any] | None:
    """Effects of one decision; None where fewer than three of the lists that left it open took either side.

    Parameters
    ----------
    taken : (n,) array
        1 or 0, or days for a date; NaN where the list left nothing to decide.
    estimate, frontier : (n,) arrays
        Log ratios; NaN where the test could not run.
    same : (n,) array
        Whether the list has the registered verdict.
    """
    asked = ~np.isnan(taken)
    ran = asked & np.isfinite(estimate)
    if not ran.any():
        return None
    binary = bool(np.isin(taken[asked], (0.0, 1.0)).all())
    split = taken == 1 if binary else taken > np.median(taken[asked])
    if min((ran & split).sum(), (ran & ~split).sum()) < LEAST:
        return None
    difference, mc_se = _difference(estimate[ran], split[ran])
    change, change_se = _difference(same[asked], split[asked])
    return {
        "decision": name, "open": float(asked.mean()), "chance": float(taken[asked].mean()) if binary else math.nan,
        "difference": difference, "mc_se": mc_se, "share_of_variance": _explained(taken, estimate, binary),
        "share_of_frontier": _explained(taken, frontier, binary), "verdict_change": change, "verdict_mc_se": change_se,
    }  # fmt: skip


def _difference(values: Floats, split: Any) -> tuple[float, float]:
    """Difference of the two means, and its standard error."""
    one, other = values[split], values[~split]
    if min(len(one), len(other)) == 0:
        return 0.0, math.nan
    spread = [float(v.var(ddof=1)) / len(v) if len(v) > 1 else math.nan for v in (one, other)]
    return float(one.mean() - other.mean()), math.sqrt(sum(spread)) if not math.isnan(sum(spread)) else math.nan


def _explained(taken: Floats, values: Floats, binary: bool) -> float:
    """Share of the variance over all lists that a decision explains where it is open, less what chance explains.

    Dates act through the period they fall in and need no line: they enter by sixths of their range.
    """
    ran = ~np.isnan(taken) & np.isfinite(values)
    x, y, whole = taken[ran], values[ran], values[np.isfinite(values)]
    if len(y) < 4 or np.ptp(x) == 0 or np.ptp(whole) == 0:
        return 0.0
    groups = x if binary else np.minimum(np.floor(6 * x / max(float(x.max()), 1.0)), 5)
    labels, member = np.unique(groups, return_inverse=True)
    size = np.bincount(member)
    between = float((size * (np.bincount(member, weights=y) / size - y.mean()) ** 2).sum())
    within = float(((y - y.mean()) ** 2).sum()) - between
    count = len(labels) - 1
    chance = count * max(within, 0.0) / max(len(y) - count - 1, 1)
    return max(between - chance, 0.0) / float(((whole - whole.mean()) ** 2).sum())
