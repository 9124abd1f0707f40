"""``correlate``: does an exposure go with onset, by the tests that a study would have run, and by one that keeps its size."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.assessment.other_actors import default_list, for_actor
from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS, driver, is_driver, proposition
from interventions_stats.engine.bounds.correlation import METHODS, Correlation, Method, correlations
from interventions_stats.engine.options import Floats
from interventions_stats.errors import EstimationError, InputError, RefusalError
from interventions_stats.events.actors import Actor
from interventions_stats.events.definitions import list_asked
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.seeds import branch
from interventions_stats.panels.terms import check_lag, parse_term
from interventions_stats.panels.user_series import as_series
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.laid import LaidRegression
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import DRAWS, Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.rules.multiplicity import holm

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAMES: dict[Method, str] = {"spearman": "Spearman's rho", "kendall": "Kendall's tau-b", "point_biserial": "point-biserial r",
                            "mann_whitney": "Mann-Whitney AUC"}  # fmt: skip
PERIODS = {"actor-month": "months", "actor-year": "years"}


@dataclass(frozen=True, slots=True)
class Entry:
    """The correlations of one exposure, or why there are none.

    Attributes
    ----------
    term, exposure : str
        The proposition's id and its exposure, as it is measured.
    expected : {"+", "-", "either"}
        Sign that the theory expects.
    found : tuple of Correlation
    lag : int
    rows : str
        What the rows are: months, years, target-years.
    scheme : str
        What the shift p-value exchanges.
    about : dict
        Actor, list, first and last period, events used and in all.
    reason : str
        Why nothing was computed.
    """

    term: str
    exposure: str
    expected: str
    found: tuple[Correlation, ...]
    lag: int
    rows: str
    scheme: str
    about: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Correlations(ResultContract):
    """Correlations of one exposure, or of several, with onset."""

    entries: tuple[Entry, ...]
    level: float = 0.95
    seed: int = 0

    _title = "Correlation with onset"

    def tidy(self) -> pd.DataFrame:
        """One row a method (and exposure), broom's columns, then the shift p-value, Holm's over exposures, and the sample.

        ``p_value`` and the interval are conventional, as if periods were independent; ``p_shift`` is two-sided too.
        """
        import pandas as pd

        rows = []
        for e in self.entries:
            for c in e.found or ((None,) if self._many else ()):
                numbers = asdict(c) if c is not None else {}
                rows.append({
                    "term": e.term, "exposure": e.exposure, "expected": e.expected, "method": numbers.get("method", ""),
                    **{k: numbers.get(k, np.nan) for k in ("estimate", "statistic", "p_value", "conf_low", "conf_high", "p_shift")},
                    "lag": e.lag, "n": numbers.get("n", 0), "n_onsets": numbers.get("n_onsets", 0), **e.about, "reason": e.reason,
                })  # fmt: skip
        frame = pd.DataFrame(rows)
        frame.insert(list(frame.columns).index("estimate") + 1, "std_error", np.nan)
        for name, column in (("p_holm", "p_value"), ("p_shift_holm", "p_shift")):
            adjusted = frame.groupby("method")[column].transform(
                lambda p: [np.nan if v is None else v for v in holm(list(p))]
            )
            frame.insert(list(frame.columns).index("p_shift") + 1, name, adjusted if self._many else frame[column])
        return frame

    def glance(self) -> pd.DataFrame:
        """One row an exposure: sample and what the shift exchanges."""
        import pandas as pd

        return pd.DataFrame([{"term": e.term, "exposure": e.exposure, "rows": e.rows, "lag": e.lag, **e.about,
                              "n": e.found[0].n if e.found else 0, "n_onsets": e.found[0].n_onsets if e.found else 0,
                              "scheme": e.scheme, "seed": self.seed, "reason": e.reason} for e in self.entries])  # fmt: skip

    def sentence(self) -> str:
        """State each exposure's first correlation with its interval and both p-values."""
        return " ".join(_sentence(e, self.level) for e in self.entries)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each correlation with its conventional interval; AUC as 2 AUC - 1."""
        from interventions_stats.display.figures.coefficients import coefficients

        frame = self.tidy()
        frame = frame[frame["method"] != ""].reset_index(drop=True)
        twice = frame["method"] == "mann_whitney"
        for column in ("estimate", "conf_low", "conf_high"):
            frame[column] = np.where(twice, 2 * frame[column] - 1, frame[column])
        labels = frame["method"].map(NAMES).where(~twice, "2 AUC - 1")
        frame["term"] = frame["term"] + ": " + labels if self._many else labels
        ax = coefficients(frame, ax)
        ax.set_xlabel(f"Correlation with onset ({self.level:.0%} interval, as if periods were independent)")
        return ax

    def summary(self) -> str:
        """The correlations as a table no wider than 100 columns, and a sentence on each."""
        from interventions_stats.display.text import frame_text, wrap

        return "\n".join([self._title, frame_text(self._shown(), 100), *(wrap(n, 100) for n in self._notes())])

    def _repr_html_(self) -> str:
        from interventions_stats.display.text import frame_html

        notes = "".join(f"<p>{html.escape(n)}</p>" for n in self._notes())
        return f"<h4>{self._title}</h4>{frame_html(self._shown())}{notes}"

    def _shown(self) -> pd.DataFrame:
        holm_columns = ["p_holm", "p_shift_holm"] if self._many else []
        columns = [
            "term",
            "exposure",
            "method",
            "estimate",
            "conf_low",
            "conf_high",
            "p_value",
            "p_shift",
            *holm_columns,
            "n_onsets",
        ]
        return self.tidy()[columns]

    @property
    def _many(self) -> bool:
        return len(self.entries) > 1

    def _notes(self) -> list[str]:
        return [
            self.sentence(),
            "Conventional p-values and intervals suppose independent periods; p_shift keeps persistence.",
        ]

    def _references(self) -> list[str]:
        return ["Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman "
                "correlations. Psychometrika, 65(1), 23-28."]  # fmt: skip


def correlate(
    what: Any,
    events: Any = None,
    *,
    lag: int | None = None,
    strata: Any = None,
    method: Any = None,
    actor: str | int | Actor | None = None,
    series: pd.DataFrame | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Correlations:
    """Correlate an exposure with onset: Spearman, Kendall, point-biserial and Mann-Whitney.

    Parameters
    ----------
    what : str, Proposition, or series
        A proposition (``"W1"``), a driver, ``"all"`` for the exposure of every driver with Holm over them; or a series of
        your own: a frame as :func:`interventions_stats.test` takes it, with one column of values, or plain numbers.
    events : EventList, str or array, optional
        Default: the proposition's first list. Beside plain numbers: onsets in each period.
    lag : int, optional
        Periods between exposure and onset, by default the registered one, or 1; 0 is refused (G05), since approval rises
        at onset.
    strata : str or array, optional
        ``"leader"`` (default) or ``"none"``; labels for plain numbers.
    method : str or sequence, optional
        Some of ``spearman``, ``kendall``, ``point_biserial``, ``mann_whitney``.
    actor : str, int or Actor, optional
    series : DataFrame, optional
        Your own covariates for a proposition.
    level : float, default 0.95
    draws, seed : int
        Of a shift null that is sampled.

    Returns
    -------
    Correlations

    Raises
    ------
    UnknownNameError
        Of a proposition or a method.
    RefusalError
        G05 for a lag below 1; G07 for a series pooled over leaders between whom it differs.
    EstimationError
        Fewer than four periods with an onset, a constant series.
    InputError
        A series without values, or no longer than its lag.

    References
    ----------
    Bonett & Wright (2000), Psychometrika 65:23-28.

    Examples
    --------
    >>> import interventions_stats as ist
    >>> found = ist.correlate("W1", method="spearman")
    >>> found.tidy()[["exposure", "estimate", "p_value"]].round(2).values.tolist()
    [['approval', 0.05, 0.44]]
    """
    methods = METHODS if method is None else (method,) if isinstance(method, str) else method
    options: dict[str, Any] = {"methods": methods, "level": level, "draws": draws, "seed": seed}
    props = _asked(what, lag, strata)
    if props is None and not isinstance(events, (EventList, str)) and events is not None:
        return Correlations((_plain(what, events, lag, strata, options),), level, seed)
    if props is None:
        series = as_series(what)
        props = [_own(series, lag, strata)]
    alone = len(props) == 1
    entries = [_entry(p, actor, events, series, options, strict=alone) for p in props]
    return Correlations(tuple(entries), level, seed)


def _asked(what: Any, lag: int | None, strata: Any) -> list[Proposition] | None:
    """The propositions that a name stands for; None for a series."""
    changes = {k: v for k, v in (("lag", lag), ("strata", strata)) if v is not None}
    if isinstance(what, str) and what.casefold() == "all":
        props = [p for d in DRIVERS for p in d.propositions if p.family]
    elif isinstance(what, str) and is_driver(what):
        props = list(driver(what).propositions)
    elif isinstance(what, (str, Proposition)):
        chosen = proposition(what)
        if not kind_of(chosen).has_exposure:
            able = ", ".join(p.id for p in PROPOSITIONS.values() if kind_of(p).has_exposure)
            raise InputError(f"{chosen.id} has no covariate to correlate with onset: choose one of {able}")
        props = [chosen]
    else:
        return None
    return [p.with_(**changes) if changes else p for p in props if kind_of(p).has_exposure]


def _own(series: pd.DataFrame | None, lag: int | None, strata: Any) -> Proposition:
    """A proposition for the one column of a user's series."""
    if series is None:
        raise InputError("give a proposition, a driver, 'all' or a series: there is nothing to correlate")
    values = [str(c) for c in series.columns if str(c) not in ("month", "year", "date", "period", "target")]
    if len(values) != 1:
        raise InputError(
            f"the series has the columns {', '.join(map(str, series.columns))}: leave one column of values beside its time"
        )
    unit = "actor-year" if "year" in series.columns else "actor-month"
    return Proposition(
        id=values[0], exposure=values[0], unit=unit, lag=1 if lag is None else lag, strata=strata or "leader"
    )  # type: ignore[arg-type]


def _plain(what: Any, onsets: Any, lag: int | None, strata: Any, options: dict[str, Any]) -> Entry:
    """Plain numbers beside plain onsets: the lag is counted in positions."""
    step = 1 if lag is None else lag
    check_lag(step)
    x, n = np.asarray(what), np.asarray(onsets)
    if x.ndim != 1 or x.shape != n.shape or len(x) <= step:
        raise InputError(
            f"series has shape {x.shape} and onsets {n.shape}: give one value a period, and more periods than the lag {step}"
        )
    labels = None if strata is None else np.asarray(strata, dtype=object)[step:]
    found = correlations(x[:-step], n[step:], labels, **options)
    return Entry(
        "series",
        "series",
        "either",
        found,
        step,
        "periods",
        "circular shift within strata",
        {"n_events": float(n[step:].sum())},
    )


def _entry(
    prop: Proposition, actor: Any, events: Any, series: pd.DataFrame | None, options: dict[str, Any], *, strict: bool
) -> Entry:
    """Correlations of one proposition; without ``strict`` a reason takes the place of an error."""
    listed = list_asked(actor, events, lambda who: prop.lists[0] if who.russian else default_list(who))
    prop = for_actor(prop, listed, series)
    about: dict[str, Any] = {"actor": listed.actor.name, "definition": listed.definition}
    term = parse_term(prop.exposure)
    name = str(term).removeprefix("-")
    expected = "either" if prop.direction == "two-sided" else "-" if term.sign < 0 else "+"
    frozen = prop.reason_untestable(listed.actor.iso3)
    try:
        if frozen:
            raise EstimationError(f"{prop.id} was frozen as not testable: {frozen}")
        laid = lay_out(Question(prop, listed, series, seed=options["seed"], draws=options["draws"]))
        found, scheme = _found(laid, term.sign * laid.rows[str(term)].to_numpy(float), options)
    except (CannotRun, InputError, EstimationError, RefusalError) as stop:
        if strict and isinstance(stop, CannotRun):
            raise EstimationError(f"{prop.id}: {stop.reason}.") from None
        if strict:
            raise
        return Entry(
            prop.id,
            name,
            expected,
            (),
            prop.lag,
            PERIODS.get(prop.unit, prop.unit),
            "",
            about,
            str(stop).split("\n")[0],
        )
    time = laid.rows["period" if "period" in laid.rows else "year"]
    about |= {
        "start": str(time.min()),
        "end": str(time.max()),
        "n_events": int(laid.counts.sum()),
        "n_events_total": len(listed),
    }
    return Entry(prop.id, name, expected, found, prop.lag, PERIODS.get(prop.unit, f"{prop.unit}s"), scheme, about)


def _found(laid: Any, x: Floats, options: dict[str, Any]) -> tuple[tuple[Correlation, ...], str]:
    """Correlations over the rows of a layout; rows that are no single series take the p of the proposition's own null."""
    prop = laid.question.proposition
    if prop.unit in PERIODS and isinstance(laid, LaidRegression):
        return correlations(x, laid.counts, laid.strata, **options), f"circular shift within {prop.strata}"
    events = laid.question.events
    raw = kind_of(prop).run(laid, seed=branch(options["seed"], prop.id, events.definition, events.date_rule))
    plain = correlations(x, laid.counts, shift=False, **options)
    return tuple(replace(c, p_shift=raw.p_two_sided) for c in plain), raw.scheme


def _sentence(e: Entry, level: float) -> str:
    if not e.found:
        return f"{e.term}: {e.reason.rstrip('.')}."
    c, a = e.found[0], e.about
    where = f"{a['actor']}, {a['start']} to {a['end']}" if "start" in a else "the series"
    sign = (
        ""
        if e.expected == "either"
        else f"; the theory expects {'a negative' if e.expected == '-' else 'a positive'} sign"
    )
    return (f"{e.term} ({e.exposure}, lag {e.lag}; {where}; {c.n_onsets} of {c.n} {e.rows} with an onset{sign}): {NAMES[c.method]} "
            f"{c.estimate:.2f}, {level:.0%} interval {c.conf_low:.2f} to {c.conf_high:.2f}, p {c.p_value:.2g} as if {e.rows} were "
            f"independent, p {c.p_shift:.2g} under {e.scheme}.")  # fmt: skip
