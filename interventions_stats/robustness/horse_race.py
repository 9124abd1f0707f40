"""Drivers against each other: one joint penalised model, and what each family of indicators adds to its fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import EstimationError, InputError, unknown_name
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.shared_panel import shared_panel
from interventions_stats.panels.terms import parse_term
from interventions_stats.rules.guard_registry import GuardFinding
from interventions_stats.rules.guards_reading import g27_shared_indicator

if TYPE_CHECKING:
    import pandas as pd

# One registered indicator a driver; the propositions on states as such, or on the actor's own years.
AMONG_TARGETS = {"economics": ("E3",), "ideology": ("I3",), "diffusion": ("F1",), "balance": ("B2",), "threat": ("T2",)}
OVER_YEARS = {"economics": ("E2",), "wag_the_dog": ("W2",), "balance": ("B1",), "threat": ("T1",)}
MOST = 8  # families: their subsets double with each
CLOSE = 0.7  # correlation from which two indicators cannot be told apart in 25 events


@dataclass(frozen=True, eq=False, repr=False)
class HorseRace(ResultContract):
    """Joint model of several drivers.

    Attributes
    ----------
    frame : DataFrame
        One row a family: ``gain`` in penalised log-likelihood alone, ``last`` beside all others, ``shapley``, its ``share`` of
        the whole gain, ``p_value`` of the Shapley value and ``p_adjusted`` by the largest, under common shifts of time;
        ``dominates`` names the families whose gain it exceeds in every subset.
    coefficients : DataFrame
        One row an indicator: joint log ratio per SD, standard error, penalised likelihood-ratio p.
    overlap : DataFrame
        Correlations of the indicators on the rows used.
    findings : tuple of GuardFinding
        G27, one for each indicator that serves two drivers.
    """

    frame: pd.DataFrame
    coefficients: pd.DataFrame
    overlap: pd.DataFrame
    total: float
    n_rows: int
    n_events: int
    n_events_total: int
    n_null: int
    findings: tuple[GuardFinding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    _title = "Drivers against each other"

    def tidy(self) -> pd.DataFrame:
        """One row an indicator, broom's columns; the term is driver and indicator."""
        return self.coefficients

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame([{
            "n": self.n_rows, "n_events": self.n_events, "n_events_total": self.n_events_total,
            "n_dropped": self.n_events_total - self.n_events, "estimator": "Firth logit", "separated": "", "seed": "",
            "data_version": "", "gain": self.total, "n_null": self.n_null, "leader": self.frame["family"].iloc[0],
        }])  # fmt: skip

    def _notes(self) -> list[str]:
        return [*(f.text for f in self.findings), *self.notes]

    def summary(self) -> str:
        """Shares by family, joint coefficients, and the overlap of the indicators."""
        from interventions_stats.display.text import frame_text

        head = f"{self._title}: {self.n_events} onset rows among {self.n_rows}; joint gain {self.total:.2f} log units"
        overlap = self.overlap.round(2).reset_index(names="correlation")
        return "\n".join(
            [
                head,
                frame_text(self.frame, 100),
                frame_text(self.coefficients, 100),
                frame_text(overlap, 100),
                *self._notes(),
            ]
        )


def horse_race(
    families: Mapping[str, Sequence[str]] | None = None,
    events: EventList | None = None,
    *,
    unit: str = "actor-target-year",
    targets: str = "post_soviet",
    lag: int = 1,
    start: str | None = None,
    end: str | None = None,
) -> HorseRace:
    """Set drivers against each other in one penalised logit on a common panel.

    The fit of a subset of families is the maximum of the penalised likelihood of the *joint* model with the other
    coefficients held at zero (as in penalised likelihood-ratio tests), so that fits of different size compare.  A family's
    Shapley value is its mean gain over all orders of entry.  The reference distribution shifts the onsets of all targets
    by the same number of years, which keeps what onsets have in common, against the exposures as they are.

    Parameters
    ----------
    families : mapping of driver to propositions or exposures, optional
        ``{"balance": ["B2"], "threat": ["civil_conflict"]}``. Default: one registered indicator for each driver that has
        one on the unit.
    events : EventList, optional
        Default: the reconstructed list.
    unit : {"actor-target-year", "actor-year"}
    targets : str, default "post_soviet"
        Group of targets; in a panel of targets all exposures are compared between targets too.
    lag, start, end
        As in :func:`interventions_stats.panel`.

    Returns
    -------
    HorseRace

    Raises
    ------
    InputError
        Fewer than two families or more than eight, or a unit of another kind.
    EstimationError
        No row has all indicators, no onset is left, or an indicator follows from others.

    References
    ----------
    Budescu (1993), Psychol Bull 114:542-551 (dominance); Shapley (1953); Heinze & Schemper (2002), Stat Med 21:2409-2419
    (penalised likelihood ratios).

    Examples
    --------
    >>> found = horse_race({"balance": ["B2"], "threat": ["T2"]})
    >>> round(float(found.frame["shapley"].sum() - found.total), 6)
    0.0
    """
    import pandas as pd

    if unit not in ("actor-target-year", "actor-year"):
        raise unknown_name("unit", unit, ("actor-target-year", "actor-year"), where="horse_race")
    given = families if families is not None else AMONG_TARGETS if unit == "actor-target-year" else OVER_YEARS
    terms = {f: [_term(t) for t in ([v] if isinstance(v, str) else v)] for f, v in given.items()}
    if not 2 <= len(terms) <= MOST:
        raise InputError(f"a race needs 2 to {MOST} families, not {len(terms)}")
    listed = events if events is not None else _reconstructed()
    frame = shared_panel(listed, unit, [t for ts in terms.values() for t in dict.fromkeys(ts)], lag, start=start, end=end,
                         targets=targets if unit == "actor-target-year" else "all")  # fmt: skip
    columns = {f: [str(parse_term(t)) for t in ts] for f, ts in terms.items()}
    flat = list(dict.fromkeys(c for cs in columns.values() for c in cs))
    used = frame[frame[flat].notna().all(axis=1)].reset_index(drop=True)
    y = used["onset"].to_numpy(float)
    if y.sum() == 0:
        raise EstimationError(
            "no onset falls where all indicators are measured; drop the one with the shortest coverage"
        )
    X = used[flat].to_numpy(float)
    spread = X.std(axis=0)
    if (spread == 0).any():
        raise EstimationError(f"{flat[int(np.argmin(spread))]!r} does not vary on the rows that have all indicators")
    X = (X - X.mean(axis=0)) / spread
    member = {f: np.array([c in cs for c in flat]) for f, cs in columns.items()}
    outcomes = np.vstack([y, _common_shifts(used, y, unit)])
    gains, subsets = _gains(X, outcomes, list(member.values()))
    table = _shares(list(member), gains, subsets)
    lost = int(frame["onset"].sum() - y.sum())
    notes = (f"{lost} onset rows lack an indicator and are left out.",) if lost else ()
    return HorseRace(
        frame=table, coefficients=_coefficients(X, y, flat, columns), overlap=pd.DataFrame(np.corrcoef(X.T).reshape(len(flat), -1), flat, flat),
        total=float(gains[-1, 0]), n_rows=len(used), n_events=int(y.sum()), n_events_total=len(listed), n_null=len(outcomes) - 1,
        findings=_shared(columns), notes=notes + _close(X, flat),
    )  # fmt: skip


def _term(name: str) -> str:
    return PROPOSITIONS[name].exposure if name in PROPOSITIONS else name


def _reconstructed() -> EventList:
    from interventions_stats.robustness.check import registered_list

    return registered_list("reconstructed", 365)


def _common_shifts(used: pd.DataFrame, y: np.ndarray, unit: str) -> np.ndarray:
    """Outcomes (T - 1, n) after every shift of time common to all targets, but none; a target's gaps are closed up."""
    if unit == "actor-year":
        groups = [np.arange(len(used))]
    else:
        codes = used["target_ccode"].to_numpy()
        groups = [np.flatnonzero(codes == c) for c in dict.fromkeys(codes)]
    longest = max(len(g) for g in groups)
    out = np.empty((longest - 1, len(y)))
    for s in range(1, longest):
        for g in groups:
            out[s - 1, g] = np.roll(y[g], (s * len(g)) // longest)
    return out


def _gains(X: np.ndarray, Y: np.ndarray, member: list[np.ndarray]) -> tuple[np.ndarray, list[frozenset[int]]]:
    """Penalised log-likelihood of every subset of families over that of none: (subsets, outcomes), the whole set last."""
    subsets = [frozenset(s) for k in range(len(member) + 1) for s in combinations(range(len(member)), k)]
    masks = np.array([np.any([member[i] for i in s], axis=0) if s else np.zeros(X.shape[1], bool) for s in subsets])
    value = constrained_loglik(X, Y, masks)
    return value - value[0], subsets


def constrained_loglik(X: np.ndarray, Y: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Maximum penalised log-likelihood of a Firth logit with some coefficients at zero.

    Parameters
    ----------
    X : (n, k) array
    Y : (outcomes, n) array of 0/1
    masks : (subsets, k) array of bool
        Coefficients that are free; the penalty is always that of the whole model.

    Returns
    -------
    (subsets, outcomes) array
        NaN where a fit did not converge.
    """
    from interventions_stats.estimators.batch_engine import _batch, validate
    from interventions_stats.estimators.likelihood import RowProducts, evaluator
    from interventions_stats.estimators.solver import maximise

    problem = validate("logit", True, X, np.repeat(Y, len(masks), axis=0), None, None, None, True)
    products = RowProducts.of(problem.standardised(), third=True)
    free = np.tile(np.column_stack([np.ones(len(masks), bool), masks]), (len(Y), 1))
    out = np.empty(problem.fits)
    step = max(1, 2_000_000 // len(X))
    for lo in range(0, problem.fits, step):
        rows = slice(lo, min(lo + step, problem.fits))
        batch, start = _batch(problem, products, rows)
        evaluate = evaluator(batch)
        solution = maximise(evaluate, start, free=free[rows])
        value = evaluate(solution.theta, slice(None)).objective
        out[rows] = np.where(solution.converged, value, np.nan)
    return out.reshape(len(Y), len(masks)).T


def _shares(names: list[str], gains: np.ndarray, subsets: list[frozenset[int]]) -> pd.DataFrame:
    import pandas as pd

    at = {s: i for i, s in enumerate(subsets)}
    count = len(names)
    shapley = np.array([_shapley(i, count, gains, at) for i in range(count)])  # (families, outcomes)
    null, seen = shapley[:, 1:], shapley[:, 0]
    null = null[:, np.isfinite(null).all(axis=0)]
    top = null.max(axis=0)
    rows = []
    for i, name in enumerate(names):
        everyone = frozenset(range(count))
        rows.append({
            "family": name, "gain": gains[at[frozenset([i])], 0], "last": gains[-1, 0] - gains[at[everyone - {i}], 0],
            "shapley": seen[i], "share": seen[i] / gains[-1, 0], "p_value": _p(seen[i], null[i]), "p_adjusted": _p(seen[i], top),
            "dominates": ", ".join(names[j] for j in range(count) if j != i and _dominates(i, j, count, gains[:, 0], at)),
        })  # fmt: skip
    return pd.DataFrame(rows).sort_values("shapley", ascending=False).reset_index(drop=True)


def _shapley(i: int, count: int, gains: np.ndarray, at: dict[frozenset[int], int]) -> np.ndarray:
    others = [j for j in range(count) if j != i]
    total = np.zeros(gains.shape[1])
    for k in range(count):
        weight = math.factorial(k) * math.factorial(count - k - 1) / math.factorial(count)
        for s in combinations(others, k):
            total += weight * (gains[at[frozenset((*s, i))]] - gains[at[frozenset(s)]])
    return total


def _dominates(i: int, j: int, count: int, gains: np.ndarray, at: dict[frozenset[int], int]) -> bool:
    """Whether i adds more than j to every subset of the others (complete dominance)."""
    others = [k for k in range(count) if k not in (i, j)]
    return all(
        gains[at[frozenset((*s, i))]] > gains[at[frozenset((*s, j))]]
        for k in range(len(others) + 1) for s in combinations(others, k)
    )  # fmt: skip


def _p(value: float, null: np.ndarray) -> float:
    """Share of all shifts, the data's own among them, with a value as large."""
    return float(((null >= value - 1e-9 * max(1.0, abs(value))).sum() + 1) / (len(null) + 1))


def _coefficients(X: np.ndarray, y: np.ndarray, flat: list[str], columns: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    from interventions_stats.estimators.firth_logistic import firth_logit

    found = firth_logit(y=y, X=X, names=flat).tidy().iloc[1:].reset_index(drop=True)
    owner = {c: "/".join(f for f, cs in columns.items() if c in cs) for c in flat}
    return pd.DataFrame(found.assign(driver=[owner[c] for c in flat]))


def _shared(columns: dict[str, list[str]]) -> tuple[GuardFinding, ...]:
    """G27 for indicators that serve several drivers, here or among the registered propositions."""
    serve: dict[str, list[str]] = {}
    for f, cs in columns.items():
        for c in cs:
            serve.setdefault(parse_term(c).name, []).append(f)
    for p in PROPOSITIONS.values():
        for c in filter(None, (p.exposure, p.counter_exposure)):
            if p.test not in ("rate", "breaks", "rank", "share") and parse_term(c).name in serve:
                serve[parse_term(c).name].append(p.driver)
    found = (g27_shared_indicator(name, who) for name, who in serve.items())
    return tuple(f for f in found if f is not None)


def _close(X: np.ndarray, flat: list[str]) -> tuple[str, ...]:
    r = np.corrcoef(X.T).reshape(len(flat), -1)
    pairs = [(flat[i], flat[j], r[i, j]) for i in range(len(flat)) for j in range(i) if abs(r[i, j]) >= CLOSE]
    return tuple(f"{a} and {b} correlate at {v:.2f}: their shares cannot be told apart." for a, b, v in pairs)
