"""The Russian tables, read as plain CSV, against published counts and values from outside."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
RANK = {"year": 4, "month": 7, "day": 10}
POST_SOVIET = ["EST", "LVA", "LTU", "BLR", "UKR", "MDA", "GEO", "ARM", "AZE", "KAZ", "KGZ", "TJK", "TKM", "UZB"]


@cache
def table(name: str, text: bool = False) -> pd.DataFrame:
    options = {"dtype": str, "keep_default_na": False} if text else {}
    return pd.read_csv(DATASETS / f"{name}.csv", **options)


def cases() -> pd.DataFrame:
    return table("interventions_russia", text=True).set_index("case_id")


def reconstructed() -> pd.DataFrame:
    return cases().query("in_reconstructed == '1'")


def split(cell: str, separator: str = ";") -> list[str]:
    return cell.split(separator) if cell else []


def kappa(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    agree = float((first == second).mean())
    chance = sum(float((first == c).mean() * (second == c).mean()) for c in set(first) | set(second))
    return agree, (agree - chance) / (1 - chance)


# interventions_russia -------------------------------------------------------------------------------------------------


def test_published_counts_of_the_cases() -> None:
    all_cases, best = cases(), reconstructed()
    assert all_cases.index.str[0].value_counts().to_dict() == {"A": 39, "R": 25, "P": 8}
    assert list(best.index) == [f"R{i:02d}" for i in range(1, 26)]
    assert round(best["confidence"].astype(float).sum(), 1) == 18.8
    assert best["activity"].value_counts().to_dict() == {
        "stabilisation": 12, "combat": 7, "security": 3, "deterrence": 3,
    }  # fmt: skip
    assert (best["region"] == "post-Soviet").sum() == 15
    assert (best["report_listed"] == "confirmed").sum() == 5


def test_published_counts_of_onsets_by_decision_date() -> None:
    best = reconstructed()
    putin = best[best["decision"].between("2000", "2020-12-31")]
    assert (len(putin), putin["decision"].str[:7].nunique()) == (10, 9)
    assert (best["decision"] < "2000").sum() == 15
    assert best["decision"].str.startswith("1992").sum() == 7
    assert best["decision"].str[:7].nunique() == 22
    assert best["decision"].str[:4].nunique() == 13
    target_years = [
        (target, case.decision[:4], case.region) for case in best.itertuples() for target in split(case.target_cow)
    ]
    assert len(set(target_years)) == 20
    assert len({t for t in target_years if t[2] == "post-Soviet"}) == 10


@pytest.mark.parametrize(
    ("name", "placeholders"),
    [
        ("start", {"R08", "R11", "R13", "R17", "R21"}),
        ("decision", set()),
        ("end", {"A02", "A08", "A32", "A34", "R03", "R04", "R05", "R09", "R14"}),
    ],
)
def test_dates_fit_their_precision(name: str, placeholders: set[str]) -> None:
    dates, precision = cases()[name], cases()[f"{name}_precision"]
    assert dates[dates != ""].str.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?").all()
    full = dates[dates.str.len() == 10]
    assert pd.to_datetime(full, format="%Y-%m-%d").notna().all()
    open_ended = precision.isin(["ongoing", "unknown"])
    assert (dates[open_ended] == "").all()
    shown, claimed = dates[~open_ended].str.len(), precision[~open_ended].map(RANK)
    assert (shown >= claimed).all()
    assert set(shown.index[shown > claimed]) == placeholders


def _bounds(dates: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """First and last day that a partial date allows."""
    size = precision.map(RANK)
    cut = pd.Series([d[: int(n)] if n == n and d else None for d, n in zip(dates, size, strict=True)], dates.index)
    first = pd.to_datetime(cut + cut.str.len().map({4: "-01-01", 7: "-01", 10: ""}), format="%Y-%m-%d")
    last = first + pd.to_timedelta(cut.str.len().map({4: 365, 7: 30, 10: 0}), unit="D")
    return first, last


def test_decision_precedes_start_and_start_precedes_end() -> None:
    bounds = {n: _bounds(cases()[n], cases()[f"{n}_precision"]) for n in ("decision", "start", "end")}
    for earlier, later in (("decision", "start"), ("start", "end")):
        wrong = bounds[earlier][0] > bounds[later][1]
        assert not wrong.any(), f"{earlier} after {later}: {list(wrong.index[wrong])}"
    assert cases().index[cases()["start"] == ""].tolist() == ["A10"]
    lead = (bounds["start"][0] - bounds["decision"][0]).dt.days / 30.44
    assert sorted(lead.index[lead.ge(8) & lead.index.str.startswith("R")]) == ["R14", "R17", "R18"]


def test_targets_pair_up_and_carry_the_cow_numbers(source_folder: Path) -> None:
    spine = pd.read_csv(source_folder / "covariates" / "state_year_spine.csv", usecols=["ccode", "iso3"])
    known = {(str(c), i) for c, i in spine.drop_duplicates().itertuples(index=False)} | {("345", "XKX")}
    for case, row in cases().iterrows():
        cow, iso3 = split(row["target_cow"]), split(row["target_iso3"])
        if case == "R17":  # South Sudan was not a state at the onset
            assert (cow, iso3) == (["625"], ["SDN", "SSD"])
        else:
            assert len(cow) == len(iso3), case
            assert set(zip(cow, iso3, strict=True)) <= known, case


@pytest.mark.parametrize(
    "name",
    ["interventions_russia", "interventions_russia_checks", "event_list_variants", "decision_context",
     "realignment_steps", "status_shocks"],
)  # fmt: skip
def test_no_process_notes_are_left(name: str) -> None:
    text = "\n".join(table(name, text=True).astype(str).to_numpy().ravel())
    found = re.findall(
        r"audit:|\bas in candidate|candidate (?:start|end)|case.list|RAND text|retrieved RAND|subset/|raw/|from memory",
        text,
    )
    assert not found, found


def test_checks_agree_with_the_dates_that_are_shipped() -> None:
    checks = table("interventions_russia_checks", text=True)
    assert len(checks) == 59
    assert set(checks["case_id"]) <= set(cases().index)
    differ, compared = set(), 0
    for row in checks[checks["field"].isin(["start", "end"])].itertuples():
        if (found := re.search(r"\d{4}(-\d{2}(-\d{2})?)?", row.recommended)) is None:
            continue
        shipped = cases().loc[row.case_id, row.field]
        compared += 1
        if not shipped or not (shipped.startswith(found[0]) or found[0].startswith(shipped)):
            differ.add((row.case_id, row.field))
    assert compared >= 30
    # a range of two days, and a force seen in January 2020 whose end is unknown
    assert differ == {("R15", "end"), ("R19", "end")}


# event_list_variants --------------------------------------------------------------------------------------------------


def test_every_variant_gives_the_count_it_claims() -> None:
    variants = table("event_list_variants", text=True)
    assert len(variants) == 35
    best = set(reconstructed().index)
    for row in variants.itertuples():
        groups = [split(g, "+") for g in split(row.merge_groups)]
        parts = dict(piece.split(":") for piece in split(row.split_cases))
        added, dropped = set(split(row.added)), set(split(row.dropped))
        assert dropped <= best and added <= set(cases().index) - best, row.variant
        assert {c for g in groups for c in g} | set(parts) <= (best | added) - dropped, row.variant
        count = len(best) + len(added) - len(dropped) - sum(len(g) - 1 for g in groups)
        count += sum(int(n) - 1 for n in parts.values())
        assert count == int(row.resulting_count), row.variant
        assert len(split(row.merged_dates)) == len(groups)
        assert row.split_dates.count(";") == max(len(parts) - 1, 0)


def test_merged_dates_span_the_members() -> None:
    for row in table("event_list_variants", text=True).itertuples():
        for group, span in zip(split(row.merge_groups), split(row.merged_dates), strict=True):
            members = cases().loc[group.split("+")]
            end = "ongoing" if (members["end_precision"] == "ongoing").any() else members["end"].max()
            assert span == f"{members['start'].min()}/{end}", (row.variant, group)


def test_rules_of_variants_follow_from_the_cases() -> None:
    variants = table("event_list_variants", text=True).set_index("variant")
    confidence = cases()["confidence"].astype(float)
    best = reconstructed().index
    assert set(split(variants.loc["B11", "dropped"])) == set(best[confidence[best] < 0.70])
    alternates = confidence.index[confidence.index.str.startswith("A")]
    assert set(split(variants.loc["B12", "added"])) == set(alternates[confidence[alternates] >= 0.25])
    person_years = pd.to_numeric(reconstructed()["person_years"])
    assert set(split(variants.loc["B10", "dropped"])) == set(best[~(person_years >= 100)])
    likely = [variants.loc[v, "merge_groups"] for v in ("M01", "M03", "M06")]
    assert variants.loc["M11", "merge_groups"] == ";".join(likely)
    assert variants.loc[["V00", "M11", "B01", "B11"], "resulting_count"].tolist() == ["25", "22", "22", "17"]


# decision_context -----------------------------------------------------------------------------------------------------


def test_two_codings_agree_as_published() -> None:
    context = table("decision_context", text=True)
    a, b = (context[context["coder"] == c].set_index("case_id") for c in "ab")
    expected = [f"A{i:02d}" for i in range(1, 11)] + [f"P{i:02d}" for i in range(1, 9)] + list(reconstructed().index)
    assert list(a.index) == list(b.index) == sorted(expected)
    agree, k = kappa(a["frame"], b["frame"])
    assert (round(agree, 2), round(k, 2)) == (0.84, 0.77)
    best = reconstructed().index
    agree, k = kappa(a.loc[best, "frame"], b.loc[best, "frame"])
    assert (round(agree, 2), round(k, 2)) == (0.80, 0.70)
    for name in ("activity", "authority", "host_consent", "conflict_system", "new_force", "side_supported", "trigger"):
        assert kappa(a[name], b[name])[1] >= 0.91, name
    assert a.loc[best, "frame"].value_counts().to_dict() == {"loss": 15, "neither": 6, "gain": 4}
    assert b.loc[best, "frame"].value_counts().to_dict() == {"loss": 10, "neither": 6, "gain": 5, "mixed": 4}
    assert context["frame_confidence"].astype(float).between(0.5, 1).all()


def test_decisions_are_the_first_coders_triggers() -> None:
    context = table("decision_context", text=True)
    trigger = context[context["coder"] == "a"].set_index("case_id")["trigger_date"]
    coded = cases()[cases()["decision_basis"].str.startswith("trigger date, first coding")]
    assert len(coded) == 40
    assert (coded["decision"] == trigger[coded.index]).all()
    uncoded = cases()[cases()["decision_basis"].str.startswith("deployment date")]
    assert len(uncoded) == 31 and (uncoded["decision"] == uncoded["start"]).all()


def test_cases_examined_again_say_why() -> None:
    found = cases()
    triggers = found[found["decision_rule"] == "trigger"]
    assert list(triggers.index) == ["R04", "R07", "R17", "R18", "R24"]
    assert (found["decision_rule"] == "deployment").sum() == 31
    assert "decree is of 2006-02-07" in triggers.loc["R17", "decision_basis"]
    assert "decree is of 2008-09-01" in triggers.loc["R18", "decision_basis"]
    states = table("states").set_index("ccode")
    assert found.loc["R11", "decision"] < str(states.loc[346, "membership"])[:10] == "1992-04-07"
    assert found.loc["R11", "target_cow"] == "344" and "Bosnia" in found.loc["R11", "note"]
    assert f"{math.ceil(100 * 365.25 / 17):,} persons" in found.loc["R05", "threshold_basis"]
    assert found.loc["R05", "threshold"] == "unknown"
    context = table("decision_context")
    for case in ("R10", "R22"):
        assert (
            "new_force 0" in found.loc[case, "note"] and (context[context["case_id"] == case]["new_force"] == 0).all()
        )
    assert list(found.index[found["activity"] != found["activity_study"]]) == ["R09"]


# realignment_steps, status_shocks -------------------------------------------------------------------------------------


def test_counts_of_steps_and_shocks() -> None:
    steps, shocks = table("realignment_steps"), table("status_shocks")
    major = steps[steps["weight"] == 2]
    assert (len(steps), len(major), major["verified"].sum()) == (331, 127, 90)
    assert (len(shocks), shocks["verified"].sum()) == (81, 36)
    for frame in (steps, shocks):
        assert (frame["verified"] == (frame["source"] != "general-knowledge")).all()
        assert (frame["reaction_to_force"] == frame["reaction_reason"].notna()).all()
        assert (frame["date"].str.len() == frame["precision"].map(RANK)).all()
    pairs = steps[["ccode", "iso3"]].drop_duplicates()
    assert len(pairs) == 14 and set(pairs["iso3"]) == set(POST_SOVIET)


def test_steps_that_react_to_force_are_flagged_and_others_are_not() -> None:
    steps = table("realignment_steps")
    flagged = steps[steps["reaction_to_force"] == 1]
    georgia_leaves = steps[(steps["iso3"] == "GEO") & (steps["date"] == "2008-08-14")]
    assert georgia_leaves["label"].tolist() == ["Parliament votes to leave CIS"]
    assert georgia_leaves["reaction_to_force"].tolist() == [1]
    ukraine = steps[steps["iso3"] == "UKR"]
    assert (ukraine.loc[ukraine["date"] >= "2014-03", "reaction_to_force"] == 1).all()
    assert (ukraine.loc[ukraine["date"].between("2009-02", "2014-02-26"), "reaction_to_force"] == 0).all()
    applications = steps[steps["label"].eq("Applies for EU membership") & steps["date"].str.startswith("2022")]
    assert set(applications["iso3"]) == {"UKR", "MDA", "GEO"}
    assert (applications["reaction_to_force"] == 1).all()
    # triggers of interventions on the list must not be thrown out with the reactions
    for state, date in (("GEO", "2008-04-03"), ("UKR", "2014-02-22"), ("UKR", "2013-11-21"), ("GEO", "2003-11-23")):
        rows = steps[(steps["iso3"] == state) & (steps["date"] == date)]
        assert len(rows) and (rows["reaction_to_force"] == 0).all(), (state, date)
    assert set(flagged["iso3"]) == {"GEO", "UKR", "MDA", "KAZ"}
    assert flagged["date"].min() > cases().loc["R04", "decision"]


def test_shocks_that_react_to_force_are_flagged_and_others_are_not() -> None:
    shocks = table("status_shocks")
    flagged = shocks[shocks["reaction_to_force"] == 1]
    assert (flagged["direction"] == "adverse").all()
    sanctions = shocks[(shocks["kind"] == "sanctions") & shocks["date"].str[:4].isin(["2014", "2022"])]
    assert len(sanctions) == 5 and (sanctions["reaction_to_force"] == 1).all()
    free = shocks[shocks["label"].str.contains("Kosovo|Bucharest|Magnitsky|Iraq|Libya|doping|ABM")]
    assert len(free) >= 9 and (free["reaction_to_force"] == 0).all()


def test_event_groups_hold_one_event() -> None:
    steps = table("realignment_steps")
    groups = steps.groupby("event_group")
    assert not steps.drop_duplicates(["event_group", "date", "kind", "direction"]).duplicated("event_group").any()
    assert not steps.duplicated(["event_group", "iso3"]).any()
    assert (groups["step_id"].first() == groups["step_id"].first().index).all()
    by_label = steps.groupby(["label", "date"])["event_group"].nunique()
    assert (by_label == 1).all()
    size = groups["iso3"].agg(lambda s: ",".join(sorted(s)))
    assert size["RS024"] == "ARM,AZE,KAZ,KGZ,MDA,TJK,TKM,UZB"  # Alma-Ata, 1991-12-21
    assert size["RS265"] == "GEO,MDA,UKR"  # association agreements, 2014-06-27
    elected = steps[steps["date"] == "1994-07-10"]  # Lukashenko and Kuchma: one day, two events
    assert elected["event_group"].nunique() == 2


# approval ---------------------------------------------------------------------------------------------------------------


def test_shares_add_up() -> None:
    approval, direction = table("approval_russia"), table("country_direction_russia")
    assert (approval["approve"] + approval["disapprove"] <= 100).all()
    assert (approval[["approve", "disapprove", "no_answer"]].sum(axis=1) - 100).abs().max() == 1
    total = direction[["right", "wrong", "no_answer"]].sum(axis=1)
    assert direction.loc[(total - 100).abs() > 1, "month"].tolist() == ["2024-08"] and total.max() == 107
    assert (table("approval_russia_vtsiom")[["approve", "disapprove"]].sum(axis=1).between(75, 100)).all()
    usa = table("approval_usa")
    for who in ("gallup", "all"):
        total = usa[[f"approve_{who}", f"disapprove_{who}"]].sum(axis=1, min_count=2).dropna()
        assert total.max() <= 100.01
        assert (usa.loc[total.index[total < 75], "month"].str[-2:] <= "08").all()
    assert usa.loc[(usa["approve_all"] + usa["disapprove_all"]).idxmin(), "month"] == "2001-01"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("approval_russia", "1999-08", "2024-08"),
        ("country_direction_russia", "1996-07", "2024-08"),
        ("approval_russia_vtsiom", "2006-01", "2020-08"),
        ("economy_monthly", "1986-01", "2026-07"),
    ],
)
def test_months_run_without_a_gap(name: str, first: str, last: str) -> None:
    assert table(name)["month"].tolist() == pd.period_range(first, last, freq="M").astype(str).tolist()


LEVADA_PUBLISHED = {
    "1999-08": 31, "2000-05": 72, "2000-06": 61, "2004-01": 79, "2008-02": 85, "2008-09": 88, "2009-02": 78,
    "2011-02": 73, "2013-02": 65, "2014-02": 69, "2015-02": 86, "2015-03": 85, "2017-02": 84, "2018-02": 76,
    "2019-02": 64, "2022-09": 77, "2023-08": 80, "2023-11": 85,
}  # fmt: skip


def test_levada_values_and_the_office() -> None:
    approval = table("approval_russia").set_index("month")
    assert approval.loc[list(LEVADA_PUBLISHED), "approve"].to_dict() == LEVADA_PUBLISHED
    assert (approval["net"] == approval["approve"] - approval["disapprove"]).all()
    assert approval.index[approval["carried_forward"] == 1].tolist() == ["2018-06", "2020-12"]
    office = approval["subject_office"]
    changes = office.index[office.ne(office.shift())].tolist()
    assert changes == ["1999-08", "2000-01", "2008-05", "2012-05"]
    assert office.iloc[0] == "prime_minister"


def test_levada_agrees_with_the_second_compilation(source_folder: Path) -> None:
    other = pd.read_csv(source_folder / "covariates" / "putin_approval_levada_monthly.csv")
    other["month"] = other["date"].str[:7]
    both = table("approval_russia").merge(other, on="month", suffixes=("", "_other"))
    assert len(both) == 269
    assert (both["approve"] == both["approve_other"]).all()
    answered = both.dropna(subset=["disapprove_other"])
    assert (answered["disapprove"] == answered["disapprove_other"]).all()


def test_country_direction_against_the_pollsters_page() -> None:
    direction = table("country_direction_russia").set_index("month")
    page = {"1998-02": 20, "2000-02": 28, "2004-02": 54, "2009-02": 41, "2014-02": 47, "2019-02": 45}
    assert direction.loc[list(page), "right"].to_dict() == page
    assert direction["carried_forward"].sum() == 13
    columns = ["right", "wrong", "no_answer"]
    same = direction[columns].eq(direction[columns].shift()).all(axis=1)
    assert (same == direction["carried_forward"].eq(1)).all()


def test_vtsiom_is_about_the_president() -> None:
    vtsiom = table("approval_russia_vtsiom")
    assert vtsiom["n_polls"].sum() == 705
    medvedev = vtsiom.loc[vtsiom["subject"] == "Medvedev", "month"]
    assert (medvedev.min(), medvedev.max(), len(medvedev)) == ("2008-05", "2012-04", 48)
    levada = table("approval_russia")
    both = levada[levada["subject_office"] == "president"].merge(vtsiom[vtsiom["subject"] == "Putin"], on="month")
    assert len(both) == 128
    assert np.corrcoef(both["approve_x"], both["approve_y"])[0, 1] > 0.95


def test_us_approval_holds_gallups_known_extremes() -> None:
    usa = table("approval_usa").set_index(["month", "president"])
    known = {
        ("1945-06", "Harry S. Truman"): 87, ("1952-02", "Harry S. Truman"): 22, ("1974-08", "Richard Nixon"): 24,
        ("1974-08", "Gerald Ford"): 71, ("2001-09", "George W. Bush"): 90,
    }  # fmt: skip
    assert usa.loc[list(known), "approve_gallup"].to_dict() == known
    months = usa.index.get_level_values("month")
    assert (len(usa), months.nunique()) == (952, 945)
    assert sorted(set(months[months.duplicated()])) == [
        "1969-01", "1974-08", "1993-01", "2001-01", "2009-01", "2017-01", "2021-01",
    ]  # fmt: skip
    assert (usa["approve_gallup"].isna() == usa["n_gallup"].eq(0)).all()
    assert (usa["n_gallup"] <= usa["n_all"]).all()


# economy --------------------------------------------------------------------------------------------------------------


def test_economy_against_published_figures() -> None:
    monthly = table("economy_monthly").set_index("month")
    inflation = {"1992-12": 2508.8, "1998-12": 84.4, "2008-12": 13.3, "2014-12": 11.4, "2015-12": 12.9, "2023-12": 7.4}
    for month, published in inflation.items():  # Rosstat, December on December
        assert monthly.loc[month, "cpi_russia_yoy_pct"] == pytest.approx(published, abs=0.05), month
    chained = (monthly["cpi_russia_prev_month_index"] / 100).rolling(12).apply(np.prod) * 100 - 100
    shipped = monthly["cpi_russia_yoy_pct"].dropna()
    assert len(shipped) == 407
    np.testing.assert_allclose(shipped, chained[shipped.index], atol=1e-3)
    brent = monthly["brent_usd"].groupby(monthly.index.str[:4]).mean()
    for year, published in {"1998": 12.76, "2008": 96.94, "2012": 111.57, "2016": 43.56}.items():  # EIA annual means
        assert brent[year] == pytest.approx(published, abs=0.15), year
    assert monthly.loc["2014-12", "rouble_per_usd_month_end"] == pytest.approx(56.26)


def test_quarterly_growth() -> None:
    gdp = table("economy_quarterly")
    assert gdp.groupby("ccode").size().to_dict() == {2: 247, 365: 106}
    level = gdp.groupby("ccode")["gdp_real"]
    np.testing.assert_allclose(gdp["growth_yoy_pct"], 100 * level.pct_change(4), atol=1e-3)
    annual = gdp.assign(year=gdp["quarter"].str[:4].astype(int)).groupby(["ccode", "year"])["gdp_real"].mean()
    growth = 100 * annual.groupby("ccode").pct_change()
    for key, published in {(2, 2009): -2.6, (2, 2020): -3.4, (365, 2000): 10.0, (365, 1998): -5.3}.items():
        assert growth[key] == pytest.approx(published, abs=0.2), key


# elections, revolutions, protest ----------------------------------------------------------------------------------------


def test_elections_of_russia_and_the_united_states() -> None:
    elections = table("elections")
    assert set(elections["date"].str.len()) == {7, 10}
    assert (elections["date"].str.len() == elections["date_precision"].map(RANK)).all()
    russia = elections[elections["ccode"] == 365]
    president = ["1991-06-12", "1996-06-16", "1996-07-03", "2000-03-26", "2004-03-14", "2008-03-02", "2012-03-04",
                 "2018-03-18", "2024-03-17"]  # fmt: skip
    duma = [
        "1993-12-12",
        "1995-12-17",
        "1999-12-19",
        "2003-12-07",
        "2007-12-02",
        "2011-12-04",
        "2016-09-18",
        "2021-09-19",
    ]
    assert russia.loc[(russia["type"] == "executive") & (russia["date"] > "1991"), "date"].tolist() == president
    assert russia.loc[(russia["type"] == "legislative") & (russia["date"] > "1991"), "date"].tolist() == duma
    usa = elections[elections["ccode"] == 2]
    for kind, step in (("legislative", 2), ("executive", 4)):
        days = pd.to_datetime(usa.loc[usa["type"] == kind, "date"])
        assert days.dt.year.tolist() == list(range(1946 if step == 2 else 1948, 2025, step))
        assert (days.dt.dayofweek.eq(1) & days.dt.month.eq(11) & days.dt.day.between(2, 8)).all()


def test_elections_are_merged_once() -> None:
    elections = table("elections")
    assert not elections.duplicated(["ccode", "date", "type"]).any()
    full = elections[(elections["date_precision"] == "day") & (elections["round"] == 1)].copy()
    full["day"] = pd.to_datetime(full["date"])
    full = full.sort_values(["ccode", "type", "day"])
    gap = full.groupby(["ccode", "type"])["day"].diff().dt.days
    other_source = full["source"].eq("REIGN") != full["source"].shift().eq("REIGN")
    unmerged = full[other_source & gap.le(7)]
    assert unmerged.empty, unmerged
    france = elections[(elections["ccode"] == 220) & (elections["type"] == "executive")].set_index("date")
    assert france.loc[["2002-04-21", "2002-05-05"], "round"].tolist() == [1, 2]
    assert france.loc["2002-04-21", "source"] == "NELDA; REIGN"
    assert elections["source"].eq("NELDA; REIGN").sum() > 1300


def test_colour_revolutions_of_the_post_soviet_states() -> None:
    episodes = table("colour_revolutions")
    assert len(episodes) == 100
    assert episodes[["ccode", "iso3"]].notna().all(axis=None)
    won = episodes[episodes["iso3"].isin(POST_SOVIET) & episodes["success"].eq(1)]
    assert list(zip(won["iso3"], won["start_year"], strict=True)) == [
        ("GEO", 2003), ("UKR", 2004), ("KGZ", 2005), ("KGZ", 2010), ("UKR", 2013), ("ARM", 2018), ("KGZ", 2020),
    ]  # fmt: skip
    assert (episodes["start_year"] <= episodes["end_year"]).all()
    assert (episodes[["success", "limited", "failed", "ongoing"]].sum(axis=1) >= 1).all()


def test_protest_counts_match_the_second_extract(source_folder: Path) -> None:
    protests = table("protest_state_year")
    russia = protests[protests["ccode"] == 365]
    assert russia["year"].tolist() == list(range(1990, 2019))
    other = pd.read_csv(source_folder / "series" / "protest_massmob_annual_postsoviet.csv")
    names = {"Russia": 365, "USSR": 365, "Ukraine": 369, "Georgia": 372, "Armenia": 371, "Kazakhstan": 705}
    other["ccode"] = other["country"].map(names)
    both = other.dropna(subset=["ccode"]).merge(protests, on=["ccode", "year"])
    assert len(both) > 130
    assert (both["protestnumber"] == both["protests"]).all()
    assert (both["removepolit_demand"] == both["demand_removal"]).all()
    assert (protests["protests_violent"] <= protests["protests"]).all()
