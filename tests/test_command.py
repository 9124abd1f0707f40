"""The command line gives what the library gives, by the exit codes it promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import interventions_stats as ist
from interventions_stats.cli import main
from interventions_stats.drivers.registry import driver
from interventions_stats.replication.record import dumps, load_record


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == code
    got = capsys.readouterr()
    return got.out if code != 2 else got.err


def test_a_test_prints_the_summary_and_each_clause(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "test", "I2", "--quick", "--seed", "3", "--why", "--delta", "1.5")
    result = ist.test("I2", quick=True, seed=3, delta=1.5)
    assert text.startswith(result.summary())
    after = text.split("\nI2\n", 1)[1]
    assert all(clause in after for clause in result.why()["clause"].astype(str))


def test_a_driver_explains_each_of_its_propositions(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "test", "status", "--quick", "--why")
    assert all(f"\n{p.id}\n" in text for p in driver("status").propositions)


def test_own_files_from_the_templates_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    events, leaders = tmp_path / "events.csv", tmp_path / "leaders.csv"
    events.write_text(said(capsys, "template", "events", "--actor", "TUR"), encoding="utf-8")
    leaders.write_text("leader,start,end\nDemirel,1993-05-16,2000-05-16\nErdogan,2003-03-14,\n", encoding="utf-8")
    options = ["--actor", "TUR", "--events", str(events), "--coverage", "1990-2020", "--leaders", str(leaders)]
    text = said(capsys, "test", "E2", *options, "--quick")
    assert "E2" in text and text.rstrip().endswith(ist.read_events(events, actor="TUR", coverage=(1990, 2020)).note)
    wrong = said(capsys, "test", "E2", *options[:5], "1990", "--quick", code=2)
    assert "--coverage '1990'" in wrong


def test_every_file_that_is_wrong_is_named_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = {name: tmp_path / f"{name}.csv" for name in ("leaders", "events", "series")}
    for path in bad.values():
        path.write_text("nothing\n1\n", encoding="utf-8")
    text = said(capsys, "test", "E2", *(w for name, path in bad.items() for w in (f"--{name}", str(path))), code=2)
    assert all(str(path) in text for path in bad.values())
    assert "belongs to a file of events" in said(capsys, "test", "E2", "--coverage", "1990-2000", code=2)


def test_two_records_differ_by_what_was_moved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    record = json.loads(dumps(load_record()))
    old.write_text(json.dumps(record), encoding="utf-8")
    new.write_text(json.dumps(record), encoding="utf-8")
    assert said(capsys, "diff", str(old), str(new)).strip() == "nothing moved"
    record["propositions"]["W1"]["ratio"] += 0.5
    new.write_text(json.dumps(record), encoding="utf-8")
    moved = said(capsys, "diff", str(old), str(new), code=1)
    assert "W1" in moved and "ratio" in moved and "E1" not in moved


def test_tables_and_their_works_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    names = ist.datasets.catalogue()["name"].tolist()
    listed = said(capsys, "datasets")
    assert all(f"\n{name[:20]}" in listed for name in names)  # a long name is wrapped
    assert all(c in said(capsys, "datasets", names[0]) for c in ist.datasets.load(names[0]).columns)
    assert said(capsys, "cite", names[0]).strip() == ist.datasets.cite(names[0]).strip()
    assert said(capsys, "cite", "--bibtex").count("@") >= 5


def test_a_long_run_finds_out_first_that_it_cannot_write(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("", encoding="utf-8")
    assert "can be written" in said(capsys, "replicate", "--quick", "--out", str(taken / "below"), code=2)
    assert "names your own list" in said(capsys, "verify", "--actor", "TUR", code=2)
    assert "a bundled one has no record" in said(capsys, "verify", "--events", "reconstructed", code=2)


def test_json_holds_what_the_text_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = json.loads(said(capsys, "test", "L1", "--quick", "--json", "--why"))
    result = ist.test("L1", quick=True)
    assert (
        set(found) == {"L1"}
        and found["L1"]["verdict"] == result.verdict
        and found["L1"]["sentence"] == result.sentence()
    )
    assert found["L1"]["ratio"] == pytest.approx(result.glance()["ratio"].iloc[0])
    assert [c["clause"] for c in found["L1"]["why"]] == result.why()["clause"].tolist()
    whole = json.loads(said(capsys, "test", "status", "--quick", "--json"))
    assert set(whole) == {"status", "S1", "S2", "S1w"} and set(whole["status"]) == {"verdict", "why"}


def test_json_of_records_holds_each_drift(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = json.loads(dumps(load_record()))
    record.pop("from_schema", None)  # one of schema 1 would be told as such
    monkeypatch.setattr("interventions_stats.replication.verification._run", lambda *a: record)
    path = tmp_path / "r.json"
    path.write_text(dumps(record), encoding="utf-8")
    assert json.loads(said(capsys, "verify", "--record", str(path), "--json")) == {
        "ok": True,
        "drifts": [],
        "provenance": [],
    }
    moved = json.loads(dumps(record))
    moved["propositions"]["W1"] |= {"verdict": "supported", "mde": 1e308}
    moved["versions"]["numpy"] = "0"
    path.write_text(dumps(moved), encoding="utf-8")
    found = json.loads(said(capsys, "verify", "--record", str(path), "--json", code=1))
    now = record["versions"]["numpy"]
    assert found["ok"] is False and found["provenance"] == [f"dependency: numpy 0 -> {now}"]
    assert [(d["item"], d["field"], d["old"]) for d in found["drifts"]] == [
        ("W1", "verdict", "supported"),
        ("W1", "mde", None),
    ]
    other = tmp_path / "now.json"
    other.write_text(dumps(record), encoding="utf-8")
    assert [d["field"] for d in json.loads(said(capsys, "diff", str(path), str(other), "--json", code=1))] == [
        "verdict",
        "mde",
    ]
    written = json.loads(said(capsys, "verify", "--record", str(path), "--update", "--reason", "json", "--json"))
    assert written == {"written": str(path)}
