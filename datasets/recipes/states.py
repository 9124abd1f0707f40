"""Recipe of ``states``: every state of the COW system from 1946 on."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _membership import ABBREVIATIONS, LATEST, MEMBERSHIP, SPELLS, existed

SPINE = "covariates/state_year_spine.csv"
MAJOR_POWERS = {  # COW Major Powers v2016, spells that reach 1946 or begin later
    2: "1898/", 200: "1816/", 220: "1816/1940;1945/", 255: "1991/", 365: "1816/1917;1922/", 710: "1950/", 740: "1991/",
}  # fmt: skip
NOTES = {
    255: "the number of Germany to 1945 and from 1990-10-03; the Federal Republic of 1955-90 is 260",
    260: "joined by 265 into 255 on 1990-10-03",
    345: "Yugoslavia, from 1992 Serbia and Montenegro, from 2006 Serbia: one number, ISO code SRB throughout",
    365: "the USSR until 1991-12-25, the Russian Federation from 1991-12-26: one number, ISO code RUS throughout",
    651: "the United Arab Republic from 1958 to 1961, when Syria was part of it",
    652: "part of the United Arab Republic from 1958-02-02 to 1961-09-28",
    678: "the Yemen Arab Republic; joined by 680 into 679 on 1990-05-22",
    713: "the Republic of China before 1949-12-08 is 710",
    816: "North Vietnam until 1975, then Vietnam",
}
SOUTH_ASIA, SAHEL_AND_HORN = {700, 750, 760, 770, 771, 780, 781, 790}, {625, 626}
EASTERN = {265, 290, 310, 315, 316, 317, *range(339, 350), 355, *range(359, 375), *range(701, 706)}
HOME_REGIONS = (
    "North and Central America", "South America", "Western Europe", "Eastern Europe and northern Eurasia",
    "Middle East and North Africa", "Sub-Saharan Africa", "South Asia", "East Asia", "Southeast Asia", "Oceania",
)  # fmt: skip


def home_region(code: int) -> str:
    """Group of neighbours in which a state counts as acting at home."""
    if code in EASTERN:
        return "Eastern Europe and northern Eurasia"
    if code in SOUTH_ASIA:
        return "South Asia"
    if code in SAHEL_AND_HORN:
        return "Sub-Saharan Africa"
    bounds = (
        (99, "North and Central America"), (199, "South America"), (399, "Western Europe"), (599, "Sub-Saharan Africa"),
        (699, "Middle East and North Africa"), (749, "East Asia"), (899, "Southeast Asia"), (999, "Oceania"),
    )  # fmt: skip
    return next(name for last, name in bounds if code <= last)


def cow_region(code: int) -> str:
    """Region by the hundreds of the COW number."""
    names = {199: "Americas", 399: "Europe", 626: "Africa", 699: "Middle East", 899: "Asia", 999: "Oceania"}
    return next(name for last, name in names.items() if code <= last)


TABLE = Table(
    name="states",
    title="States of the Correlates of War system, 1946-2025",
    description="One row a state: names, membership, regions and major-power spells. The registry behind every actor and "
    "target code of the event tables.",
    key=("ccode",),
    fields=(
        Field("ccode", "integer", "COW number"),
        Field("abbreviation", "string", "COW abbreviation (RUS, USA, UKG)", constraints={"unique": True}),
        Field("iso3", "string", "ISO 3166 alpha-3; DEU is 255 and 260, YEM 678 and 679; DDR, CSK, YMD, VDR, ZNZ, XKX as usual"),
        Field("name", "string", "COW name; see note for states that changed it"),
        Field("start", "date", "First day of the membership that was in force in 1946, or the first after it"),
        Field("end", "date", "Last day of membership; empty for a member today"),
        Field("membership", "string", "All spells since 1816, `first/last` joined by ';'; an open spell ends with '/'"),
        Field("region", "string", "World Bank region (classification before 2025)"),
        Field("region_cow", "string", "Region by the hundreds of the COW number: Europe includes all of Russia and the "
              "Caucasus, Asia includes Central Asia and Afghanistan, the Middle East includes Turkey and Iran"),
        Field("home_region", "string", "Ten groups of neighbours for the question whether a state acts in its own region; "
              "365 shares one with eastern Europe, the Caucasus and Central Asia under either flag",
              constraints={"enum": list(HOME_REGIONS)}),
        Field("post_soviet", "integer", "1 for the fourteen successor states of the USSR other than Russia",
              constraints={"enum": [0, 1]}),
        Field("major_power", "string", "Years as a COW major power, `first/last` joined by ';'; empty for never since 1946"),
        Field("note", "string", "Changes of name, number or territory that matter"),
    ),
    inputs={SPINE: "d3232700aba4d79b662ee48fcc365310d05485bcc7a6b4a9408ffb6bf134edbb"},
    producers=("Correlates of War Project", "World Bank (regions)"),
    citations=(
        "Correlates of War Project (2017). State System Membership List, v2016.",
        "Arel-Bundock, V., Enevoldsen, N., Yetman, C. (2018). countrycode: An R package to convert country names and "
        "country codes. Journal of Open Source Software 3(28), 848.",
    ),
    licence="research-citation",
    coverage="1946-2025; membership as listed in v2016, continued by the yearly list to 2024 and unchanged since",
    caveats=(
        "COW number 365 is the USSR until 1991-12-25 and the Russian Federation from 1991-12-26.",
        "Before 1991 no other state is post-Soviet: to compare the USSR with Russia use home_region, region_cow or region.",
        "COW admits states by recognition and size: Austria from 1955, the two Germanies from 1954-55, Pacific "
        "micro-states from 1999. Fighting before that day is outside the system.",
        "home_region puts Turkey in the Middle East, Greece, Cyprus and Malta in western Europe, Mongolia in East Asia, "
        "Afghanistan in South Asia, Sudan and Djibouti in Sub-Saharan Africa.",
        "Major-power spells are years; Germany's and Japan's before 1946 are left out.",
    ),
)  # fmt: skip


def build(sources: Sources) -> pd.DataFrame:
    spine = sources.csv(SPINE)
    years = range(1946, int(spine["year"].max()) + 1)
    listed = set(zip(spine["ccode"], spine["year"], strict=True))
    dated = {(code, y) for code in SPELLS for y in years if existed(code, f"{y}-01-01", f"{y}-12-31")}
    if listed != dated:
        raise ValueError(f"dated and yearly membership differ: {sorted(listed ^ dated)[:5]}")
    out = spine.groupby("ccode", as_index=False)[["iso3", "statename", "region_wb", "post_soviet"]].last()
    recent = {code: [s for s in spells if s[1] >= "1946-01-01"] for code, spells in SPELLS.items()}
    codes = out["ccode"]
    return pd.DataFrame({
        "ccode": codes, "abbreviation": codes.map(ABBREVIATIONS), "iso3": out["iso3"], "name": out["statename"],
        "start": codes.map(lambda c: recent[c][0][0]),
        "end": codes.map(lambda c: recent[c][-1][1].replace(LATEST, "")),
        "membership": codes.map(MEMBERSHIP).str.replace(",", ";"),
        "region": out["region_wb"], "region_cow": codes.map(cow_region), "home_region": codes.map(home_region),
        "post_soviet": out["post_soviet"], "major_power": codes.map(MAJOR_POWERS), "note": codes.map(NOTES),
    })  # fmt: skip
