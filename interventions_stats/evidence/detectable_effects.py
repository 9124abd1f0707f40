"""What a test could have seen: detectable effects, simulated on the panel that the test uses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.arrays import as_counts, as_numbers
from interventions_stats.engine.bounds.power import EFFECTS, PowerCurve, analytic_mde, monotone
from interventions_stats.engine.intake.containers import read_frame
from interventions_stats.engine.intake.scalars import check_count, check_level, check_seed
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.errors import EstimationError, InputError, unknown_name
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.batched_test import BatchedTest
from interventions_stats.primary.laid import Laid, LaidRegression
from interventions_stats.primary.null_design import NullDesign, series_design
from interventions_stats.primary.planting import planted_onsets

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.evidence.evidence import Evidence

NEARBY = (0.0, 0.5, 0.75, 1.0, 1.3, 1.7, 2.3)  # multiples of the analytic effect at which power is simulated
FARTHER = (3.2, 4.5, 6.0)  # and where none of these reaches it
LARGEST = 5.0  # log ratio beyond which nothing is planted: a ratio of 148
HISTORIES = 200


@dataclass(frozen=True, eq=False, repr=False)
class PowerResult(ResultContract):
    """Power of a superiority test over planted effects.

    Attributes
    ----------
    curve : PowerCurve
        Effects on the log scale with the share of histories rejected.
    term : str
    n_rows, n_identifying : int
    """

    curve: PowerCurve
    term: str
    n_rows: int
    n_identifying: int
    n_events_total: int

    @property
    def mde(self) -> float:
        """Minimum detectable effect as a ratio per within-stratum SD (exposed against not, for a 0/1 exposure)."""
        return math.exp(self.curve.mde)

    def tidy(self) -> pd.DataFrame:
        """One row a planted effect: ``term``, ``ratio``, ``power``, ``mc_se``."""
        import pandas as pd

        c = self.curve
        return pd.DataFrame({"term": self.term, "ratio": np.exp(c.effects), "power": c.rejection, "mc_se": c.mc_se})

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        c = self.curve
        return pd.DataFrame([{
            "n": self.n_rows, "n_events": c.n_onsets, "n_events_total": self.n_events_total,
            "n_dropped": self.n_events_total - c.n_onsets, "estimator": c.test, "separated": "", "seed": c.seed,
            "data_version": "", "mde": self.mde, "mde_log_se": c.mde_se, "power": c.power, "alpha": c.alpha, "size": c.size,
            "histories": c.histories, "n_identifying": self.n_identifying,
        }])  # fmt: skip

    def _heading(self) -> str:
        found = f"{self.mde:.2f}" if math.isfinite(self.curve.mde) else "beyond the effects planted"
        return f"Minimum detectable ratio of {self.term} at {self.curve.power:.0%} power: {found}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw power against the planted ratio."""
        from interventions_stats.display.figures.power_curve import power_curve

        return power_curve(self.tidy(), ax=ax, mde=self.mde if math.isfinite(self.curve.mde) else None)


def minimum_detectable_effect(
    panel: pd.DataFrame,
    exposure: str,
    *,
    power: float = 0.80,
    alpha: float = 0.05,
    strata: str | None = "leader",
    histories: int = 500,
    seed: int = 0,
) -> PowerResult:
    """Smallest effect that the stratified shift test detects on a panel, by planting effects on the observed exposure.

    Parameters
    ----------
    panel : DataFrame
        Rows in order of time, with ``onsets`` (counts) or ``onset`` (0/1), the exposure and the strata, as
        :func:`interventions_stats.panel` makes them. Rows without the exposure are left out and counted.
    exposure : str
        Column, oriented so that theory predicts a positive effect.
    power, alpha : float
    strata : str or None, default "leader"
        Column of labels within which the exposure is shifted.
    histories : int, default 500
        Planted histories for each effect.
    seed : int

    Returns
    -------
    PowerResult

    Raises
    ------
    UnknownNameError
        A column that the panel does not have.
    EstimationError
        No onset where the exposure is measured, or an exposure that does not vary there.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> months = ist.panel(ist.load_events(), covariates=["-approval"], start="2000-02")
    >>> found = minimum_detectable_effect(months, "-approval", histories=100)
    >>> bool(1.5 < found.mde < 6)
    True
    """
    panel = read_frame(panel, "panel")
    power, alpha = check_level("power", power), check_level("alpha", alpha)
    histories, seed = check_count("histories", histories, 2), check_seed(seed)
    for column in (exposure, *([] if strata is None else [strata])):
        if not isinstance(column, str) or column not in panel.columns:
            raise unknown_name("column", column, panel.columns, where="the panel")
    outcome = "onsets" if "onsets" in panel else "onset"
    if outcome not in panel:
        raise unknown_name("column", "onset", panel.columns, where="the panel")
    total = as_numbers(outcome, panel[outcome], 1)
    values = as_numbers(exposure, panel[exposure], 1)
    kept = ~np.isnan(values)
    if not total[kept].any():
        raise EstimationError(f"no onset falls where {exposure} is measured; use a longer panel or another exposure.")
    labels = None if strata is None else panel[strata].astype(object).fillna("unrecorded").to_numpy(object)[kept]
    design = series_design(values[kept], as_counts(outcome, total[kept], (-1,)), labels)
    curve = power_curve_of(design, EFFECTS, histories=histories, alpha=alpha, power=power, seed=seed)
    return PowerResult(curve, exposure, int(kept.sum()), identifying(design), int(total.sum()))


def identifying(design: NullDesign) -> int:
    """Onsets in pieces whose exposure varies (in a comparison of targets, all)."""
    if design.between_units:
        return int(design.counts.sum())
    return int(sum(design.counts[a:b].sum() for a, b in design.layout.pieces if np.ptp(design.exposure[a:b]) > 0))


def power_curve_of(
    design: NullDesign, effects: Iterable[float], *, histories: int = HISTORIES, alpha: float = 0.05, power: float = 0.80,
    two_sided: bool = False, relabellings: int = 499, seed: int = 0,
) -> PowerCurve:  # fmt: skip
    """Simulate the power of a primary test over effects (ascending from 0), with the same random numbers for each."""
    if identifying(design) == 0:
        raise EstimationError("the exposure does not vary in any stratum that has an onset; nothing could be seen.")
    grid = np.asarray(list(effects), float)
    if len(grid) < 2 or grid[0] != 0 or (np.diff(grid) <= 0).any():
        raise InputError("effects must start at 0 and ascend, with at least two values.")
    planting = _Planting(design, histories, alpha, two_sided, relabellings, seed)
    rejection = np.array([planting.rejected(float(theta)) for theta in grid])
    mde, mde_se = crossing(grid, rejection, power, histories)
    return PowerCurve(
        effects=grid, rejection=rejection, mc_se=np.sqrt(rejection * (1 - rejection) / histories), mde=mde, mde_se=mde_se,
        size=float(rejection[0]), alpha=alpha, power=power, histories=histories, n_onsets=int(design.counts.sum()),
        test=design.scheme, seed=seed,
        messages=() if math.isfinite(mde) else (f"No effect up to {grid[-1]:.2f} reaches power {power:g}.",),
    )  # fmt: skip


class _Planting:
    """The share of planted histories that a test rejects, with the same random numbers for every effect."""

    def __init__(
        self, design: NullDesign, histories: int, alpha: float, two_sided: bool, relabellings: int, seed: int
    ) -> None:
        self.design, self.histories, self.alpha, self.relabellings, self.seed = (
            design,
            histories,
            alpha,
            relabellings,
            seed,
        )
        self.alternative: Alternative = "two-sided" if two_sided else "greater"
        self.test = BatchedTest(design)
        self.scores = self.test.scores(design.exposure[None])

    def rejected(self, theta: float) -> float:
        counts = planted_onsets(self.design, theta, self.histories, np.random.default_rng(self.seed))
        p = self.test.p_values(self.scores, self.test.weights(counts), alternative=self.alternative,
                               relabellings=self.relabellings, seed=self.seed)  # fmt: skip
        return float((p <= self.alpha).mean())


def crossing(grid: Floats, rejection: Floats, power: float, histories: int) -> tuple[float, float]:
    """Where the monotone power curve first reaches ``power``, with its Monte Carlo standard error; infinite if nowhere."""
    curve = monotone(rejection)
    above = np.flatnonzero(curve >= power)
    if not len(above):
        return math.inf, math.nan
    i = int(above[0])
    if i == 0:
        return 0.0, math.nan
    slope = (curve[i] - curve[i - 1]) / (grid[i] - grid[i - 1])
    return (float(grid[i - 1] + (power - curve[i - 1]) / slope),
            float(np.sqrt(power * (1 - power) / histories) / slope))  # fmt: skip


def simulated_mde(
    laid: LaidRegression, *, se_cal: float, histories: int = HISTORIES, power: float = 0.80, seed: int | None = None
) -> float:
    """Minimum detectable effect of a proposition's primary test on its own panel; infinite where none planted reaches the power.

    Effects around the analytic one are planted on the observed exposure, the number of onsets of each stratum as observed,
    and the very test of the verdict is run on each history: the detrended, studentised shift of a series, the two-way
    shift within targets or powers, or the exchange of targets.  The same random numbers serve every effect, so power rises
    with it, and the effects on either side of ``power`` are found by bisection; between them it is taken as linear.

    Parameters
    ----------
    se_cal : float
        Calibrated standard error, which says where to look.
    seed : int, optional
        Default: that of the question.
    """
    prop: Any = laid.question.proposition
    if identifying(laid.design) == 0:
        raise EstimationError("the exposure does not vary in any stratum that has an onset; nothing could be seen.")
    around = min(analytic_mde(se_cal, power=power), LARGEST / NEARBY[-1])
    effects = [m * around for m in (*NEARBY, *FARTHER) if m * around <= LARGEST + 1e-9]
    start = branch(laid.question.seed if seed is None else seed, prop.id, "mde")
    planting = _Planting(laid.design, histories, 0.05, prop.direction == "two-sided", 499, start)
    low, high, at = 0, len(effects), NEARBY.index(1.0)
    rejected: dict[int, float] = {}
    while high - low > 1:
        rejected[at] = planting.rejected(effects[at])
        low, high = (low, at) if rejected[at] >= power else (at, high)
        at = (low + high) // 2
    if high == len(effects):
        return math.inf
    below = rejected[low] if low in rejected else planting.rejected(effects[low])
    return effects[low] + max(power - below, 0.0) * (effects[high] - effects[low]) / max(rejected[high] - below, 1e-12)


def attach_simulated_mde(evidence: Evidence, laid: Laid, *, histories: int = HISTORIES) -> Evidence:
    """Put the simulated detectable effect in place of the analytic one, where the test has a relabelling null.

    Exact tests of counts, ranks and shares keep the normal approximation, and ``mde_method`` says so.  Where no planted
    effect reached the power asked for, the effect is infinite: the test could not have seen any.
    """
    if not isinstance(laid, LaidRegression) or not math.isfinite(evidence.se_cal):
        return evidence
    try:
        mde = simulated_mde(laid, se_cal=evidence.se_cal, histories=histories)
    except (EstimationError, InputError):
        return evidence
    return replace(evidence, mde=mde, mde_method="simulated on the panel")


def what_could_be_seen(results: Any) -> list[dict[str, float | str | bool | int]]:
    """For each proposition: what its test could have seen, what it was meant to see, and how many onsets that takes.

    Parameters
    ----------
    results : Battery, mapping of id to Result or Evidence, or iterable of Evidence

    Returns
    -------
    list of dict
        ``proposition``, ``mde`` and ``sesoi`` (ratios), ``sees`` (mde <= sesoi), ``n_identifying`` and ``onsets_needed``:
        the number at which the detectable effect would equal the SESOI, the variance of the estimate falling as 1/n.
    """
    rows: list[dict[str, float | str | bool | int]] = []
    for e in _evidence(results):
        delta, n = e.sesoi.delta, e.n_identifying
        needed: float = math.nan
        if delta and n and math.isfinite(e.mde):
            needed = math.ceil(n * (e.mde / delta) ** 2)
        rows.append({
            "proposition": e.proposition.id, "mde": math.exp(min(e.mde, 700.0)) if e.mde == e.mde else math.nan,
            "sesoi": math.exp(delta) if delta else math.nan, "sees": bool(delta and e.mde <= delta), "n_identifying": n,
            "onsets_needed": needed, "method": e.mde_method,
        })  # fmt: skip
    return rows


def _evidence(results: Any) -> list[Evidence]:
    found = getattr(results, "results", results)
    values: Iterable[Any] = found.values() if isinstance(found, Mapping) else found
    return [getattr(r, "evidence", r) for r in values]
