"""The 72 coded cases of Russian military intervention since 1991."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _text import PARTIAL_DATE, THE_REPORT, join_list, placeholder_dates, plain

SOURCE = "events/russian_interventions.csv"
ACTIVITIES = ["combat", "stabilisation", "deterrence", "security", "humanitarian", "train_and_assist"]
REGIONS = ["post-Soviet", "other Europe", "MENA", "Sub-Saharan Africa", "naval", "other"]
RENAME = {
    "cid": "case_id", "in_best_25": "in_reconstructed", "start_date": "start", "start_source": "start_basis",
    "decision_date": "decision", "end_date": "end", "end_source": "end_basis", "primary_activity": "activity",
    "troops_approx": "troops", "troops_source": "troops_basis", "rand_listed": "report_listed",
    "rand_basis": "report_listed_basis", "py_threshold": "threshold", "py_note": "threshold_basis",
    "dataset_crosscheck": "crosscheck", "notes": "note", "person_years_est": "person_years",
    "coding_confidence": "confidence",
}  # fmt: skip
THRESHOLD = {
    "passes": "passes",
    "fails": "fails",
    "borderline": "borderline",
    "borderline/fails": "borderline",
    "unknown": "unknown",
    "": "unknown",
}  # any other entry states a condition
# Cases examined again: what the sources named in the table bear out, and the reason, which joins the basis or the note.
TRIGGERS = {
    "R04": "the day the war began; no dated Russian decision, and IMI has Russian support from 1993-02-21",
    "R07": "the month in which civil war broke out; units of the 201st took sites under guard from 1992-07",
    "R17": "the Security Council's mandate (resolution 1590); the Russian decree is of 2006-02-07",
    "R18": "the Security Council's mandate (resolution 1778); the Russian decree is of 2008-09-01",
    "R24": "first armed seizures; regular troops came in August",
}  # fmt: skip
GARRISONS = (
    "a garrison of Soviet times under a new legal title, no new force (both codings: new_force 0); variant B01 drops it"
)
NOTES = {"R10": GARRISONS, "R22": GARRISONS}
STUDY_ACTIVITY = {"R09": "stabilisation"}  # border security in Tajikistan, as the study's public summary names it
# Bosnia became a state on 1992-04-07, after the decision, and got its own Russian battalion on 1994-02-20 (variant S05).
TARGETS = {
    "R11": (
        "344",
        "HRV",
        "target at onset: Croatia, where Rusbat-1 served; Bosnia became a state on 1992-04-07 and received Rusbat-2 on 1994-02-20",
    )
}
R05_NEEDS = "; 100 person-years in 17 days would take 2,149 persons, which the size code neither shows nor rules out"
PLACEHOLDER_STARTS = ("R08", "R11", "R13", "R17", "R21")
PLACEHOLDER_ENDS = ("A02", "A08", "A32", "A34", "R03", "R04", "R05", "R09", "R14")


def _date(name: str, what: str, precisions: list[str]) -> tuple[Field, Field, Field]:
    return (
        Field(name, "string", f"{what}, ISO, possibly partial (1992, 1992-07)", constraints={"pattern": PARTIAL_DATE}),
        Field(f"{name}_precision", "string", f"How much of `{name}` is known", constraints={"enum": precisions}),
        Field(f"{name}_basis", "string", f"Sources of `{name}`, with those that differ"),
    )


TABLE = Table(
    name="interventions_russia",
    title="Russian military interventions since 1991, reconstructed list and alternates",
    description=(
        "One row for each coded case. R01-R25 are the best reconstruction of the report's 25 interventions of "
        "1992-2020 with at least 100 person-years, whose own table is not public in machine-readable form; A01-A39 "
        "are alternates that could belong; P01-P08 come after the report. `confidence` is the judged probability that "
        "the report lists the case as a row of its own; over R01-R25 it sums to 18.8, so about 19 of the 25 are "
        "expected to be the report's rows. Every date and size carries its basis; 'general-knowledge' marks a fact "
        "stated without an address. Two date rules exist: `start` is the day forces deployed, `decision` the trigger."
    ),
    key=("case_id",),
    fields=(
        Field(
            "case_id",
            "string",
            "R = reconstructed 25, A = alternate, P = after the report",
            constraints={"pattern": "^[RAP][0-9]{2}$"},
        ),
        Field("in_reconstructed", "integer", "1 = among the reconstructed 25 (R01-R25)", constraints={"enum": [0, 1]}),
        Field("name", "string", "Name of the case", constraints={"required": True}),
        Field("location", "string", "Country, with the area in brackets"),
        Field(
            "target_cow", "string", "COW numbers of the target states, joined by ';'; empty at sea or over many states"
        ),
        Field("target_iso3", "string", "ISO 3166 alpha-3 of the targets, joined by ';' (XKX = Kosovo)"),
        Field("region", "string", "Region; post-Soviet = a former Soviet republic", constraints={"enum": REGIONS}),
        *_date("start", "Day the force deployed or took its role", ["day", "month", "year", "unknown"]),
        *_date("decision", "Day of the trigger or decision", ["day", "month", "year"]),
        Field(
            "decision_rule",
            "string",
            "What `decision` is: trigger = an act of others, examined, on which no Russian decision falls; coded = the trigger "
            "of the first coding, close to a decision; deployment = repeats `start`",
            constraints={"enum": ["trigger", "coded", "deployment"]},
        ),
        *_date(
            "end", "Day the case ended; empty when ongoing or unknown", ["day", "month", "year", "ongoing", "unknown"]
        ),
        Field("activity", "string", "Main activity", constraints={"enum": ACTIVITIES}),
        Field(
            "activity_study",
            "string",
            "Main activity as the study's public summary names it, else as `activity` (list `study_coded`)",
            constraints={"enum": ACTIVITIES},
        ),
        Field("activity_basis", "string", "What the activity rests on; 'assumed' = no source"),
        Field("troops", "string", "Strength as the sources give it, with dates where it changed", unit="persons"),
        Field("troops_basis", "string", "Sources of the strength"),
        Field(
            "report_listed",
            "string",
            "Whether the report lists the case: named, inferred from its rule, or unknown",
            constraints={"enum": ["confirmed", "inferred", "unknown"]},
        ),
        Field(
            "report_listed_basis", "string", "What that rests on; Irrussianality = P. Robinson's summary of the report"
        ),
        Field(
            "threshold",
            "string",
            "Whether the case reaches 100 person-years; conditional = see the basis",
            constraints={"enum": ["passes", "fails", "borderline", "conditional", "unknown"]},
        ),
        Field("threshold_basis", "string", "The condition and the calculation"),
        Field("crosscheck", "string", "Other event data sets that hold the case, with their numbers"),
        Field("note", "string", "Alternative dates and remarks"),
        Field(
            "person_years",
            "integer",
            "Estimated person-years, to 2020-12-31 for cases that go on",
            unit="person-years",
            constraints={"minimum": 0},
        ),
        Field("person_years_basis", "string", "How the estimate is made"),
        Field(
            "confidence",
            "number",
            "Judged probability that the report lists the case as a row of its own",
            digits=2,
            constraints={"minimum": 0, "maximum": 1},
        ),
    ),
    inputs={SOURCE: "4a1981099f602e66ea67e4cc72a3a3fdb06f7f1c645e711631296d40d0b4ae24"},
    producers=("This project's coding of public sources named row by row",),
    citations=(
        THE_REPORT,
        "Robinson, Paul. 2021. What Motivates Russian Military Intervention? Irrussianality, 28 September 2021.",
        "Pearson, Frederic S., and Robert A. Baumann. 1993. International Military Intervention, 1946-1988. ICPSR "
        "6035; Kisangani, Emizet F., and Jeffrey Pickering. 2008. International Military Intervention, 1989-2005. "
        "ICPSR 21282 (IMI).",
        "Palmer, Glenn, et al. 2021. The MID5 Dataset, 2011-2014. Conflict Management and Peace Science 39: 470-482 "
        "(MID5).",
        "Davies, Shawn, Therese Pettersson, Margareta Sollenberg and Magnus Oberg. 2025. Organized violence "
        "1989-2024. Journal of Peace Research 62 (UCDP ACD 25.1).",
        "Brecher, Michael, and Jonathan Wilkenfeld. 2000. A Study of Crisis. University of Michigan Press (ICB, "
        "version 14).",
        "Perry, Chris, and Adam C. Smith. 2013. Trends in Uniformed Contributions to UN Peacekeeping. International "
        "Peace Institute (IPI Peacekeeping Database).",
    ),
    licence="BSD-3-Clause",
    coverage="72 cases, 1991-2024 (reconstructed list 1992-2020)",
    caveats=(
        "The reconstruction gives 25 rows, but so do other defensible lists (`event_list_variants`): 25 proves "
        "nothing.",
        "Where a date shows a day and its precision says month or year, the precision rules, the day is a placeholder: "
        f"start of {', '.join(PLACEHOLDER_STARTS)}; end of {', '.join(PLACEHOLDER_ENDS)}.",
        "`decision` is the trigger in the first coding of `decision_context` for R01-R25, A01-A07, A09, A10 and "
        "P01-P07; R24 takes the first armed seizures (both codings give 2014-02-22 as trigger), and the other cases "
        "repeat `start`. R14, R17 and R18 decide 9 to 14 months before deployment.",
        "R17 names South Sudan (SSD) in target_iso3 only: it became a state (COW 626) on 2011-07-09, after the onset. "
        "R15 carries 345 (Yugoslavia) and XKX.",
        "A10 stands for residual Soviet garrisons, has no start of its own and is superseded by A24-A27. A08 began "
        "under the USSR (1991-07-31).",
        "R11 was coded against Croatia and Bosnia; its target at onset is Croatia alone, for the reason in `note`.",
        "Border security in Tajikistan (R09) is counted as stabilisation in the public summary of the report: "
        "'security' against 'stabilisation' is a coding fork.",
        "Contractor cases are marked in `note` (A04, A05, A35, P05) or the name.",
    ),
)


def build(sources: Sources) -> pd.DataFrame:
    """Rename, reword process notes, make the threshold machine-readable and check the dates."""
    cases = sources.csv(SOURCE, dtype=str, keep_default_na=False)
    repeated = "start: " + cases["start_source"] + " | end: " + cases["end_source"]
    repeated += " | troops: " + cases["troops_source"] + " | RAND: " + cases["rand_basis"]
    if not repeated.eq(cases["source"]).all():
        raise ValueError("`source` no longer repeats the basis columns and must not be dropped")
    cases = cases.drop(columns="source").rename(columns=RENAME).apply(plain)
    condition = cases["threshold"].where(~cases["threshold"].isin(THRESHOLD), "")
    cases["threshold"] = cases["threshold"].map(THRESHOLD).fillna("conditional")
    both = condition.ne("") & cases["threshold_basis"].ne("")
    cases["threshold_basis"] = condition + both.map({True: "; ", False: ""}) + cases["threshold_basis"]
    cases = _examined(cases)
    cases["target_cow"] = join_list(cases["target_cow"], ";")
    cases["target_iso3"] = join_list(cases["target_iso3"], ";")
    for name in ("start", "end"):
        cases[f"{name}_precision"] = cases[f"{name}_precision"].replace("", "unknown")
    stated = {"start": PLACEHOLDER_STARTS, "decision": (), "end": PLACEHOLDER_ENDS}
    for name, expected in stated.items():
        found = cases.loc[placeholder_dates(cases[name], cases[f"{name}_precision"]), "case_id"]
        if set(found) != set(expected):
            raise ValueError(f"days of `{name}` that are placeholders: {sorted(found)}, described {sorted(expected)}")
    return cases


def _examined(cases: pd.DataFrame) -> pd.DataFrame:
    """Add what a second examination of single cases found, with the reason in the table."""
    ids = cases["case_id"]
    repeats = cases["decision_basis"].str.startswith("deployment date")
    rule = repeats.map({True: "deployment", False: "coded"}).where(~ids.isin(TRIGGERS), "trigger")
    cases = cases.assign(decision_rule=rule, activity_study=ids.map(STUDY_ACTIVITY).fillna(cases["activity"]))
    for column, reasons in (("decision_basis", TRIGGERS), ("note", NOTES | {i: t[2] for i, t in TARGETS.items()})):
        extra = ids.map(reasons).fillna("")
        both = cases[column].ne("") & extra.ne("")
        cases[column] = cases[column] + both.map({True: "; ", False: ""}) + extra
    for case, (cow, iso3, _) in TARGETS.items():
        cases.loc[ids == case, ["target_cow", "target_iso3"]] = [cow, iso3]
    cases.loc[ids == "R05", "threshold_basis"] += R05_NEEDS
    return cases
