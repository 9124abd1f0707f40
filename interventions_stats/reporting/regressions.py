"""Fits side by side, as a paper prints them: each number on its own row, statistics of the fits below, no stars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

import numpy as np

from interventions_stats.display.rounding import rounded, rounded_p
from interventions_stats.engine.intake.scalars import check_flag, check_level, shown
from interventions_stats.errors import InputError, unknown_name
from interventions_stats.reporting.cells import DASH
from interventions_stats.reporting.table import Table, table

if TYPE_CHECKING:
    import pandas as pd

Below = Literal["std_error", "conf_int", "p_value", "statistic"]
Labels = Mapping[str, str] | Sequence[str]
_SHOWN = {
    "n": "Observations", "n_events": "Events used", "n_events_total": "Events in the list", "aic": "AIC", "bic": "BIC",
    "loglik": "Log-likelihood", "n_dropped": "Rows dropped", "covariance": "Covariance", "estimator": "Estimator",
}  # fmt: skip
_DEFAULT = ("n", "n_events", "n_events_total", "aic", "bic", "estimator")
_BELOW = {
    "std_error": "standard errors in parentheses", "conf_int": "{level} intervals in brackets", "p_value": "p-values after “p”",
    "statistic": "test statistics after “z”",
}  # fmt: skip


class Options(TypedDict, total=False):
    """The options of :func:`regression_table`."""

    exponentiate: bool
    coef_map: Labels | None
    gof_map: Labels | None
    below: Below | Sequence[Below] | None
    conf_level: float
    caption: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The options with their defaults."""

    exponentiate: bool = False
    coef_map: Labels | None = None
    gof_map: Labels | None = None
    below: Below | Sequence[Below] | None = "std_error"
    conf_level: float = 0.95
    caption: str = "Regressions"

    def __post_init__(self) -> None:
        check_flag("exponentiate", self.exponentiate)
        check_level("conf_level", self.conf_level)
        if not isinstance(self.caption, str):
            raise InputError(f"caption must be text, not {shown(self.caption)}")

    @property
    def rows_below(self) -> tuple[Below, ...]:
        chosen = (self.below,) if isinstance(self.below, str) else tuple(_listed("below", self.below or ()))
        for name in chosen:
            if name not in get_args(Below):
                raise unknown_name("row below an estimate", name, get_args(Below))
        return chosen  # type: ignore[return-value]


def regression_table(
    fits: Mapping[str, Any] | Sequence[Any],
    *,
    exponentiate: bool = False,
    coef_map: Labels | None = None,
    gof_map: Labels | None = None,
    below: Below | Sequence[Below] | None = "std_error",
    conf_level: float = 0.95,
    caption: str = "Regressions",
) -> Table:
    """Fits side by side: a row of estimates a term, the chosen numbers on rows of their own below it, then the fits' own.

    Parameters
    ----------
    fits : mapping of str to result, or sequence of results
        Anything with ``tidy()`` (broom's columns) and ``glance()``. A mapping's keys head the columns.
    exponentiate : bool, default False
        Ratios in place of log ratios: standard errors by the delta method, limits exponentiated.
    coef_map : mapping of str to str, or sequence of str, optional
        Terms shown, in this order, with their labels; all of them by default.
    gof_map : mapping of str to str, or sequence of str, optional
        Statistics shown below, likewise: ``n``, ``n_events``, ``n_events_total``, ``aic``, ``bic``, ``loglik``, or anything
        in ``glance()``. Of a penalised fit ``aic`` and ``bic`` are those of its penalised likelihood.
    below : {"std_error", "conf_int", "p_value", "statistic"} or several, default "std_error"
        What stands below each estimate, on a row of its own.
    conf_level : float, default 0.95
    caption : str, default "Regressions"

    Returns
    -------
    Table

    Raises
    ------
    InputError
        Estimates to exponentiate that are no logarithms.
    UnknownNameError
        A term that is in none of the fits, or a statistic that none of them has.

    Examples
    --------
    >>> import numpy as np
    >>> from interventions_stats.engine.models.logit import logit
    >>> fit = logit(y=np.repeat([1, 0, 1, 0], [12, 28, 9, 71]), X=np.repeat([1.0, 0.0], [40, 80]), names=["exposed"])
    >>> regression_table([fit], exponentiate=True, coef_map=["exposed"], gof_map=["n"]).rows
    (('exposed', '3.38'), ('', '(1.67)'), ('Observations', '120'))
    """
    layout = Layout(exponentiate, coef_map, gof_map, below, conf_level, caption)
    named = dict(fits) if isinstance(fits, Mapping) else {f"({k + 1})": fit for k, fit in enumerate(fits)}
    if not named:
        raise InputError("there is no fit to make a table of")
    frames = {name: _frame(name, fit, layout) for name, fit in named.items()}
    rows: list[list[str]] = []
    for term, label in _terms(frames, layout.coef_map):
        found = [f[f["term"] == term] for f in frames.values()]
        rows.append([label, *(_estimate(f) for f in found)])
        rows += [["", *(_below(f, kind) for f in found)] for kind in layout.rows_below]
    line = len(rows)
    rows += _statistics(named, layout.gof_map)
    notes = [_note(layout)]
    if len({f.estimator for f in named.values() if hasattr(f, "aic")}) > 1 and any(
        r[0] in ("AIC", "BIC") for r in rows[line:]
    ):
        notes.append(
            "AIC and BIC compare fits of one estimator; of a penalised fit they are those of its penalised likelihood."
        )
    return table(("", *named), rows, layout.caption, notes, rule_before=line)


def _note(layout: Layout) -> str:
    below = [_BELOW[b].format(level=f"{100 * layout.conf_level:g}%") for b in layout.rows_below]
    what = "Exponentiated estimates" if layout.exponentiate else "Estimates"
    return what + (f" with {' and '.join(below)} below." if below else ".")


def _frame(name: str, fit: Any, layout: Layout) -> pd.DataFrame:
    limits = hasattr(fit, "conf_int")
    frame: pd.DataFrame = fit.tidy(layout.conf_level) if limits else fit.tidy()
    if not limits and "conf_int" in layout.rows_below and layout.conf_level != 0.95:
        raise InputError(f"the limits of {name} are those of its test; leave out conf_level")
    if "term" not in frame:
        raise InputError(f"{name} is a {type(fit).__name__}, whose rows are no terms of a regression")
    if not layout.exponentiate:
        return frame
    if not hasattr(fit, "cov_params"):
        raise InputError(f"the estimates of {name} are no logarithms; leave out exponentiate")
    ratio = np.exp(frame["estimate"])
    ends = {c: np.exp(frame[c]) for c in ("conf_low", "conf_high")}
    return frame.assign(estimate=ratio, std_error=ratio * frame["std_error"], **ends)


def _terms(frames: Mapping[str, pd.DataFrame], wanted: Labels | None) -> list[tuple[str, str]]:
    known = list(dict.fromkeys(str(t) for f in frames.values() for t in f["term"]))
    return [(t, t) for t in known] if wanted is None else _chosen("term", wanted, known, "the fits")


def _listed(what: str, values: Any) -> list[Any]:
    try:
        return list(values)
    except TypeError:
        raise InputError(f"{what} must be a sequence or a mapping, not {shown(values)}") from None


def _chosen(what: str, wanted: Labels, known: Sequence[str], where: str) -> list[tuple[str, str]]:
    listed = _listed(what, [wanted] if isinstance(wanted, str) else wanted)
    pairs = list(wanted.items()) if isinstance(wanted, Mapping) else [(w, _SHOWN.get(w, w)) for w in listed]
    for name, _ in pairs:
        if name not in known:
            raise unknown_name(what, name, known, where=where)
    return [(str(name), str(label)) for name, label in pairs]


def _statistics(fits: Mapping[str, Any], wanted: Labels | None) -> list[list[str]]:
    """Rows on the fits as a whole; by default those that any of them has."""
    glances = {name: fit.glance().iloc[0] for name, fit in fits.items()}
    known = list(dict.fromkeys([*_SHOWN, *(str(k) for g in glances.values() for k in g.index)]))
    chosen = [(k, _SHOWN[k]) for k in _DEFAULT] if wanted is None else _chosen("statistic", wanted, known, "the fits")
    rows = [[label, *(_statistic(key, fits[n], g) for n, g in glances.items())] for key, label in chosen]
    return rows if wanted is not None else [r for r in rows if any(c != DASH for c in r[1:])]


def _statistic(key: str, fit: Any, glance: Any) -> str:
    value = glance[key] if key in glance.index else getattr(fit, key, None) if key in _SHOWN else None
    if value is None or value != value:
        return DASH
    if isinstance(value, str | bool | np.bool_):
        return str(value)
    number = float(value)
    if key.startswith("n") or number.is_integer():
        return f"{number:,.0f}" if number.is_integer() else f"{number:,.1f}"
    return f"{number:,.1f}" if key in ("aic", "bic", "loglik") else _number(number)


def _estimate(found: pd.DataFrame) -> str:
    return _number(found["estimate"].iloc[0]) if len(found) else DASH


def _below(found: pd.DataFrame, kind: Below) -> str:
    if found.empty:
        return ""
    row = found.iloc[0]
    if kind == "conf_int":
        known = row[["conf_low", "conf_high"]].notna().any()
        return f"[{_number(row['conf_low'])}, {_number(row['conf_high'])}]" if known else ""
    if kind == "p_value":
        return f"p {rounded_p(row['p_value'])}" if row["p_value"] == row["p_value"] else ""
    number = _number(row[kind])
    return "" if number == DASH else f"({number})" if kind == "std_error" else f"z {number}"


def _number(x: Any) -> str:
    return rounded(float(x)).replace("-", "−") if x is not None and not math.isnan(float(x)) else DASH
