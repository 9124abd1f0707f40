"""The result of every regression of the library."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from interventions_stats.display.contract import ResultContract, asked_by
from interventions_stats.engine.fit.design import Design
from interventions_stats.engine.fit.familiar_names import FamiliarNames
from interventions_stats.engine.fit.regression import Estimate, Regression, contrasts, invert, normal_root
from interventions_stats.engine.intake.names import check_names
from interventions_stats.engine.intake.scalars import check_level, check_option, shown
from interventions_stats.engine.solver.kernels import Floats, mean_kernel
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Reason
from interventions_stats.engine.solver.profile import likelihood_ratios, ratios_and_limits
from interventions_stats.errors import ConvergenceWarning, InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.engine.fit.separation import Separation

Inference = Literal["wald", "profile"]


class Profile(Protocol):
    """Likelihood-ratio statistics and profile limits of a fit's coefficients."""

    def ratios(self) -> Floats: ...

    def limits(self, level: float) -> tuple[Floats, Sequence[Reason]]: ...

    def both(self, level: float) -> tuple[Floats, Floats, Sequence[Reason]]: ...


@dataclass(frozen=True)
class RegressionProfile:
    """Profile of the first ``shown`` coefficients of a :class:`Regression` (default all)."""

    regression: Regression
    estimate: Estimate
    shown: int | None = None

    def _which(self) -> range:
        return range(self.regression.design.p if self.shown is None else self.shown)

    def ratios(self) -> Floats:
        return self.regression.likelihood_ratios(self.estimate, self._which())

    def limits(self, level: float) -> tuple[Floats, Sequence[Reason]]:
        return self.regression.limits(self.estimate, level, self._which())

    def both(self, level: float) -> tuple[Floats, Floats, Sequence[Reason]]:
        return self.regression.ratios_and_limits(self.estimate, level, self._which())


class Problem(Protocol):
    """A likelihood in standardised coordinates."""

    def closure(self, times: int) -> Evaluate: ...


@dataclass(frozen=True)
class ScaledProfile:
    """Profile of a :class:`Problem` at its maximum ``theta`` (p,); ``back`` (p, p) turns units back."""

    problem: Problem
    theta: Floats
    value: Evaluation
    back: Floats

    def ratios(self) -> Floats:
        contrast, _ = contrasts(self.back)
        return likelihood_ratios(self.problem.closure(len(contrast)), self.theta[None], self.value, contrast)[0]

    def limits(self, level: float) -> tuple[Floats, Sequence[Reason]]:
        return self.both(level)[1:]

    def both(self, level: float) -> tuple[Floats, Floats, Sequence[Reason]]:
        contrast, factor = contrasts(self.back)
        closure = self.problem.closure(3 * len(contrast))
        ratios, found = ratios_and_limits(closure, self.theta[None], self.value, contrast, normal_root(level))
        return ratios, found.limit.reshape(2, -1).T * factor[:, None], found.reasons


@dataclass(frozen=True, repr=False, eq=False)
class Fit(FamiliarNames, ResultContract):
    """A fitted regression.

    Attributes
    ----------
    params : array (p,)
        Coefficients, intercept first.
    cov : array (p, p)
        Their covariance; ``covariance`` names the formula.
    names : tuple of str
        Terms, in the order of ``params``.
    loglik : float
        Log-likelihood at the estimate (with the penalty, where there is one).
    reason : str
        Why the iteration stopped: ``"converged"``, ``"max_iter"``, ``"step_halving"``, ``"singular"`` or ``"diverged"``.
    n, n_events, n_events_total, n_dropped : float
        Rows and events used, events in the whole list, rows dropped for missing values, each as the weights count them.
    estimator, model, outcome : str
    inference : {"wald", "profile"}
        Where p-values and default intervals come from.
    profile : object or None
        Likelihood ratios and profile limits, computed when first asked for.
    design : Design or None
    degrees : array (p,) or None
        Degrees of freedom of the Wald t statistics; None for the normal.
    remarks, references : tuple of str
    extra : mapping
        What one estimator reports beyond the rest, as further entries of ``glance``.
    theta, theta_cov : array (p,), (p, p) or None
        Coefficients and covariance of the design's standardised columns, in which predictions keep their digits.
    """

    params: Floats
    cov: Floats
    names: tuple[str, ...]
    loglik: float
    reason: Reason
    n: float
    n_events: float
    n_events_total: float
    n_dropped: float
    estimator: str
    model: str
    outcome: str
    inference: Inference
    covariance: str = "inverse Fisher information"
    profile: Profile | None = None
    design: Design | None = None
    degrees: Floats | None = None
    remarks: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    wald_terms: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    theta: Floats | None = None
    theta_cov: Floats | None = None

    @property
    def bse(self) -> Floats:
        """Standard errors (p,)."""
        return np.sqrt(np.maximum(np.diagonal(self.cov), 0.0))

    @property
    def converged(self) -> bool:
        """Whether the iteration reached a maximum."""
        return self.reason == "converged"

    @property
    def _title(self) -> str:  # type: ignore[override]
        return f"{self.estimator} of {self.outcome}"

    @cached_property
    def separation(self) -> Separation:
        """Which columns separate events from non-events, and in which direction."""
        from interventions_stats.engine.fit import separation

        if self.design is not None and self.model == "conditional_logit":
            from interventions_stats.engine.fit.separation_pairs import check_conditional

            return check_conditional(self.design.X, self.design.y, self.design.groups["strata"], self.design.names)
        if self.design is None or self.model not in ("logit", "cloglog", "poisson", "negative_binomial"):
            return separation.Separation("none", (), (), "separation was not checked for this model")
        return separation.check_design(
            self.design,
            "count" if self.model in ("poisson", "negative_binomial") else "binary",
            self.params[: self.design.p] if self.converged else None,  # close enough for one pass to prove overlap
        )

    @property
    def sign_conflict(self) -> tuple[str, ...]:
        """Columns whose penalised estimate points against the direction of separation."""
        from interventions_stats.engine.fit.separation import sign_conflict

        return sign_conflict(self.separation, dict(zip(self.names, self.params.tolist(), strict=True)))

    @cached_property
    def _ratios(self) -> Floats:
        assert self.profile is not None
        ratios, limits, reasons = self.profile.both(0.95)  # the limits that come along are the ones wanted next
        self._tell_unfinished(limits, reasons)
        self.__dict__.setdefault("_limit_cache", {})[0.95] = (limits, reasons)
        return ratios

    def _is_wald(self) -> np.ndarray:
        wald = self.profile is None or self.inference == "wald"
        return np.array([wald or name in self.wald_terms for name in self.names])

    @cached_property
    def statistic(self) -> Floats:
        """Wald z (or t), or the signed root of the (penalised) likelihood-ratio statistic (p,)."""
        wald = self._is_wald()
        if not wald.any():
            return np.sign(self.params) * np.sqrt(self._ratios)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.params / self.bse
        return ratio if wald.all() else np.where(wald, ratio, np.sign(self.params) * np.sqrt(self._ratios))

    @property
    def pvalues(self) -> Floats:
        """Two-sided p-values (p,), by the method that ``inference`` names."""
        if asked_by("maketables"):  # it takes whatever has this name for a fit of statsmodels, and loses the terms
            raise AttributeError("pvalues")
        return self._pvalues

    @cached_property
    def _pvalues(self) -> Floats:
        from scipy.special import ndtr, stdtr

        size = -np.abs(self.statistic)
        return 2.0 * (
            ndtr(size) if self.degrees is None else np.where(self._is_wald(), stdtr(self.degrees, size), ndtr(size))
        )

    def conf_int(self, conf_level: float = 0.95, method: Inference | None = None) -> Floats:
        """Return confidence limits (p, 2).

        Parameters
        ----------
        conf_level : float, default 0.95
        method : {"wald", "profile"}, optional
            The fit's own method by default.
        """
        from scipy.special import ndtri, stdtrit

        conf_level = check_level("conf_level", conf_level)
        chosen = self.inference if method is None else method
        check_option("method", chosen, ("wald", "profile"))
        if chosen == "profile" and self.profile is None:
            raise InputError(f"{self.estimator} has no profile likelihood; use method='wald'")
        if chosen == "profile" and not self.wald_terms:
            return self._limits(conf_level)[0].copy()
        tail = 0.5 + 0.5 * conf_level
        quantile = ndtri(tail) if self.degrees is None else stdtrit(self.degrees, tail)
        half = quantile * self.bse
        wald = np.column_stack([self.params - half, self.params + half])
        if chosen == "wald":
            return wald
        return np.where([[name in self.wald_terms] for name in self.names], wald, self._limits(conf_level)[0])

    def _limits(self, level: float) -> tuple[Floats, Sequence[Reason]]:
        cache: dict[float, Any] = self.__dict__.setdefault("_limit_cache", {})
        if level not in cache:
            assert self.profile is not None
            cache[level] = self.profile.limits(level)
            self._tell_unfinished(*cache[level])
        found: tuple[Floats, Sequence[Reason]] = cache[level]
        return found

    def _tell_unfinished(self, limits: Floats, reasons: Sequence[Reason]) -> None:
        """Warn of limits (p, 2) whose search ended before it found them; one at infinity was found."""
        ends = zip(limits.T.ravel(), reasons, strict=True)  # lower ones first
        ended = [(i, why) for i, (at, why) in enumerate(ends) if why != "converged" and not np.isinf(at)]
        if ended:
            named = [
                f"the {('lower', 'upper')[i // len(limits)]} one of {self.names[i % len(limits)]!r} ({why})"
                for i, why in ended
            ]
            warnings.warn(
                f"{self.estimator}: profile limits were not reached, {', '.join(named)}; do not read them",
                ConvergenceWarning,
                stacklevel=4,
            )

    def lr_test(self, terms: Sequence[str] | None = None) -> tuple[float, int, float]:
        """Test that several coefficients are zero together, by the (penalised) likelihood ratio.

        Parameters
        ----------
        terms : sequence of str, optional
            All but the intercept by default.

        Returns
        -------
        statistic, degrees of freedom, p-value
        """
        from scipy.special import chdtrc

        if not isinstance(self.profile, RegressionProfile) or self.profile.shown is not None:
            raise InputError(f"{self.estimator} has no joint likelihood-ratio test")
        if isinstance(terms, str):
            terms = [terms]
        chosen = [n for n in self.names if n != "Intercept"] if terms is None else check_names("terms", terms)
        for name in chosen:
            if name not in self.names:
                raise unknown_name("term", name, self.names, where="the fit")
        if not chosen:
            raise InputError("lr_test needs at least one term")
        index = [self.names.index(name) for name in chosen]
        statistic = self.profile.regression.joint_ratio(self.profile.estimate, index)
        return statistic, len(index), float(chdtrc(len(index), statistic))

    def compare(self, other: Fit) -> tuple[float, int, float]:
        """Likelihood-ratio test of this fit against another, one of them nested in the other.

        Of penalised fits the smaller one's terms must be among the larger one's; the penalty then keeps the information of
        all columns, as in :meth:`lr_test`.

        Parameters
        ----------
        other : Fit
            Of the same estimator, on the same rows.

        Returns
        -------
        statistic, degrees of freedom, p-value

        Raises
        ------
        InputError
            Two estimators, other rows, fits that are not nested, or a robust covariance, which a likelihood ratio ignores.
        """
        from interventions_stats.engine.fit.compare import compare

        if not isinstance(other, Fit):
            raise InputError(f"compare needs another fit, not {shown(other)}")
        return compare(self, other)

    def tidy(self, conf_level: float = 0.95) -> pd.DataFrame:
        """Return one row a term: estimate, standard error, statistic, p-value and limits."""
        import pandas as pd

        limits = self.conf_int(conf_level)
        return pd.DataFrame(
            {
                "term": list(self.names),
                "estimate": self.params,
                "std_error": self.bse,
                "statistic": self.statistic,
                "p_value": self._pvalues,
                "conf_low": limits[:, 0],
                "conf_high": limits[:, 1],
            }
        )

    def glance(self) -> pd.DataFrame:
        """Return one row on the fit as a whole."""
        import pandas as pd

        attrs = {} if self.design is None else self.design.attrs
        row = {
            "n": self.n,
            "n_events": self.n_events,
            "n_events_total": self.n_events_total,
            "n_dropped": self.n_dropped,
            "estimator": self.estimator,
            "separated": self.separation.kind != "none",
            "seed": None,
            "data_version": attrs.get("data_version"),
            "loglik": self.loglik,
            "converged": self.converged,
            "reason": self.reason,
            "inference": self.inference,
            "covariance": self.covariance,
            **self.extra,
        }
        return pd.DataFrame([row])

    def predict(
        self,
        data: pd.DataFrame | None = None,
        *,
        X: Any = None,
        offset: Any = None,
        exposure: Any = None,
        kind: Literal["mean", "link"] = "mean",
    ) -> Floats:
        """Return predicted probabilities or counts (rows,).

        Parameters
        ----------
        data : DataFrame or mapping, optional
            New rows for a fit from a formula; the rows of the fit by default.
        X : DataFrame, mapping or array (rows, k), optional
            New rows for a fit from arrays, without the intercept: a frame or mapping is matched by the names of its
            columns, in whatever order, an array by position.
        offset, exposure : str, float or array (rows,), optional
            Of the new rows, or a column of ``data``; exposure enters as its log. A fit that had either needs one of them,
            and ``offset=0`` predicts for one unit of exposure. On the fit's own rows ``offset`` replaces theirs.
        kind : {"mean", "link"}

        Raises
        ------
        InputError
            A column that is not there, a missing value or a level that the fit did not see, with column and row; a shape
            that does not fit; no offset for a fit that had one; an estimator without predictions.
        """
        check_option("kind of prediction", kind, ("mean", "link"))
        eta = self.linear_predictor(data, X=X, offset=offset, exposure=exposure)[1]
        kernel = mean_kernel(self.model)
        return eta if kind == "link" or kernel is None else kernel.mean(eta)

    def linear_predictor(
        self, data: pd.DataFrame | None = None, *, X: Any = None, offset: Any = None, exposure: Any = None
    ) -> tuple[Floats, Floats]:
        """Return rows of the standardised columns (rows, p) and the linear predictor (rows,); see :meth:`predict`."""
        from interventions_stats.engine.fit.new_rows import new_design

        if self.design is None or self.theta is None or mean_kernel(self.model) is None:
            raise InputError(f"{self.estimator} does not predict")
        rows = new_design(self.design, data, X, offset, exposure)
        matrix = rows.standardised()
        eta = matrix @ self.theta
        return matrix, eta if rows.offset is None else eta + rows.offset

    def _notes(self) -> list[str]:
        notes = list(self.remarks)
        if self.separation:
            notes.append(f"Separation: {self.separation.message}.")
            for column in self.sign_conflict:
                notes.append(f"The estimate of {column!r} points against the direction in which the data separate it.")
        if not self.converged:
            notes.append(f"The iteration stopped before a maximum ({self.reason}): do not interpret the estimates.")
        if self.design is not None and self.design.n_zero_weight:
            notes.append(
                f"{self.design.n_zero_weight} rows of weight zero were left out, as if they had not been given."
            )
        if self.n_dropped:
            used = f"{self.n_events:g} of {self.n_events_total:g} events remain"  # onsets that share a row are one event of a fit
            notes.append(f"{self.n_dropped:g} rows were dropped for missing values; {used}.")
        return notes

    def _references(self) -> list[str]:
        return list(self.references)


def regression_fit(
    regression: Regression,
    estimate: Estimate,
    *,
    estimator: str,
    inference: Inference,
    **changes: Any,
) -> Fit:
    """Wrap an estimate of a :class:`Regression` in a :class:`Fit`; ``changes`` replace its fields.

    Changed ``params`` carry ``theta`` along, unless they come with their own. A changed ``cov`` comes with ``theta_cov``,
    which could not be had from it: columns whose mean is far from zero leave it few digits.
    """
    design = regression.design
    if estimate.reason != "converged":
        warnings.warn(f"{estimator} stopped before a maximum ({estimate.reason})", ConvergenceWarning, stacklevel=3)
    fields: dict[str, Any] = {
        "params": estimate.params,
        "cov": estimate.cov,
        "names": design.names,
        "loglik": estimate.loglik,
        "reason": estimate.reason,
        "theta": estimate.theta,
        "theta_cov": invert(estimate.value.information[0]),
        "n": design.n_counted,
        "n_events": design.n_events,
        "n_events_total": design.n_events_total,
        "n_dropped": design.n_dropped,
        "outcome": design.outcome,
        "profile": RegressionProfile(regression, estimate),
        "design": design,
    }
    if "params" in changes and "theta" not in changes:
        fields["theta"] = estimate.theta + design.coordinates((changes["params"] - estimate.params)[None])[0]
    return Fit(estimator=estimator, model=regression.model, inference=inference, **{**fields, **changes})
