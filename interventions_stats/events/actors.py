"""States as actors: names, codes, existence, leaders; nothing here is about one country."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

# Everyday names that no code list carries.
_ALIASES = {"USSR": 365, "Soviet Union": 365, "America": 2, "UK": 200, "Britain": 200, "Great Britain": 200, "US": 2,
            "Turkiye": 640, "Türkiye": 640, "PRC": 710}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """A state of the Correlates of War system.

    Attributes
    ----------
    ccode : int
        COW number; 365 is the USSR to 1991-12-25 and the Russian Federation from 1991-12-26.
    abbreviation, iso3, name : str
    spells : tuple of (str, str)
        ISO dates of membership of the state system; the last end is open when the state still exists.
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
        spell = (_text(row["start"]), _text(row["end"]))
        if code in actors:
            old = actors[code]
            actors[code] = Actor(code, old.abbreviation, old.iso3, old.name, (*old.spells, spell), old.region)
        else:
            actors[code] = Actor(
                code,
                _text(row["abbreviation"]),
                _text(row["iso3"]),
                _text(row["name"]),
                (spell,),
                _text(row["home_region"]),
            )
    return actors


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)[:10] if hasattr(value, "year") else str(value)


@lru_cache(maxsize=1)
def _index() -> dict[str, int]:
    index: dict[str, int] = {}
    for code, actor in registry().items():
        for key in (str(code), actor.abbreviation, actor.iso3, actor.name):
            if key:  # the first holder of a code keeps it: 255 and 260 both were Germany
                index.setdefault(key.casefold(), code)
    index |= {alias.casefold(): code for alias, code in _ALIASES.items() if code in registry()}
    return index


def actor(name: Actor | str | int) -> Actor:
    """Find a state by COW number, COW abbreviation, ISO3 code or name.

    Raises
    ------
    UnknownNameError
        With the nearest valid name.

    Examples
    --------
    >>> actor("RUS").ccode, actor(2).iso3, actor("Turkey").abbreviation
    (365, 'USA', 'TUR')
    """
    if isinstance(name, Actor):
        return name
    if isinstance(name, bool) or not isinstance(name, (str, int)) and not hasattr(name, "__index__"):
        raise InputError(f"an actor is a COW code, an abbreviation, an ISO3 code or a name, not {name!r}")
    code = _index().get(str(name).strip().casefold())
    if code is None:
        known = [a.name for a in registry().values()] + [a.iso3 for a in registry().values()] + list(_ALIASES)
        raise unknown_name("actor", name, known, where="the state system")
    return registry()[code]


def leaders(who: Actor | str | int, *, variant: str | None = None) -> pd.DataFrame:
    """Return an actor's leader spells in order: ``leader``, ``start``, ``end`` (Timestamps; the last may be open).

    Parameters
    ----------
    who : Actor, str or int
    variant : str, optional
        A registered alternative coding, such as ``"medvedev"`` for Russia, laid over the default spells.
    """
    import pandas as pd

    from interventions_stats.datasets.load import load

    state = actor(who)
    table = load("leaders")
    mine = table[table["actor_ccode"] == state.ccode]
    base = mine[mine["variant"].isna()][["leader", "start", "end"]]
    spells = [(r.leader, pd.Timestamp(r.start), pd.Timestamp(r.end)) for r in base.itertuples()]
    if variant is not None:
        known = sorted(mine["variant"].dropna().unique())
        if variant not in known:
            raise unknown_name("leader coding", variant, known, where=f"the leaders of {state.name}")
        for row in mine[mine["variant"] == variant].itertuples():
            spells = _lay_over(spells, row.leader, pd.Timestamp(row.start), pd.Timestamp(row.end))
    return pd.DataFrame(spells, columns=["leader", "start", "end"]).sort_values("start").reset_index(drop=True)


def _lay_over(spells: list, leader: str, start: pd.Timestamp, end: pd.Timestamp) -> list:
    """Cut ``[start, end]`` out of the spells and give it to ``leader``."""
    import pandas as pd

    day, out = pd.Timedelta(days=1), [(leader, start, end)]
    for who, a, b in spells:
        stop = b if b == b else pd.Timestamp.max.normalize()
        if stop < start or a > end:
            out.append((who, a, b))
            continue
        if a < start:
            out.append((who, a, start - day))
        if stop > end:
            out.append((who, end + day, b))
    return out


def leader_of(who: Actor | str | int, periods: pd.PeriodIndex, *, variant: str | None = None) -> pd.Series:
    """Name the leader of each period: the one who held office on most of its days, missing where none is recorded."""
    import numpy as np
    import pandas as pd

    spells = leaders(who, variant=variant)
    lo, hi = periods.start_time.normalize(), periods.end_time.normalize()
    days = np.zeros((len(periods), len(spells)))
    for j, row in enumerate(spells.itertuples()):
        stop = row.end if row.end == row.end else pd.Timestamp.max.normalize()
        overlap = np.minimum(hi, stop) - np.maximum(lo, row.start)
        days[:, j] = np.maximum(overlap / np.timedelta64(1, "D") + 1, 0)
    best = days.argmax(axis=1) if len(spells) else np.zeros(len(periods), int)
    names = np.where(days.max(axis=1, initial=0) > 0, spells["leader"].to_numpy()[best] if len(spells) else None, None)
    return pd.Series(names, index=periods, name="leader", dtype=object)
