"""Panels that share what does not depend on the events: one question is asked of many event lists."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.datasets.kept import tables_in_use
from interventions_stats.frames import as_pandas
from interventions_stats.panels.actor_target_year import risk_set
from interventions_stats.panels.build import _span, build_panel
from interventions_stats.panels.cells import ids_in
from interventions_stats.panels.placement import EPOCH, Imprecise, Placement, on_periods, place
from interventions_stats.panels.spells import peace_time
from interventions_stats.panels.target_months import TARGET_UNITS, month_set
from interventions_stats.primary.placements import placed_once

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList

_KEPT = 64  # panels held at once; the largest, all target-years, takes under a megabyte
_OF_EVENTS = ("onset", "onsets", "ongoing", "peace", "event_ids")


@dataclass(frozen=True, slots=True)
class PanelBase:
    """The rows of a panel, on which every list puts events of its own.

    ``periods`` are its periods in order; ``grounds`` is what tests keep of their own for these rows.  For target panels ``row_of`` finds a row of the whole risk set by target and period (years or months from 1970),
    ``kept`` are the rows of it that the group of targets keeps, and ``spans`` the rows of each target.
    """

    frame: pd.DataFrame
    periods: pd.PeriodIndex
    attrs: dict[str, Any]
    row_of: dict[tuple[int, int], int] | None = None
    kept: np.ndarray | None = None
    spans: dict[int, tuple[int, int]] | None = None
    times: np.ndarray | None = None
    quiet: np.ndarray | None = None
    grounds: dict[tuple, Any] = field(default_factory=dict)


_BASES: OrderedDict[tuple, PanelBase] = OrderedDict()


def shared_panel(
    events: EventList,
    unit: str,
    covariates: Sequence[str],
    lag: int,
    *,
    start: object = None,
    end: object = None,
    targets: str = "all",
    series: pd.DataFrame | None = None,
    leaders: str | None = None,
    imprecise: Imprecise = "impute",
    seed: int = 0,
) -> pd.DataFrame:
    """Return what :func:`interventions_stats.panels.build.panel` returns, much faster when only the events changed.

    Covariates, leaders and the risk set are built once for a question (unit, covariates, lag, sample, actor with his own
    leaders, coverage, the user's own ``series``) and kept; the events of each list are placed anew.

    Examples
    --------
    >>> from interventions_stats.events.definitions import load_events
    >>> whole, less = load_events(), load_events().drop("R12")
    >>> [int(shared_panel(e, "actor-month", ["approval"], 1)["onsets"].sum()) for e in (whole, less)]
    [25, 24]
    """
    import pandas as pd

    base = panel_base(
        events, unit, covariates, lag, start=start, end=end, targets=targets, series=series, leaders=leaders,
        imprecise=imprecise, seed=seed,
    )  # fmt: skip
    drawn = imprecise == "impute" and seed == 0
    placed = (
        placed_once(events, base.periods)
        if drawn
        else place(events, base.periods, imprecise=imprecise, rng=np.random.default_rng(seed))
    )
    if unit in TARGET_UNITS:
        on_rows, outside = _on_targets(base, events, placed, targets)
    else:
        on_rows, outside = on_periods(placed, base.periods), dict(placed.outside)
    found = ids_in(on_rows["event_ids"])
    if unit in TARGET_UNITS:
        on_rows["event_ids"] = pd.Series(on_rows["event_ids"], index=base.frame.index, dtype=object)
    frame = base.frame.copy(deep=False)
    for name in _OF_EVENTS:  # in the places that the first list's columns hold
        frame[name] = on_rows[name]
    frame.attrs = base.attrs | {
        "outside": outside, "imputed": placed.imputed, "definition": events.definition, "date_rule": events.date_rule,
        "n_events": len(found), "n_events_total": len(events),
    }  # fmt: skip
    return frame


def on_targets(base: PanelBase, events: EventList, targets: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Columns of a list's events over the rows of target-years, and the events that no row takes."""
    return _on_targets(base, events, placed_once(events, base.periods), targets)


def panel_base(
    events: EventList, unit: str, covariates: Sequence[str], lag: int, *, start: object = None, end: object = None,
    targets: str = "all", series: pd.DataFrame | None = None, leaders: str | None = None, imprecise: Imprecise = "impute",
    seed: int = 0,
) -> PanelBase:  # fmt: skip
    """Return the rows of a panel that do not depend on the events, built once for a question and kept."""
    options = {"start": start, "end": end, "targets": targets, "leaders": leaders}
    key = (
        tables_in_use(),
        unit,
        tuple(map(str, covariates)),
        lag,
        *map(str, options.values()),
        events.actor,
        events.coverage,
        _contents(series),
    )
    base = _BASES.get(key) if len(events) else None
    if base is None:
        frame = build_panel(events, unit, covariates, lag, series=series, imprecise=imprecise, seed=seed, **options)  # type: ignore[arg-type]
        _BASES[key] = base = _base(frame, unit, events, start, end)
        if len(_BASES) > _KEPT:
            _BASES.popitem(last=False)
    _BASES.move_to_end(key)
    return base


def _contents(series: pd.DataFrame | None) -> tuple | None:
    """What tells one series of a user from another: its names, index and cells."""
    import pandas as pd

    if series is None:
        return None
    frame = as_pandas(series)
    frame = frame.to_frame() if isinstance(frame, pd.Series) else pd.DataFrame(frame)
    cells = frame.reset_index().astype(str)
    return (
        *map(str, cells.columns),
        str(frame.attrs),
        pd.util.hash_pandas_object(cells, index=False).to_numpy().tobytes(),
    )


def _base(frame: pd.DataFrame, unit: str, events: EventList, start: object, end: object) -> PanelBase:
    import pandas as pd

    attrs, rest = dict(frame.attrs), frame.copy()
    rest.attrs = {}  # they are copied with every frame made of this one
    if unit not in TARGET_UNITS:
        return PanelBase(rest, pd.PeriodIndex(frame["period"].array), attrs)
    monthly = unit == "actor-target-month"
    lo, hi = _span(events, start, end, "M" if monthly else "Y")
    periods = pd.period_range(lo, hi)
    whole = month_set(events.actor, periods) if monthly else risk_set(events.actor, range(lo.year, hi.year + 1))
    code = whole["target_ccode"].to_numpy(int)
    time = whole["month"].to_numpy(int) if monthly else whole["year"].to_numpy(int) - EPOCH
    row_of = {key: i for i, key in enumerate(zip(code.tolist(), time.tolist(), strict=True))}
    now = frame["period"].array.asi8 if monthly else frame["year"].to_numpy(int) - EPOCH
    kept = np.array([row_of[k] for k in zip(frame["target_ccode"].tolist(), now.tolist(), strict=True)])
    edges = np.concatenate([[0], np.flatnonzero(np.diff(code)) + 1, [len(code)]])
    spans = {int(code[a]): (int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)}
    none = np.zeros(len(code), int)
    quiet = np.concatenate([peace_time(none[a:b], time[a:b]) for a, b in spans.values()])
    return PanelBase(rest, periods, attrs, row_of, kept, spans, time, quiet)


def _on_targets(
    base: PanelBase, events: EventList, placed: Placement, targets: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Columns of the events over the risk set, and the events that no row of the group of targets takes."""
    assert base.row_of is not None and base.spans is not None and base.kept is not None
    assert base.times is not None and base.quiet is not None
    counts, running = np.zeros(len(base.times), int), np.zeros(len(base.times), int)
    ids: dict[int, list[str]] = {}
    outside, end = dict(placed.outside), int(base.periods.asi8[-1])
    codes = events.targets
    for event, at in placed.onset.items():
        over = placed.end[event]
        last = end if over is None else min(over, end)
        rows = [r for r in (base.row_of.get((c, at)) for c in codes[event]) if r is not None]
        for row in rows:
            counts[row] += 1
            ids.setdefault(row, []).append(event)
        for code in codes[event]:
            for later in range(at + 1, last + 1):
                if (code, later) in base.row_of:
                    running[base.row_of[code, later]] += 1
        if not rows:
            period = "month" if base.periods.freqstr.startswith("M") else "year"
            outside[event] = f"no target that is a state in that {period}" if codes[event] else "no target state coded"
    cells = np.full(len(counts), "", dtype=object)
    for row, names in ids.items():
        cells[row] = ";".join(names)
    still = ids_in(cells[base.kept])
    lost = {e for names in ids.values() for e in names} - still
    outside |= dict.fromkeys(sorted(lost), f"target outside {targets!r}")
    peace = base.quiet.copy()
    for a, b in (s for s in base.spans.values() if counts[s[0] : s[1]].any()):
        peace[a:b] = peace_time(counts[a:b], base.times[a:b])
    columns = {
        "onset": (counts > 0).astype(int),
        "onsets": counts,
        "ongoing": running,
        "peace": peace,
        "event_ids": cells,
    }
    return {name: values[base.kept] for name, values in columns.items()}, outside
