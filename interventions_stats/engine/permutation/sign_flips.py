"""Test of an exposure over many units by flipping the signs of whole units' scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.arrays import as_counts, as_numbers, read_labels
from interventions_stats.engine.intake.containers import codes, read_table
from interventions_stats.engine.intake.labels import Labels
from interventions_stats.engine.intake.scalars import check_count, check_flag, check_level, check_number, check_seed
from interventions_stats.engine.options import Bools, Floats, Ints
from interventions_stats.errors import EstimationError, InputError

if TYPE_CHECKING:
    from scipy import sparse

FEW_UNITS = 8  # effective number of units below which a verdict is capped
MOST_EXACT = 14  # units up to which every pattern of signs is tried
JITTER = 1e-10  # keeps the equations solvable where strata and periods fall into parts that no row connects
RIDGE = 1e-9  # on a unit's trend, which runs away where its onsets are all at one end
NEAR, NODES = (
    4.0,
    13,
)  # standard errors on either side of the estimate, and effects there, at which scores are tabulated
FARTHEST = 20.0  # of the effect per standard deviation, before a limit is called unbounded


@dataclass(frozen=True)
class SignFlipTest:
    """Result of a sign-flip score test; effects are log rate ratios per unit of the exposure.

    Attributes
    ----------
    estimate : float
        Maximum-likelihood estimate.
    std_error : float
        Clustered by unit: square root of the sum of squared unit scores, over the information, at the estimate.
    p_greater, p_less, p_two_sided : float
        At an effect of zero.
    attainable : float
        Smallest p that any pattern of signs gives.
    dispersion : float
        Sum of squared unit scores over the information at zero: one where a unit's rows are independent Poisson counts.
    effective_units : float
        (sum U^2)^2 / sum U^4, the number of equally large scores that are worth as much.
    largest : str
        Unit with the largest squared score.
    largest_share : float
        Its share of the sum of squares.
    n_rows, n_onsets, n_units, n_periods : int
        Of units and periods that have an onset; the others say nothing.
    messages : tuple of str
    """

    estimate: float
    std_error: float
    p_greater: float
    p_less: float
    p_two_sided: float
    attainable: float
    dispersion: float
    effective_units: float
    largest: Any
    largest_share: float
    n_rows: int
    n_onsets: int
    n_units: int
    n_periods: int
    draws: int
    seed: int
    trends: bool
    scores_at: Callable[[float], tuple[Floats, float]] = field(repr=False)
    signs: Floats = field(repr=False)
    messages: tuple[str, ...] = ()

    def tails(self, theta: float) -> tuple[float, float]:
        """p of the hypotheses that the effect is at most, and at least, ``theta``."""
        scores, _ = self.scores_at(check_number("theta", theta))
        return flipped(scores, self.signs)

    def p_noninferiority(self, delta: float) -> float:
        """p of the hypothesis that the effect is at least ``delta``."""
        return self.tails(delta)[1]

    @cached_property
    def _near(self) -> Callable[[float], Floats]:
        """Scores of the units near the estimate, by cubic splines through exact ones, for searches of limits."""
        from scipy.interpolate import CubicSpline

        reach = NEAR * max(self.std_error, 1e-6)
        nodes = np.linspace(self.estimate - reach, self.estimate + reach, NODES)
        spline = CubicSpline(nodes, np.array([self.scores_at(x)[0] for x in nodes]))
        return lambda theta: spline(theta) if abs(theta - self.estimate) <= reach else self.scores_at(theta)[0]

    def bound(self, level: float = 0.95, *, upper: bool = True) -> float:
        """One-sided limit by inversion; infinite where no effect is rejected."""
        tail = 1.0 - check_level("level", level)
        k, sign = (1, 1.0) if upper else (0, -1.0)

        def held(theta: float) -> bool:
            return flipped(self._near(theta), self.signs)[k] > tail

        low, step = self.estimate, sign * max(self.std_error, 1e-6)
        while held(low + step):
            low, step = low + step, 1.6 * step
            if abs(low + step - self.estimate) > FARTHEST * max(1.0, self.std_error):
                return sign * np.inf
        high = low + step
        while abs(high - low) > 1e-4 * max(self.std_error, 1e-9):
            mid = (low + high) / 2
            low, high = (mid, high) if held(mid) else (low, mid)
        return float(high)

    def conf_int(self, level: float = 0.95) -> tuple[float, float]:
        """Central interval by inverting both tails."""
        half = 1.0 - (1.0 - check_level("level", level)) / 2
        return self.bound(half, upper=False), self.bound(half)

    def detectable(self, power: float = 0.8, alpha: float = 0.05) -> float:
        """Effect found with chance ``power`` by a one-sided test at ``alpha``, from the clustered standard error."""
        from scipy.stats import norm

        return float(
            (norm.ppf(1 - check_level("alpha", alpha)) + norm.ppf(check_level("power", power))) * self.std_error
        )


def sign_flip_test(
    counts: Any,
    exposure: Any,
    units: Any,
    periods: Any,
    *,
    strata: Any = None,
    controls: Any = None,
    trends: bool = False,
    draws: int = 9_999,
    seed: int = 0,
) -> SignFlipTest:
    """Test the effect of an exposure on counts over units and periods, robust to whatever persists within a unit.

    A Poisson regression with an effect of every unit and every period gives each unit a score, the sum of its residual
    exposure times its residual counts, at any hypothetical effect.  Units are independent and their scores symmetric about
    zero under the hypothesis, whatever the correlation and dispersion of their years, so that the signs of whole units are
    exchanged.  Permuting events instead rejects true hypotheses too often where states are persistently prone to disputes.

    Parameters
    ----------
    counts : (n,) array
        Onsets of each row.
    exposure : (n,) array
        Lagged already.
    units, periods : (n,) arrays of labels
        ``periods`` may be None where every stratum lies in one period.
    strata : (n,) array of labels, optional
        Whose effects take the place of the units': pairs of states, or the sets that targets are chosen from.  Signs are
        still those of whole units.
    controls : (n, k) array, optional
        Further regressors.
    trends : bool
        A linear trend of each unit's own.
    draws, seed : int
        Patterns of signs drawn where there are more than 14 units.

    Returns
    -------
    SignFlipTest

    Raises
    ------
    InputError
        Lengths that differ, values that are missing.
    EstimationError
        Fewer than two units with an onset, or an exposure that the effects explain.

    References
    ----------
    Hemerik, Goeman & Finos (2020), JRSS B 82:841-864. Canay, Romano & Shaikh (2017), Econometrica 85:1013-1030.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> units, periods = np.repeat(np.arange(30), 20), np.tile(np.arange(20), 30)
    >>> x = rng.normal(size=600)
    >>> test = sign_flip_test(rng.poisson(np.exp(-1 + 0.5 * x)), x, units, periods)
    >>> round(test.estimate, 2), test.p_greater, round(test.effective_units)
    (0.39, 0.0001, 16)
    """
    draws, seed = check_count("draws", draws, 99), check_seed(seed)
    model = _model(counts, exposure, units, periods, strata, controls, check_flag("trends", trends))
    sd = model.unit_of_exposure
    estimate = _estimate(model.scores)
    at_zero, information = model.scores(0.0)
    at_estimate, there = model.scores(estimate)
    signs = sign_patterns(len(at_zero), draws, seed)
    above, below = flipped(at_zero, signs)
    squares = at_zero**2
    top = int(squares.argmax())
    effective = float(squares.sum() ** 2 / (squares**2).sum())
    notes = () if effective >= FEW_UNITS else (
        f"The scores are worth {effective:.1f} equal units; below {FEW_UNITS} a few units decide, here "
        f"{model.labels[top]} with {squares[top] / squares.sum():.0%} of the sum of squares.",
    )  # fmt: skip
    return SignFlipTest(
        estimate=estimate / sd, std_error=float(np.sqrt((at_estimate**2).sum()) / there / sd), p_greater=above, p_less=below,
        p_two_sided=min(1.0, 2 * min(above, below)), attainable=flipped(np.abs(at_zero), signs)[0],
        dispersion=float(squares.sum() / information), effective_units=effective, largest=model.labels[top],
        largest_share=float(squares[top] / squares.sum()), n_rows=len(model.counts), n_onsets=int(model.counts.sum()),
        n_units=len(model.labels), n_periods=model.n_periods, draws=len(signs), seed=seed, trends=trends,
        scores_at=lambda theta: model.scores(theta * sd), signs=signs, messages=notes,
    )  # fmt: skip


def sign_patterns(units: int, draws: int, seed: int) -> Floats:
    """Patterns of signs (m, units), all of them for few units; the observed one, all plus, is left out."""
    if units <= MOST_EXACT:
        return np.array(list(product((1.0, -1.0), repeat=units)))[1:]
    return np.random.default_rng(seed).choice([1.0, -1.0], size=(draws, units))


def flipped(scores: Floats, signs: Floats) -> tuple[float, float]:
    """Share of patterns, the observed one among them, whose sum is at least and at most the observed."""
    sums, observed = signs @ scores, scores.sum()
    same = 1e-9 * np.abs(scores).sum()
    m = len(signs) + 1
    return float((1 + (sums >= observed - same).sum()) / m), float((1 + (sums <= observed + same).sum()) / m)


@dataclass(eq=False)
class _Model:
    """Poisson regression on effects of units and periods, with the standardised exposure as an offset."""

    counts: Floats
    exposure: Floats
    unit: Ints
    effects: sparse.csr_array
    penalty: Floats
    labels: list
    n_strata: int
    n_periods: int
    unit_of_exposure: float
    start: tuple[float, Floats, Floats] | None = (
        None  # the last effect, its maximum, and how that moves with the effect
    )
    beta: Floats = field(default_factory=lambda: np.empty(0))

    def scores(self, theta: float) -> tuple[Floats, float]:
        """Scores of the units at an effect (units,), and the information."""
        mean = self._fitted(theta)
        weighted = self.effects.multiply(mean[:, None]).tocsr()
        gram = (self.effects.T @ weighted).toarray() + np.diag(self.penalty + JITTER)
        explained = np.linalg.solve(gram, weighted.T @ self.exposure)
        self.start = (theta, self.beta, explained)
        residual = self.exposure - self.effects @ explained
        parts = residual * (self.counts - mean)
        return np.bincount(self.unit, parts, len(self.labels)).astype(float), float((mean * residual**2).sum())

    def _fitted(self, theta: float) -> Floats:
        """Mean of each row with all effects at their maximum (n,), by Newton's method with step halving."""
        offset = theta * self.exposure
        beta = self._first() if self.start is None else self.start[1] - (theta - self.start[0]) * self.start[2]

        def value(b: Floats) -> tuple[float, Floats]:
            eta = offset + self.effects @ b
            mean = np.exp(np.minimum(eta, 30.0))
            return float(self.counts @ eta - mean.sum() - 0.5 * self.penalty @ b**2), mean

        height, mean = value(beta)
        for _ in range(200):
            gradient = self.effects.T @ (self.counts - mean) - self.penalty * beta
            gram = (self.effects.T @ self.effects.multiply(mean[:, None]).tocsr()).toarray() + np.diag(
                self.penalty + JITTER
            )
            step = np.linalg.solve(gram, gradient)
            size = 1.0
            while (found := value(beta + size * step))[0] < height - 1e-12 * abs(height) and size > 1e-6:
                size /= 2
            beta, (height, mean) = beta + size * step, found
            if np.abs(gradient).max() < 1e-9 * max(1.0, self.counts.sum()) or float(gradient @ step) < 1e-16:
                break
        self.beta = beta
        return mean

    def _first(self) -> Floats:
        beta, own = np.zeros(self.effects.shape[1]), self.effects[:, : self.n_strata]
        beta[: self.n_strata] = np.log((own.T @ self.counts) / own.sum(axis=0))
        return beta


def _model(counts: Any, exposure: Any, units: Any, periods: Any, strata: Any, controls: Any, trends: bool) -> _Model:
    rows = Labels()
    x = as_numbers("exposure", exposure, 1, rows)
    n = as_counts("counts", counts, x.shape, rows)
    more = np.empty((len(x), 0)) if controls is None else _controls(controls, len(x), rows)
    u, names = _codes("units", units, len(x), rows)
    s = u if strata is None else _codes("strata", strata, len(x), rows)[0]
    t, when = (np.zeros(len(x), int), [0]) if periods is None else _codes("periods", periods, len(x), rows)
    clock = _clock(when)[t] if trends else np.zeros(len(x))
    for name, values in (("exposure", x), ("controls", more)):
        if np.isnan(values).any():
            raise InputError(
                f"{name} is missing at row {int(np.argwhere(np.isnan(values))[0][0])}: leave such rows out."
            )
    keep = rows_that_tell(n, s, t)
    x, n, more = x[keep], n[keep], more[keep]
    (labels, u), (own, s), (times, t) = (np.unique(c[keep], return_inverse=True) for c in (u, s, t))
    if len(labels) < 2 or (periods is not None and len(times) < 2):
        raise EstimationError(
            f"onsets fall on {len(labels)} unit(s) and {len(times)} period(s): at least two of each are needed."
        )
    effects, penalty = _effects(u, s, t, more, clock[keep] if trends else None)
    sd = float(x.std()) or 1.0
    told = [names[k] for k in labels]
    model = _Model(n, (x - x.mean()) / sd, u, effects, penalty, told, len(own), len(times), sd)
    scores, information = model.scores(0.0)
    if information < 1e-9 * n.sum() or not np.abs(scores).sum():
        raise EstimationError("the effects of units and periods explain the exposure: nothing is left to test.")
    return model


def rows_that_tell(counts: Floats, strata: Any, periods: Any) -> Bools:
    """Rows of strata and periods with an onset: the others say nothing, and leaving one out can empty another."""
    keep = np.ones(len(counts), bool)
    while True:
        on = keep & (counts > 0)
        told = keep & np.isin(strata, strata[on]) & np.isin(periods, periods[on])
        if told.sum() == keep.sum():
            return keep
        keep = told


def _controls(controls: Any, n: int, rows: Labels) -> Floats:
    table = read_table(controls, "controls")
    out, order = table.floats("controls"), rows.order(table.index, "controls", "period")
    if len(out) != n:
        raise InputError(f"controls has {len(out)} rows for {n} counts.")
    if np.isinf(out).any():
        raise InputError("controls holds an infinite value: leave such rows out.")
    return out if order is None else out[order]


def _codes(name: str, values: Any, n: int, rows: Labels) -> tuple[Ints, list[Any]]:
    labels = read_labels(name, values, n, rows)
    if labels is None:
        raise InputError(f"{name} must hold one label a row.")
    return codes(labels, name)


def _clock(names: list[Any]) -> Floats:
    """Time of each period (periods,): its number, or its place among dates and other labels that have an order."""
    try:
        values = np.asarray(names)
        if values.dtype.kind in "iuf":
            return values.astype(float)
        place = {name: k for k, name in enumerate(sorted(names))}
    except (TypeError, ValueError):
        raise InputError(
            "periods have no order for a trend; number them, or give dates, or leave trends out."
        ) from None
    return np.array([place[name] for name in names], float)


def _effects(u: Ints, s: Ints, t: Ints, more: Floats, clock: Floats | None) -> tuple[sparse.csr_array, Floats]:
    """Columns of strata, of periods but the first, of controls, and of units' trends."""
    from scipy import sparse

    def indicators(codes: Ints, values: Floats) -> sparse.csr_array:
        return sparse.csr_array((values, (np.arange(len(codes)), codes)), shape=(len(codes), codes.max() + 1))

    parts = [indicators(s, np.ones(len(s))), indicators(t, np.ones(len(t)))[:, 1:]]
    if more.shape[1]:
        parts.append(
            sparse.csr_array((more - more.mean(axis=0)) / np.where(more.std(axis=0) > 0, more.std(axis=0), 1.0))
        )
    if clock is not None:
        centred = clock - (np.bincount(u, clock) / np.bincount(u))[u]
        parts.append(indicators(u, centred / max(1.0, np.abs(centred).max()))[:, 1:])
    effects = sparse.hstack(parts).tocsr()
    penalty = np.zeros(effects.shape[1])
    penalty[effects.shape[1] - (0 if clock is None else u.max()) :] = RIDGE
    return effects, penalty


def _estimate(scores: Callable[[float], tuple[Floats, float]]) -> float:
    """Root of the total score, by safeguarded Newton steps."""
    theta, low, high = 0.0, -np.inf, np.inf
    for _ in range(100):
        parts, information = scores(theta)
        total = parts.sum()
        low, high = (theta, high) if total > 0 else (low, theta)
        step = total / information
        if abs(step) < 1e-10 * max(1.0, abs(theta)):
            return float(theta + step)
        theta += float(np.clip(step, -2.0, 2.0))
        if abs(theta) > FARTHEST:
            break
        if np.isfinite(low) and np.isfinite(high) and not low < theta < high:
            theta = (low + high) / 2
    raise EstimationError(
        "the effect has no finite estimate: the exposure separates the onsets within units and periods."
    )
