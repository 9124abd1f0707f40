"""Capitals of the states of the COW system, with coordinates and years."""

from __future__ import annotations

import pandas as pd
from _capitals import CAPITALS, NOTES
from _common import Field, Sources, Table

SPINE = "covariates/state_year_spine.csv"

TABLE = Table(
    name="capitals",
    title="Capitals of all states, 1946-2024",
    description=(
        "One row for each capital of each state of the Correlates of War system, with its coordinates and the years "
        "in which it was the capital and the state was in the system. Great-circle distances between capitals are "
        "computed from it; a capital's year is decided on 31 December, or on the last day of a state that ended in "
        "that year."
    ),
    key=("ccode", "from_year"),
    fields=(
        Field("ccode", "integer", "Correlates of War state number", constraints={"required": True, "minimum": 2}),
        Field(
            "iso3",
            "string",
            "ISO 3166 alpha-3 (historical: DDR, CSK, YMD, VDR, ZNZ; XKX = Kosovo; 345 Yugoslavia/Serbia = SRB)",
        ),
        Field("capital", "string", "name of the capital"),
        Field("latitude", "number", "latitude of the city", "degrees north", 2, {"minimum": -90, "maximum": 90}),
        Field("longitude", "number", "longitude of the city", "degrees east", 2, {"minimum": -180, "maximum": 180}),
        Field("from_year", "year", "first year, not before the state's first year in the system since 1946"),
        Field(
            "until_year", "year", "last year, not after the state's last year in the system; 2024 = still the capital"
        ),
        Field("note", "string", "where law and seat of government differ, or a move took long"),
    ),
    inputs={SPINE: "d3232700aba4d79b662ee48fcc365310d05485bcc7a6b4a9408ffb6bf134edbb"},
    producers=("compiled by this project; years in the system from the Correlates of War Project",),
    citations=("Correlates of War Project. 2017. State System Membership List, v2016.",),
    licence="BSD-3-Clause",
    coverage="1946-2024, 202 states",
    caveats=(
        "Coordinates are rounded to 0.01 degree (about 1 km) and mark the city, not a building.",
        "Syria's row runs through 1959-60, when it was part of the United Arab Republic and not in the system.",
        "Where the seat of government and the capital differ the note says which is listed: this matters most for "
        "Yamoussoukro (230 km from Abidjan), Dodoma (400 km from Dar es Salaam) and Taiz (200 km from Sana'a).",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Cut each capital's years to the years in which the state was in the system."""
    years = sources.csv(SPINE).groupby("ccode")["year"].agg(["min", "max"])
    if missing := sorted(set(years.index) ^ {c.ccode for c in CAPITALS}):
        raise ValueError(f"states without a capital, or capitals without a state: {missing}")
    rows = [
        {
            "ccode": c.ccode, "iso3": c.iso3, "capital": c.name, "latitude": c.latitude, "longitude": c.longitude,
            "from_year": max(c.from_year, years.loc[c.ccode, "min"]),
            "until_year": min(c.until_year, years.loc[c.ccode, "max"]), "note": NOTES.get(c.ccode),
        }
        for c in CAPITALS
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame[frame["from_year"] <= frame["until_year"]]
