"""What a test could have seen: detectable effects in closed form, and by planting effects on the observed series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from interventions_stats.engine.arrays import Layout, as_numbers, panel_layout, read_panel, read_series, series_layout
from interventions_stats.engine.distributions import quantile
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import (
    check_count,
    check_flag,
    check_level,
    check_option,
    check_positive,
    check_seed,
    generator,
)
from interventions_stats.engine.options import Alternative, Bools, Detrend, Floats, Missing
from interventions_stats.engine.permutation.autoregressive_test import fixed_series_p_values
from interventions_stats.engine.permutation.shift_batch import batched_p_values
from interventions_stats.engine.permutation.trends import degree_of, residualise, standardise_residuals
from interventions_stats.engine.permutation.within_target import panel_scores
from interventions_stats.errors import InputError

PowerTest: TypeAlias = Literal["shift", "autoregressive"]
EFFECTS = tuple(float(e) for e in np.arange(0.0, 1.61, 0.2))


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """Rejection rates of a superiority test over planted effects.

    Attributes
    ----------
    effects : (E,) array
        Log odds per within-stratum SD.
    rejection, mc_se : (E,) arrays
        Share of histories rejected, and its Monte Carlo standard error.
    mde : float
        Smallest effect with the power asked for, by interpolation on the monotone curve; infinite when no effect
        on the grid reaches it.
    mde_se : float
        Monte Carlo standard error of ``mde``: that of the power over the slope of the curve.
    size : float
        Rejection rate with nothing planted.
    alpha, power : float
    histories : int
    n_onsets : int
    test : str
    """

    effects: Floats = field(repr=False)
    rejection: Floats = field(repr=False)
    mc_se: Floats = field(repr=False)
    mde: float
    mde_se: float
    size: float
    alpha: float
    power: float
    histories: int
    n_onsets: int
    test: str
    seed: int = 0
    messages: tuple[str, ...] = ()


def analytic_mde(se_cal: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Effect that one-sided superiority at ``alpha`` detects with ``power``: (z_alpha + z_power) x se.

    By symmetry it is also the smallest effect that one-sided non-inferiority dismisses with that
    power when there is none.

    Parameters
    ----------
    se_cal : float
        Calibrated standard error, on the log scale.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(np.exp(analytic_mde(np.sqrt(1.5 / 25)))), 2)
    1.84
    """
    return (quantile(1 - check_level("alpha", alpha)) + quantile(check_level("power", power))) * check_positive(
        "se_cal", se_cal
    )


def analytic_equivalence_bound(se_cal: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest bound that two one-sided tests meet with ``power`` when there is no effect.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(np.exp(analytic_equivalence_bound(np.sqrt(1.5 / 25)))), 2)
    2.05
    """
    z = quantile(1 - check_level("alpha", alpha)) + quantile((1 + check_level("power", power)) / 2)
    return z * check_positive("se_cal", se_cal)


def simulate_mde(
    series: Any,
    onsets: Any,
    strata: Any = None,
    *,
    effects: Any = EFFECTS,
    histories: int = 500,
    alpha: float = 0.05,
    power: float = 0.8,
    test: PowerTest = "shift",
    alternative: Alternative = "greater",
    detrend: Detrend = "none",
    studentise: bool = False,
    window: int | None = None,
    replace: bool = True,
    baseline: Any = None,
    missing: Missing = "raise",
    relabellings: int = 2_000,
    seed: int = 0,
) -> PowerCurve:
    """Simulate the minimum detectable effect on an observed series by planting effects.

    Each history keeps the number of onsets of every stratum and draws their periods with probability proportional
    to ``baseline`` x exp(theta x exposure), the exposure being standardised (and detrended) as in the
    test; the calibrated test is then run on it.  The same random numbers serve every effect.

    Parameters
    ----------
    series : (T,) array
        Exposure, oriented so that theory predicts theta > 0.
    onsets : (T,) array of counts
        Only their number in each stratum is used.
    strata, detrend, studentise, window, missing
        As in :func:`circular_shift_test`.
    effects : (E,) array
        Log odds per SD to plant, ascending from 0.
    histories : int
        For each effect.
    alpha, power : float
    test : {"shift", "autoregressive"}
        :func:`circular_shift_test` or :func:`autoregressive_null_test`.
    alternative : {"greater", "less", "two-sided"}
    replace : bool
        Whether several onsets may share a period.
    baseline : (T,) array, optional
        Intensity of onsets for reasons of time alone, positive. Default: even within a stratum.
    relabellings : int
        Joint shifts, or redrawn exposures, behind each p-value.
    seed : int

    Returns
    -------
    PowerCurve

    Raises
    ------
    InputError
        Effects that do not start at 0 and ascend, more onsets than periods without replacement, or as in
        :func:`circular_shift_test`.

    Examples
    --------
    >>> import numpy as np
    >>> onsets = np.zeros(120)
    >>> onsets[:20] = 1
    >>> curve = simulate_mde(np.random.default_rng(0).standard_normal(120), onsets, effects=[0, 0.5, 1], histories=100)
    >>> bool(0 < curve.mde < 1), curve.n_onsets
    (True, 20)
    """
    labels = Labels()
    values, counts, strata = read_series(series, onsets, strata, labels)
    layout = series_layout(values, counts, strata, missing)
    degree = degree_of(detrend)
    scores = standardise_residuals(residualise(values[layout.kept], layout, degree), layout, degree, "within")
    return _curve(
        scores, counts[layout.kept], layout, degree, _baseline(baseline, layout, values.shape, labels), effects=effects,
        histories=histories, alpha=alpha, power=power, test=test, alternative=alternative, studentise=studentise,
        window=window, replace=replace, relabellings=relabellings, seed=seed,
    )  # fmt: skip


def simulate_mde_within_target(
    exposure: Any,
    onsets: Any,
    risk: Bools | None = None,
    *,
    demean_years: bool = True,
    detrend: Detrend = "linear",
    effects: Any = EFFECTS,
    histories: int = 500,
    alpha: float = 0.05,
    power: float = 0.8,
    alternative: Alternative = "greater",
    studentise: bool = False,
    replace: bool = True,
    baseline: Any = None,
    relabellings: int = 2_000,
    seed: int = 0,
) -> PowerCurve:
    """Simulate the minimum detectable effect of :func:`within_target_shift_test` on an observed panel.

    Every target keeps its number of onsets; their years are drawn as in :func:`simulate_mde`.

    Parameters
    ----------
    exposure, onsets, risk, demean_years, detrend, studentise
        As in :func:`within_target_shift_test`.
    baseline : (targets, years) array, optional
    effects, histories, alpha, power, alternative, replace, relabellings, seed
        As in :func:`simulate_mde`.

    Returns
    -------
    PowerCurve

    Raises
    ------
    InputError, EstimationError
        As in :func:`within_target_shift_test` and :func:`simulate_mde`.

    Examples
    --------
    >>> import numpy as np
    >>> onsets = np.zeros((6, 30))
    >>> onsets[:4, 3:6] = 1
    >>> exposure = np.random.default_rng(0).standard_normal((6, 30))
    >>> simulate_mde_within_target(exposure, onsets, effects=[0, 1, 2], histories=100).n_onsets
    12
    """
    labels = Labels()
    values, counts, risk = read_panel(exposure, onsets, risk, labels)
    layout = panel_layout(values, counts, risk, None)
    degree = degree_of(detrend)
    scores = panel_scores(values.ravel()[layout.kept], layout, degree, demean_years, "within")
    return _curve(
        scores, counts.ravel()[layout.kept], layout, degree, _baseline(baseline, layout, values.shape, labels), effects=effects,
        histories=histories, alpha=alpha, power=power, test="shift", alternative=alternative, studentise=studentise,
        window=None, replace=replace, relabellings=relabellings, seed=seed,
    )  # fmt: skip


def _baseline(baseline: Any, layout: Layout, shape: tuple[int, ...], labels: Labels) -> Floats:
    if baseline is None:
        return np.ones(layout.n)
    rate = as_numbers("baseline", baseline, len(shape), labels)
    if rate.shape != shape or not (rate.ravel()[layout.kept] > 0).all():
        raise InputError(f"baseline must be positive and have the exposure's shape {shape}.")
    return np.asarray(rate.ravel()[layout.kept])


def plant_onsets(
    scores: Floats, counts: Floats, layout: Layout, theta: float, baseline: Floats, histories: int, *, replace: bool,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Draw onset histories (H, n) that keep each piece's number and follow baseline x exp(theta x score)."""
    out = np.zeros((histories, layout.n))
    rows = np.arange(histories)[:, None]
    for a, b in layout.pieces:
        k = int(counts[a:b].sum())
        if k == 0:
            continue
        log_rate = np.log(baseline[a:b]) + theta * scores[a:b]
        if replace:
            rate = np.exp(log_rate - log_rate.max())
            edges = np.cumsum(rate) / rate.sum()
            where = np.minimum(np.searchsorted(edges, rng.random((histories, k))), b - a - 1)
            np.add.at(out, (rows, a + where), 1.0)
            continue
        if k > b - a:
            raise InputError(f"{k} onsets do not fit {b - a} periods without replacement: pass replace=True.")
        keys = log_rate + rng.gumbel(size=(histories, b - a))  # the k largest are a draw without replacement
        out[rows, a + np.argpartition(-keys, k - 1, axis=1)[:, :k]] = 1.0
    return out


def _curve(
    scores: Floats, counts: Floats, layout: Layout, degree: int, baseline: Floats, *, effects: Any, histories: int,
    alpha: float, power: float, test: PowerTest, alternative: Alternative, studentise: bool, window: int | None,
    replace: bool, relabellings: int, seed: int,
) -> PowerCurve:  # fmt: skip
    check_option("test", test, ("shift", "autoregressive"))
    alpha, power, histories = (
        check_level("alpha", alpha),
        check_level("power", power),
        check_count("histories", histories, 2),
    )
    studentise, replace = check_flag("studentise", studentise), check_flag("replace", replace)
    window, seed = None if window is None else check_count("window", window), check_seed(seed)
    relabellings = check_count("relabellings", relabellings, 99)
    grid = as_numbers("effects", effects, 1)
    if len(grid) < 2 or grid[0] != 0 or not (np.diff(grid) > 0).all():
        raise InputError("effects must start at 0 and ascend, with at least two values.")
    rejection = np.empty(len(grid))
    for i, theta in enumerate(grid):
        # common random numbers: the same seed for every effect
        rng = generator(seed)
        planted = plant_onsets(scores, counts, layout, float(theta), baseline, histories, replace=replace, rng=rng)
        if test == "shift":
            p = batched_p_values(
                scores[None], planted, layout, degree, alternative=alternative, studentise=studentise, window=window,
                relabellings=relabellings, seed=seed,
            )  # fmt: skip
        else:
            p = fixed_series_p_values(scores, planted, layout, degree, alternative, relabellings, seed)
        rejection[i] = float((p <= alpha).mean())
    mde, mde_se = _interpolate(grid, rejection, power, histories)
    notes = () if np.isfinite(mde) else (f"No effect up to {grid[-1]:g} per SD reaches power {power:g}.",)
    return PowerCurve(
        effects=grid, rejection=rejection, mc_se=np.sqrt(rejection * (1 - rejection) / histories), mde=mde, mde_se=mde_se,
        size=float(rejection[0]), alpha=alpha, power=power, histories=histories, n_onsets=int(counts.sum()), test=test,
        seed=seed, messages=notes,
    )  # fmt: skip


def monotone(values: Floats) -> Floats:
    """Least-squares non-decreasing fit (pool adjacent violators)."""
    level: list[float] = []
    weight: list[int] = []
    for v in values:
        level.append(float(v))
        weight.append(1)
        while len(level) > 1 and level[-2] > level[-1]:
            pooled = level[-2] * weight[-2] + level[-1] * weight[-1]
            weight[-2:] = [weight[-2] + weight[-1]]
            level[-2:] = [pooled / weight[-1]]
    return np.repeat(level, weight)


def _interpolate(grid: Floats, rejection: Floats, power: float, histories: int) -> tuple[float, float]:
    """First crossing of ``power`` by the monotone curve, with its Monte Carlo standard error."""
    curve = monotone(rejection)
    above = np.flatnonzero(curve >= power)
    if not len(above):
        return float("inf"), float("nan")
    i = int(above[0])
    if i == 0:
        return 0.0, float("nan")
    slope = (curve[i] - curve[i - 1]) / (grid[i] - grid[i - 1])
    se = float(np.sqrt(power * (1 - power) / histories) / slope)
    return float(grid[i - 1] + (power - curve[i - 1]) / slope), se
