"""What an unmeasured confounder would have to be to move the verdict on a proposition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import PROPOSITIONS, proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.primary.shared_panel import shared_panel
from interventions_stats.primary.strata import stratum_dummies
from interventions_stats.robustness.benchmark_covariates import benchmark_confounder
from interventions_stats.robustness.confounding import EValue, e_value
from interventions_stats.robustness.indicator_columns import compared_columns
from interventions_stats.robustness.lists import default_list
from interventions_stats.robustness.without_null import slim

if TYPE_CHECKING:
    import pandas as pd

Z95 = 1.6448536269514722
RATIOS = ("continuous", "binary", "rate")  # scales whose estimate is a ratio of odds or rates


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(ResultContract):
    """How strong an unmeasured confounder would have to be.

    Attributes
    ----------
    evidence : Evidence
    to_null : EValue
        Risk ratio that a confounder needs with exposure and onset both to move the estimate, or the nearer 95% limit, to one.
    to_sesoi : EValue or None
        The same to move the estimate, or the one-sided 95% bound (``limit``), to the smallest effect of interest; a limit of 1
        where the bound is not below it anyway.
    benchmarks : DataFrame
        One row a named covariate: ``effect`` on onset (log ratio per SD) and ``imbalance``, how far a confounder as closely tied to
        the exposure rises with a unit of it; ``ratio`` beside the covariate and ``ratio_adjusted`` beside a confounder as strong;
        ``times_to_null`` and ``times_to_sesoi``, how many times as strong in both links it must be to move the estimate to one and
        the bound to the smallest effect; ``n_rows``, ``n_onset_rows``, ``reason``.
    """

    evidence: Evidence
    to_null: EValue
    to_sesoi: EValue | None
    benchmarks: pd.DataFrame
    _title = "Unmeasured confounding"

    def tidy(self) -> pd.DataFrame:
        """One row a covariate: the estimate beside a confounder as strong as it, with its 95% interval."""
        frame = self.benchmarks.rename(columns={"covariate": "term"})
        low, high = frame["adjusted"] - 1.96 * frame["std_error"], frame["adjusted"] + 1.96 * frame["std_error"]
        frame = frame.assign(estimate=frame["adjusted"], conf_low=low, conf_high=high)
        first = ["term", "estimate", "std_error", "conf_low", "conf_high"]
        return frame[[*first, *(c for c in frame if c not in (*first, "adjusted"))]]

    def glance(self) -> pd.DataFrame:
        """One row: the estimate and its E-values."""
        import pandas as pd

        e, sesoi = self.evidence, self.to_sesoi
        return pd.DataFrame([{
            "n": e.raw.n_rows if e.raw else 0, "n_events": e.n_events, "n_events_total": e.n_events_total,
            "n_dropped": e.n_events_total - e.n_events, "estimator": e.proposition.estimator, "separated": "", "seed": e.seed,
            "data_version": e.data_version, "ratio": math.exp(e.estimate), "frontier": math.exp(e.frontier),
            "e_value": self.to_null.estimate, "e_value_limit": self.to_null.limit,
            "e_value_sesoi": math.nan if sesoi is None else sesoi.estimate,
            "e_value_bound": math.nan if sesoi is None else sesoi.limit,
        }])  # fmt: skip

    def _heading(self) -> str:
        return f"{self._title}: {self.evidence.proposition.id}"

    def _notes(self) -> list[str]:
        return [f"{r.covariate}: {r.reason}" for r in self.benchmarks.itertuples() if r.reason]

    def _references(self) -> list[str]:
        return ["VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value. "
                "Annals of Internal Medicine 167, 268-274.",
                "Lin, D. Y., Psaty, B. M. & Kronmal, R. A. (1998). Assessing the sensitivity of regression results to unmeasured "
                "confounders in observational studies. Biometrics 54, 948-963.",
                "Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity. Journal of the Royal Statistical Society B 82, "
                "39-67."]  # fmt: skip


def sensitivity(
    name: str | Proposition, covariates: Sequence[str] | None = None, events: EventList | None = None, *,
    delta: str | float | None = None, draws: int = 2_000, seed: int = 0,
) -> Sensitivity:  # fmt: skip
    """Say what an unmeasured confounder would have to be to move the verdict on a proposition.

    Parameters
    ----------
    name : str or Proposition
        A proposition whose effect is an odds or a rate ratio.
    covariates : sequence of str, optional
        Covariates to measure the confounder by, as exposures are written (``"brent.log_change12"``). Default: the
        registered confounders and the exposures that other drivers have on the same unit, one each.
    events : EventList, optional
        Default: the proposition's first list.
    delta, draws, seed
        As in :func:`interventions_stats.test`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InputError
        An effect that is no ratio: ranks, shares, breaks, contrasts.
    EstimationError
        The primary test could not run.

    References
    ----------
    VanderWeele & Ding (2017), Ann Intern Med 167:268-274; Lin, Psaty & Kronmal (1998), Biometrics 54:948-963; Cinelli &
    Hazlett (2020), J R Stat Soc B 82:39-67.

    Examples
    --------
    >>> found = sensitivity("W1", ["brent.log_change12"], draws=199)
    >>> found.benchmarks["covariate"].tolist(), bool(found.to_null.estimate >= 1)
    (['brent.log_change12'], True)
    """
    import pandas as pd

    prop = proposition(name)
    if prop.scale not in RATIOS or not kind_of(prop).ratio:
        raise InputError(f"{prop.id}: its effect is a {prop.scale}, and E-values are those of a ratio of odds or rates")
    listed = events if events is not None else default_list(prop)
    e = gather(Question(prop, listed, delta=delta, draws=draws, seed=seed))
    if e.raw is None:
        raise EstimationError(
            f"{prop.id} could not be tested on {listed.definition!r}: {e.missing or e.frozen or 'a guard refused'}"
        )
    ratio, size = math.exp(e.estimate), e.sesoi.delta
    to_null = e_value(ratio, *(math.exp(v) for v in e.ci95))
    to_sesoi = None
    if size:
        bound = math.exp(e.frontier)
        away = e_value(ratio, target=math.exp(size)).estimate
        to_sesoi = EValue(
            away, e_value(bound, target=math.exp(size)).estimate if bound < math.exp(size) else 1.0, math.exp(size)
        )
    chosen = list(covariates) if covariates is not None else _defaults(prop)
    rows = [_benchmark(prop, listed, c, e) for c in (chosen if _side_by_side(prop) else [])]
    return Sensitivity(slim(e), to_null, to_sesoi, pd.DataFrame(rows, columns=list(_empty("", ""))))


def _side_by_side(prop: Proposition) -> bool:
    """Whether the exposure can be held against other covariates on the rows of one actor."""
    kind = kind_of(prop)
    return kind.ratio and kind.has_exposure and not kind.own_events


def _defaults(prop: Proposition) -> list[str]:
    """The registered confounders, and the first exposure of every other driver on the same unit."""
    found = {c.name: None for c in prop.controls if c.role == "confounder"}
    others = {p.driver: p.exposure for p in reversed(PROPOSITIONS.values())
              if p.unit == prop.unit and _side_by_side(p) and p.driver != prop.driver and not p.untestable}  # fmt: skip
    return list(found | dict.fromkeys(others.values()))


def _empty(covariate: str, reason: str) -> dict[str, Any]:
    return {"covariate": covariate, "effect": math.nan, "imbalance": math.nan, "ratio": math.nan, "adjusted": math.nan,
            "ratio_adjusted": math.nan, "std_error": math.nan, "times_to_null": math.nan, "times_to_sesoi": math.nan, "n_rows": 0,
            "n_onset_rows": 0, "reason": reason}  # fmt: skip


def _benchmark(prop: Proposition, events: EventList, covariate: str, e: Evidence) -> dict[str, Any]:
    """Hold a confounder against one covariate, on the rows where exposure and covariate are both measured."""
    from interventions_stats.engine.models.firth_logit import firth_logit
    from interventions_stats.errors import InterventionsError

    listed = events.by_deployment_date() if prop.date_rule == "deployment" else events
    try:
        frame = shared_panel(listed, prop.unit, [prop.exposure, covariate], prop.lag, start=prop.start, end=prop.end,
                             targets=prop.targets, leaders=prop.leaders)  # fmt: skip
        names = [str(parse_term(t)) for t in (prop.exposure, covariate)]
        used = frame[frame[names].notna().all(axis=1)].reset_index(drop=True)
        if used["onset"].sum() == 0:
            return _empty(covariate, "no onset falls where both are measured")
        x = compared_columns(used, names, dict.fromkeys(names, kind_of(prop).between_targets), prop.unit)
        leaders = stratum_dummies(used["leader"].fillna("unrecorded").to_numpy(object))
        y = used["onset"].to_numpy(float)
        null = benchmark_confounder(y, x[:, 0], x[:, 1:], [covariate], controls=leaders)[0]
        toward = null
        if e.sesoi.delta and e.raw is not None:
            toward = benchmark_confounder(y, x[:, 0], x[:, 1:], [covariate], controls=leaders, target=e.sesoi.delta,
                                          se_multiple=Z95 * math.sqrt(e.raw.deff))[0]  # fmt: skip
        fit = firth_logit(y=y, X=np.column_stack([x, leaders]))
    except InterventionsError as error:
        return _empty(covariate, str(error))
    beta, se = float(fit.params[1]), float(fit.bse[1]) * (math.sqrt(e.raw.deff) if e.raw else 1.0)
    return {
        "covariate": covariate, "effect": null.effect, "imbalance": null.imbalance, "ratio": math.exp(beta),
        "adjusted": null.adjusted, "ratio_adjusted": math.exp(null.adjusted), "std_error": se,
        "times_to_null": null.times_to_target, "times_to_sesoi": toward.times_to_target if e.sesoi.delta else math.nan,
        "n_rows": len(used), "n_onset_rows": int(y.sum()), "reason": "",
    }  # fmt: skip
