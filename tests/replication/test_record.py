"""The record of results: what counts as a drift, what is blamed for it, and a history that survives."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interventions_stats.cli import main
from interventions_stats.errors import InputError
from interventions_stats.replication import record as records
from interventions_stats.replication import verification
from interventions_stats.replication.compare import MAY_DIFFER, UNEXPLAINED, compare_records, diff, provenance, within
from interventions_stats.replication.drawn import draws_as_recorded
from interventions_stats.replication.studies.russia import RUSSIA

NUMBERS: dict[str, float | None] = {
    "ratio": 1.31, "ratio_low90": 0.7, "ratio_high90": 2.4, "frontier": 2.4, "mde": 2.1, "p_superiority": 0.2,
    "p_superiority_holm": 0.6, "p_noninferiority": 0.12, "p_tost": None, "p_reverse": 0.8, "p_reverse_holm": 1.0,
    "bf10": 0.9, "bf10_low": 0.5, "bf10_high": 1.2, "bf_reverse": 0.4, "deff": 1.3,
}  # fmt: skip
ROBUST: dict[str, Any] = {"n_specs": 12, "share_same_sign": 0.75, "falsifiers_failed": [], "worst_deletion_p": None,
                          "lists": {"reconstructed": "dismissed", "mid": "dismissed"}}  # fmt: skip
SAMPLED = ("p_superiority", "p_reverse")


def entry(**changes: Any) -> dict[str, Any]:
    words = {
        "driver": "wag_the_dog", "verdict": "inconclusive_underpowered", "grade": "-", "flags": "few_onsets", "guards": "G08",
        "scheme": "circular shift", "definition": "reconstructed", "reason": "", "design_hash": "0123456789ab",
        "hash": "ba9876543210", "measure": "OR",
    }  # fmt: skip
    counts = {"n": 252, "n_events": 10, "n_identifying": 10, "n_events_total": 25, "draws": 10_000}
    return (
        words
        | counts
        | NUMBERS
        | {"exact": False, "by_type": {"combat": "not_testable"}, "robustness": copy.deepcopy(ROBUST)}
        | changes
    )


def made(**changes: Any) -> dict[str, Any]:
    """Make a small record by hand."""
    whole = {
        "schema": 2, "seed": 0, "quick": False, "study": "russia", "versions": {"interventions_stats": "0.1.0", "data": "d1", "numpy": "2.4"},
        "tables": {"approval_russia": "aa", "leaders": "bb"}, "code": {"estimators": "e1", "rules": "r1"},
        "platform": {"python": "3.11.7"}, "list": {"digest": "x1"},
        "propositions": {"W1": entry(), "L1": entry(driver="leader", exact=True)},
        "drivers": {"wag_the_dog": {"verdict": "inconclusive", "why": "x"}},
        "claims": {"C10": {"verdict": "inconclusive", "agreement": "not shown", "conclusion": "y", "values": {"V00": 0.6}}},
        "findings": {"C10": {"finding": "reproduced", "decided": "p .44", "excluded_above": 1.55,
                             "tests": {"Spearman": {"number": "rho .05", "value": 0.05, "p": 0.44, "decides": True}},
                             "chance": {"at_sesoi": 0.78, "at_none": 0.95, "how": "simulated"}}},
    }  # fmt: skip
    return copy.deepcopy(whole) | changes


def with_entry(**changes: Any) -> dict[str, Any]:
    record = made()
    record["propositions"]["W1"] |= changes
    return record


# ---------------------------------------------------------------- what is a drift


@pytest.mark.parametrize(
    "field",
    ["verdict", "grade", "flags", "guards", "definition", "scheme", "measure", "design_hash", "reason", "driver"],
)
def test_a_changed_word_is_a_drift(field: str) -> None:
    (drift,) = compare_records(made(), with_entry(**{field: "another"}))
    assert (drift.item, drift.field, drift.new) == ("W1", field, "another")


@pytest.mark.parametrize("field", ["n", "n_events", "n_identifying", "n_events_total", "draws"])
def test_a_changed_count_is_a_drift(field: str) -> None:
    (drift,) = compare_records(made(), with_entry(**{field: entry()[field] + 1}))
    assert (drift.field, drift.new) == (field, entry()[field] + 1)


@pytest.mark.parametrize("field", [f for f, v in NUMBERS.items() if v is not None])
@pytest.mark.parametrize(("relative", "drifts"), [(0.9e-8, 0), (1.1e-8, 1), (-1.1e-8, 1), (0.5, 1)])
def test_with_the_same_draws_every_number_is_held_to_1e_8(field: str, relative: float, drifts: int) -> None:
    value = NUMBERS[field]
    assert value is not None
    assert len(compare_records(made(), with_entry(**{field: value * (1 + relative)}))) == drifts


@pytest.mark.parametrize("case", [({"seed": 1}, True), ({}, False)], ids=["another seed", "another stream"])
@pytest.mark.parametrize("field", SAMPLED)
def test_sampled_p_values_may_move_by_their_own_error_when_the_draws_do(
    field: str, case: tuple[dict[str, Any], bool]
) -> None:
    """Both runs err: 4 x sqrt(2 p (1 - p) / m) = 0.0226 for p = .2 or .8 and m = 10,000."""
    bound = 4 * math.sqrt(2 * 0.2 * 0.8 / 10_000)
    value = NUMBERS[field]
    assert value is not None
    for shift, drifts in ((0.95 * bound, 0), (1.05 * bound, 1), (-1.05 * bound, 1)):
        new = with_entry(**{field: value + shift}) | case[0]
        found = compare_records(made(), new, reproducible=case[1])
        assert len(found) == drifts, (shift, found)


def test_holm_carries_the_error_of_every_sampled_p_of_its_driver() -> None:
    """Three times the error of a p of 1/3, also where this test is exact and where the adjusted p is cut off at one."""
    bound = 4 * 3 * math.sqrt(2 * (1 / 3) * (2 / 3) / 10_000)
    for exact in (False, True):
        for shift, drifts in ((-0.95 * bound, 0), (-1.05 * bound, 1)):
            old, new = made(), made(seed=1)
            for record, value in ((old, 1.0), (new, 1.0 + shift)):
                record["propositions"]["W2"] = entry(exact=exact, draws=50 if exact else 10_000, p_reverse_holm=value)
            assert len(compare_records(old, new)) == drifts, (exact, shift)
    old, new = made(), made(seed=1)  # all of the driver of L1 is exact
    new["propositions"]["L1"]["p_reverse_holm"] -= 1e-6
    assert [(d.item, d.field) for d in compare_records(old, new)] == [("L1", "p_reverse_holm")]


def test_the_estimate_and_an_exact_test_have_no_monte_carlo_error() -> None:
    new = with_entry(ratio=1.31 * (1 + 1e-6)) | {"seed": 1}
    new["propositions"]["L1"]["p_superiority"] += 1e-6
    new["propositions"]["L1"]["frontier"] *= 1 + 1e-6
    assert {(d.item, d.field) for d in compare_records(made(), new)} == {
        ("W1", "ratio"),
        ("L1", "p_superiority"),
        ("L1", "frontier"),
    }


def test_bounds_that_hang_on_a_sampled_variance_may_move_with_it() -> None:
    """The relative error of a variance from m normal draws is sqrt(2 / m): 1.4% for 10,000."""
    assert not compare_records(made(), with_entry(deff=1.3 * 1.03) | {"seed": 1})
    assert [d.field for d in compare_records(made(), with_entry(deff=1.3 * 1.2) | {"seed": 1})] == ["deff"]


def test_a_number_that_comes_or_goes_and_what_is_no_longer_there_are_drifts() -> None:
    assert [d.field for d in compare_records(made(), with_entry(p_tost=0.1))] == ["p_tost"]
    assert [d.field for d in compare_records(made(), with_entry(mde=None))] == ["mde"]
    assert [d.field for d in compare_records(made(), with_entry(by_type={}))] == ["verdict (combat)"]
    for drop, have in ((made(), with_entry()), (with_entry(), made())):
        del drop["propositions"]["L1"]
        assert {(d.item, d.field) for d in compare_records(drop, have)} == {("L1", "present")}


@pytest.mark.parametrize(
    ("group", "name", "field"),
    [
        ("drivers", "wag_the_dog", "verdict"),
        ("drivers", "wag_the_dog", "why"),
        ("claims", "C10", "verdict"),
        ("claims", "C10", "agreement"),
        ("claims", "C10", "conclusion"),
    ],
)
def test_verdicts_reasons_and_conclusions_are_held_whatever_the_draws(group: str, name: str, field: str) -> None:
    new = made()
    new[group][name][field] = "another"
    for reproducible in (True, False):
        (drift,) = compare_records(made(), new, reproducible=reproducible)
        assert (drift.item, drift.field) == (name, field)


def test_digits_of_a_conclusion_follow_the_draws_and_its_words_do_not() -> None:
    old, moved, reworded = made(), made(), made()
    for record, text in (
        (old, "no p below .05 (p .214)"),
        (moved, "no p below .05 (p .22)"),
        (reworded, "no p above .05 (p .214)"),
    ):
        record["claims"]["C10"]["conclusion"] = text
    assert [d.field for d in compare_records(old, moved)] == ["conclusion"]
    assert compare_records(old, moved, reproducible=False) == ()
    assert [d.field for d in compare_records(old, reworded, reproducible=False)] == ["conclusion"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"share_same_sign": 0.76}, "robustness: share_same_sign"),
        ({"falsifiers_failed": ["lead"]}, "robustness: falsifiers_failed"),
        ({"lists": {"reconstructed": "dismissed", "mid": "supported"}}, "verdict on list mid"),
        ({"lists": {"reconstructed": "dismissed"}}, "verdict on list mid"),
    ],
)
def test_what_other_specifications_and_lists_say_is_held_while_the_draws_are_the_same(
    change: dict[str, Any], field: str
) -> None:
    new = with_entry(robustness=ROBUST | change)
    assert [d.field for d in compare_records(made(), new)] == [field]
    gone = len(change.get("lists", ROBUST["lists"])) < len(ROBUST["lists"])  # other draws take no list away
    assert bool(compare_records(made(), new | {"seed": 1})) is gone
    del new["propositions"]["W1"]["robustness"]
    for seed in (0, 1):
        assert [(d.field, d.old, d.new) for d in compare_records(made(), new | {"seed": seed})] == [
            ("robustness", True, False)
        ]


# ---------------------------------------------------------------- every leaf, one by one


def leaves(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every leaf and of every member of a list."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    if not inner:
        yield path
    for k, v in inner:
        yield from leaves(v, (*path, k))


def other_values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value, int(value), None]
    if isinstance(value, (int, float)):
        tiny = abs(value) < 1e-6  # numbers are held to 1e-8
        return [
            value + 1e-6 if tiny else value * 1.01,
            1 if tiny else -value,
            10**400,
            math.nan,
            math.inf,
            str(value),
            None,
        ]
    return [0.5, ""] if value is None else [[*value, "x"]] if isinstance(value, list) else [{"x": 1}] if value == {} else [
        f"{value} ", "supported", None]  # fmt: skip


def at(record: Any, path: tuple[Any, ...]) -> Any:
    for k in path:
        record = record[k]
    return record


def alone(record: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Return a copy that holds no proposition, driver or claim but the one that a path leads into."""
    groups = {g: {path[1]: record[g][path[1]]} if g == path[0] else {} for g in ("propositions", "drivers", "claims")}
    return copy.deepcopy(record | groups)


def test_every_leaf_of_the_packaged_record_is_held_or_listed_with_a_reason() -> None:
    """Changed or deleted, each leaf is a drift, unless it is listed as one that may differ."""
    record, tried = records.load_record(), 0
    for path in leaves(record):
        new, listed = alone(record, path), within(tuple(map(str, path)), MAY_DIFFER)
        value = at(new, path)
        for other in (v for v in other_values(value) if v != value or type(v) is not type(value)):
            old = copy.deepcopy(new)
            at(old, path[:-1])[path[-1]] = other
            tried += 1
            assert bool(compare_records(old, new)) is not listed, (path, value, other)
        if isinstance(path[-1], str) and len(path) > 2:
            old = copy.deepcopy(new)
            del at(old, path[:-1])[path[-1]]
            assert bool(compare_records(old, new)) is not listed, path
    assert tried > 4_000 and all(len(reason) > 20 for reason in MAY_DIFFER.values())
    assert {p[0] for p in MAY_DIFFER} <= {*record, "from_schema"}  # which only a record read from an older schema has


def test_what_may_differ_is_told_by_verification() -> None:
    """Seed and kind of run are acted on, schema and history are read; the rest is named beside the drifts."""
    read = {("schema",), ("seed",), ("quick",), ("history",)}
    for path in (p for p in leaves(made()) if within(tuple(map(str, p)), MAY_DIFFER)):
        old = made()
        at(old, path[:-1])[path[-1]] = "another"
        assert path[:1] in read or path == ("versions", "data") or provenance(old, made()), path


@pytest.mark.parametrize("versions", [{"numpy": "0"}, {"scipy": "9"}, {}])
def test_what_a_record_says_of_itself_widens_no_tolerance(versions: dict[str, str]) -> None:
    """One draw and another NumPy are named, and every p and bound is changed: all of it is told."""
    old = made(versions=versions)
    fields = {"draws": 1, "p_superiority": 0.001, "p_reverse": 0.001, "ratio_low90": 2.1, "mde": 6.3, "frontier": 7.2}
    old["propositions"]["W1"] |= fields
    assert {d.field for d in compare_records(old, made())} == set(fields)
    assert {d.field for d in compare_records(old, made(), reproducible=False)} == set(fields)
    assert {d.field for d in compare_records(old | {"quick": True}, made())} == set(fields) - {"draws"}


def test_equal_seeds_give_the_draws_of_the_release_here() -> None:
    assert draws_as_recorded()


def test_what_a_census_counts_is_held() -> None:
    new = made()
    new["claims"]["C10"]["values"] = {"V00": 0.61, "M11": 0.7}
    assert [(d.item, d.field, d.old, d.new) for d in compare_records(made(), new)] == [
        ("C10", "count on V00", 0.6, 0.61),
        ("C10", "count on M11", None, 0.7),
    ]


def test_a_finding_is_held_and_its_chance_follows_the_draws() -> None:
    new = made()
    new["findings"]["C10"] |= {"finding": "partly", "chance": {"at_sesoi": 0.7, "at_none": 0.95, "how": "simulated"}}
    assert [(d.item, d.field, d.new) for d in compare_records(made(), new)] == [
        ("C10", "finding", "partly"),
        ("C10", "finding: chance.at_sesoi", 0.7),
    ]
    assert [d.field for d in compare_records(made(), new | {"seed": 1})] == ["finding"]


def test_a_record_of_schema_1_is_read_in_the_words_of_today() -> None:
    old = made(schema=1)
    del old["findings"], old["study"]
    old["propositions"]["L1"] |= {"verdict": "contradicted", "by_type": {"combat": "contradicted"}}
    old["claims"]["C10"]["conclusion"] = "L1 is contradicted: the evidence is for the opposite sign."
    new = made()
    new["propositions"]["L1"] |= {"verdict": "reversed", "by_type": {"combat": "reversed"}}
    new["claims"]["C10"]["conclusion"] = "L1 is reversed: the evidence is for the opposite sign."
    read = records.checked(old, "the old one")
    assert compare_records(read, new | {"study": "russia"}) == ()
    assert any("no findings" in told for told in provenance(read, new)) and old["schema"] == 1


def test_a_record_agrees_with_itself() -> None:
    assert compare_records(made(), made()) == ()


# ---------------------------------------------------------------- what moved it


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"tables": {"approval_russia": "cc", "leaders": "bb"}}, "data: approval_russia"),
        ({"tables": {"approval_russia": "aa", "leaders": "bb", "polls": "dd"}}, "data: polls"),
        ({"code": {"estimators": "e2", "rules": "r1"}}, "code: estimators"),
        ({"versions": {"interventions_stats": "0.2.0", "data": "d1", "numpy": "2.4"}}, "code: release 0.1.0 -> 0.2.0"),
        ({"versions": {"interventions_stats": "0.1.0", "data": "d1", "numpy": "2.5"}}, "dependency: numpy 2.4 -> 2.5"),
        ({"seed": 7}, "seed: 0 -> 7"),
        ({"quick": True}, "seed: quick run against full run"),
        ({}, UNEXPLAINED),
        ({"list": {"digest": "x2"}}, "data: the event list"),
        ({"platform": {"python": "3.13.0"}}, "platform: python 3.11.7 -> 3.13.0"),
        ({"platform": {"python": "3.13.0"}, "seed": 7}, "seed: 0 -> 7"),
        ({"tables": {"approval_russia": "aa"}, "seed": 7}, "data: leaders; seed: 0 -> 7"),
    ],
)
def test_a_drift_names_what_moved_it(change: dict[str, Any], cause: str) -> None:
    (drift,) = compare_records(made(), with_entry(verdict="supported") | change)
    assert drift.cause == cause


def test_a_proposition_registered_anew_is_named_as_such() -> None:
    found = compare_records(made(), with_entry(verdict="supported", design_hash="another", hash="another"))
    assert {d.cause for d in found} == {"code: the proposition was registered anew"}
    (found,) = compare_records(made(), with_entry(verdict="supported", hash="another"))
    assert found.cause == "code: the proposition was reworded"


def test_the_codes_digest_knows_the_floors() -> None:
    digests = records.code_digests()
    assert {"rules", "engine", "primary", "evidence", "robustness"} <= set(digests)
    assert len(set(digests.values())) == len(digests) and all(len(d) == 12 for d in digests.values())


# ---------------------------------------------------------------- files


def test_a_record_is_small_sorted_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(records.dumps(made()), encoding="utf-8")
    assert records.load_record(path) == made()
    assert records.dumps(records.load_record(path)) == records.dumps(made())
    assert max(len(line) for line in records.dumps(made()).splitlines()) < 120


def damaged() -> dict[str, str]:
    def without(*keys: str) -> str:
        record: Any = made()
        part = record
        for k in keys[:-1]:
            part = part[k]
        del part[keys[-1]]
        return json.dumps(record)

    return {
        "empty": "", "no json": "{", "cut": records.dumps(made())[:700], "a list": "[]", "deep": "[" * 100_000, "nul": "\x00",
        "no schema": without("schema"), "other schema": json.dumps(made(schema=3)), "no seed": without("seed"),
        "no tables": without("tables"), "no ratio": without("propositions", "W1", "ratio"),
        "no verdict": without("propositions", "W1", "verdict"), "no claim verdict": without("claims", "C10", "verdict"),
        "text for a number": json.dumps(with_entry(mde="big")), "text for a count": json.dumps(with_entry(n="10")),
        "entry is none": json.dumps(made(propositions={"W1": None})), "history is text": json.dumps(made(history="x")),
        "seed is text": json.dumps(made(seed="0")),
    }  # fmt: skip


@pytest.mark.parametrize("what", damaged())
@pytest.mark.parametrize("command", ["verify", "update", "diff"])
def test_a_damaged_record_is_one_line_and_exit_code_2(
    what: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text(damaged()[what], encoding="utf-8")
    good.write_text(records.dumps(made()), encoding="utf-8")
    arguments = {
        "verify": ["verify", "--record", str(bad)],
        "update": ["verify", "--record", str(bad), "--update", "--reason", "try"],
        "diff": ["diff", str(good), str(bad)],
    }[command]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(bad) in said
    assert bad.read_text(encoding="utf-8") == damaged()[what]  # not overwritten: a history may be in it


def test_bytes_folders_and_missing_files_are_no_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00\x80")
    for path in (tmp_path / "binary.json", tmp_path, tmp_path / "none.json"):
        assert main(["verify", "--record", str(path)]) == 2
        assert str(path) in capsys.readouterr().err


# ---------------------------------------------------------------- verify, update, diff


@pytest.fixture
def replicated(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the run: what ``replicate`` found becomes a record made by hand; keeps what it was asked."""
    state: dict[str, Any] = {"found": made(), "asked": []}

    def replicate(**options: Any) -> dict[str, Any]:
        state["asked"].append(options)
        return state["found"] | {"seed": options["seed"], "quick": options["quick"]}

    monkeypatch.setattr("interventions_stats.replication.run.replicate", replicate)
    monkeypatch.setattr(verification, "record_of", lambda report: report)
    return state


def test_verify_says_what_drifted_by_claim(
    replicated: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record.json"
    path.write_text(records.dumps(made(seed=3)), encoding="utf-8")
    assert main(["verify", "--record", str(path)]) == 0
    assert "the record is reproduced" in capsys.readouterr().out
    assert replicated["asked"][-1]["seed"] == 3  # the record's own seed
    replicated["found"] = with_entry(verdict="supported", ratio=1.4) | {"code": {"estimators": "e2", "rules": "r1"}}
    assert main(["verify", "--record", str(path)]) == 1
    said = capsys.readouterr().out
    assert "2 results drifted" in said
    assert "W1 (read by " in said and "verdict: inconclusive_underpowered -> supported [code: estimators]" in said
    assert "ratio: 1.31 -> 1.4" in said


def test_update_needs_a_reason_and_keeps_the_history(
    replicated: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record.json"
    for reason in ([], ["--reason", "  "]):
        assert main(["verify", "--record", str(path), "--update", *reason]) == 2
        assert "needs a reason" in capsys.readouterr().err
    assert not path.exists() and replicated["asked"] == []
    assert main(["verify", "--record", str(path), "--update", "--reason", "first run"]) == 0
    replicated["found"] = with_entry(verdict="supported")
    assert main(["verify", "--record", str(path), "--update", "--reason", "new polls"]) == 0
    replicated["found"] = with_entry(verdict="supported", ratio=1.5)
    assert main(["verify", "--record", str(path), "--update", "--reason", "faster solver"]) == 0
    history = records.load_record(path)["history"]
    assert [h["reason"] for h in history] == ["first run", "new polls", "faster solver"]
    assert [h["drifts"] for h in history] == [0, 1, 1]
    assert (
        history[1]["moved"] == [f"W1 verdict: inconclusive_underpowered -> supported [{UNEXPLAINED}]"]
        and history[2]["moved"] == []
    )


def test_update_keeps_seed_and_kind_of_run(replicated: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(records.dumps(made(seed=5, quick=True)), encoding="utf-8")
    verification.update("again", path)
    assert replicated["asked"][-1] == {"study": RUSSIA, "seed": 5, "quick": True, "n_jobs": None, "progress": None}
    assert (records.load_record(path)["seed"], records.load_record(path)["quick"]) == (5, True)


def test_update_follows_a_link_keeps_the_mode_and_asks_first_whether_it_can_write(
    replicated: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    verification.update("first", real)
    real.chmod(0o600)
    link.symlink_to(real)
    verification.update("second", link)
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o600
    assert [h["reason"] for h in records.load_record(real)["history"]] == ["first", "second"]
    asked = len(replicated["asked"])
    for path in ("/proc/nope/r.json", str(tmp_path), "/dev/null", ""):
        with pytest.raises(InputError, match=r"cannot be written|is empty"):
            verification.update("third", path)
        assert main(["verify", "--record", path, "--update", "--reason", "third"]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert len(replicated["asked"]) == asked


def test_a_failing_run_leaves_the_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(records.dumps(made()), encoding="utf-8")

    def fail(**options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("interventions_stats.replication.run.replicate", fail)
    assert main(["verify", "--record", str(path), "--update", "--reason", "try"]) == 130
    assert records.load_record(path) == made() and [p.name for p in tmp_path.iterdir()] == ["record.json"]


def test_diff_of_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(records.dumps(made()), encoding="utf-8")
    new.write_text(records.dumps(with_entry(verdict="dismissed")), encoding="utf-8")
    assert main(["diff", str(old), str(old)]) == 0
    assert capsys.readouterr().out == "nothing moved\n"
    assert main(["diff", str(old), str(new)]) == 1
    assert "dismissed" in capsys.readouterr().out
    frame = diff(old, with_entry(verdict="dismissed"))
    assert frame[["item", "field", "old", "new"]].to_numpy().tolist() == [
        ["W1", "verdict", "inconclusive_underpowered", "dismissed"]
    ]
    with pytest.raises(InputError, match="not a record of schema 2"):
        diff({"schema": 0}, old)


# ---------------------------------------------------------------- a user's own list of events


def test_a_record_of_ones_own_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import interventions_stats as ist
    from interventions_stats.assessment import battery as module

    whole = module.battery
    part = {"drivers": ["leader"], "quick": True, "robustness": False, "n_jobs": 1}
    monkeypatch.setattr(module, "battery", lambda **options: whole(**(options | part)))
    mine, record = tmp_path / "mine.csv", tmp_path / "mine.json"
    frame = ist.load_events("reconstructed").frame
    mine.write_text("\n".join(["start", *frame["start"].astype(str).str[:10]]) + "\n", encoding="utf-8")
    own = ["verify", "--events", str(mine), "--actor", "RUS", "--coverage", "1992-2020", "--record", str(record)]
    assert main([*own, "--update", "--reason", "first", "--quick"]) == 0
    stored = records.load_record(record)
    assert stored["list"] == stored["list"] | {"own": True, "actor": "RUS", "n": 25} and stored["claims"] == {}
    assert set(stored["propositions"]) == {"L1", "L2", "L3"} and stored["quick"] is True
    assert main(own) == 0
    mine.write_text("\n".join(mine.read_text(encoding="utf-8").splitlines()[:-4]) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(own) == 1
    said = capsys.readouterr().out
    assert "n_events: 25 -> 21" in said and "data: the event list" in said
    for arguments, says in (
        (["verify", "--record", str(record)], "give that list with --events"),
        (["verify", "--events", str(mine)], "name the record of your own list"),
        (["verify", "--events", str(mine), "--update", "--reason", "x"], "--record"),
        (["verify", "--events", "mid", "--record", str(record)], "name a CSV file"),
        (["verify", "--series", str(mine)], "--events"),
        (
            ["verify", "--events", str(mine), "--actor", "USA", "--record", str(record)],
            "not a record of your USA events",
        ),
    ):
        assert main(arguments) == 2, arguments
        assert says in capsys.readouterr().err
