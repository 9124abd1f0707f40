"""Conditional test of an exposure over units and periods, with both margins of the onsets kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
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
CELLS = 2_000_000  # numbers of the log likelihood held at once
# Where the log likelihood is added up from its slope: the step in standard deviations of the sum, and where it ends.
STEP, FALLEN, FLAT = 0.1, 40.0, 1e-7


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

    def log_likelihood(self, theta: Floats) -> Floats:
        """Conditional log likelihood of effects (m,), zero at no effect; profiled where a second exposure is tilted.

        The law gives it whole where it was enumerated; else, and under a tilt, its slope s - E S is added up.
        """
        at = np.asarray(theta, float)
        if isinstance(self.law, EnumeratedLaw) and len(self.observed) == 1:
            sums, log = self.law.sums[:, 0] - self.observed[0], np.log(self.law.weights)
            parts = np.array_split(at.ravel() * self.unit, max(1, at.size * len(sums) // CELLS))
            return np.concatenate([-_log_sum(log + np.multiply.outer(t, sums)) for t in parts]).reshape(at.shape)
        grid, values = self._slopes_added_up
        t = at * self.unit
        inside = np.interp(t, grid, values)
        for end, next_to, beyond in ((0, 1, t < grid[0]), (-1, -2, t > grid[-1])):
            slope = (values[end] - values[next_to]) / (grid[end] - grid[next_to])
            inside = np.where(beyond, values[end] + slope * (t - grid[end]), inside)
        return inside

    @property
    def std_error(self) -> float:
        """One over the root of the information at the estimate; infinite where the estimate is."""
        if not np.isfinite(self.estimate):
            return np.inf
        t, h = self.estimate * self.unit, 1e-3
        information = (self._mean(t + h) - self._mean(t - h)) / (2 * h)
        return float(1 / np.sqrt(information)) / self.unit if information > 0 else np.inf

    def null_sums(self, draws: int) -> Floats:
        """Quantiles (draws,) of the sum at no effect, at equal steps of chance."""
        at = self._place(0.0)
        if isinstance(self.law, EnumeratedLaw):
            sums, weights = self.law.sums[:, 0], self.law.at(at)
        else:
            sums, log = self.law.draws_at(at)
            sums, weights = sums[:, 0], np.exp(log - _log_sum(log))
        order = np.argsort(sums)
        ends = np.cumsum(weights[order])
        chosen = np.searchsorted(ends / ends[-1], (np.arange(draws) + 0.5) / draws)
        return np.asarray(
            self.statistic + (sums[order][np.minimum(chosen, len(sums) - 1)] - self.observed[0]) * self.unit
        )

    def _mean(self, theta: float) -> float:
        return float(self.law.means(self._place(theta))[0])

    @cached_property
    def _slopes_added_up(self) -> tuple[Floats, Floats]:
        """Log likelihood on a grid of standardised effects, outwards from zero until it has fallen by FALLEN or is flat."""
        s, sides = float(self.observed[0]), []
        step = STEP / np.sqrt(max((self._mean(1e-3) - self._mean(-1e-3)) / 2e-3, 1e-6))
        for sign in (-1.0, 1.0):
            path, best, slope = [0.0], 0.0, s - self._mean(0.0)
            while len(path) * step <= FARTHEST and path[-1] > best - FALLEN and abs(slope) > FLAT:
                try:
                    after = s - self._mean(sign * len(path) * step)
                except EstimationError:  # the second exposure can be held no farther out
                    break
                path.append(path[-1] + sign * step * (slope + after) / 2)
                slope, best = after, max(best, path[-1])
            sides.append(path)
        if max(map(len, sides)) < 2:
            raise EstimationError("the second exposure's sum cannot be held in the mean beside an effect.")
        values = np.array([*sides[0][:0:-1], *sides[1]])
        return step * np.arange(1 - len(sides[0]), len(sides[1])), values

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


def _log_sum(log: Floats) -> Floats:
    """Logarithm of the sum of exponentials along the last axis."""
    top = log.max(axis=-1, keepdims=True)
    return np.asarray(top[..., 0] + np.log(np.exp(log - top).sum(axis=-1)))


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
    options = check_count("max_exact", max_exact), check_count("draws", draws, 99), check_seed(seed)
    found = _MarginLaw.of(values, second, allowed, counts, *options).test(counts)
    if found is None:
        raise EstimationError(
            "every table with these margins has the same sum of the exposure: the onsets cannot be told apart by it."
        )
    return found


def two_margin_tests(
    exposure: Any, onsets: Any, at_risk: Bools | None = None, *, control: Any = None, max_exact: int = 200_000,
    draws: int = 10_000, seed: int = 0,
) -> list[TwoMarginTest | None]:  # fmt: skip
    """Run :func:`two_margin_test` on many tables of onsets; tables with the same margins share one law.

    Parameters
    ----------
    exposure, at_risk, control, max_exact, draws, seed
        As in :func:`two_margin_test`.
    onsets : (tables, units, periods) array of counts

    Returns
    -------
    list of TwoMarginTest or None
        None where nothing can be learned from a table: no onset, all sums the same, or a second exposure that cannot be held.

    Examples
    --------
    >>> import numpy as np
    >>> exposure = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0.0]])
    >>> tables = np.stack([np.eye(3, dtype=int), np.eye(3, dtype=int)[::-1], np.zeros((3, 3), int)])
    >>> [t and round(t.p_greater, 3) for t in two_margin_tests(exposure, tables)]
    [1.0, 0.667, None]
    """
    labels = Labels()
    values = as_numbers("exposure", exposure, 2, labels)
    tables = as_numbers("onsets", onsets, 3)
    second = None if control is None else as_numbers("control", control, 2, labels)
    risk = read_risk(at_risk, values.shape, labels, "at_risk")
    options = check_count("max_exact", max_exact), check_count("draws", draws, 99), check_seed(seed)
    laws: dict[bytes, _MarginLaw] = {}
    found: list[TwoMarginTest | None] = []
    for table in tables:
        if not table.any():
            found.append(None)
            continue
        counts = as_counts("onsets", table, values.shape, labels).astype(np.int64)
        allowed = _allowed(values, counts, risk, second)
        key = b"".join(m.tobytes() for m in (counts.sum(axis=0), counts.sum(axis=1), np.array(counts.max() > 1)))
        if key not in laws:
            laws[key] = _MarginLaw.of(values, second, allowed, counts, *options)
        try:
            found.append(laws[key].test(counts))
        except EstimationError:  # the second exposure's sum is at an end of its support
            found.append(None)
    return found


@dataclass(frozen=True)
class _MarginLaw:
    """The law of all tables with the margins of one, before any table is held against it."""

    values: Floats
    by: Floats
    unit: float
    margins: Margins
    cell: tuple[Any, ...]
    law: Law
    log_tables: float
    ends: list[float]
    draws: int
    seed: int

    @classmethod
    def of(
        cls, values: Floats, second: Floats | None, allowed: Bools, counts: Any, max_exact: int, draws: int, seed: int
    ) -> _MarginLaw:
        cell = np.ix_(counts.sum(axis=1) > 0, counts.sum(axis=0) > 0)
        inside = counts[cell]
        margins = Margins(inside.sum(axis=1), inside.sum(axis=0), allowed[cell], bool(counts.max() <= 1))
        by = np.stack([_scaled(v[cell], margins)[0] for v in (values, second) if v is not None])
        law = law_of(margins, by, most=max_exact, draws=draws, seed=seed)
        ends = [_sum_of(extreme_table(margins, s * by[0]), by[0]) for s in (-1.0, 1.0)]
        unit = _scaled(values[cell], margins)[1]
        return cls(values[cell], by, unit, margins, cell, law, _log_tables(margins), ends, draws, seed)

    def test(self, counts: Any) -> TwoMarginTest | None:
        """Hold a table against the law; None where all tables have the same sum."""
        if self.ends[1] - self.ends[0] <= 1e-7:
            return None
        inside, margins = counts[self.cell], self.margins
        law, observed, how = _hold(self.law, (self.by * inside).sum(axis=(1, 2)), self.log_tables)
        whole = _sum_of(inside, np.where(margins.allowed, self.values, 0.0))
        shift = whole - observed[0] * self.unit
        bare = TwoMarginTest(
            statistic=whole, p_greater=np.nan, p_less=np.nan, p_two_sided=np.nan, attainable=(np.nan, np.nan), estimate=np.nan,
            support=(shift + self.ends[0] * self.unit, shift + self.ends[1] * self.unit), n_onsets=margins.n,
            n_units=len(margins.rows), n_periods=len(margins.columns), log_tables=self.log_tables, exact=law.exact,
            draws=0 if law.exact else self.draws, seed=None if law.exact else self.seed, control=how, unit=self.unit, law=law,
            observed=observed,
        )  # fmt: skip
        return _complete(bare, self.ends)


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
        return test._mean(theta) - s

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
