"""Text columns: plain wording, partial dates and the check of a date against its precision."""

from __future__ import annotations

import re

import pandas as pd

PARTIAL_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"
PRECISIONS = ("year", "month", "day")
GENERAL_KNOWLEDGE = "general-knowledge"  # the coders' word for a fact stated without an address
THE_REPORT = (
    "Charap, Samuel, Edward Geist, Bryan Frederick, John J. Drennan, Nathan Chandler and Jennifer Kavanagh. 2021. "
    "Russia's Military Interventions: Patterns, Drivers, and Signposts. RAND Corporation, RR-A444-3 (the report)."
)

# What the coders wrote about how they worked, said as a statement about the case. Order matters.
_PLAIN = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\baudit: ", ""),
        (r",? ?\bas in candidate\b,? ?", ""),
        (r"\(candidate end\)", "(alternative end)"),
        (r"\bcandidate start\b", "alternative start"),
        (r"the only candidate for the \"humanitarian\" type found", 'the only case of the "humanitarian" type found'),
        (r"not named in (any )?retrieved RAND text", "not named in retrieved report text"),
        (r"RAND text retrieved names", "retrieved report text names"),
        (r"on the RAND list", "on the report's list"),
        (r"\bRAND (abstract|threshold|rule|primary type)\b", r"the report's \1"),
        (r"\bRAND (codes|counts)\b", r"the report \1"),
        (r"no troop figure retrieved", "no troop figure found"),
        (r"not in retrieved text", "not found"),
        (r"\bnot retrieved\b", "not found"),
        (r"search found no text on it", "no text found on it"),
        (r"subset/prif_hmi_russia_cis\.csv", "PRIF HMI v0-3"),
        (r"subset/ipi_russia_un_monthly_1990_2014\.csv", "IPI monthly totals"),
        (r" ?\(subset/[^)]*\)", ""),
        (r"raw/geopko_TCCMap_v2\.3\.csv", "Geo-PKO 2.3"),
        (r"\bcase-list: ", ""),
        (r" ?\(case list\)", ""),
        (r"\bfrom memory\b", GENERAL_KNOWLEDGE),
        (r"; check$", ""),
    )
)
_LEFT = re.compile(r"\baudit:|\bcandidate (?:start|end)|as in candidate|case.list|RAND text|subset/|\bretrieved RAND")


def plain(column: pd.Series) -> pd.Series:
    """Return the column with process notes reworded; raises if one is left."""
    out = column
    for pattern, replacement in _PLAIN:
        out = out.str.replace(pattern, replacement, regex=True)
    out = out.str.strip()
    if (left := out[out.str.contains(_LEFT)]).size:
        raise ValueError(f"a process note is left in {column.name!r}: {left.iloc[0]!r}")
    return out


def shown_precision(dates: pd.Series) -> pd.Series:
    """Return 'year', 'month' or 'day' by what each ISO date shows; missing for an empty one."""
    if (wrong := dates[dates.ne("") & ~dates.str.match(PARTIAL_DATE)]).size:
        raise ValueError(f"not an ISO date: {wrong.iloc[0]!r}")
    return dates.str.len().map({4: "year", 7: "month", 10: "day"})


def placeholder_dates(dates: pd.Series, precision: pd.Series) -> pd.Series:
    """Mark dates that show more than their precision claims; raises where one shows less."""
    rank = {name: i for i, name in enumerate(PRECISIONS)}
    known = precision.isin(PRECISIONS)
    shown = shown_precision(dates).map(rank)
    claimed = precision.map(rank)
    if (short := known & ~(shown >= claimed)).any():
        raise ValueError(f"a date shows less than its precision: {dates[short].iloc[0]!r} {precision[short].iloc[0]!r}")
    if (extra := ~known & dates.ne("")).any():
        raise ValueError(f"a date with precision {precision[extra].iloc[0]!r}: {dates[extra].iloc[0]!r}")
    return known & (shown > claimed)


def join_list(column: pd.Series, separator: str) -> pd.Series:
    """Turn 'A separator B' into 'A;B'."""
    return column.str.split(separator, regex=False).map(lambda parts: ";".join(p.strip() for p in parts if p.strip()))
