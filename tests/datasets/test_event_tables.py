"""The registry of states, the five event tables and the leaders against each other, their sources and known history."""

from __future__ import annotations

import calendar
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
RUSSIA, USA = 365, 2
COMMON = (
    "event_id", "actor_ccode", "name", "start", "start_precision", "end", "end_precision", "target_cow", "activity",
    "outside_system",
)  # fmt: skip
BYTES = {
    "events_mid": 700_000,
    "events_imi": 250_000,
    "events_ucdp": 150_000,
    "events_icb": 200_000,
    "events_mip": 100_000,
}
ROWS = {"events_mid": 4068, "events_imi": 969, "events_ucdp": 1010, "events_icb": 817, "events_mip": 392}
# Rows with an actor or a target that was not a member of the state system at the time: colonies, states not yet
# recognised (Taiwan 1949, Croatia 1991) or absorbed (Syria 1958-61).  MIP: all of them before 1946.
OUTSIDE = {"events_mid": 12, "events_imi": 10, "events_ucdp": 5, "events_icb": 19, "events_mip": 54}
NEVER_SINCE_1946 = {"300": "Austria-Hungary", "730": "Korea to 1905", "751": "Hyderabad"}
ACTIVITIES = {"combat", "stabilisation", "deterrence", "security", "humanitarian", "train_and_assist"}
OPEN = "9999-12-31"
events = pytest.mark.parametrize("name", list(ROWS))


@cache
def table(name: str) -> pd.DataFrame:
    """Read a table as text: an empty cell is an empty string."""
    file = ROOT / "datasets" / f"{name}.csv"
    if not file.is_file():
        pytest.fail(f"{file} is missing: run datasets/recipes/build.py")
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def of(name: str, ccode: int) -> pd.DataFrame:
    whole = table(name)
    return whole[whole["actor_ccode"] == str(ccode)]


@cache
def membership() -> dict[str, list[tuple[str, str]]]:
    cells = table("states").set_index("ccode")["membership"]
    return {c: [(s.split("/")[0], s.split("/")[1] or OPEN) for s in cell.split(";")] for c, cell in cells.items()}


def member(code: str, first: str, last: str) -> bool:
    return any(a <= last and b >= first for a, b in membership().get(code, []))


def latest_start(row: pd.Series) -> str:
    """Last day on which the event can have begun."""
    year, month = int(row["start"][:4]), int(row["start"][5:7])
    if row["start_precision"] == "year":
        return f"{year}-12-31"
    if row["start_precision"] == "month":
        return f"{year}-{month:02d}-{calendar.monthrange(year, month)[1]}"
    return row["start"]


# ---------------------------------------------------------------- one schema


@events
def test_common_schema_size_and_rows(name: str) -> None:
    frame = table(name)
    assert tuple(frame.columns[: len(COMMON)]) == COMMON
    assert len(frame) == ROWS[name]
    assert (ROOT / "datasets" / f"{name}.csv").stat().st_size < BYTES[name]
    assert set(frame["activity"]) <= ACTIVITIES | {""}
    assert frame["name"].str.len().between(1, 130).all()
    assert set(frame["actor_ccode"]) <= set(table("states")["ccode"])


def test_identifiers_are_unique_over_all_tables() -> None:
    identifiers = pd.concat([table(name)["event_id"] for name in ROWS])
    assert identifiers.is_unique


@events
def test_dates_agree_with_their_precision(name: str) -> None:
    frame = table(name)
    assert pd.to_datetime(frame["start"], format="%Y-%m-%d").notna().all()
    dated = frame[frame["end"] != ""]
    ends = pd.to_datetime(dated["end"], format="%Y-%m-%d")
    assert set(dated["end_precision"]) <= {"day", "month", "year"}
    assert set(frame.loc[frame["end"] == "", "end_precision"]) <= {"ongoing", "unknown"}
    assert set(frame["start_precision"]) <= {"day", "month", "year"}
    assert (dated["end"] >= dated["start"]).all()
    assert frame.loc[frame["start_precision"] == "month", "start"].str.endswith("-01").all()
    assert ends[dated["end_precision"] == "month"].dt.is_month_end.all()
    if name != "events_ucdp":  # whose years are bounded by the first and last day of the episode
        assert frame.loc[frame["start_precision"] == "year", "start"].str.endswith("-01-01").all()
        assert dated.loc[dated["end_precision"] == "year", "end"].str.endswith("-12-31").all()


@events
def test_actors_and_targets_existed(name: str) -> None:
    """Recompute the listed exceptions from the registry; no other row may name a state that did not exist."""
    frame = table(name)
    for _, row in frame.iterrows():
        began = latest_start(row)
        gone = {row["actor_ccode"]} if not member(row["actor_ccode"], row["start"], began) else set()
        targets = set(filter(None, row["target_cow"].split(";")))
        gone |= {code for code in targets if not member(code, row["start"], max(row["end"] or OPEN, began))}
        assert gone == set(filter(None, row["outside_system"].split(";"))), row["event_id"]
        assert row["actor_ccode"] not in targets, row["event_id"]
    listed = frame[frame["outside_system"] != ""]
    assert len(listed) == OUTSIDE[name]
    unknown = set(";".join(listed["outside_system"]).split(";")) - set(table("states")["ccode"]) - {""}
    assert unknown <= set(NEVER_SINCE_1946)
    if name == "events_mip":
        assert (listed["start"] < "1946").all()


# ---------------------------------------------------------------- the sources' own counts


def test_russian_disputes_1992_2010() -> None:
    """65 in MID 5.0, as the method's section 5 has it."""
    own = of("events_mid", RUSSIA)
    assert own[own["start"].between("1992-01-01", "2010-12-31")]["dispute"].nunique() == 65


def test_disputes_have_the_members_and_hostility_of_the_dispute_file(source_folder: Path) -> None:
    """The dispute file counts each side; the table is built from the participant file."""
    disputes = pd.read_csv(source_folder / "events/full/cow_mida_5.0.csv").query("styear >= 1946").set_index("dispnum")
    mids = table("events_mid").astype({"dispute": int, "hostility": int, "dispute_hostility": int})
    mids = mids[mids["dispute"].isin(disputes.index)]
    sides = pd.crosstab(mids["dispute"], mids["side"])
    assert set(sides.index) == set(disputes.index)
    counted = disputes.loc[sides.index]
    differ = sides.index[(sides["A"] != counted["numa"]) | (sides["B"] != counted["numb"])]
    assert differ.tolist() == [1379, 4125, 4339, 4343, 4552]  # where the two files of the source disagree
    assert (mids["dispute_hostility"].to_numpy() == disputes["hostlev"].reindex(mids["dispute"]).to_numpy()).all()
    assert (mids.groupby("dispute")["hostility"].max() <= disputes["hostlev"].reindex(sides.index)).all()


def test_targets_of_a_dispute_are_the_other_side() -> None:
    mids = table("events_mid")
    pairs = {
        (d, a, b)
        for d, a, cell in zip(mids["dispute"], mids["actor_ccode"], mids["target_cow"], strict=True)
        for b in cell.split(";")
    }
    one_way = {(d, a, b) for d, a, b in pairs if (d, b, a) not in pairs}
    assert one_way == {("252", "2", "365")}  # the Soviet part in the Straits crisis began in 1945


def test_imi_has_eight_russian_cases_after_the_ussr_and_one_after_2000() -> None:
    own = of("events_imi", RUSSIA)
    russian = own[own["start"] >= "1992-01-01"]
    assert len(russian) == 8
    assert russian.loc[russian["start"] >= "2001", "event_id"].tolist() == ["IMI-365-372-20020730"]
    frame = table("events_imi")
    for code in ("direction", "troop_type", "troop_size"):
        assert len(frame[[code, f"{code}_label"]].drop_duplicates()) == len(set(frame[code]))
        assert ((frame[code] == "") == (frame[f"{code}_label"] == "")).all()


def test_imi_leaves_out_exactly_the_interveners_that_are_not_states(source_folder: Path) -> None:
    source = pd.read_csv(source_folder / "events/full/imi_1946_2005.csv")
    # UN 1, OAS 29, OECS 49, Commonwealth 204, OAU 429, Arab League 619, MFO 653; from 1000 on forces and organisations
    organisations = source["intervener"].isin([1, 29, 49, 204, 429, 619, 653]) | (source["intervener"] >= 1000)
    assert len(source) - organisations.sum() - source["start_date"].isna().sum() == len(table("events_imi"))


@pytest.mark.parametrize(
    ("conflict", "target", "start", "precision", "end", "role", "side"),
    [
        ("250", "310", "1956-10-23", "day", "1956-11-14", "primary", "B"),
        ("431", "700", "1979-12-27", "day", "1979-12-28", "primary", "B"),
        ("333", "700", "1980-01-01", "year", "1989-12-31", "secondary", "A"),
        ("395", "702", "1993-01-01", "year", "1996-12-31", "secondary", "A"),
        ("393", "372", "2008-08-01", "year", "2008-11-09", "secondary", "B"),
        ("13306", "369", "2014-09-18", "year", "2022-02-25", "secondary", "B"),
        ("299", "652", "2015-01-01", "year", "", "secondary", "A"),
        ("13604", "652", "2015-01-01", "year", "", "secondary", "A"),
        ("13243", "369", "2022-02-24", "day", "", "primary", "A"),
    ],
)
def test_russian_and_soviet_conflicts(conflict, target, start, precision, end, role, side) -> None:
    own = of("events_ucdp", RUSSIA).set_index("conflict").loc[conflict]
    got = own[["target_cow", "start", "start_precision", "end", "role", "side"]].tolist()
    assert got == [target, start, precision, end, role, side]


def test_conflict_spells_are_separated_by_two_inactive_years(source_folder: Path) -> None:
    """Recount state-years from the source, and the distance between the spells of one state in one conflict."""
    frame = table("events_ucdp").astype({"conflict": int, "years_active": int})
    frame["first"] = frame["start"].str[:4].astype(int)
    frame["last"] = frame["end"].str[:4].replace("", "2024").astype(int)
    assert (frame["years_active"] <= frame["last"] - frame["first"] + 1).all()
    frame = frame.sort_values(["conflict", "actor_ccode", "first"])
    inactive = frame["first"] - frame.groupby(["conflict", "actor_ccode"])["last"].shift() - 1
    assert inactive.dropna().min() >= 2
    source = pd.read_csv(source_folder / "events/full/ucdp_prio_acd_25.1.csv")
    americans = source[(source["gwno_a_2nd"] == USA) | (source["gwno_b_2nd"] == USA) |
                       ((source["type_of_conflict"] == "interstate") & ((source["gwno_a"] == USA) | (source["gwno_b"] == USA)))]  # fmt: skip
    assert frame.loc[frame["actor_ccode"] == str(USA), "years_active"].sum() == len(
        americans.drop_duplicates(["conflict_id", "year"])
    )


@pytest.mark.parametrize(
    ("actor", "crisis", "start", "end", "target", "response"),
    [
        (USA, "196", "1962-10-16", "1962-11-20", "365", "6"),
        (RUSSIA, "196", "1962-10-22", "1962-11-20", "2", "3"),
        (RUSSIA, "227", "1968-06-27", "1968-10-18", "315", "8"),
        (RUSSIA, "458", "2008-08-08", "2008-08-16", "372", "9"),
        (RUSSIA, "471", "2014-02-22", "2015-02-18", "369", "8"),
    ],
)
def test_known_crises(actor, crisis, start, end, target, response) -> None:
    own = of("events_icb", actor).set_index("crisis").loc[crisis]
    assert own[["start", "end", "target_cow", "major_response"]].tolist() == [start, end, target, response]
    assert own["military_response"] == str(int(int(response) >= 6))


def test_american_interventions() -> None:
    frame = table("events_mip")
    assert len(frame) == 392
    assert set(frame["actor_ccode"]) == {str(USA)}
    level, action = frame["hostility"].astype(int), frame["highest_action"].astype(int)
    expected = pd.cut(action, [0, 6, 13, 21, 24], labels=[2, 3, 4, 5]).astype(int)
    assert (level == expected).all()
    assert (frame.loc[level == 5, "activity"] == "combat").all()
    korea = frame[frame["name"] == "Korean War"].iloc[0]
    assert (korea["start"][:4], korea["end"][:7], korea["target_cow"]) == ("1950", "1953-07", "710;731")


# ---------------------------------------------------------------- states


def test_membership_is_the_yearly_list(source_folder: Path) -> None:
    spine = pd.read_csv(source_folder / "covariates/state_year_spine.csv")
    listed = set(zip(spine["ccode"].astype(str), spine["year"], strict=True))
    ours = {(c, y) for c in membership() for y in range(1946, 2025) if member(c, f"{y}-01-01", f"{y}-12-31")}
    assert ours == listed


def test_states_by_known_facts() -> None:
    states = table("states").set_index("ccode")
    assert len(states) == 202
    assert states["abbreviation"].is_unique
    assert states.loc[["2", "200", "365"], "abbreviation"].tolist() == ["USA", "UKG", "RUS"]
    assert (states["post_soviet"] == "1").sum() == 14
    assert states.loc["365", "post_soviet"] == "0"
    assert "1991-12-25" in states.loc["365", "note"]
    majors = states.loc[states["major_power"] != "", "major_power"].to_dict()
    assert majors == {
        "2": "1898/", "200": "1816/", "220": "1816/1940;1945/", "255": "1991/", "365": "1816/1917;1922/",
        "710": "1950/", "740": "1991/",
    }  # fmt: skip
    home = states["home_region"]
    assert home.nunique() == 10
    assert len(set(home[["365", "369", "705", "290", "345", "265"]])) == 1
    assert len(set(home[["640", "630", "670", "600"]])) == 1
    assert home["2"] != home["140"] and home["220"] != home["365"] and home["710"] != home["816"]
    assert states.loc["652", ["start", "membership"]].tolist() == ["1946-04-17", "1946-04-17/1958-02-01;1961-09-29/"]
    assert states.loc[states["end"] != "", "end"].to_dict() == {
        "260": "1990-10-02", "265": "1990-10-02", "315": "1992-12-31", "511": "1964-04-26", "678": "1990-05-21",
        "680": "1990-05-21", "817": "1975-04-30",
    }  # fmt: skip


# ---------------------------------------------------------------- leaders


def spells(ccode: int | None = None, variant: str = "") -> pd.DataFrame:
    frame = table("leaders")
    mine = frame[(frame["variant"] == variant) & ((frame["actor_ccode"] == str(ccode)) | (ccode is None))]
    return mine.sort_values(["actor_ccode", "start"]).reset_index(drop=True)


def test_soviet_and_russian_leaders() -> None:
    own = spells(RUSSIA)
    assert list(zip(own["leader"], own["start"], own["end"], strict=True)) == [
        ("Stalin", "1923-03-10", "1953-03-05"),
        ("Malenkov", "1953-03-06", "1953-03-19"),
        ("Khrushchev", "1953-03-20", "1964-10-14"),
        ("Brezhnev", "1964-10-15", "1982-11-09"),
        ("Andropov", "1982-11-10", "1984-02-09"),
        ("Chernenko", "1984-02-13", "1985-03-10"),
        ("Gorbachev", "1985-03-11", "1991-08-20"),
        ("Yeltsin", "1991-08-21", "1999-12-31"),
        ("Putin", "2000-01-01", ""),
    ]
    assert own["gap_before"].tolist() == ["0"] * 5 + ["3"] + ["0"] * 3
    assert own["observed_to"].iloc[-1] == "2024-12-31"
    medvedev = spells(RUSSIA, "medvedev")
    assert list(zip(medvedev["leader"], medvedev["start"], medvedev["end"], strict=True)) == [
        ("Putin", "2000-01-01", "2008-05-06"), ("Medvedev", "2008-05-07", "2012-05-06"), ("Putin", "2012-05-07", ""),
    ]  # fmt: skip
    assert spells(RUSSIA, "formal office")["end"].tolist() == ["1991-12-25", "1999-12-31"]
    assert set(table("leaders")["variant"]) == {"", "medvedev", "formal office"}


def test_american_presidents_since_1945() -> None:
    own = spells(USA)
    assert own["start"].tolist() == [
        "1945-04-12", "1953-01-20", "1961-01-20", "1963-11-22", "1969-01-20", "1974-08-09", "1977-01-20", "1981-01-20",
        "1989-01-20", "1993-01-20", "2001-01-21", "2009-01-20", "2017-01-20", "2021-01-20",
    ]  # fmt: skip


def test_leader_spells_do_not_overlap_and_gaps_are_counted() -> None:
    own = spells()
    assert own["spell_id"].is_unique
    assert ((own["end"] == "") | ((own["end"] >= own["start"]) & (own["end"] == own["observed_to"]))).all()
    assert (own["observed_to"] >= "1946-01-01").all()
    previous = own.groupby("actor_ccode")["observed_to"].shift()
    follows = previous.notna()
    assert (own.loc[follows, "start"] > previous[follows]).all()
    assert (own[follows.shift(-1, fill_value=False)]["end"] != "").all()  # only a state's last spell may be open
    first_days = own["actor_ccode"].map(lambda c: max(next(a for a, b in membership()[c] if b >= "1946"), "1946-01-01"))
    before = pd.to_datetime(previous).fillna(pd.to_datetime(first_days) - pd.Timedelta(days=1))
    gap = ((pd.to_datetime(own["start"]) - before).dt.days - 1).clip(lower=0)
    assert (gap == own["gap_before"].astype(int)).all()
    assert ((gap > 0) == (own["gap_reason"] != "")).all()
    assert set(own.loc[gap > 31, "gap_reason"]) == {"not listed"}
    assert (gap > 31).sum() == 27
    assert gap.max() == 7903  # Somalia 1991-2012


def test_every_state_has_leaders_to_the_end_of_the_source() -> None:
    last = spells().groupby("actor_ccode")["observed_to"].max()
    ends = table("states").set_index("ccode")["end"]
    assert set(last.index) == set(ends.index)
    short = {c for c in ends.index if last[c] < min(ends[c] or OPEN, "2021-03-31")}
    assert short == {"260", "713"}  # Kohl to 30 September 1990 (number changes on 3 October); Archigos ends in 2015


def test_reign_agrees_with_archigos_on_the_day_of_entry(source_folder: Path) -> None:
    """Two codings of one event: where the leader has the same name in both, the day is nearly always the same."""
    archigos = pd.read_csv(source_folder / "covariates/leaders_archigos_lead.csv").dropna(subset=["ccode"])
    archigos["actor_ccode"] = archigos["ccode"].astype(int).astype(str)
    both = spells().query("source == 'REIGN' and start < '2015'").merge(archigos, on=["actor_ccode", "leader"])
    apart = (pd.to_datetime(both["start"]) - pd.to_datetime(both["startdate"])).dt.days.abs()
    nearest = apart.groupby(both["spell_id"]).min()
    assert len(nearest) > 1500
    assert (nearest == 0).mean() > 0.97


def test_traits_belong_to_the_spells() -> None:
    traits, own = table("leader_traits").set_index("spell_id"), table("leaders").set_index("spell_id")
    assert set(traits.index) == set(own.index)
    own = own.loc[traits.index]
    assert (traits["leader"] == own["leader"]).all()
    born = pd.to_numeric(traits["birth_year"])
    age = pd.to_numeric(traits["age_at_entry"])
    known = born.notna()
    assert (age[known] == own.loc[known, "start"].str[:4].astype(int) - born[known]).all()
    assert age.dropna().between(15, 95).all()
    tenure = (pd.to_datetime(own["observed_to"]) - pd.to_datetime(own["start"])).dt.days + 1
    assert (pd.to_numeric(traits["tenure_years"]) - tenure / 365.25).abs().max() <= 0.0051
    assert ((traits["traits_from"] == "") == (traits["theta2"] == "") & (traits["military_service"] == "")).all()


@pytest.mark.parametrize(
    ("spell", "values"),
    [
        (
            "2-1953-01-20",
            {"leader": "Eisenhower", "birth_year": 1890, "military_career": 1, "military_service": 1, "combat": 1},
        ),
        ("365-1964-10-15", {"leader": "Brezhnev", "birth_year": 1906, "combat": 1, "rebel": 0}),
        (
            "365-2000-01-01",
            {"leader": "Putin", "birth_year": 1952, "combat": 0, "irregular_entry": 0, "theta2": -0.5018},
        ),
        ("365-2008-05-07-medvedev", {"leader": "Medvedev", "birth_year": 1965}),
        ("40-1959-01-02", {"leader": "Castro", "rebel": 1, "rebel_win": 1, "irregular_entry": 1}),
    ],
)
def test_known_leaders(spell: str, values: dict) -> None:
    row = table("leader_traits").set_index("spell_id").loc[spell]
    for column, value in values.items():
        assert row[column] == value if isinstance(value, str) else float(row[column]) == pytest.approx(value)


# ---------------------------------------------------------------- recipes


@pytest.mark.slow
def test_recipes_give_the_same_bytes(source_folder: Path, tmp_path: Path) -> None:
    names = ["states", *ROWS, "leaders", "leader_traits"]
    command = [sys.executable, ROOT / "datasets/recipes/build.py", source_folder, *names, "--into", tmp_path]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    for name in names:
        assert (tmp_path / f"{name}.csv").read_bytes() == (ROOT / "datasets" / f"{name}.csv").read_bytes(), name
