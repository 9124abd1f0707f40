"""The battery on any actor: what is carried over, what is lacking, and the command line with a user's own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.assessment.other_actors import (
    FOREIGN,
    default_list,
    for_actor,
    is_registered,
    lacking,
    lists_of,
)
from interventions_stats.drivers.registry import PROPOSITIONS, proposition
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.events.actors import actor, leader_of
from interventions_stats.evidence.gather import gather
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question

RUSSIAN_NAMES = ("Russia", "Putin", "Yeltsin", "post-Soviet", "Soviet")
# The last two leaders with four years inside MID's coverage (to 2014), from the records of office.
LAST_TWO = {
    "USA": ("Obama", "G.W. Bush"), "GBR": ("Cameron", "Blair"), "FRA": ("Sarkozy", "Chirac"),
    "CHN": ("Hu Jintao", "Jiang Zemin"), "TUR": ("Erdogan", "Ozal"), "ISR": ("Ariel Sharon", "Netanyahu"),
    "ETH": ("Meles Zenawi", "Mengistu Marriam"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROPOSITIONS)
def test_russia_gets_what_was_registered(name: str) -> None:
    assert for_actor(PROPOSITIONS[name], ist.load_events()) is PROPOSITIONS[name]


@pytest.mark.parametrize("name", PROPOSITIONS)
@pytest.mark.parametrize("who", ["USA", "TUR"])
def test_the_test_itself_is_carried_over_unchanged(name: str, who: str) -> None:
    before, after = PROPOSITIONS[name], for_actor(PROPOSITIONS[name], ist.load_events("mid", actor=who))
    for field in ("id", "driver", "unit", "test", "scale", "direction", "delta", "lag", "strata", "estimator", "family",
                  "support", "contrary", "counter_exposure"):  # fmt: skip
        assert getattr(before, field) == getattr(after, field), field
    if before.test not in ("rate", "breaks"):
        assert before.exposure == after.exposure
    if kind_of(after).own_events:
        return
    assert after.hash() != before.hash() and after.targets != "post_soviet"
    assert not any(word in after.statement for word in RUSSIAN_NAMES)
    assert after.lists[0] == "mid" and set(after.lists) <= set(FOREIGN)
    assert all(c.field not in ("leaders", "date_rule") and len(c.options) > 1 for c in after.choices)


def test_a_changed_or_a_users_proposition_is_left_alone() -> None:
    events = ist.load_events("mid", actor="TUR")
    changed = proposition("F1").with_(lag=2)
    mine = ist.Proposition(id="X1", exposure="-approval", unit="actor-month")
    assert for_actor(changed, events) is changed and for_actor(mine, events) is mine
    assert not is_registered(changed) and not is_registered(mine) and is_registered(proposition("F1"))


@pytest.mark.parametrize("who", LAST_TWO)
def test_leaders_follow_from_the_actor(who: str) -> None:
    events = ist.load_events("mid", actor=who)
    new, old = LAST_TWO[who]
    assert for_actor(proposition("L1"), events).exposure == f"{new}/{old}"
    first = int(for_actor(proposition("L2"), events).exposure)
    months = leader_of(actor(who), pd.period_range("1946-01", "2014-12", freq="M"))
    share = (months == new).groupby(months.index.year).mean()
    assert first == share.index[share > 0.5][0]
    found = gather(Question(for_actor(proposition("L1"), events), events))
    assert found.raw is not None and found.raw.details["leaders"] == (new, old)
    counted = [int((months.reindex(pd.PeriodIndex(events.timing["first"], freq="M")) == n).sum()) for n in (new, old)]
    assert (
        abs(found.raw.details["events"][0] - counted[0]) <= 1 and abs(found.raw.details["events"][1] - counted[1]) <= 1
    )


def test_lists_of_an_actor() -> None:
    assert lists_of(actor("USA")) == ("mid", "imi", "ucdp", "icb", "mip")
    assert "mip" not in lists_of(actor("TUR"))
    assert default_list(actor("DEU")) == "imi" and len(ist.load_events("mid", actor="DEU")) < 4
    assert default_list(actor("RUS")) == "reconstructed" and default_list(actor("PLW")) == "mid"


def test_what_a_proposition_lacks() -> None:
    usa, tur = actor("USA"), actor("TUR")
    assert lacking(proposition("W1"), usa) is None
    assert "approval_usa.csv" in (lacking(proposition("W1"), tur) or "")
    assert lacking(proposition("W1"), tur, pd.DataFrame({"month": ["2014-01"], "approval": [50.0]})) is None
    assert "realignment_steps.csv" in (lacking(proposition("F3"), usa) or "")
    with pytest.raises(UnknownNameError, match="approval"):
        lacking(ist.Proposition(id="X1", exposure="aproval", unit="actor-month"), tur)


@pytest.mark.parametrize("who", ["TUR", "USA"])
def test_battery_covers_every_proposition_and_never_raises(who: str) -> None:
    found = ist.battery(actor=who, quick=True, robustness=False, n_jobs=2)
    assert list(found.results) == list(PROPOSITIONS)
    table = found.propositions.set_index("proposition")
    untested = found.untested.set_index("proposition")["reason"]
    assert set(untested.index) == set(table.index[table["verdict"] == "not_testable"])
    assert (untested.str.len() > 0).all()
    assert {"E1", "E3", "I3", "W3", "L1", "L2", "T2", "P3"} - {"T2"} <= set(table.index[table["n_events"] > 0])
    for lacking_steps in ("B2", "P1", "P1g", "F3"):
        assert "realignment_steps.csv" in untested[lacking_steps]
    assert "status_shocks.csv" in untested["S2"] and "Russia alone" in untested["I2"] and "p0" in untested["P2"]
    assert (table["actor"] == who).all()


@pytest.mark.slow
@pytest.mark.parametrize("who", ["PLW", "ETH", "CHN", "DEU", "YMD"])
def test_battery_on_actors_with_little_data(who: str) -> None:
    found = ist.battery(actor=who, quick=True, robustness=False, n_jobs=2)
    assert list(found.results) == list(PROPOSITIONS)
    assert (found.untested["reason"].str.len() > 0).all()


def test_an_actor_without_events_is_told_what_would_supply_them() -> None:
    found = ist.battery("Fiji", drivers=["wag_the_dog", "ideology"], quick=True, robustness=False, n_jobs=1)
    reasons = found.untested.set_index("proposition")["reason"]
    assert set(reasons.index) == {
        i for i, r in found.results.items() if not r.scope
    }  # arms over states need no events of its own
    for name in ("W1", "W2", "W3", "I1", "I3"):
        assert reasons[name].startswith("needs interventions by Fiji: none in events_mid.csv, events_imi.csv"), name
    assert "It also needs approval" in reasons["W1"] and "approval_usa.csv" in reasons["W1"]
    side = ist.test("I1", actor="USA", quick=True, robustness=False).evidence.missing or ""
    assert "not in the list 'mid'; use events='imi'" in side
    assert ist.test("I1", actor="USA", events="imi", quick=True, robustness=False).evidence.n_identifying > 20


def test_the_ussr_is_tested_on_its_own_years() -> None:
    """Its events end with 1991, its targets are its region, and nothing registered for Russia is taken for it."""
    found = ist.battery("USSR", drivers=["economics", "threat"], quick=True, robustness=False, n_jobs=1)
    assert (found.actor, found.events.definition, found.events.coverage) == ("SUN", "mid", (1946, 1991))
    for name in ("E2", "E3", "T1"):
        result = found[name]
        assert result.evidence.n_identifying >= 12 and result.proposition.lists == ("mid", "imi", "ucdp", "icb"), name
        assert "russia_year" not in result.proposition.needs, name
    with pytest.raises(InputError, match="Russia alone"):
        ist.test("W1", actor="USSR", events="reconstructed")


def test_a_series_that_nothing_uses_is_refused() -> None:
    polls = pd.DataFrame({"month": ["2014-01", "2014-02"], "onay": [50.0, 51.0]})
    for name in ("W1", "wag_the_dog"):
        with pytest.raises(InputError, match=r"no column of the series is used by .*: there is 'onay'"):
            ist.test(name, actor="TUR", series=polls, quick=True)


def test_a_test_that_lacks_data_says_so_and_a_mistake_is_raised() -> None:
    found = ist.test("B2", actor="USA", quick=True)
    assert found.verdict == "not_testable" and "realignment_steps.csv" in (found.evidence.missing or "")
    with pytest.raises(UnknownNameError):
        ist.test("B2", actor="USA", exposure="step_awy.any2")
    with pytest.raises(InputError, match="Russia alone"):
        ist.test("W1", actor="USA", events="reconstructed")


def test_the_united_states_arm_of_w1() -> None:
    """Strata are presidents; every month compared has the approval of the president who governs it."""
    found = ist.test("W1", actor="USA", events="imi", quick=True, robustness=False)
    raw = found.evidence.raw
    assert raw is not None and set(raw.details["strata"]) == {
        "Truman", "Eisenhower", "Kennedy", "Johnson", "Nixon", "Ford", "Carter", "Reagan", "Bush", "Clinton", "G.W. Bush",
    }  # fmt: skip
    assert raw.n_identifying > 80 and found.proposition.start is None
    polls = ist.datasets.load("approval_usa")
    measured = polls["approve_gallup"].notna() & (polls["month"] >= "1945-12") & (polls["month"] <= "2005-11")
    # Each handover costs a month (ten of them), each gap between polls one; no month is counted twice.
    assert int(measured.sum()) - 20 <= raw.n_rows <= int(measured.sum())


def _polls(path: Path, level: float = 50.0) -> None:
    rng = np.random.default_rng(3)
    months = pd.period_range("2000-01", "2014-12", freq="M")
    values = level + 10 * np.sin(np.arange(len(months)) / 9) + rng.normal(0, 2, len(months))
    pd.DataFrame({"month": months.astype(str), "approval": values.round(1)}).to_csv(path, index=False)


def _run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "interventions_stats", *map(str, args)], capture_output=True, text=True,
        timeout=300, env=os.environ | {"LOKY_MAX_CPU_COUNT": "2"}, check=False,
    )  # fmt: skip


def test_command_line_with_own_events_and_polls(tmp_path: Path) -> None:
    """The template, filled in, gives a verdict on W1 that equals the one from Python."""
    events, polls = tmp_path / "my.csv", tmp_path / "my_polls.csv"
    head = _run("template", "events").stdout.splitlines()[0]
    rows = [
        f"E{k},Case {k},{2001 + k}-0{1 + k % 9}-10,{2001 + k}-0{1 + k % 9}-20,,SYR,combat,0.9,none" for k in range(6)
    ]
    events.write_text("\n".join([head, *rows]) + "\n")
    _polls(polls)
    done = _run("test", "wag_the_dog", "--events", events, "--series", polls, "--actor", "TUR", "--quick")
    assert done.returncode == 0, done.stderr
    assert "Diversion (wag the dog)" in done.stdout and "W1" in done.stdout
    from interventions_stats.events.reader import read_events
    from interventions_stats.panels.user_series import read_series

    here = ist.test(
        "wag_the_dog", actor="TUR", events=read_events(events, actor="TUR"), series=read_series(polls), quick=True
    )
    assert here["W1"].evidence.n_identifying >= 5 and here["W1"].verdict != "not_testable"
    assert done.stdout.startswith(here.summary().strip())
    assert f"Built from {events}. Coverage 2001-2006" in done.stdout  # no --coverage was given: a reader must know
    assert "mid" in here["W1"].robustness.lists  # the registered lists stand beside the user's own


def test_the_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    events, polls, leaders = (tmp_path / name for name in ("e.csv", "p.csv", "l.csv"))
    events.write_text("start,target\n2014-13-01,SYR\n2015,Syrai\n")
    polls.write_text("month,approval\n2014-01,560\n")
    leaders.write_text("leader,start,end\nA,2000,\nB,2005,\n")
    done = _run("test", "W1", "--events", events, "--series", polls, "--leaders", leaders, "--actor", "TUR")
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    for where in (
        f"{events}: 2 problems",
        "row 2, column 'start'",
        "row 3, column 'target'",
        f"{polls}: row 2",
        f"{leaders}: row 3",
    ):
        assert where in done.stderr, where


def test_options_of_own_files_reach_them(tmp_path: Path) -> None:
    events = tmp_path / "e.csv"
    rows = "".join(f"0{k}/03/{2000 + 2 * k};Şehir\n" for k in range(1, 8))
    events.write_bytes(f"start;name\n{rows}".encode("cp1254"))
    leaders = tmp_path / "l.csv"
    leaders.write_text("leader,start,end\nEcevit,1999-01,2006\nErdogan,2007,\n")
    done = _run("test", "L1", "--events", events, "--leaders", leaders, "--actor", "TUR", "--coverage", "1999-2020",
                "--order", "mdy", "--encoding", "cp1254", "--quick")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "under Erdogan than under Ecevit" in done.stdout and "7 of 7 onsets" in done.stdout.replace("\n ", "")
    assert done.stdout.rstrip().endswith(f"Built from {events}.")
    assert _run("template", "events", "--actor", "Iran").stdout.splitlines()[1].split(",")[5] == "ARM"
    for extra, says in (
        (("--coverage", "1999"), "--coverage '1999'"),
        (("--encoding", "cp9"), "unknown encoding 'cp9'"),
    ):
        done = _run("test", "L1", "--events", events, "--actor", "TUR", *extra)
        assert done.returncode == 2 and says in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("events", "polls", "extra", "says"),
    [
        ("E1,Case,2014-03-14,,,Nowhere,combat,0.9,none", None, (), "row 2"),
        ("E1,Case,32/13/2014,,,SYR,combat,0.9,none", None, (), "row 2"),
        (None, "month,approval\n2014-01,560\n", (), "row 2"),
        (None, "month,approval\n2014-01,x\n2014-02,50\n", (), "row 2"),
        (None, None, ("--actor", "Turkei"), "Turkey"),
        (None, None, ("--events", "no_such.csv"), "no_such.csv"),
        (None, None, ("--lag", "0"), "W1"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_code_2(  # type: ignore[no-untyped-def]
    tmp_path: Path, events: str | None, polls: str | None, extra: tuple[str, ...], says: str
) -> None:
    args: list[str | Path] = ["test", "wag_the_dog", "--quick"]
    if events is not None:
        (tmp_path / "e.csv").write_text(
            "event_id,name,start,end,decision,target,activity,confidence,conflict_system\n" + events + "\n"
        )
        args += ["--events", tmp_path / "e.csv"]
    if polls is not None:
        (tmp_path / "p.csv").write_text(polls)
        args += ["--series", tmp_path / "p.csv"]
    if "--actor" not in extra:
        args += ["--actor", "TUR"]
    done = _run(*args, *extra)
    assert done.returncode == 2, done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("interventions-stats: ") and says in lines[0], done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


@pytest.mark.parametrize("value", ["no", 1, None, np.array([True])])
@pytest.mark.parametrize("flag", ["quick", "robustness"])
def test_a_flag_is_true_or_false(flag: str, value: object) -> None:
    for call in (ist.battery, lambda **o: ist.test("W1", **o), lambda **o: ist.compare(["RUS", "TUR"], "W3", **o)):
        with pytest.raises(InputError, match=f"{flag} must be True or False"):
            call(**{flag: value})  # type: ignore[operator]


def test_drivers_are_one_or_several() -> None:
    alone = ist.battery(drivers="leader", quick=True, robustness=False, n_jobs=1)
    assert list(alone.by_driver) == ["leader"]
    with pytest.raises(InputError, match="drivers names at least one"):
        ist.battery(drivers=[])
