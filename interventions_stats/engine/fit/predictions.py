"""Predicted probabilities or counts over a grid of values, each with its interval."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.fit.fit import Fit, RegressionProfile
from interventions_stats.engine.fit.formulas import spec_columns
from interventions_stats.engine.fit.levels import factor_levels
from interventions_stats.engine.fit.margins import Method, interval_method
from interventions_stats.engine.intake.containers import read_frame
from interventions_stats.engine.intake.scalars import check_level, shown
from interventions_stats.engine.solver.kernels import KERNELS, Floats
from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.engine.fit.design import Design

_MOST_ROWS, _MOST_ELEMENTS = 100_000, 500_000  # of a grid that is crossed, and of what profiles hold at a time


@dataclass(frozen=True, repr=False, eq=False)
class Predictions(ResultContract):
    """Predicted means with intervals.

    Attributes
    ----------
    grid : DataFrame (m rows)
        The values predicted at.
    estimate, std_error : array (m,)
        Predicted probability or count, and its delta-method standard error.
    limits : array (m, 2)
    held : dict of str to float
        Variables that the grid left out, and the mean at which they are held.
    method : {"delta", "profile"}
    conf_level : float
    fit : Fit
    """

    grid: pd.DataFrame
    estimate: Floats
    std_error: Floats
    limits: Floats
    held: dict[str, float]
    method: Method
    conf_level: float
    fit: Fit

    @property
    def _title(self) -> str:  # type: ignore[override]
        return f"Predictions of {self.fit.outcome} by {self.fit.estimator}"

    def tidy(self) -> pd.DataFrame:
        """One row a point: the grid's columns, then ``estimate``, ``std_error``, ``conf_low``, ``conf_high``."""
        numbers = {
            "estimate": self.estimate, "std_error": self.std_error, "conf_low": self.limits[:, 0], "conf_high": self.limits[:, 1],
        }  # fmt: skip
        taken = {c: f"{c} (grid)" for c in self.grid.columns if c in numbers}
        return self.grid.rename(columns=taken).reset_index(drop=True).assign(**numbers)

    def glance(self) -> pd.DataFrame:
        """One row on the fit behind the predictions."""
        import pandas as pd

        keys = ("n", "n_events", "n_events_total", "n_dropped", "estimator")
        row = {key: getattr(self.fit, key) for key in keys} | {"separated": bool(self.fit.separation)}
        return pd.DataFrame(
            [{**row, "seed": None, "data_version": None, "method": self.method, "conf_level": self.conf_level}]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the predictions against the first column of numbers that varies, one line a combination of the others."""
        from interventions_stats.display.figures.prediction_lines import prediction_lines

        return prediction_lines(self.tidy(), ax, outcome=self.fit.outcome, level=self.conf_level)

    def _notes(self) -> list[str]:
        values = ", ".join(f"{name} = {value:.4g}" for name, value in self.held.items())
        return [f"Held at their means: {values}."] if values else []


def predictions(
    fit: Fit,
    grid: pd.DataFrame | Mapping[str, Any] | None = None,
    *,
    offset: Any = None,
    exposure: Any = None,
    conf_level: float = 0.95,
    method: Method | None = None,
) -> Predictions:
    """Predict over a grid of values, with intervals.

    Parameters
    ----------
    fit : Fit
        Of a logit, cloglog or Poisson model.
    grid : mapping or DataFrame, optional
        A mapping of variables to one value or several: every combination is predicted, and numeric variables that are left
        out are held at their mean in the fit.  A frame is taken row by row as it is.  By default the fit's own rows.
    offset, exposure : float or array (rows,), optional
        Of the grid's rows; exposure enters as its log. A fit that had either needs one, and ``exposure=1`` gives rates.
    conf_level : float, default 0.95
    method : {"delta", "profile"}, optional
        ``"delta"``: Wald limits of the linear predictor, turned to the scale of the mean, so that they stay inside it; by t
        on the fewest degrees of freedom of a coefficient where the covariance is robust. ``"profile"``: the extremes of the
        prediction over the likelihood-ratio region of the coefficients; by default where the fit's own inference is by
        profile.

    Returns
    -------
    Predictions

    Raises
    ------
    InputError
        A variable that the fit does not have, or a factor that the grid leaves out (it has no mean); a level that the fit
        has not seen; a fit without predictions or without a profile.

    Notes
    -----
    Firth's fit pulls predicted probabilities towards one half; correct the intercept (``intercept_correction="flic"``, or
    ``flac``) where the level is to be read.

    Examples
    --------
    >>> import numpy as np
    >>> from interventions_stats.engine.models.logit import logit
    >>> y = np.repeat([1, 0, 1, 0], [12, 28, 9, 71])
    >>> fit = logit(y=y, X=np.repeat([1.0, 0.0], [40, 80]), names=["exposed"])
    >>> predictions(fit, {"exposed": [0, 1]}).tidy().round(4).to_dict("list")
    {'exposed': [0, 1], 'estimate': [0.1125, 0.3], 'std_error': [0.0353, 0.0725], 'conf_low': [0.0596, 0.1789], 'conf_high': [0.2023, 0.4573]}
    """
    if not isinstance(fit, Fit):
        raise InputError(f"predictions need a fitted regression, not {shown(fit)}")
    if fit.design is None or fit.theta is None or fit.theta_cov is None or fit.model not in KERNELS:
        raise InputError(f"{fit.estimator} does not predict")
    conf_level = check_level("conf_level", conf_level)
    chosen = interval_method(fit, method)
    frame, held = _rows(fit.design, grid)
    new = {} if grid is None else {"data" if fit.design.spec is not None else "X": frame.assign(**held)}
    matrix, eta = fit.linear_predictor(**new, offset=offset, exposure=exposure)
    spread = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", matrix, fit.theta_cov, matrix), 0.0))
    known = eta - matrix @ fit.theta  # the offset, which has no error
    ends = (
        _delta(fit, eta, spread, conf_level)
        if chosen == "delta"
        else _profile(fit, matrix, conf_level) + known[:, None]
    )
    kernel = KERNELS[fit.model]  # type: ignore[index]
    std_error = np.abs(kernel.mean_derivative(eta)) * spread
    return Predictions(frame, kernel.mean(eta), std_error, kernel.mean(ends), held, chosen, conf_level, fit)


def _rows(design: Design, grid: Any) -> tuple[pd.DataFrame, dict[str, float]]:
    """The grid as a frame, and the means of the variables that a mapping leaves out."""
    import pandas as pd

    if grid is None:
        return pd.DataFrame(design.X, columns=list(design.names[int(design.intercept) :])), {}
    if not isinstance(grid, Mapping):
        return pd.DataFrame(read_frame(grid, "grid")).reset_index(drop=True), {}
    variables = list(design.names[int(design.intercept) :]) if design.spec is None else spec_columns(design.spec)
    for name in grid:
        if name not in variables:
            raise unknown_name("variable", name, variables, where="the fit")
    values = {str(name): _several(name, value) for name, value in grid.items()}
    if (rows := int(np.prod([len(v) for v in values.values()]))) > _MOST_ROWS:
        raise InputError(f"the grid has {rows:,} combinations, more than {_MOST_ROWS:,}; give fewer values")
    frame = pd.DataFrame(itertools.product(*values.values()), columns=list(values))
    return frame, {v: _mean(design, v) for v in variables if v not in values}


def _several(name: object, value: Any) -> list[Any]:
    found = [value] if np.isscalar(value) or value is None else list(value)
    if not found:
        raise InputError(f"the grid gives no value of {name!r}")
    return found


def _mean(design: Design, name: str) -> float:
    """Mean by weight of a variable that is a column of the fit as it stands."""
    if name not in design.names or (design.spec is not None and name in factor_levels(design.spec)):
        raise InputError(f"the grid leaves out {name!r}, which has no mean in the fit; give its value or values")
    column = design.X[:, design.names.index(name) - int(design.intercept)]
    return float(np.average(column, weights=design.weights))


def _delta(fit: Fit, eta: Floats, spread: Floats, level: float) -> Floats:
    from scipy.special import ndtri, stdtrit

    tail = 0.5 + 0.5 * level
    root = float(ndtri(tail) if fit.degrees is None else stdtrit(np.min(fit.degrees), tail))
    return np.column_stack([eta - root * spread, eta + root * spread])


def _profile(fit: Fit, matrix: Floats, level: float) -> Floats:
    """Extremes (m, 2) of ``matrix @ theta`` over the likelihood-ratio region; NaN where a search did not converge."""
    assert isinstance(fit.profile, RegressionProfile)
    unique, place = np.unique(matrix, axis=0, return_inverse=True)
    null = ~unique.any(axis=1)  # without an intercept, where every variable is zero: nothing is estimated
    unique, limits = unique[~null], np.zeros((len(unique), 2))
    step = max(
        1, _MOST_ELEMENTS // matrix.shape[1] // fit.profile.regression.design.n
    )  # each search holds the rows again
    blocks = [unique[k : k + step] for k in range(0, len(unique), step)]
    found = [fit.profile.regression.limits_of(fit.profile.estimate, block, level) for block in blocks]
    limits[~null] = np.concatenate(found) if found else 0.0
    return limits[place.ravel()]
