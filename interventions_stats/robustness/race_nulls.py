"""Relabelled onsets of a race: moved in time together within leaders, or dealt to other targets as well."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def shifted_onsets(
    used: pd.DataFrame, y: np.ndarray, leaders: np.ndarray, most: int, rng: np.random.Generator
) -> np.ndarray:
    """Outcomes (m, n) after shifts of time within leaders that all targets share, the data's own left out.

    All of them, or ``most`` at random where there are more.  Gaps in a target's years are closed up; a target with fewer
    years under a leader moves in proportion.
    """
    pieces = _pieces(used, leaders)
    lengths = [max(len(rows) for rows in groups) for groups in pieces]
    whole = int(np.prod(lengths, dtype=float)) - 1
    if whole <= most:
        steps = [s for s in product(*(range(length) for length in lengths)) if any(s)]
    else:
        steps = [tuple(int(rng.integers(length)) for length in lengths) for _ in range(most)]
    out = np.empty((len(steps), len(y)))
    for row, step in enumerate(steps):
        out[row] = _moved(y, pieces, lengths, step)
    return out


def dealt_targets(
    used: pd.DataFrame, y: np.ndarray, leaders: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Outcomes (draws, n) whose histories are dealt anew among targets of equal coverage and moved in time together."""
    pieces = _pieces(used, leaders)
    lengths = [max(len(rows) for rows in groups) for groups in pieces]
    codes, years = used["target_ccode"].to_numpy(), used["year"].to_numpy()
    alike: dict[bytes, list[np.ndarray]] = {}
    for code in dict.fromkeys(codes):
        rows = np.flatnonzero(codes == code)
        alike.setdefault(years[rows].tobytes(), []).append(rows)
    out = np.empty((draws, len(y)))
    for row in range(draws):
        moved = _moved(y, pieces, lengths, [int(rng.integers(length)) for length in lengths])
        for members in alike.values():
            for here, there in zip(members, rng.permutation(len(members)), strict=True):
                out[row, here] = moved[members[there]]
    return out


def _pieces(used: pd.DataFrame, leaders: np.ndarray) -> list[list[np.ndarray]]:
    """Rows of each target under each leader, in order of time; without targets, of the actor."""
    units = used["target_ccode"].to_numpy() if "target_ccode" in used else np.zeros(len(used))
    return [
        [rows for u in dict.fromkeys(units) if len(rows := np.flatnonzero((units == u) & (leaders == leader)))]
        for leader in dict.fromkeys(leaders)
    ]


def _moved(y: np.ndarray, pieces: list[list[np.ndarray]], lengths: list[int], step) -> np.ndarray:  # type: ignore[no-untyped-def]
    out = np.empty_like(y)
    for groups, length, s in zip(pieces, lengths, step, strict=True):
        for rows in groups:
            out[rows] = np.roll(y[rows], (s * len(rows)) // length)
    return out
