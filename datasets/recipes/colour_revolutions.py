"""Democratic revolutionary episodes of the twenty-first century."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table

SOURCE = "covariates/revolutions_21c_csra.csv"
RENAME = {"n": "episode", "iso3c": "iso3", "successful": "success", "revolutions": "revolution_strict"}
FLAG = {"enum": [0, 1]}
NO_STATE = [("Abkhazia", 2014), ("Hong Kong SAR China", 2014), ("Hong Kong SAR China", 2019)]
TABLE = Table(
    name="colour_revolutions",
    title="Democratic revolutionary episodes, 2000-2022",
    description=(
        "One row for each revolutionary episode in a state that its coders count as democratic in aim (100 of the 222 in the "
        "source), with its years and outcome. An ongoing episode can also carry an outcome so far."
    ),
    key=("episode",),
    fields=(
        Field("episode", "integer", "Number of the episode in the source"),
        Field("ccode", "integer", "COW number of the state", constraints={"required": True}),
        Field("iso3", "string", "ISO 3166 alpha-3", constraints={"required": True}),
        Field("country", "string", "Country", constraints={"required": True}),
        Field("start_year", "year", "First year"),
        Field("end_year", "year", "Last year"),
        Field("success", "integer", "1 = successful", constraints=FLAG),
        Field("limited", "integer", "1 = limited success", constraints=FLAG),
        Field("failed", "integer", "1 = failed", constraints=FLAG),
        Field("ongoing", "integer", "1 = under way at the end of the data", constraints=FLAG),
        Field("unarmed", "integer", "1 = unarmed", constraints=FLAG),
        Field("regime_change", "integer", "1 = aimed at a change of regime", constraints=FLAG),
        Field(
            "revolution_strict",
            "integer",
            "1 = a revolution in the source's narrow sense, 0 = only in the wide one",
            constraints=FLAG,
        ),
    ),
    inputs={SOURCE: "05a87d2b60bdc38efc87d9806958c323066614e1b53cd820f7aa4432b3cd02d1"},
    producers=("Center for Stability and Risk Analysis, HSE University (package csra, version 9 of the list)",),
    citations=("Center for Stability and Risk Analysis, HSE University. Revolutions of the 21st Century, version 9.",),
    licence="MIT",
    coverage="2000-2022, all states",
    caveats=(
        "Years only: an episode cannot be placed before or after an onset of the same year, so lag it.",
        "The coders' word 'democratic' is about stated aims; the list is wider than the 'colour revolutions' of the "
        "post-Soviet states (Georgia 2003, Ukraine 2004 and 2013, Kyrgyzstan 2005 and 2010, Armenia 2018).",
        "Three democratic episodes in territories that are no states of the COW system are left out: Abkhazia 2014, Hong "
        "Kong 2014 and 2019.",
        "Ukraine 2014-22 and Moldova 2015-16 and 2022 are in the source but not democratic in its coding, so not here.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Keep the democratic episodes of states."""
    episodes = sources.csv(SOURCE, keep_default_na=False, na_values=[""])
    democratic = episodes[episodes["democratic"].eq(1)]
    no_state = democratic.loc[democratic["ccode"].isna(), ["country", "start_year"]]
    if list(no_state.itertuples(index=False, name=None)) != NO_STATE:
        raise ValueError(f"episodes without a state: {no_state.to_dict('records')}, described {NO_STATE}")
    return democratic.dropna(subset="ccode").rename(columns=RENAME)[[f.name for f in TABLE.fields]]
