"""Compress yearly rows into spells: what stays the same in consecutive years is one row."""

from __future__ import annotations

import pandas as pd


def to_spells(frame: pd.DataFrame, unit: list[str], state: list[str]) -> pd.DataFrame:
    """Return one row for each run of consecutive years in which ``state`` does not change.

    Parameters
    ----------
    frame : DataFrame
        Yearly rows with ``unit``, ``year`` and ``state`` columns, unique by unit and year.
    unit, state : list of str
        What identifies a unit, and what must stay the same within a spell.

    Returns
    -------
    DataFrame
        ``unit``, ``from_year``, ``until_year`` (inclusive) and ``state``.
    """
    if frame.duplicated([*unit, "year"]).any():
        raise ValueError(f"more than one row for the same {unit} and year")
    rows = frame.sort_values([*unit, "year"], ignore_index=True)
    breaks = rows[unit].ne(rows[unit].shift()).any(axis=1) | rows["year"].diff().ne(1)
    if state:
        same = rows[state].eq(rows[state].shift()) | (rows[state].isna() & rows[state].shift().isna())
        breaks |= ~same.all(axis=1)
    spell = breaks.cumsum()
    first = rows.groupby(spell)[[*unit, *state]].first()
    years = rows.groupby(spell)["year"].agg(from_year="min", until_year="max")
    return pd.concat([first[unit], years, first[state]], axis=1).reset_index(drop=True)
