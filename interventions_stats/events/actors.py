"""States as actors: names, codes, existence, leaders; nothing here is about one country."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from interventions_stats.errors import DataWarning, InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

# Everyday names that no code list carries.
_ALIASES = {"USSR": 365, "Soviet Union": 365, "Russian Federation": 365, "America": 2, "US": 2, "United States": 2,
            "UK": 200, "Britain": 200, "Great Britain": 200, "Turkiye": 640, "Türkiye": 640, "PRC": 710, "Czechia": 316,
            "West Germany": 260, "East Germany": 265, "Serbia": 345, "Bosnia": 346, "North Macedonia": 343,
            "North Vietnam": 816, "South Vietnam": 817, "North Yemen": 678, "South Yemen": 680, "Burma": 775,
            "DR Congo": 490, "DRC": 490, "Zaire": 490, "Côte d'Ivoire": 437, "Eswatini": 572, "Cabo Verde": 402,
            "Timor-Leste": 860}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """A state of the Correlates of War system.

    Attributes
    ----------
    ccode : int
        COW number; 365 is the USSR to 1991-12-25 and the Russian Federation from 1991-12-26.
    abbreviation, iso3, name : str
    spells : tuple of (str, str)
        ISO dates of every membership of the state system since 1816; the last end is "" when the state still exists.
    region : str
        Home region, used for shares "inside its own region".
    """

    ccode: int
    abbreviation: str
    iso3: str
    name: str
    spells: tuple[tuple[str, str], ...]
    region: str

    def existed(self, first: object, last: object | None = None) -> bool:
        """Whether the state existed at some time between two dates (inclusive)."""
        lo, hi = str(first)[:10], str(last if last is not None else first)[:10]
        return any(hi >= a and lo <= (b or "9999") for a, b in self.spells)

    def __str__(self) -> str:
        return self.name


@lru_cache(maxsize=1)
def registry() -> dict[int, Actor]:
    """Return every state of the bundled ``states`` table by COW number."""
    from interventions_stats.datasets.load import load

    actors: dict[int, Actor] = {}
    for row in load("states").to_dict("records"):
        code = int(row["ccode"])
        short, iso3, name, region = (_text(row[c]) for c in ("abbreviation", "iso3", "name", "home_region"))
        spells = tuple((part.split("/")[0], part.split("/")[1]) for part in _text(row["membership"]).split(";"))
        actors[code] = Actor(code, short, iso3, name, spells, region)
    return actors


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)[:10] if hasattr(value, "year") else str(value)


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[int, ...]]:
    """Every spelling of every state; one spelling can be several states, the likeliest first.

    ISO3 comes before the COW abbreviation (AUS is Australia, not Austria), a state of today before a former one.
    """
    states = sorted(registry().values(), key=lambda a: a.spells[-1][1] != "")
    index: dict[str, tuple[int, ...]] = {alias.casefold(): (code,) for alias, code in _ALIASES.items()}
    for field in ("ccode", "iso3", "abbreviation", "name"):
        for state in states:
            key = str(getattr(state, field)).casefold()
            if key and state.ccode not in index.get(key, ()):
                index[key] = (*index.get(key, ()), state.ccode)
    return index


def actor(name: Actor | str | int, *, on: tuple[object, object] | None = None) -> Actor:
    """Find a state by COW number, COW abbreviation, ISO3 code or name.

    Five codes are one state's ISO3 and another's COW abbreviation (AUS, CZE, MNG, SLV, SWZ): they are read as ISO3,
    with a :class:`DataWarning`.

    Parameters
    ----------
    name : Actor, str or int
    on : (date, date), optional
        Among states that share a spelling choose one that existed between these dates: ``DEU`` is West Germany in 1970.

    Raises
    ------
    UnknownNameError
        With the nearest valid name.

    Examples
    --------
    >>> actor("RUS").ccode, actor(2).iso3, actor("Turkey").abbreviation
    (365, 'USA', 'TUR')
    >>> actor("DEU").ccode, actor("DEU", on=("1970-01-01", "1970-12-31")).ccode
    (255, 260)
    """
    if isinstance(name, Actor):
        return name
    if isinstance(name, bool) or (not isinstance(name, (str, int)) and not hasattr(name, "__index__")):
        raise InputError(f"an actor is a COW code, an abbreviation, an ISO3 code or a name, not {name!r}")
    found = [registry()[code] for code in _index().get(str(name).strip().casefold(), ())]
    if not found:
        known = [a.name for a in registry().values()] + [a.iso3 for a in registry().values()] + list(_ALIASES)
        raise unknown_name("actor", name, known, where="the state system")
    there = [state for state in found if on is None or state.existed(*on)] or found
    for other in there[1:]:
        if other.iso3 != there[0].iso3:
            warnings.warn(
                f"{name!r} is read as the ISO3 code of {there[0].name}; it is also the COW abbreviation of {other.name}, "
                f"which is {other.iso3} or {other.ccode}",
                DataWarning,
                stacklevel=2,
            )
    return there[0]


def leaders(who: Actor | str | int, *, variant: str | None = None) -> pd.DataFrame:
    """Return an actor's leader spells in order: ``leader``, ``start``, ``end``, ``observed_to`` (Timestamps).

    ``end`` is missing for a leader still in office on ``observed_to``, the last day for which the source vouches.

    Parameters
    ----------
    who : Actor, str or int
    variant : str, optional
        A registered alternative coding, such as ``"medvedev"`` for Russia, laid over the default spells.

    Raises
    ------
    UnknownNameError
        An unknown actor, or a coding that the actor does not have.

    Examples
    --------
    >>> leaders("RUS", variant="medvedev")["leader"].tolist()[-3:]
    ['Putin', 'Medvedev', 'Putin']
    """
    return _leaders(actor(who), variant).copy()


@lru_cache(maxsize=256)
def _leaders(state: Actor, variant: str | None) -> pd.DataFrame:
    import pandas as pd

    from interventions_stats.datasets.load import load

    table = load("leaders")
    mine = table[table["actor_ccode"] == state.ccode]
    spells = _spells(mine[mine["variant"].isna()])
    if variant is not None:
        known = sorted(mine["variant"].dropna().unique())
        if variant not in known:
            raise unknown_name("leader coding", variant, known, where=f"the leaders of {state.name}")
        for spell in _spells(mine[mine["variant"] == variant]):
            spells = _lay_over(spells, spell)
    frame = pd.DataFrame(spells, columns=["leader", "start", "end", "observed_to"])
    return frame.sort_values("start").reset_index(drop=True)


def _spells(rows: pd.DataFrame) -> list[tuple]:
    import pandas as pd

    dates = [rows[c].map(pd.Timestamp) for c in ("start", "end", "observed_to")]
    return list(zip(rows["leader"], *dates, strict=True))


def _lay_over(spells: list[tuple], new: tuple) -> list[tuple]:
    """Cut the days of one spell out of the others and add it to them."""
    import pandas as pd

    day, out = pd.Timedelta(days=1), [new]
    _, start, end, observed = new
    last = end if end == end else observed
    for who, a, b, seen in spells:
        stop = b if b == b else seen
        if stop < start or a > last:
            out.append((who, a, b, seen))
            continue
        if a < start:
            out.append((who, a, start - day, start - day))
        if stop > last:
            out.append((who, last + day, b, seen))
    return out


def leader_of(who: Actor | str | int, periods: pd.PeriodIndex, *, variant: str | None = None) -> pd.Series:
    """Name the leader of each period: the one who held office on most of its days, missing where none is recorded.

    A leader in office on the source's last day is not carried beyond it.
    """
    import numpy as np
    import pandas as pd

    spells = leaders(who, variant=variant)
    lo, hi = (when.to_numpy().astype("datetime64[D]") for when in (periods.start_time, periods.end_time))
    days = np.zeros((len(periods), len(spells)))
    stops = spells["end"].fillna(spells["observed_to"]).to_numpy().astype("datetime64[D]")
    for j, (start, stop) in enumerate(zip(spells["start"].to_numpy().astype("datetime64[D]"), stops, strict=True)):
        overlap = np.minimum(hi, stop) - np.maximum(lo, start)
        days[:, j] = np.maximum(overlap / np.timedelta64(1, "D") + 1, 0)
    best = days.argmax(axis=1) if len(spells) else np.zeros(len(periods), int)
    names = np.where(days.max(axis=1, initial=0) > 0, spells["leader"].to_numpy()[best] if len(spells) else None, None)
    return pd.Series(names, index=periods, name="leader", dtype=object)
