"""Directed dyad-years of the whole state system, assembled in memory from small tables."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.errors import InputError, unknown_name
from interventions_stats.panels.disputes import FIRST_MID, LAST_MID, Disputes, disputes
from interventions_stats.panels.dyad_states import state_columns, state_values
from interventions_stats.panels.dyad_trade import total_trade, trade_cube
from interventions_stats.panels.terms import check_lag

if TYPE_CHECKING:
    import pandas as pd

_EARTH_KM = 6371.0088
DEFAULT_COLUMNS = (
    "contiguity", "land_border", "log_distance", "defense_pact", "rivalry", "log_cinc_ratio", "polyarchy1", "polyarchy2",
    "joint_democracy", "unga_distance", "major1", "major2", "civil_conflict1", "civil_conflict2", "mid_ongoing",
    "peace_years",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _World:
    """What the columns are computed from.

    ``i, j, t`` (n,): positions of the two states and of the year of each row.  ``codes`` (S,): COW numbers in order.
    ``years`` (T,): years of the rows; ``lag``: years by which exposures are taken earlier.
    """

    i: np.ndarray
    j: np.ndarray
    t: np.ndarray
    codes: np.ndarray
    years: np.ndarray
    lag: int
    fought: Disputes

    @property
    def before(self) -> np.ndarray:
        return self.years - self.lag


def directed_dyad_years(
    first: int = FIRST_MID,
    last: int = LAST_MID,
    *,
    columns: Sequence[str] = DEFAULT_COLUMNS,
    relevant: bool = False,
    lag: int = 1,
) -> pd.DataFrame:
    """Build one row for each ordered pair of states and year in which both are in the state system.

    Parameters
    ----------
    first, last : int, default 1946 and 2014
        Years, within the coverage of the disputes data.
    columns : sequence of str
        ``contiguity`` (COW type: 0 none, 1 land or river, 2-5 over water), ``land_border``, ``log_distance`` (log km between
        capitals), ``major1``, ``major2``: in the year of the row. ``mid_ongoing`` (disputes between the two under way from
        earlier years) and ``peace_years`` (years since state 1 last began one with force against state 2, or since both are
        in the system from 1946 on; 0 in the year after one): before the row's year. All others are taken ``lag`` years
        earlier: ``defense_pact`` (either is bound to defend the other), ``alliance`` (any obligation but non-aggression),
        ``rivalry`` (strategic rivalry, TSS list), ``log_cinc_ratio`` (log of state 1's capabilities over state 2's),
        ``joint_democracy`` (both electoral or liberal democracies), ``unga_distance`` (distance of UN General Assembly ideal
        points), ``trade`` and ``log_trade`` (imports plus exports in million current USD, the log of one plus it),
        ``trade_share1``, ``trade_share2`` (over the state's trade with all), and any number that is held of a state and
        year, followed by 1 or 2: a column of ``state_year`` such as ``polyarchy1`` (for ``v2x_polyarchy1``) or
        ``log_gdppc2``, a trait of the leader in office such as ``lead_combat1`` or ``lwuf_theta2_1``
        (:func:`interventions_stats.panels.leader_traits.traits_by_year`), ``recognition_rank1`` or ``ties_rank2``
        (:func:`interventions_stats.panels.dyad_states.state_values`). Trade is bundled for contiguous pairs and those with
        a COW major power, so for all politically relevant dyads and no others.
    relevant : bool, default False
        Only politically relevant dyads: contiguous (any type) or with a COW major power.
    lag : int, default 1
        Years between exposure and row; 0 is refused (G05).

    Returns
    -------
    DataFrame
        About 1.6 million rows for 1946-2014, sorted by ``ccode1, ccode2, year`` (int16). ``onset`` (0/1): state 1, on the
        side that took the first militarised action, begins a dispute in which it uses force (hostility 4 or 5) against
        state 2; both are in it from the first day. ``mid_onset`` (0/1): any dispute in which the two face each other from
        the first day begins. Exposures are float32; missing is NaN, so the rows of 1946 have none of the lagged ones.
        ``attrs``: ``n_events`` onsets of ``n_events_total``, ``outside`` (the others, with the reason), ``labels``.

    Raises
    ------
    InputError
        Years outside the coverage or out of order.
    UnknownNameError
        An unknown column, with the nearest name.
    RefusalError
        G05 for a lag below 1.

    Notes
    -----
    Relevance follows Maoz and Russett (1993), American Political Science Review 87(3): 624-638.

    Examples
    --------
    >>> dyads = directed_dyad_years(1990, 1990, columns=["contiguity"])
    >>> iraq = dyads[(dyads["ccode1"] == 645) & (dyads["ccode2"] == 690)]
    >>> iraq[["onset", "contiguity"]].astype(int).to_dict("list")
    {'onset': [1], 'contiguity': [1]}
    """
    import pandas as pd

    check_lag(lag)
    if not FIRST_MID <= first <= last <= LAST_MID:
        raise InputError(f"dyad-years run from {FIRST_MID} to {LAST_MID}, not from {first} to {last}")
    wanted = list(dict.fromkeys([columns] if isinstance(columns, str) else columns))
    for name in wanted:
        _check_name(name)
    world = _rows(first, last, lag, relevant)
    frame: dict[str, np.ndarray] = {
        "ccode1": world.codes[world.i], "ccode2": world.codes[world.j], "year": world.years[world.t].astype(np.int16),
        "onset": _at(world.fought.force, world), "mid_onset": _at(world.fought.any, world),
    }  # fmt: skip
    for name in wanted:
        frame[name] = _column(name, world)
    out = pd.DataFrame(frame, copy=False)
    out.attrs = _attrs(world, out["onset"].to_numpy(), wanted, relevant)
    return out


def _rows(first: int, last: int, lag: int, relevant: bool) -> _World:
    """Find the rows: both states in the system, and relevant where that is asked for."""
    from interventions_stats.datasets.load import load

    table = load("state_year")[["ccode", "year"]].astype(int)
    table = table[table["year"] <= last]
    codes = np.sort(table["ccode"].unique())
    everywhen = np.arange(FIRST_MID, last + 1)
    member = np.zeros((len(codes), len(everywhen)), bool)
    member[np.searchsorted(codes, table["ccode"]), table["year"] - FIRST_MID] = True
    fought = disputes(codes, member)
    years = np.arange(first, last + 1)
    here = member[:, first - FIRST_MID :]
    cube = here[:, None, :] & here[None, :, :]
    cube[np.arange(len(codes)), np.arange(len(codes))] = False
    if relevant:
        major = _major(codes, years)
        cube &= major[:, None, :] | major[None, :, :] | (_contiguity(codes, years) > 0)
    i, j, t = (k.astype(np.int16) for k in np.nonzero(cube))
    return _World(i, j, t, codes.astype(np.int16), years, lag, fought)


def _at(cube: np.ndarray, world: _World) -> np.ndarray:
    """Take the rows out of a cube state x state x year since 1946."""
    return cube[world.i, world.j, world.t + np.int16(world.years[0] - FIRST_MID)]


def _column(name: str, world: _World) -> np.ndarray:
    if name in _COLUMNS:
        return _COLUMNS[name][1](world)
    stem, which = _state_column(name)
    return _state(stem, world, world.i if which == "1" else world.j)


def _state_column(name: str) -> tuple[str, str]:
    stem = name[:-1].removesuffix("_")  # lwuf_theta2_1 reads better than lwuf_theta21
    return ("v2x_polyarchy" if stem == "polyarchy" else stem), name[-1:]


def _check_name(name: str) -> None:
    if name in _COLUMNS:
        return
    held = state_columns()
    stem, which = _state_column(str(name))
    if stem not in held or which not in ("1", "2"):
        known = [*_COLUMNS, *(f"{c}{k}" for c in held for k in (1, 2))]
        raise unknown_name("column", name, known, where="the dyad-years")


def _matrix(column: str, world: _World) -> np.ndarray:
    """Return a column of single states as states x lagged years, NaN where there is none."""
    table = state_values(column)
    start = int(world.before[0])
    table = table[(table["year"] >= start) & (table["year"] <= world.before[-1]) & table["ccode"].isin(world.codes)]
    out = np.full((len(world.codes), len(world.years)), np.nan, np.float32)
    rows, when = np.searchsorted(world.codes, table["ccode"]), table["year"].to_numpy(int) - start
    out[rows, when] = table[column].astype("float32").to_numpy(np.float32, na_value=np.nan)
    return out


def _state(column: str, world: _World, which: np.ndarray) -> np.ndarray:
    return _matrix(column, world)[which, world.t]


def _spells(table: pd.DataFrame, value: str | None, codes: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Lay spells of undirected pairs on a cube of states x states x years; 0 outside every spell, NaN before 1946."""
    cube = np.zeros((len(codes), len(codes), len(years)), np.float32)
    there = table[table["ccode1"].isin(codes) & table["ccode2"].isin(codes)]
    one, two = np.searchsorted(codes, there["ccode1"]), np.searchsorted(codes, there["ccode2"])
    begin = np.clip(there["from_year"].to_numpy(int) - years[0], 0, None)
    stop = there["until_year"].to_numpy(int) - years[0] + 1
    values = np.ones(len(there)) if value is None else there[value].to_numpy(float)
    for a, b, lo, hi, v in zip(one, two, begin, stop, values, strict=True):
        if hi > lo:
            cube[a, b, lo:hi] = cube[b, a, lo:hi] = v
    cube[:, :, years < FIRST_MID] = np.nan
    return cube


def _contiguity(codes: np.ndarray, years: np.ndarray) -> np.ndarray:
    from interventions_stats.datasets.load import load

    return _spells(load("contiguity_spells"), "contiguity_type", codes, years)


def _alliance(world: _World, obligations: Sequence[str]) -> np.ndarray:
    from interventions_stats.datasets.load import load

    table = load("alliance_spells")
    bound = table[(table[list(obligations)] == 1).any(axis=1)]
    return _spells(bound, None, world.codes, world.before)[world.i, world.j, world.t]


def _rivalry(world: _World) -> np.ndarray:
    from interventions_stats.datasets.load import load

    table = load("rivalry_spells")
    return _spells(table[table["source"] == "TSS"], None, world.codes, world.before)[world.i, world.j, world.t]


def _major(codes: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return 1 where a state is a COW major power (states x years)."""
    from interventions_stats.datasets.load import load

    out = np.zeros((len(codes), len(years)), bool)
    for code, cell in load("states")[["ccode", "major_power"]].dropna().itertuples(index=False):
        for spell in str(cell).split(";") if code in codes else ():
            begin, end = spell.split("/")
            out[np.searchsorted(codes, code)] |= (years >= int(begin)) & (years <= int(end or 9999))
    return out


def _log_distance(world: _World) -> np.ndarray:
    """Great-circle distance between the capitals of the row's year (haversine)."""
    from interventions_stats.datasets.load import load

    place = np.full((2, len(world.codes), len(world.years)), np.nan)
    for row in load("capitals").to_dict("records"):
        if row["ccode"] in world.codes:
            span = (world.years >= row["from_year"]) & (world.years <= row["until_year"])
            place[:, np.searchsorted(world.codes, row["ccode"]), span] = [[row["latitude"]], [row["longitude"]]]
    lat, lon = np.radians(place)
    # One matrix a year: fewer sines than one a row. Below 1 km (the two German capitals of 1990) counts as 1 km.
    cube = np.empty((len(world.codes), len(world.codes), len(world.years)), np.float32)
    for t in range(len(world.years)):
        y, x = lat[:, t], lon[:, t]
        half = np.sin((y[:, None] - y) / 2) ** 2 + np.outer(np.cos(y), np.cos(y)) * np.sin((x[:, None] - x) / 2) ** 2
        cube[:, :, t] = np.log(np.maximum(2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1))), 1.0))
    return cube[world.i, world.j, world.t]


def _log_cinc_ratio(world: _World) -> np.ndarray:
    with np.errstate(divide="ignore"):
        share = np.log(_matrix("cinc", world))
    share[~np.isfinite(share)] = np.nan
    return share[world.i, world.t] - share[world.j, world.t]


def _joint_democracy(world: _World) -> np.ndarray:
    regime = _matrix("v2x_regime", world)
    free = np.where(np.isnan(regime), np.nan, regime >= 2).astype(np.float32)
    return free[world.i, world.t] * free[world.j, world.t]


def _unga_distance(world: _World) -> np.ndarray:
    ideal = _matrix("idealpointlegacy", world)
    return np.abs(ideal[world.i, world.t] - ideal[world.j, world.t])


def _trade(world: _World) -> np.ndarray:
    return trade_cube(world.codes, world.before)[world.i, world.j, world.t]


def _trade_share(world: _World, which: np.ndarray) -> np.ndarray:
    total = total_trade(world.codes, world.before)[which, world.t]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, _trade(world) / total, np.nan).astype(np.float32)


_PACT = ("defense_1to2", "defense_2to1")
_ANY_PACT = (*_PACT, "neutrality_1to2", "neutrality_2to1", "offense", "consultation")
_COLUMNS: dict[str, tuple[str, Callable[[_World], np.ndarray]]] = {
    "contiguity": ("contiguity, COW type, 0 = none",
                   lambda w: _contiguity(w.codes, w.years)[w.i, w.j, w.t].astype(np.int8)),
    "land_border": ("common land or river border",
                    lambda w: (_contiguity(w.codes, w.years)[w.i, w.j, w.t] == 1).astype(np.int8)),
    "log_distance": ("log km between the capitals", _log_distance),
    "defense_pact": ("a defence obligation, lagged", lambda w: _alliance(w, _PACT)),
    "alliance": ("an alliance obligation, lagged", lambda w: _alliance(w, _ANY_PACT)),
    "rivalry": ("strategic rivalry (TSS), lagged", _rivalry),
    "log_cinc_ratio": ("log ratio of capabilities, 1 over 2, lagged", _log_cinc_ratio),
    "joint_democracy": ("both are democracies, lagged", _joint_democracy),
    "unga_distance": ("distance of UN ideal points, lagged", _unga_distance),
    "trade": ("trade, million USD, lagged", _trade),
    "log_trade": ("log of trade plus one, million USD, lagged", lambda w: np.log1p(_trade(w))),
    "trade_share1": ("trade over all trade of state 1, lagged", lambda w: _trade_share(w, w.i)),
    "trade_share2": ("trade over all trade of state 2, lagged", lambda w: _trade_share(w, w.j)),
    "major1": ("state 1 is a major power", lambda w: _major(w.codes, w.years)[w.i, w.t].astype(np.int8)),
    "major2": ("state 2 is a major power", lambda w: _major(w.codes, w.years)[w.j, w.t].astype(np.int8)),
    "mid_ongoing": ("disputes under way from earlier years", lambda w: _at(w.fought.ongoing, w)),
    "peace_years": ("years since the last onset", lambda w: _at(w.fought.peace_years, w)),
}  # fmt: skip


def _attrs(world: _World, onset: np.ndarray, columns: list[str], relevant: bool) -> dict[Hashable | None, Any]:
    """Count the onsets that found a row, and list the others."""
    span = (int(world.years[0]), int(world.years[-1]))
    there = {
        (int(world.codes[world.i[k]]), int(world.codes[world.j[k]]), int(world.years[world.t[k]]))
        for k in np.flatnonzero(onset)
    }
    outside = {}
    for name, one, two, year in world.fought.begun:
        if not span[0] <= year <= span[1]:
            outside[name] = f"begins outside {span[0]}-{span[1]}"
        elif (one, two, year) not in there:
            member = one in world.codes and two in world.codes
            outside[name] = "not a politically relevant dyad" if relevant and member else "not both in the state system"
    labels = {
        c: _COLUMNS[c][0] if c in _COLUMNS else f"{_state_column(c)[0]} of state {c[-1]}, lagged" for c in columns
    }
    total = len(world.fought.begun)
    return {"unit": "directed-dyad-year", "lag": world.lag, "n_events": total - len(outside), "n_events_total": total,
            "outside": outside, "labels": labels}  # fmt: skip
