"""Registered variants of the reconstructed list: merges, splits and inclusion rules."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _text import THE_REPORT, join_list, plain

SOURCE = "events/variants.csv"
TABLE = Table(
    name="event_list_variants",
    title="Registered variants of the list of Russian interventions",
    description=(
        "One row for each way of turning the coded cases into a list: V00 takes R01-R25 as they stand, M01-M11 merge "
        "phases of one deployment, S01-S07 split cases, B01-B13 change an inclusion rule, X01-X03 combine these. "
        "Apply to R01-R25 in the order drop, add, split, merge."
    ),
    key=("variant",),
    fields=(
        Field("variant", "string", "Name of the variant", constraints={"pattern": "^[VMSBX][0-9]{2}$"}),
        Field("rule", "string", "The rule in words"),
        Field("merge_groups", "string", "Cases that become one, joined by '+'; groups joined by ';'"),
        Field("split_cases", "string", "Case and number of parts it becomes, as R13:2; joined by ';'"),
        Field(
            "split_dates",
            "string",
            "Where the second part begins, in the order of split_cases, joined by ';'; an empty place = not dated",
        ),
        Field("added", "string", "Alternates taken in, joined by ';'"),
        Field("dropped", "string", "Cases of R01-R25 left out, joined by ';'"),
        Field("resulting_count", "integer", "Number of cases in the list", unit="cases"),
        Field(
            "merged_dates",
            "string",
            "Start/end of each merge group in the same order, joined by ';'; end may be 'ongoing'",
        ),
        Field(
            "plausibility",
            "number",
            "Judged probability that the report applied this merge or split; empty = not judged",
            digits=2,
            constraints={"minimum": 0, "maximum": 1},
        ),
        Field("note", "string", "Reasons and alternative dates"),
    ),
    inputs={SOURCE: "1b3721ac202fd43aec2eb5394f1b8b08f3e17b619d2c148c9b3562bda6c14b5d"},
    producers=("This project",),
    citations=(THE_REPORT,),
    licence="BSD-3-Clause",
    coverage="35 variants of the list of 1992-2020",
    caveats=(
        "Reaching 25 proves nothing: X02 and X03 are different lists that also give 25.",
        "S01 (IFOR, SFOR) is not dated, and S06 splits by place, not by date.",
        "Plausibilities are judgements about single choices and do not add up.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Bring the lists into one machine-readable form."""
    variants = sources.csv(SOURCE, dtype=str, keep_default_na=False).apply(plain)
    variants["rule"] = variants["rule"].str.replace("Robinson names", "the report's public summary names")
    variants["note"] = variants["note"].str.replace("Robinson names", "the report's public summary names")
    variants["note"] = variants["note"].str.replace("stabilization", "stabilisation")
    for name in ("added", "dropped"):
        variants[name] = join_list(variants[name], " ")
    for name in ("merge_groups", "split_cases", "merged_dates"):
        variants[name] = join_list(variants[name], "|")
    variants["split_cases"] = variants["split_cases"].str.replace(" into ", ":")
    variants["merged_dates"] = variants["merged_dates"].str.replace("..", "/", regex=False)
    single = variants["split_cases"].ne("") & ~variants["split_cases"].str.contains(";")
    when = variants["rule"].str.extract(r"(\d{4}-\d{2}(?:-\d{2})?)", expand=False).fillna("")
    dated = dict(zip(variants.loc[single, "split_cases"], when[single], strict=True))
    variants["split_dates"] = [
        ";".join(dated[case] for case in cases.split(";")) if cases else "" for cases in variants["split_cases"]
    ]
    return variants
