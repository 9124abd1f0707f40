"""Relabelling of targets: whole histories, or onsets within a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout, panel_layout, read_panel
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_option, generator
from interventions_stats.engine.options import ALTERNATIVES, Alternative, Bools, Floats
from interventions_stats.engine.permutation.assignment import assignment_null
from interventions_stats.engine.permutation.design_effect import variance_met
from interventions_stats.engine.permutation.permutation_test import PermutationTest, assemble
from interventions_stats.errors import EstimationError


def target_relabelling_test(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    demean_years: bool = True,
    alternative: Alternative = "greater",
    targets: Sequence[Any] | None = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test whether onsets fall on targets of higher exposure, by exchanging whole exposure histories.

    For exposures that differ between targets rather than over time, such as the share of trade.  Every
    target keeps its onset history, so a target with several onsets stays one; histories are exchanged
    among targets with the same years at risk.

    Parameters
    ----------
    exposure, onsets, risk, alternative, targets, max_exact, draws, seed
        As in :func:`within_target_shift_test`.
    demean_years : bool
        Remove the mean over targets at risk in each year.

    Returns
    -------
    PermutationTest
        ``identifying`` marks targets with an onset that can be exchanged with another.

    Raises
    ------
    EstimationError
        No target with an onset has another of equal coverage.

    Examples
    --------
    >>> import numpy as np
    >>> exposure = np.tile([[3.0], [1.0], [2.0], [0.0]], (1, 5))
    >>> onsets = np.zeros((4, 5))
    >>> onsets[0, [1, 4]] = 1
    >>> target_relabelling_test(exposure, onsets).p_greater
    0.25
    """
    counts, layout, scores = _year_scores(exposure, onsets, risk, targets, alternative, demean_years)
    draws, max_exact = check_count("draws", draws, 99), check_count("max_exact", max_exact)
    groups: dict[bytes, list[int]] = {}
    for i, (a, b) in enumerate(layout.pieces):
        groups.setdefault(layout.times[a:b].tobytes(), []).append(i)
    flags, gains, observed, total = [False] * len(layout.pieces), [], 0.0, 0.0
    for members in groups.values():
        x = np.stack([scores[slice(*layout.pieces[i])] for i in members])
        n = np.stack([counts[slice(*layout.pieces[i])] for i in members])
        hit = np.flatnonzero(n.sum(axis=1))
        gain = x @ n[hit].T
        if len(hit) and np.ptp(gain, axis=0).max() > 0:
            gains.append(gain)
            observed += float(gain[hit, np.arange(len(hit))].sum())
            total += n.sum()
            for j in hit:
                flags[members[j]] = True
    if not gains:
        raise EstimationError(
            "no target with an onset shares its years at risk with another target whose exposure differs: "
            "cut the panel to common years."
        )
    null = assignment_null(gains, observed, max_exact=max_exact, draws=draws, rng=generator(seed))
    return assemble(
        observed, total, null, null, counts, layout, tuple(flags), alternative=alternative, seed=seed,
        scheme="exposure histories exchanged among targets of equal coverage", met=variance_met(scores, counts, layout.times),
    )  # fmt: skip


def within_year_shuffle_test(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    alternative: Alternative = "greater",
    targets: Sequence[Any] | None = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Test whether onsets fall on targets of higher exposure, by dealing each year's onsets anew to its targets.

    Exact when targets at risk in a year are exchangeable.  It treats a target's onsets in different years as
    unrelated: where some targets attract onsets for reasons of their own, and exposure lasts, it over-rejects;
    :func:`target_relabelling_test` keeps each target's history together.

    Parameters
    ----------
    exposure, onsets, risk, alternative, targets, max_exact, draws, seed
        As in :func:`within_target_shift_test`.

    Returns
    -------
    PermutationTest
        ``strata`` are the years.

    Raises
    ------
    EstimationError
        No year with an onset has two targets at risk whose exposure differs.

    Examples
    --------
    >>> import numpy as np
    >>> exposure = np.array([[3.0, 0.0], [1.0, 2.0], [2.0, 1.0]])
    >>> within_year_shuffle_test(exposure, np.array([[1, 0], [0, 1], [0, 0]])).p_greater
    0.1111111111111111
    """
    counts, layout, scores = _year_scores(exposure, onsets, risk, targets, alternative, demean_years=True)
    draws, max_exact = check_count("draws", draws, 99), check_count("max_exact", max_exact)
    years = np.unique(layout.times)
    by_year = Layout(_runs(layout.times), tuple(int(y) for y in years), np.sort(layout.times), layout.kept,
                     layout.n_masked, layout.n_onsets_masked)  # fmt: skip
    order = np.argsort(layout.times, kind="stable")
    x, n = scores[order], counts[order]
    flags, gains, observed, total = [], [], 0.0, 0.0
    for a, b in by_year.pieces:
        hit = np.flatnonzero(n[a:b])
        flags.append(bool(len(hit) and np.ptp(x[a:b]) > 0))
        if flags[-1]:
            gains.append(np.outer(x[a:b], n[a:b][hit]))
            observed += float(x[a:b] @ n[a:b])
            total += n[a:b].sum()
    if not gains:
        raise EstimationError("no year with an onset has two targets at risk whose exposure differs.")
    null = assignment_null(gains, observed, max_exact=max_exact, draws=draws, rng=generator(seed))
    return assemble(
        observed, total, null, null, n, by_year, tuple(flags), alternative=alternative, seed=seed,
        scheme="onsets dealt anew among the targets at risk in their year",
    )  # fmt: skip


def _runs(times: Any) -> tuple[tuple[int, int], ...]:
    stops = np.cumsum(np.unique(times, return_counts=True)[1])
    return tuple((int(a), int(b)) for a, b in zip(np.r_[0, stops[:-1]], stops, strict=True))


def _year_scores(
    exposure: Any, onsets: Any, risk: Bools | None, targets: Sequence[Any] | None, alternative: Alternative,
    demean_years: bool,
) -> tuple[Floats, Layout, Floats]:  # fmt: skip
    """Counts, layout and exposure in SD around its year mean."""
    check_option("alternative", alternative, ALTERNATIVES)
    values, counts, risk = read_panel(exposure, onsets, risk)
    layout = panel_layout(values, counts, risk, targets)
    flat = values.ravel()[layout.kept]
    size = np.maximum(np.bincount(layout.times), 1)
    means = (
        np.bincount(layout.times, weights=flat) / size
        if check_flag("demean_years", demean_years)
        else np.full(len(size), flat.mean())
    )
    centred = flat - means[layout.times]
    centred[np.abs(centred) <= 1e-10 * np.abs(flat).max()] = 0.0
    sd = float(np.sqrt((centred**2).sum() / max(1, len(flat) - (len(np.unique(layout.times)) if demean_years else 1))))
    return counts.ravel()[layout.kept], layout, centred / (sd if sd > 0 else 1.0)
