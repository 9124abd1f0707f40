"""Conditional test of an exposure over units and periods, with both margins of the onsets kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import as_counts, as_numbers, read_risk
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_count, check_level, check_number, check_seed
from interventions_stats.engine.options import Bools, Floats
from interventions_stats.engine.permutation.margin_law import EnumeratedLaw, Law, extreme_table, law_of
from interventions_stats.engine.permutation.margin_tables import MOST_STATES, SAME, Margins, States
from interventions_stats.errors import EstimationError, InputError

FARTHEST = 25.0  # standard deviations of the sum, per which an effect is sought before it is called unbounded
FEWEST_TABLES = 20  # with fewer tables no p-value reaches .05


@dataclass(frozen=True)
class TwoMarginTest:
    """Result of a two-margin conditional test; effects are log odds (rate) ratios per unit of the exposure.

    Attributes
    ----------
    statistic : float
        Sum of the exposure over the onsets.
    p_greater, p_less, p_two_sided : float
        At an effect of zero; two-sided is twice the smaller, at most 1.
    attainable : (float, float)
        Smallest one-sided p that any table with these margins gives, upward and downward.
    estimate : float
        Conditional maximum-likelihood estimate; infinite where the statistic is at an end of its support.
    support : (float, float)
        Smallest and largest sum that the margins allow.
    n_onsets, n_units, n_periods : int
        Of the margins that are not zero.
    log_tables : float
        Logarithm of the number of tables with these margins; NaN where there are too many states to count.
    exact : bool
        Whether the law was enumerated; if not, it was sampled with ``draws`` tables at each effect needed.
    control : {"none", "conditional", "plug-in"}
        How a second exposure was held: by its sum over onsets, or by a tilt that keeps its mean at the observed sum.
    messages : tuple of str
        What a reader of the p-value must know.
    """

    statistic: float
    p_greater: float
    p_less: float
    p_two_sided: float
    attainable: tuple[float, float]
    estimate: float
    support: tuple[float, float]
    n_onsets: int
    n_units: int
    n_periods: int
    log_tables: float
    exact: bool
    draws: int
    seed: int | None
    control: str
    unit: float = field(repr=False)  # what one standardised step is in the user's units
    law: Law = field(repr=False)
    observed: Floats = field(repr=False)
    messages: tuple[str, ...] = ()

    def tails(self, theta: float) -> tuple[float, float]:
        """Chance of a sum of at least, and of at most, the observed one at effect ``theta``."""
        return self._tails_at(check_number("theta", theta) * self.unit, float(self.observed[0]))

    def p_noninferiority(self, delta: float) -> float:
        """p of the hypothesis that the effect is at least ``delta``."""
        return self.tails(delta)[1]

    def bound(self, level: float = 0.95, *, upper: bool = True) -> float:
        """One-sided limit: the effect at which a sum as far out as the observed one has chance 1 - ``level``."""
        tail = 1.0 - check_level("level", level)
        end = self.support[1] if upper else self.support[0]
        if abs(self.statistic - end) <= SAME * max(1.0, abs(end)):
            return np.inf if upper else -np.inf
        k, sign = (1, 1.0) if upper else (0, -1.0)
        return self._solve(lambda t: self._tails_at(t, float(self.observed[0]))[k] - tail, self._start, sign)

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Central interval by inverting both tails."""
        half = 1.0 - (1.0 - check_level("level", level)) / 2
        return self.bound(half, upper=False), self.bound(half)

    def detectable(self, power: float = 0.8, alpha: float = 0.05) -> float:
        """Smallest effect that the one-sided test at ``alpha`` finds with chance ``power``; infinite where none is."""
        power, alpha = check_level("power", power), check_level("alpha", alpha)
        critical = self._critical(alpha)
        if not np.isfinite(critical):
            return np.inf
        return self._solve(lambda t: power - self._tails_at(t, critical)[0], 0.0, 1.0)

    @property
    def _start(self) -> float:
        return self.estimate * self.unit if np.isfinite(self.estimate) else 0.0

    def _critical(self, alpha: float) -> float:
        """Smallest sum whose upper tail at zero is at most ``alpha``, on the standardised scale."""
        if isinstance(self.law, EnumeratedLaw):
            values = np.unique(self.law.sums[:, 0])
        else:
            values = np.unique(self.law.anchors[0][1][:, 0])
        low, high = 0, len(values)  # the tail falls along the values
        while low < high:
            mid = (low + high) // 2
            low, high = (low, mid) if self._tails_at(0.0, float(values[mid]))[0] <= alpha else (mid + 1, high)
        return float(values[low]) if low < len(values) else np.inf

    def _tails_at(self, theta: float, value: float) -> tuple[float, float]:
        at = self._place(theta)
        return self.law.tails(at, np.array([value, *self.observed[1:]]))

    def _place(self, theta: float) -> Floats:
        """Effects of all statistics: a plug-in tilt keeps the mean of the second exposure's sum at what was observed."""
        if len(self.observed) == 1:
            return np.array([theta])
        return held(self.law, theta, float(self.observed[1]))

    def _solve(self, f: Callable[[float], float], start: float, sign: float) -> float:
        """Root of a function that is positive at ``start`` or against ``sign`` of it; infinite where it is past FARTHEST."""
        from scipy.optimize import brentq

        step = 0.5
        low, high = start, start + sign * step
        while f(low) < 0:
            low, high, step = low - sign * step, low, 2 * step
            if abs(low - start) > FARTHEST:
                return -sign * np.inf
        while f(high) > 0:
            low, high, step = high, high + sign * step, 2 * step
            if abs(high - start) > FARTHEST:
                return sign * np.inf
        return float(brentq(f, low, high, xtol=1e-10, rtol=1e-12)) / self.unit


def held(law: Law, theta: float, target: float) -> Floats:
    """Effects (theta, gamma), with gamma such that the second statistic has mean ``target``."""
    from scipy.optimize import brentq

    def off(gamma: float) -> float:
        return float(law.means(np.array([theta, gamma]))[1]) - target

    low, high = -1.0, 1.0
    while off(low) > 0 and low > -FARTHEST:
        low *= 2
    while off(high) < 0 and high < FARTHEST:
        high *= 2
    if off(low) > 0 or off(high) < 0:
        raise EstimationError(
            "the second exposure's sum is at an end of its support, so it cannot be held in the mean."
        )
    return np.array([theta, brentq(off, low, high, xtol=1e-9)])


def two_margin_test(
    exposure: Any,
    onsets: Any,
    at_risk: Bools | None = None,
    *,
    control: Any = None,
    max_exact: int = 200_000,
    draws: int = 10_000,
    seed: int = 0,
) -> TwoMarginTest:
    """Test whether onsets fall where the exposure is high, given each unit's and each period's number of onsets.

    Onsets are matched anew to units and periods with both margins kept.  What makes a unit or a period prone to onsets,
    however strongly, then plays no part: the margins are sufficient for an effect of each in a logit (one onset a cell at
    most) or a Poisson model (several), and the law of the sum of the exposure over onsets, tilted by exp(theta S), is
    their exact conditional likelihood in the effect theta.

    Parameters
    ----------
    exposure : (units, periods) array
        Lagged already; NaN where it is not measured.
    onsets : (units, periods) array of counts
        A cell with several onsets makes the model Poisson.
    at_risk : (units, periods) array of bool, optional
        Cells that may hold an onset: where the unit exists. Default: wherever the exposure is known. A unit under an
        intervention stays at risk, since "under way" is an outcome.
    control : (units, periods) array, optional
        A second exposure whose effect is held: by its sum over onsets where at least 20 tables share it, else by a tilt
        that keeps its mean there.
    max_exact : int
        Distinct values up to which the law is enumerated.
    draws, seed : int
        Tables drawn at each effect where it is not.

    Returns
    -------
    TwoMarginTest

    Raises
    ------
    InputError
        Shapes that differ, an onset on a cell that is not at risk or has no exposure.
    EstimationError
        All tables with these margins have the same sum, so that nothing can be learned.

    References
    ----------
    Cox (1970), The Analysis of Binary Data, ch. 4. Chen, Diaconis, Holmes & Liu (2005), JASA 100:109-120.
    Harrison (2012), Biometrika 99:57-69, for p-values from tilted draws.

    Examples
    --------
    >>> import numpy as np
    >>> exposure = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    >>> onsets = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    >>> test = two_margin_test(exposure, onsets)
    >>> round(np.exp(test.log_tables)), round(test.p_greater, 4), test.estimate
    (6, 0.1667, inf)
    """
    labels = Labels()
    values = as_numbers("exposure", exposure, 2, labels)
    counts = as_counts("onsets", onsets, values.shape, labels).astype(np.int64)
    second = None if control is None else as_numbers("control", control, 2, labels)
    allowed = _allowed(values, counts, read_risk(at_risk, values.shape, labels, "at_risk"), second)
    max_exact, draws, seed = check_count("max_exact", max_exact), check_count("draws", draws, 100), check_seed(seed)
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    cell = np.ix_(rows, columns)
    margins = Margins(counts[cell].sum(axis=1), counts[cell].sum(axis=0), allowed[cell], bool(counts.max() <= 1))
    by = np.stack([_scaled(v[cell], margins)[0] for v in (values, second) if v is not None])
    unit = _scaled(values[cell], margins)[1]
    observed = (by * counts[cell]).sum(axis=(1, 2))
    law = law_of(margins, by, most=max_exact, draws=draws, seed=seed)
    tables = _log_tables(margins)
    law, observed, how = _hold(law, observed, tables)
    ends = [_sum_of(extreme_table(margins, s * by[0]), by[0]) for s in (-1.0, 1.0)]
    if ends[1] - ends[0] <= 1e-7:
        raise EstimationError(
            "every table with these margins has the same sum of the exposure: the onsets cannot be told apart by it."
        )
    whole = _sum_of(counts[cell], np.where(margins.allowed, values[cell], 0.0))
    shift, n = whole - observed[0] * unit, margins.n
    bare = TwoMarginTest(
        statistic=whole, p_greater=np.nan, p_less=np.nan, p_two_sided=np.nan, attainable=(np.nan, np.nan), estimate=np.nan,
        support=(shift + ends[0] * unit, shift + ends[1] * unit), n_onsets=n, n_units=int(rows.sum()),
        n_periods=int(columns.sum()), log_tables=tables, exact=law.exact, draws=0 if law.exact else draws,
        seed=None if law.exact else seed, control=how, unit=unit, law=law, observed=observed,
    )  # fmt: skip
    return _complete(bare, ends)


def _allowed(values: Floats, counts: Any, at_risk: Bools | None, second: Floats | None) -> Bools:
    known = ~np.isnan(values)
    if second is not None:
        if second.shape != values.shape:
            raise InputError(
                f"control has shape {second.shape}, the exposure {values.shape}: they must cover the same cells."
            )
        known &= ~np.isnan(second)
    risk = known if at_risk is None else at_risk
    for where, why in (
        (risk & ~known, "is at risk and has no exposure"),
        ((counts > 0) & ~risk, "holds an onset and is not at risk"),
    ):
        if where.any():
            unit, period = np.argwhere(where)[0]
            raise InputError(f"the cell of unit {unit} and period {period} {why}: take it out of both, or measure it.")
    return risk


def _scaled(values: Floats, margins: Margins) -> tuple[Floats, float]:
    """The exposure of allowed cells, centred and in standard deviations; and one of these in the user's units."""
    inside = values[margins.allowed]
    centre = inside.mean()
    sd = float(inside.std())
    sd = sd if sd > 1e-12 * max(1.0, abs(float(centre))) else 1.0
    return np.where(margins.allowed, (values - centre) / sd, 0.0), sd


def _sum_of(table: Any, values: Floats) -> float:
    return float((table * values).sum())


def _log_tables(margins: Margins) -> float:
    small = min((margins, margins.turned()), key=lambda m: m.log_states)
    if small.log_states > np.log(MOST_STATES):
        return float("nan")
    return States(small, np.zeros(small.allowed.shape), alike=True).total


def _hold(law: Law, observed: Floats, log_tables: float) -> tuple[Law, Floats, str]:
    """Condition on the second exposure's sum where enough tables share it; else leave it to the plug-in tilt."""
    if len(observed) == 1:
        return law, observed, "none"
    if isinstance(law, EnumeratedLaw):
        same = np.abs(law.sums[:, 1] - observed[1]) <= 1e2 * SAME
        if log_tables + np.log(law.weights[same].sum()) >= np.log(FEWEST_TABLES):
            weights = law.weights[same] / law.weights[same].sum()
            return EnumeratedLaw(law.sums[same, :1], weights), observed[:1], "conditional"
    return law, observed, "plug-in"


def _complete(test: TwoMarginTest, ends: list[float]) -> TwoMarginTest:
    """Fill in what the law says at an effect of zero, and the estimate."""
    from scipy.optimize import brentq

    s = float(test.observed[0])
    above, below = test._tails_at(0.0, s)
    if isinstance(test.law, EnumeratedLaw):
        ends = [float(test.law.sums[:, 0].min()), float(test.law.sums[:, 0].max())]
    least = (test._tails_at(0.0, ends[1])[0], test._tails_at(0.0, ends[0])[1])
    whole = test.statistic - s * test.unit

    def off(theta: float) -> float:
        return float(test.law.means(test._place(theta))[0]) - s

    if s >= ends[1] - SAME:
        estimate = np.inf
    elif s <= ends[0] + SAME:
        estimate = -np.inf
    else:
        low = high = 0.0
        while off(low) > 0 and low > -FARTHEST:
            low -= 1.0
        while off(high) < 0 and high < FARTHEST:
            high += 1.0
        estimate = brentq(off, low, high, xtol=1e-11) if off(low) < 0 < off(high) else 0.0
    notes = [] if test.log_tables != test.log_tables or test.log_tables >= np.log(FEWEST_TABLES) else [
        f"Only {round(np.exp(test.log_tables))} tables have these margins, so no p-value can be small."
    ]  # fmt: skip
    return replace(
        test, p_greater=above, p_less=below, p_two_sided=min(1.0, 2 * min(above, below)), attainable=least,
        estimate=float(estimate) / test.unit, support=(whole + ends[0] * test.unit, whole + ends[1] * test.unit),
        messages=tuple(notes),
    )  # fmt: skip
