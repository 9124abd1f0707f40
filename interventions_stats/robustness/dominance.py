"""Drivers against each other: one joint penalised model, and what each family of indicators adds to its fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.intake.scalars import check_count
from interventions_stats.errors import EstimationError, InputError, unknown_name
from interventions_stats.events.event_list import EventList
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.terms import parse_term
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.shared_panel import shared_panel
from interventions_stats.primary.strata import stratum_dummies
from interventions_stats.robustness.indicator_columns import compared_columns
from interventions_stats.robustness.lists import registered_list
from interventions_stats.robustness.race_nulls import dealt_targets, shifted_onsets
from interventions_stats.robustness.shapley import dominates, family_gains, shapley_values
from interventions_stats.rules.guard_registry import GuardFinding
from interventions_stats.rules.guards_reading import g27_shared_indicator
from interventions_stats.rules.multiplicity import holm

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

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
        One row a family: how it is ``compared``; ``gain`` in penalised log-likelihood alone, ``last`` beside all others,
        ``shapley``, its ``share`` of the whole gain, ``expected`` and ``expected_high``, the mean and the 95% quantile of the
        Shapley value when the onsets are relabelled; ``p_value`` and ``p_adjusted`` (Holm over families); ``dominates``
        names the families whose gain it exceeds in every subset.  ``sign`` says whether the joint effects have the sign that
        the propositions predict, which a share does not show.
    coefficients : DataFrame
        One row an indicator: joint log odds ratio (per within-stratum SD, or exposed against not), standard error,
        penalised likelihood-ratio p.
    overlap : DataFrame
        Correlations of the indicators on the rows used, as they are compared.
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
    n_null: tuple[int, int]
    findings: tuple[GuardFinding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    seed: int = 0
    _title = "Drivers against each other"

    def tidy(self) -> pd.DataFrame:
        """One row an indicator, broom's columns; ``driver`` is its family."""
        return self.coefficients

    def glance(self) -> pd.DataFrame:
        """One row: the joint gain, and the family with the largest share."""
        import pandas as pd

        from interventions_stats.datasets.package import data_version

        return pd.DataFrame([{
            "n": self.n_rows, "n_events": self.n_events, "n_events_total": self.n_events_total,
            "n_dropped": self.n_events_total - self.n_events, "estimator": "Firth logit", "separated": "", "seed": self.seed,
            "data_version": data_version(), "gain": self.total, "n_shifts": self.n_null[0], "n_dealt": self.n_null[1],
            "leader": self.frame["family"].iloc[0],
        }])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the Shapley value of each family beside what relabelled onsets give."""
        from interventions_stats.robustness.check_figures import shapley_bars

        return shapley_bars(self.frame, ax, title=self._title)

    def _notes(self) -> list[str]:
        return [*(f.text for f in self.findings), *self.notes]

    def _references(self) -> list[str]:
        return ["Budescu, D. V. (1993). Dominance analysis. Psychological Bulletin 114, 542-551.",
                "Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games 2, 307-317.",
                "Heinze, G. & Schemper, M. (2002). A solution to the problem of separation in logistic regression. "
                "Statistics in Medicine 21, 2409-2419."]  # fmt: skip

    def summary(self) -> str:
        """Shares by family, joint coefficients, and the overlap of the indicators."""
        from interventions_stats.display.text import frame_text, wrap

        head = (f"{self._title}: {self.n_events} of {self.n_events_total} events on {self.n_rows} rows; "
                f"joint gain {self.total:.2f} log units")  # fmt: skip
        overlap = self.overlap.round(2).reset_index(names="correlation")
        tables = (self.frame, self.coefficients, overlap)
        return "\n".join([head, *(frame_text(t, 100) for t in tables), *(wrap(n, 100) for n in self._notes())])


def horse_race(
    families: Mapping[str, Sequence[str]] | None = None,
    events: EventList | None = None,
    *,
    unit: str = "actor-target-year",
    targets: str = "post_soviet",
    lag: int = 1,
    start: str | None = None,
    end: str | None = None,
    draws: int = 499,
    seed: int = 0,
) -> HorseRace:
    """Set drivers against each other in one penalised logit on a common panel.

    Every indicator enters as its own test compares it: within targets and net of the year (tests by shift, and exposures
    without a proposition), between the targets of a year (tests of a choice among targets), or, over years, within
    leaders and net of their trends.  Leaders have intercepts of their own throughout, so that no family gains by telling
    one leader's years from another's (G07).

    The fit of a subset of families is the maximum of the penalised likelihood of the *joint* model with the other
    coefficients held at zero (as in penalised likelihood-ratio tests), so that fits of different size compare.  A family's
    Shapley value is its mean gain over all orders of entry.  Its reference distribution moves the onsets of all targets by
    the same number of years within each leader, every such shift once (or ``draws`` of them); of a family that is
    compared between targets it also deals the targets' onset histories anew among targets of equal coverage.

    Parameters
    ----------
    families : mapping of driver to propositions or exposures, optional
        ``{"balance": ["B2"], "threat": ["civil_conflict"]}``. Default: one registered indicator for each driver that has
        one on the unit.
    events : EventList, optional
        Default: the reconstructed list.
    unit : {"actor-target-year", "actor-year"}
    targets : str, default "post_soviet"
        Group of targets.
    lag, start, end
        As in :func:`interventions_stats.panel`.
    draws : int, default 499
        Relabellings where they are sampled.
    seed : int

    Returns
    -------
    HorseRace

    Raises
    ------
    InputError
        Fewer than two families or more than eight, or a proposition of another unit.
    EstimationError
        No row has all indicators, no onset is left, or an indicator follows from others.

    References
    ----------
    Budescu (1993), Psychol Bull 114:542-551 (dominance); Shapley (1953); Heinze & Schemper (2002), Stat Med 21:2409-2419
    (penalised likelihood ratios).

    Examples
    --------
    >>> found = horse_race({"balance": ["B2"], "threat": ["T2"]}, draws=99)
    >>> round(float(found.frame["shapley"].sum() - found.total), 6)
    0.0
    """
    import pandas as pd

    if unit not in ("actor-target-year", "actor-year"):
        raise unknown_name("unit", unit, ("actor-target-year", "actor-year"), where="horse_race")
    check_count("draws", draws, 99)
    terms = _terms(families, unit)
    listed = events if events is not None else registered_list("reconstructed", 365)
    group = targets if unit == "actor-target-year" else "all"
    frame = shared_panel(
        listed, unit, [t for ts in terms.values() for t in ts], lag, start=start, end=end, targets=group
    )
    columns = {f: [str(parse_term(t)) for t in ts] for f, ts in terms.items()}
    flat = list(dict.fromkeys(c for cs in columns.values() for c in cs))
    used = frame[frame[flat].notna().all(axis=1)].reset_index(drop=True)
    y = used["onset"].to_numpy(float)
    if y.sum() == 0:
        raise EstimationError(
            "no onset falls where all indicators are measured; drop the one with the shortest coverage"
        )
    between = {str(parse_term(t)): how for ts in terms.values() for t, how in ts.items()}
    x = compared_columns(used, flat, between, unit)
    leaders = used["leader"].fillna("unrecorded").to_numpy(object)
    X = np.column_stack([x, stratum_dummies(leaders)])
    rng = np.random.default_rng(seed)
    shifts = shifted_onsets(used, y, leaders, draws, rng)
    dealt = dealt_targets(used, y, leaders, draws, rng) if any(between.values()) else np.empty((0, len(y)))
    member = {f: np.array([c in cs for c in (*flat, *[None] * (X.shape[1] - len(flat)))]) for f, cs in columns.items()}
    gains, subsets = family_gains(X, np.vstack([y, shifts, dealt]), list(member.values()), fixed=len(flat))
    if not np.isfinite(gains[:, 0]).all():
        raise EstimationError("a fit of the joint model has no maximum; leave out one of the families")
    how = {f: "years" if unit == "actor-year" else "between targets" if any(between[c] for c in cs) else "within targets"
           for f, cs in columns.items()}  # fmt: skip
    coefficients = _coefficients(X, y, flat, columns)
    table = _shares(how, gains, subsets, len(shifts))
    table["sign"] = [_sign(columns[f], coefficients) for f in table["family"]]
    return HorseRace(
        frame=table, coefficients=coefficients,
        overlap=pd.DataFrame(np.corrcoef(x.T).reshape(len(flat), -1), flat, flat), total=float(gains[-1, 0]), n_rows=len(used),
        n_events=len(_events_on(used)), n_events_total=len(listed), n_null=(len(shifts), len(dealt)),
        findings=_shared(columns), notes=(*_against(table), *_lost(frame, used), *_close(x, flat)), seed=seed,
    )  # fmt: skip


def _terms(families: Mapping[str, Sequence[str]] | None, unit: str) -> dict[str, dict[str, bool]]:
    """Exposures of each family, and whether each is compared between targets."""
    given = families if families is not None else AMONG_TARGETS if unit == "actor-target-year" else OVER_YEARS
    if not 2 <= len(given) <= MOST:
        raise InputError(f"a race needs 2 to {MOST} families, not {len(given)}")
    out: dict[str, dict[str, bool]] = {}
    for family, names in given.items():
        out[family] = {}
        for name in [names] if isinstance(names, str) else names:
            prop = PROPOSITIONS.get(name)
            if prop is None:
                out[family][name] = False
                continue
            if prop.unit != unit:
                raise InputError(f"{name} is a proposition on {prop.unit}, and the race runs on {unit}")
            out[family][prop.exposure] = kind_of(prop).between_targets
            if prop.counter_exposure:
                out[family][prop.counter_exposure] = kind_of(prop).between_targets
        if not out[family]:
            raise InputError(f"family {family!r} has no indicator; give it a proposition or an exposure")
    return out


def _shares(how: dict[str, str], gains: np.ndarray, subsets: list[frozenset[int]], n_shifts: int) -> pd.DataFrame:
    import pandas as pd

    names, at = list(how), {s: i for i, s in enumerate(subsets)}
    everyone, values = frozenset(range(len(names))), shapley_values(len(names), gains, subsets)
    rows = []
    for i, name in enumerate(names):
        seen, null = values[i, 0], values[i, 1 : 1 + n_shifts]
        if how[name] == "between targets":
            null = values[i, 1 + n_shifts :]
        fitted = null[np.isfinite(null)]
        beaten = [names[j] for j in range(len(names)) if j != i and dominates(i, j, len(names), gains[:, 0], at)]
        rows.append({
            "family": name, "compared": how[name], "gain": gains[at[frozenset([i])], 0],
            "last": gains[-1, 0] - gains[at[everyone - {i}], 0], "shapley": seen, "share": seen / gains[-1, 0],
            "expected": float(fitted.mean()), "expected_high": float(np.quantile(fitted, 0.95)),
            "p_value": _p(seen, np.where(np.isfinite(null), null, np.inf)), "dominates": ", ".join(beaten),
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    frame.insert(frame.columns.get_loc("p_value") + 1, "p_adjusted", holm(frame["p_value"].tolist()))
    return frame.sort_values("shapley", ascending=False).reset_index(drop=True)


def _p(value: float, null: np.ndarray) -> float:
    """Share of all relabellings, the data's own among them, with a value as large; a fit without maximum counts as one."""
    return float(((null >= value - 1e-9 * max(1.0, abs(value))).sum() + 1) / (len(null) + 1))


def _coefficients(X: np.ndarray, y: np.ndarray, flat: list[str], columns: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    from interventions_stats.engine.models.firth_logit import firth_logit

    dummies = [f"leader {j + 2}" for j in range(X.shape[1] - len(flat))]
    found = firth_logit(y=y, X=X, names=[*flat, *dummies]).tidy().iloc[1 : 1 + len(flat)].reset_index(drop=True)
    owner = {c: "/".join(f for f, cs in columns.items() if c in cs) for c in flat}
    return pd.DataFrame(found.assign(driver=[owner[c] for c in flat]))


def _sign(columns: list[str], coefficients: pd.DataFrame) -> str:
    """Whether the effects of a family's predicted indicators are positive, which is how exposures are oriented."""
    predicted = {str(p.exposure) for p in PROPOSITIONS.values() if p.direction == "greater"}
    found = coefficients.set_index("term")["estimate"]
    signs = {bool(found[c] > 0) for c in columns if c in predicted}
    return {(): "none predicted", (True,): "as predicted", (False,): "against"}.get(tuple(signs), "mixed")


def _against(table: pd.DataFrame) -> tuple[str, ...]:
    named = table.loc[table["sign"] == "against", "family"].tolist()
    return (f"The joint effect has the sign opposite to the one predicted: {', '.join(named)}.",) if named else ()


def _events_on(rows: pd.DataFrame) -> set[str]:
    return ids_in(rows["event_ids"])


def _lost(frame: pd.DataFrame, used: pd.DataFrame) -> tuple[str, ...]:
    lost = sorted(_events_on(frame) - _events_on(used))
    return (f"An indicator is not measured where these cases began: {', '.join(lost)}.",) if lost else ()


def _shared(columns: dict[str, list[str]]) -> tuple[GuardFinding, ...]:
    """G27 for indicators that serve several drivers, here or among the registered propositions."""
    serve: dict[str, list[str]] = {}
    for f, cs in columns.items():
        for c in cs:
            serve.setdefault(parse_term(c).name, []).append(f)
    for p in PROPOSITIONS.values():
        for c in filter(None, (p.exposure, p.counter_exposure)):
            if kind_of(p).has_exposure and parse_term(c).name in serve:
                serve[parse_term(c).name].append(p.driver)
    found = (g27_shared_indicator(name, who) for name, who in serve.items())
    return tuple(f for f in found if f is not None)


def _close(x: np.ndarray, flat: list[str]) -> tuple[str, ...]:
    r = np.corrcoef(x.T).reshape(len(flat), -1)
    pairs = [(flat[i], flat[j], r[i, j]) for i in range(len(flat)) for j in range(i) if abs(r[i, j]) >= CLOSE]
    return tuple(f"{a} and {b} correlate at {v:.2f}: their shares cannot be told apart." for a, b, v in pairs)
