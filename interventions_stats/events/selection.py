"""Which events of a list a key stands for, and two lists joined."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd


def place_of(key: object, ids: Sequence[str], where: str) -> int | None:
    """Position of the one event that a key names, by id or by number; None for a key of several."""
    if isinstance(key, str):
        if key not in ids:
            raise unknown_name("event", key, ids, where=where)
        return ids.index(key)
    if isinstance(key, bool) or not isinstance(key, SupportsIndex) or getattr(key, "ndim", 0) != 0:
        return None
    place = operator.index(key)
    if not -len(ids) <= place < len(ids):
        raise InputError(f"{where} has {len(ids)} events, and none with the number {place}")
    return place % len(ids)


def places_of(key: Any, ids: Sequence[str], where: str) -> list[int]:
    """Positions of the events that a slice, a mask, or several ids or numbers name, in the order of the key.

    A mask that carries an index is matched by it: the ids, or the numbers of the rows.
    """
    if isinstance(key, slice):
        try:
            return list(range(len(ids)))[key]
        except TypeError:
            raise InputError(f"{where} is cut by numbers, as events[2:5]; for days use between()") from None
    if not isinstance(key, Iterable) or hasattr(key, "columns"):
        raise InputError(
            f"an event is named by its id or number, several by a list, a slice or a mask, not {shown(key)}"
        )
    items = list(key)
    if items and all(type(i).__name__ in ("bool", "bool_") for i in items):
        return [k for k, keep in enumerate(_aligned(key, items, ids, where)) if keep]
    places = [place_of(item, ids, where) for item in items]
    if None in places:
        raise InputError(f"an event is named by its id or number, not {shown(items[places.index(None)])}")
    if len(set(places)) < len(places):
        raise InputError(f"{where}: the key names an event twice")
    return places  # type: ignore[return-value]


def _aligned(mask: Any, items: list[Any], ids: Sequence[str], where: str) -> list[Any]:
    if len(items) != len(ids):
        raise InputError(f"{where} has {len(ids)} events, and the mask {len(items)}")
    index = list(getattr(mask, "index", ())) if hasattr(mask, "iloc") else []
    if not index or index == list(range(len(ids))):
        return items
    if sorted(map(str, index)) != sorted(ids):
        raise InputError(f"the index of the mask is neither the ids nor the row numbers of {where}")
    by_id = dict(zip(map(str, index), items, strict=True))
    return [by_id[i] for i in ids]


def joined_frames(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Rows of two lists; an id in both is refused."""
    import pandas as pd

    both = [i for i in one["event_id"] if i in set(other["event_id"])]
    if both:
        what = f"{', '.join(both[:5])}{' and others' if len(both) > 5 else ''}"
        raise InputError(f"{what} {'is' if len(both) == 1 else 'are'} in both lists; drop() them from one of them")
    parts = [one, other]
    columns = list(dict.fromkeys(c for part in parts for c in part.columns))
    cells = {c: [v for part in parts for v in (part[c].tolist() if c in part else [None] * len(part))] for c in columns}
    return pd.DataFrame({c: pd.Series(v, dtype=object) for c, v in cells.items()}, columns=columns)
