"""Every bundled table against its manifest, its schema, the registry of states and the other tables, and its recipe."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from interventions_stats import datasets
from interventions_stats.datasets.load import load

ROOT = Path(__file__).resolve().parents[2]
MANIFEST: dict[str, dict[str, Any]] = {
    r["name"]: r for r in json.loads((ROOT / "datasets" / "datapackage.json").read_text(encoding="utf-8"))["resources"]
}
every_table = pytest.mark.parametrize("name", list(MANIFEST))

# Codes of entities that no list of states since 1946 holds: colonies and dependencies (IMI), states before 1946.
NOT_STATES = {
    ("events_imi", "source_target"): {61, 695, 709, 1, 749, 753, 754, 755, 761},
    ("events_mip", "target_cow"): {730, 300},
    ("events_mip", "primary_target"): {0, 1},  # yes or no in spite of its name's pattern
    ("events_ucdp", "target_cow"): {751},
    ("events_ucdp", "location_cow"): {751},
}
# Rows dated outside the membership of their state: pledges and rivalries dated by the source from independence movements
# or from before admission to the system; elections before independence; the 1989-90 steps of Soviet republics.
OUTSIDE_MEMBERSHIP = {
    ("protest_state_year", "ccode", "year"): 14,
    ("elections", "ccode", "date"): 153,
    ("realignment_steps", "ccode", "date"): 3,
    ("alliance_spells", "ccode1", "from_year"): 87,
    ("alliance_spells", "ccode1", "until_year"): 6,
    ("alliance_spells", "ccode2", "from_year"): 61,
    ("alliance_spells", "ccode2", "until_year"): 4,
    ("rivalry_spells", "ccode1", "from_year"): 6,
    ("rivalry_spells", "ccode1", "until_year"): 1,
    ("rivalry_spells", "ccode2", "from_year"): 9,
    ("rivalry_spells", "ccode2", "until_year"): 4,
}
DATED = [
    ("state_year", "ccode", "year"), ("russia_target_year", "target_ccode", "year"),
    ("major_power_year", "ccode", "year"), ("diplomatic_recognition", "ccode", "year"),
    ("major_power_trade", "ccode", "year"), ("contiguous_trade", "ccode1", "year"),
    ("contiguous_trade", "ccode2", "year"), ("colour_revolutions", "ccode", "start_year"),
    ("economy_quarterly", "ccode", "quarter"), ("contiguity_spells", "ccode1", "from_year"),
    ("contiguity_spells", "ccode1", "until_year"), ("contiguity_spells", "ccode2", "from_year"),
    ("contiguity_spells", "ccode2", "until_year"), *OUTSIDE_MEMBERSHIP,
]  # fmt: skip


@cache
def table(name: str) -> pd.DataFrame:
    return load(name)


def codes(cells: pd.Series) -> pd.Series:
    """Every COW code of a column, also of one whose cells hold several; the index is that of the rows."""
    return cells.dropna().astype(str).str.split(";").explode().loc[lambda s: s != ""].astype(float).astype(int)


@cache
def membership() -> dict[int, list[tuple[int, int]]]:
    """First and last year of each membership of the state system, by COW code."""
    states = table("states")
    spans = states["membership"].str.split(";")
    return {
        int(code): [(int(s[:4]), int(s.split("/")[1][:4] or 9999)) for s in spells]
        for code, spells in zip(states["ccode"], spans, strict=True)
    }


def member(code: int, year: int) -> bool:
    return any(first <= year <= last for first, last in membership()[code])


# ---------------------------------------------------------------- files and schema


def test_no_file_is_without_an_entry_and_no_entry_without_a_file() -> None:
    assert {p.stem for p in (ROOT / "datasets").glob("*.csv")} == set(MANIFEST)
    assert set(datasets.catalogue()["name"]) == set(MANIFEST)


@every_table
def test_the_bytes_are_the_published_ones(name: str) -> None:
    content = (ROOT / "datasets" / MANIFEST[name]["path"]).read_bytes()
    assert "sha256:" + hashlib.sha256(content).hexdigest() == MANIFEST[name]["hash"]
    assert len(content) == MANIFEST[name]["bytes"]
    assert len(table(name)) == MANIFEST[name]["rows"]


@every_table
def test_types_keys_ranges_and_references(name: str) -> None:
    frame, schema = table(name), MANIFEST[name]["schema"]
    key = schema["primaryKey"]
    assert not frame[key].isna().any(axis=None) and not frame.duplicated(key).any()
    for field in schema["fields"]:
        values, rules = frame[field["name"]].dropna(), field.get("constraints", {})
        kind = str(frame[field["name"]].dtype).lower()
        assert kind.startswith({"integer": "int64", "year": "int64", "number": "float64", "date": "datetime64"}.get(field["type"], ("str", "object"))), field["name"]  # fmt: skip
        if field["type"] == "yearmonth":
            assert values.str.fullmatch(r"\d{4}-(0[1-9]|1[0-2])").all(), field["name"]
        if field["type"] == "year":
            assert values.between(1800, 2030).all(), field["name"]
        assert "enum" not in rules or set(values.astype(str)) <= set(map(str, rules["enum"])), field["name"]
        assert "minimum" not in rules or values.empty or values.min() >= rules["minimum"], field["name"]
        assert "maximum" not in rules or values.empty or values.max() <= rules["maximum"], field["name"]
        assert "pattern" not in rules or values.astype(str).str.fullmatch(rules["pattern"]).all(), field["name"]
        assert not rules.get("required") or len(values) == len(frame), field["name"]
    for foreign in schema.get("foreignKeys", ()):
        other = table(foreign["reference"]["resource"])[foreign["reference"]["fields"]].itertuples(
            index=False, name=None
        )
        mine = frame[foreign["fields"]].dropna().itertuples(index=False, name=None)
        assert set(mine) <= set(other), foreign


@pytest.mark.slow
def test_the_data_package_is_valid_by_the_standards_own_program() -> None:
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(ROOT / "datasets" / "datapackage.json"))
    problems = {r.name: r.validate().flatten(["rowNumber", "fieldName", "message"])[:3] for r in package.resources}
    assert len(problems) == len(MANIFEST) and {n: p for n, p in problems.items() if p} == {}


# ---------------------------------------------------------------- the tables against each other


def test_every_code_of_a_state_is_in_the_registry() -> None:
    known, seen = set(membership()), 0
    for name in MANIFEST:
        for column in table(name).columns:
            if not column.endswith(
                ("ccode", "ccode1", "ccode2", "_cow", "source_target", "primary_target", "trigger_entity")
            ):
                continue
            if column == "region_cow":  # a region under COW's name
                continue
            seen += 1
            strange = set(codes(table(name)[column])) - known
            assert strange == NOT_STATES.get((name, column), set()), (name, column)
    assert seen > 35


@pytest.mark.parametrize(("name", "code", "when"), DATED, ids=[f"{n}-{c}-{w}" for n, c, w in DATED])
def test_rows_are_dated_while_their_state_existed(name: str, code: str, when: str) -> None:
    frame = table(name)[[code, when]].dropna()
    years = frame[when].astype(str).str[:4].astype(int)
    outside = [(c, y) for c, y in zip(frame[code].astype(int), years, strict=True) if not member(c, y)]
    assert len(outside) == OUTSIDE_MEMBERSHIP.get((name, code, when), 0), outside[:10]


@pytest.mark.parametrize("name", ["reconstructed", "V00", "unilateral", "mid", "imi", "ucdp", "icb"])
@pytest.mark.parametrize("who", ["RUS", "USA"])
def test_onsets_of_every_list_fall_inside_their_actors_existence(name: str, who: str) -> None:
    from interventions_stats.errors import InterventionsError
    from interventions_stats.events.definitions import load_events

    try:
        events = load_events(name, actor=who)
    except InterventionsError:
        assert who != "RUS" or name == "icb"  # a list coded for Russia alone
        return
    first = events.timing["first"]
    assert first.notna().all()
    assert all(member(events.actor.ccode, year) for year in first.dt.year)
    assert first.dt.year.between(*events.coverage).all()


def test_targets_of_the_cases_were_states_at_the_onset() -> None:
    cases = table("interventions_russia").set_index("case_id")
    targets = codes(cases["target_cow"])
    years = cases["start"].fillna(cases["decision"]).astype(str).str[:4]
    assert [(c, t) for c, t in targets.items() if not member(t, int(years[c]))] == []
    # Operations at sea, garrisons left over in several states, and staff of several missions of the United Nations.
    assert cases.index[cases["target_cow"].isna()].tolist() == ["A03", "A10", "A28", "A29", "A38"]


@pytest.mark.parametrize(
    ("name", "parts", "least", "most", "exceptions"),
    [
        ("approval_russia", ["approve", "disapprove", "no_answer"], 99, 101, set()),
        ("country_direction_russia", ["right", "wrong", "no_answer"], 99, 101, {"2024-08"}),  # 107 in the pollster's table
        ("approval_russia_vtsiom", ["approve", "disapprove"], 79, 100, set()),  # no answer is not published
        # The first months of a presidency, before many have an opinion.
        ("approval_usa", ["approve_gallup", "disapprove_gallup"], 75, 100.01,
         {"1969-01", "1969-02", "1969-03", "1969-04", "1974-08", "1981-01", "1981-02", "1989-01", "1989-02", "1989-03",
          "1989-04"}),
    ],
)  # fmt: skip
def test_answers_add_up_to_a_hundred(
    name: str, parts: list[str], least: float, most: float, exceptions: set[str]
) -> None:
    frame = table(name).dropna(subset=parts)
    total = frame[parts].sum(axis=1)
    outside = set(frame.loc[~total.between(least, most), "month"])
    assert outside == exceptions
    assert (frame[parts] >= 0).all(axis=None) and len(frame) > 150


def test_approval_is_of_the_president_in_office() -> None:
    """Both presidents of a month of handover are there, and every other month has the one of the table of leaders."""
    own, leaders = table("approval_usa"), table("leaders")
    presidents = leaders[(leaders["actor_ccode"] == 2) & leaders["variant"].isna()]
    surname = {"G.W. Bush": "Bush", "Roosevelt, F.": "Roosevelt"}
    for row in own[own["month"] >= "1946"].itertuples():
        first = pd.Timestamp(row.month)
        last = first + pd.offsets.MonthEnd(0)
        held = presidents[(presidents["start"] <= last) & (presidents["end"].fillna(pd.Timestamp.max) >= first)]
        names = [surname.get(leader, leader) for leader in held["leader"]]
        assert any(row.president.endswith(n.split(",")[0]) for n in names), (row.month, row.president, names)
    assert own.loc[own["month"].duplicated(), "month"].str[-2:].isin(["01", "08"]).all()


def test_leader_spells_follow_each_other_and_gaps_are_declared() -> None:
    for (code, variant), spells in table("leaders").groupby(["actor_ccode", table("leaders")["variant"].fillna("")]):
        spells = spells.sort_values("start")
        end = spells["end"].shift()
        assert (spells["start"].iloc[1:] > end.iloc[1:]).all(), (code, variant)
        assert spells["end"].iloc[:-1].notna().all(), (code, variant)  # only the last spell may still run
        gap = (spells["start"] - end).dt.days.iloc[1:] - 1
        assert (gap == spells["gap_before"].iloc[1:]).all(), (code, variant)
        assert (spells["gap_reason"].iloc[1:][gap > 31].notna()).all(), (code, variant)


# ---------------------------------------------------------------- the recipes


@pytest.fixture(scope="module")
def built(source_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table, the manifest and the codebook built anew from the sources."""
    into = tmp_path_factory.mktemp("built")
    command = [sys.executable, str(ROOT / "datasets" / "recipes" / "build.py"), str(source_folder), "--into", str(into)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return into


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", [*(f"{name}.csv" for name in MANIFEST), "datapackage.json", "README.md", "LICENCES.md"]
)
def test_recipes_reproduce_every_file_byte_for_byte(built: Path, file: str) -> None:
    assert (built / file).read_bytes() == (ROOT / "datasets" / file).read_bytes()


@pytest.mark.slow
def test_recipes_write_nothing_else(built: Path) -> None:
    assert {p.name for p in built.iterdir()} == {f"{name}.csv" for name in MANIFEST} | {
        "datapackage.json", "README.md", "LICENCES.md",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["approval_russia", "states"])
def test_a_recipe_refuses_a_source_that_has_changed(name: str, source_folder: Path, tmp_path: Path) -> None:
    recipes = ROOT / "datasets" / "recipes"
    code = f"import sys; sys.path.insert(0, {str(recipes)!r}); import {name} as r; print('\\n'.join(r.TABLE.inputs))"
    inputs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    for number, source in enumerate(inputs):
        copy = tmp_path / source
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((source_folder / source).read_bytes() + (b"\n" if number == 0 else b""))
    command = [sys.executable, str(recipes / "build.py"), str(tmp_path), name, "--into", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "has sha256" in done.stderr
    assert not list((tmp_path / "out").glob("*"))


def test_a_newer_edition_takes_the_place_of_the_old_one_with_one_argument(source_folder: Path, tmp_path: Path) -> None:
    """Conflicts that go on for a year more are ongoing then, and not in the year before."""
    old = source_folder / "events" / "full" / "ucdp_prio_acd_25.1.csv"
    years = pd.read_csv(old)
    pd.concat([years, years[years["year"] == 2024].assign(year=2025)]).to_csv(tmp_path / "newer.csv", index=False)
    build = [
        sys.executable,
        str(ROOT / "datasets" / "recipes" / "build.py"),
        str(source_folder),
        "events_ucdp",
        "--into",
        str(tmp_path),
    ]
    given = f"events/full/{old.name}={tmp_path / 'newer.csv'}"
    done = subprocess.run([*build, "--newer", given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    bundled, newer = (
        pd.read_csv(folder / "events_ucdp.csv").set_index("event_id") for folder in (ROOT / "datasets", tmp_path)
    )
    running = bundled.index[bundled["end_precision"] == "ongoing"]
    assert (newer.loc[running, "end_precision"] == "ongoing").all() and len(running) > 50
    assert (newer.loc[running, "years_active"] == bundled.loc[running, "years_active"] + 1).all()
    wrong = subprocess.run([*build, "--newer", f"nothing.csv={old}"], capture_output=True, text=True, check=False)
    assert wrong.returncode != 0 and "is no source of a recipe" in wrong.stderr


def test_every_source_has_an_edition_and_every_table_terms() -> None:
    listed = datasets.catalogue().set_index("name")
    assert (listed["edition"] != "").all() and listed["last_year"].between(2005, 2026).all()
    assert listed.loc["events_ucdp", "last_year"] == 2024 and "2025" in listed.loc["events_ucdp", "newer_edition"]
    table = (ROOT / "datasets" / "LICENCES.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` | {licence} | yes" in table for name, licence in listed["licence"].items())
