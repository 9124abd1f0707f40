"""What a coefficient means in probabilities: average change and risk ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.fit.fit import Fit, RegressionProfile
from interventions_stats.engine.fit.formulas import factor_columns
from interventions_stats.engine.fit.levels import factor_levels, level_contrast
from interventions_stats.engine.fit.regression import Estimate, Regression
from interventions_stats.engine.intake.scalars import check_level, check_option, shown
from interventions_stats.engine.solver.kernels import Floats, mean_kernel
from interventions_stats.engine.solver.newton import maximise
from interventions_stats.engine.solver.profile import profile_limits
from interventions_stats.engine.solver.reparametrisation import coordinates, reparametrised
from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["delta", "profile"]
Function = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, repr=False)
class MarginalEffects(ResultContract):
    """Average change and risk ratio of one column.

    Attributes
    ----------
    term : str
    low, high : float or str
        The contrast: values of the column, ``"x"`` and ``"x + 1.2"``, or two levels of a factor.
    change, ratio : array (3,)
        Average change in probability, and risk ratio: estimate, lower and upper limit.
    se : array (2,)
        Delta-method standard errors of the change and of the log risk ratio.
    method, conf_level, n, n_events, n_events_total, n_dropped
    """

    term: str
    low: float | str
    high: float | str
    change: Floats
    ratio: Floats
    se: Floats
    method: Method
    conf_level: float
    n: float
    n_events: float
    n_events_total: float
    n_dropped: float
    estimator: str
    separated: bool

    @property
    def _title(self) -> str:  # type: ignore[override]
        return f"Marginal effects of {self.term}: {self.low} to {self.high}"

    def tidy(self) -> pd.DataFrame:
        """One row for the average change in probability and one for the risk ratio."""
        import pandas as pd
        from scipy.special import ndtr

        statistic = np.array([self.change[0], np.log(self.ratio[0])]) / self.se
        return pd.DataFrame(
            {
                "term": ["average change", "risk ratio"],
                "estimate": [self.change[0], self.ratio[0]],
                "std_error": [self.se[0], self.se[1] * self.ratio[0]],
                "statistic": statistic,
                "p_value": 2.0 * ndtr(-np.abs(statistic)),
                "conf_low": [self.change[1], self.ratio[1]],
                "conf_high": [self.change[2], self.ratio[2]],
            }
        )

    def glance(self) -> pd.DataFrame:
        """One row on the fit behind the effects."""
        import pandas as pd

        keys = ("n", "n_events", "n_events_total", "n_dropped", "estimator", "separated")
        row = {key: getattr(self, key) for key in keys}
        return pd.DataFrame(
            [{**row, "seed": None, "data_version": None, "method": self.method, "conf_level": self.conf_level}]
        )


def marginal_effects(
    fit: Fit,
    term: str,
    *,
    change: float | tuple[float, float] | Literal["sd"] | None = None,
    conf_level: float = 0.95,
    method: Method | None = None,
) -> MarginalEffects:
    """Average change in probability, and risk ratio, when one column changes in every row.

    Parameters
    ----------
    fit : Fit
        Of a logit, cloglog, Poisson or negative binomial model (of counts "probability" reads "expected count").
    term : str
        A column of the fit that stands for one variable, which is in no other term, or for one level of a factor. A level
        sets the whole factor: from its reference (or its first other level, where the coding has none) to that level.
    change : float, (low, high), "sd", optional
        Add a number to the column, set it to two values in turn, or add one standard deviation (by weight). By default 0
        to 1 for a 0/1 column and one standard deviation for any other. Not for a level of a factor.
    conf_level : float, default 0.95
    method : {"delta", "profile"}, optional
        ``"profile"`` takes the extremes of the effect over the likelihood-ratio region of the coefficients;
        by default where the fit's own inference is by profile.

    Returns
    -------
    MarginalEffects

    Raises
    ------
    InputError
        A term that is not in the fit, that interacts, belongs to a basis (``poly``, ``bs``) or shares its variable with
        another; a change that is not a number; a fit without a profile.

    Notes
    -----
    Firth's fit pulls predicted probabilities towards one half: correct the intercept
    (``intercept_correction="flic"``, or ``flac``) when the change itself is to be read, not the ratio.

    Examples
    --------
    >>> import numpy as np
    >>> from interventions_stats.engine.models.firth_logit import firth_logit
    >>> y = np.repeat([1, 0, 1, 0], [6, 14, 2, 18])
    >>> fit = firth_logit(y=y, X=np.repeat([1.0, 0.0], 20), names=["exposed"])
    >>> effect = marginal_effects(fit, "exposed")
    >>> effect.change.round(3).tolist(), effect.ratio.round(2).tolist()
    ([0.19, -0.056, 0.432], [2.6, 0.77, 12.9])
    """
    if not isinstance(fit, Fit):
        raise InputError(f"marginal_effects needs a fitted regression, not {shown(fit)}")
    if fit.design is None or fit.theta is None or fit.theta_cov is None or mean_kernel(fit.model) is None:
        raise InputError(f"marginal effects are not defined for {fit.estimator}")
    conf_level = check_level("conf_level", conf_level)
    chosen = interval_method(fit, method)
    contrast = _contrast(fit, term, change)
    functions = (_mean_difference(fit, contrast), _log_ratio(fit, contrast))
    values, se, limits = [], [], []
    for function in functions:
        value, gradient = function(fit.theta)
        spread = float(np.sqrt(gradient @ fit.theta_cov @ gradient))
        values.append(value)
        se.append(spread)
        limits.append(_limits(fit, function, value, spread, conf_level, chosen))
    return MarginalEffects(
        term, contrast.low, contrast.high,
        np.array([values[0], *limits[0]]), np.exp([values[1], *limits[1]]), np.array(se),
        chosen, conf_level, fit.n, fit.n_events, fit.n_events_total, fit.n_dropped, fit.estimator, bool(fit.separation),
    )  # fmt: skip


def interval_method(fit: Fit, method: Method | None) -> Method:
    """Return how limits of predicted means are found: as asked, or by profile where that is the fit's own inference."""
    profile_ok = isinstance(fit.profile, RegressionProfile) and fit.profile.shown is None and not fit.wald_terms
    default: Method = "profile" if fit.inference == "profile" and profile_ok else "delta"
    chosen: Method = default if method is None else method
    check_option("method", chosen, ("delta", "profile"))
    if chosen == "profile" and not profile_ok:
        raise InputError(f"{fit.estimator} has no profile of its predicted probabilities; use method='delta'")
    return chosen


class _Contrast(NamedTuple):
    """Standardised columns (n, p) below and above, and the two values in words."""

    below: Floats
    above: Floats
    low: float | str
    high: float | str


def _contrast(fit: Fit, term: str, change: object) -> _Contrast:
    design = fit.design
    assert design is not None
    if not isinstance(term, str) or term not in design.names or term == "Intercept":
        raise unknown_name("term", term, [n for n in design.names if n != "Intercept"], where="the fit")
    first = int(design.intercept)
    level = None
    if design.spec is not None:
        _alone(design.spec, term)
        level = level_contrast(design.spec, design.names, term)
    below, above = design.X.copy(), design.X.copy()
    low: float | str
    high: float | str
    if level is not None:
        if change is not None:
            raise InputError(f"{term!r} is a level of a factor, which changes as a whole; leave out change=")
        columns = [j - first for j in level.columns]
        below[:, columns], above[:, columns], low, high = level.below, level.above, str(level.low), str(level.high)
    else:
        j = fit.names.index(term) - first
        below[:, j], above[:, j], low, high = _values(design.X[:, j], design.weights, change)
    return _Contrast(design.fitted_columns(below), design.fitted_columns(above), low, high)


def _alone(spec: Any, term: str) -> None:
    """Raise an InputError unless a column can change by itself: one variable, in no other term, and one column of it."""
    place = list(spec.column_names).index(term)
    owner = next(t for t, places in spec.term_indices.items() if place in places)
    read = {t: set().union(*(factor_columns(f, "") for f in t.factors)) for t in spec.formula}
    own = read[owner]
    if len(own) > 1:
        raise InputError(f"{term!r} is made of {' and '.join(map(repr, sorted(own)))}; compare predictions instead")
    shared = [str(t) for t, names in read.items() if t != owner and names & own]
    if shared:
        raise InputError(
            f"{term!r} shares a variable with {shared[0]!r}: both change together, so compare predictions instead"
        )
    if len(spec.term_indices[owner]) > 1 and str(owner) not in factor_levels(spec):
        raise InputError(f"{term!r} is one column of the basis {str(owner)!r}, so compare predictions instead")


def _values(x: Floats, weights: Floats | None, change: object) -> tuple[Any, Any, float | str, float | str]:
    """Values of a column below and above, numbers or (n,), and what they are called."""
    if change is None:
        change = (0.0, 1.0) if np.isin(x, (0.0, 1.0)).all() else "sd"
    if isinstance(change, tuple):
        if len(change) != 2 or not all(map(_is_number, change)) or change[0] == change[1]:
            raise InputError(f"change must hold two different numbers, not {change!r}")
        return change[0], change[1], float(change[0]), float(change[1])
    if isinstance(change, str) and change == "sd":
        middle = float(np.average(x, weights=weights))
        step = float(np.sqrt(np.average((x - middle) ** 2, weights=weights)))
    elif _is_number(change) and change != 0:
        step = float(change)  # type: ignore[arg-type]
    else:
        raise InputError(f"change must be a number, (low, high) or 'sd', not {change!r}")
    return x, x + step, "x", f"x + {step:.4g}"


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))


def _averages(fit: Fit, matrix: Floats) -> Function:
    """Average predicted mean and its gradient by ``theta``."""
    design, kernel = fit.design, mean_kernel(fit.model)
    assert design is not None and kernel is not None
    weight = np.ones(design.n) if design.weights is None else design.weights
    weight = weight / weight.sum()
    offset = 0.0 if design.offset is None else design.offset

    def average(theta: Floats) -> tuple[float, Floats]:
        eta = matrix @ theta + offset
        return float(weight @ kernel.mean(eta)), (weight * kernel.mean_derivative(eta)) @ matrix

    return average


def _mean_difference(fit: Fit, contrast: _Contrast) -> Function:
    lower, upper = _averages(fit, contrast.below), _averages(fit, contrast.above)

    def difference(theta: Floats) -> tuple[float, Floats]:
        (a, da), (b, db) = lower(theta), upper(theta)
        return b - a, db - da

    return difference


def _log_ratio(fit: Fit, contrast: _Contrast) -> Function:
    lower, upper = _averages(fit, contrast.below), _averages(fit, contrast.above)

    def ratio(theta: Floats) -> tuple[float, Floats]:
        (a, da), (b, db) = lower(theta), upper(theta)
        return float(np.log(b / a)), db / b - da / a

    return ratio


def _limits(
    fit: Fit, function: Function, value: float, spread: float, level: float, method: Method
) -> tuple[float, float]:
    from scipy.special import ndtri

    root = float(ndtri(0.5 + 0.5 * level))
    if method == "delta":
        return value - root * spread, value + root * spread
    assert isinstance(fit.profile, RegressionProfile)
    ends = [_extreme(fit.profile.regression, fit.profile.estimate, function, side, root) for side in (-1.0, 1.0)]
    return ends[0], ends[1]


def _extreme(regression: Regression, estimate: Estimate, function: Function, side: float, root: float) -> float:
    """Smallest or largest value of a function of the coefficients over the likelihood-ratio region.

    The extreme of a linear function over the region is a profile limit. The function is made linear at the current
    point, its limit point becomes the next, and so on until the value settles.
    """
    theta, value = estimate.theta, np.nan
    for _ in range(100):
        theta = _linear_extreme(regression, estimate, function(theta)[1], side, root)
        if not np.isfinite(theta).all():
            return float("nan")
        last, value = value, function(theta)[0]
        if abs(value - last) <= 1e-11 * (1.0 + abs(value)):
            return value
    return float("nan")


def _linear_extreme(regression: Regression, estimate: Estimate, gradient: Floats, side: float, root: float) -> Floats:
    """Point (p,) of the likelihood-ratio region at which ``gradient @ theta`` is extreme."""
    p, size = len(gradient), np.abs(gradient).max()
    contrast = gradient[None] / size
    evaluate = regression.closure(1)
    found = profile_limits(evaluate, estimate.theta[None], estimate.value, contrast, np.array([side]), root)
    if found.reasons[0] != "converged":
        return np.full(p, np.nan)
    basis = coordinates(contrast)
    start = np.linalg.solve(basis[0], estimate.theta)[None]
    start[0, 0] = found.limit[0]
    free = np.ones((1, p), dtype=bool)
    free[0, 0] = False
    return basis[0] @ maximise(reparametrised(evaluate, basis), start, free=free).theta[0]
