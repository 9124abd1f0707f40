"""The command line under any arguments: exit code 0, 1, 2 or 130, at most one line of error, never a traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.cli import main
from interventions_stats.display.files import neutral, write_csv, write_text

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "interventions_stats"
# "replicate" and "verify" on the packaged record take a minute: their options are tried where they are refused at once.
COMMANDS = st.sampled_from(["test", "template", "verify", "diff", "datasets", "cite", "", "tset", "--version", "-h"])
WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["W1x", "Z9", "--lag", "0", "-1", "--delta", "nan", "inf", "1e400", "--events", "none.csv", "--series", "/", "--actor",
         "Atlantis", "--seed", "9" * 30, "--record", "/dev/null", "--update", "--reason", "events", "series", "russia_year",
         "approval_russia", "--bibtex", "--n-jobs", "\x00", "\ud800", "..", "~", "*", "--", "-", "=1+1", "<b>"]
    ),
)  # fmt: skip


def code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as stop:  # argparse
        return stop.code if isinstance(stop.code, int) else 2


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(COMMANDS, st.lists(WORDS, max_size=5))
def test_any_arguments_end_in_an_exit_code(capsys: pytest.CaptureFixture[str], command: str, words: list[str]) -> None:
    if command == "verify" and not {"--record", "--update"} & set(words):
        words = ["--record", "none.json", *words]
    capsys.readouterr()
    assert code([command, *words] if command else words) in (0, 1, 2, 130)
    said = capsys.readouterr().err
    assert "Traceback" not in said and "internal error" not in said


def test_a_fault_in_the_program_is_one_line_unless_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise ZeroDivisionError("a fault\nof two lines")

    monkeypatch.setattr("interventions_stats.datasets.catalogue", fail)
    assert main(["datasets"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "internal error: ZeroDivisionError: a fault of two lines" in said
    monkeypatch.setenv("INTERVENTIONS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["datasets"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["test", "W1x"], "unknown proposition"),
        (["test", "W1", "--delta", "big"], "--delta 'big'"),
        (["test", "W1", "--lag", "0", "--quick"], "G05"),
        (["test", "W1", "--events", "none.csv"], "none.csv"),
        (["test", "W1", "--series", "none.csv"], "none.csv"),
        (["test", "W1", "--actor", "Atlantis"], "Atlantis"),
        (["datasets", "approval_rusia"], "approval_russia"),
        (["cite", "nothing"], "nothing"),
        (["verify", "--record", "none.json"], "none.json"),
        (["diff", "none.json", "none.json"], "none.json"),
        (["replicate", "--out", "/dev/null/x"], "/dev/null/x"),
    ],
)
def test_unusable_input_is_one_line_and_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1 and said.startswith("interventions-stats: ")


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"start\n", b"start,target\n2014-02-27\n", b"start\nnever\n", b"\xff\xfe", b"PK\x03\x04"]
)
def test_files_of_events_that_cannot_be_used(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    for option in ("--events", "--series"):
        assert main(["test", "W1", option, str(path), "--quick"]) == 2
        said = capsys.readouterr().err
        assert "mine.csv" in said and "Traceback" not in said and "internal error" not in said


@pytest.mark.slow
def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m interventions_stats datasets | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode in (0, 141) and "Traceback" not in done.stderr


# ---------------------------------------------------------------- files are whole or not there


class Stop(BaseException):
    """What a signal raises in the middle of a call."""


@pytest.mark.parametrize("broken", ["os.replace", "os.fdopen"])
def test_an_interrupted_write_leaves_the_old_file(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "table.csv"
    write_text("old", target)

    def stop(*arguments: Any, **options: Any) -> None:
        raise Stop

    monkeypatch.setattr(f"interventions_stats.display.files.{broken}", stop)
    with pytest.raises(Stop):
        write_text("new", target)
    assert target.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    write_text("old", target)
    with pytest.raises(UnicodeEncodeError):
        write_text("half \ud800", target)
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_killed_process_leaves_no_partial_file(tmp_path: Path) -> None:
    """The process dies after half of the text is on the disk, before the file has its name."""
    target = tmp_path / "report.json"
    target.write_text("old")
    program = (
        "import os, sys\nfrom interventions_stats.display import files\n"
        "files.os.replace = lambda *a: os._exit(9)\n"
        f"files.write_text('x' * 10_000_000, {str(target)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=ROOT)
    assert done.returncode == 9 and target.read_text() == "old"


def test_every_writer_of_the_package_goes_through_the_atomic_one() -> None:
    """Other calls that write are listed here with the reason."""
    allowed = {
        "display/files.py": "the writer itself",
        "robustness/work.py": "writes a part and renames it",
        "reporting/docx.py": "bytes, to a temporary name and renamed",
    }
    pattern = re.compile(
        r"\.write_text\(|\.write_bytes\(|open\([^)]*['\"][wax]b?['\"]|\.to_csv\((?!\)|out\)|index=False, lineterminator)"
    )
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        lines = [
            n
            for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
            if pattern.search(line) and ">>>" not in line
        ]
        name = file.relative_to(PACKAGE).as_posix()
        if lines and name not in allowed:
            found[name] = lines
    assert found == {}


# ---------------------------------------------------------------- no code in data


def test_the_package_evaluates_no_text_and_loads_no_objects() -> None:
    pattern = re.compile(
        r"\bpickle\b|\bdill\b|\bmarshal\b|\bshelve\b|(?<![\w.])eval\(|(?<![\w.])exec\(|allow_pickle|read_pickle|yaml\.load|joblib\.load|shell=True|os\.system"
    )
    found = [
        f"{file.relative_to(PACKAGE)}:{n}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_a_planted_cache_file_runs_nothing(tmp_path: Path) -> None:
    """Results of an interrupted run are kept as text; what is not a result of the library is computed again, not obeyed."""
    import json

    from interventions_stats.robustness.work import run_jobs

    jobs = [(7, 2), (9, 4), (5, 5), (8, 3), (6, 4), (9, 2)]
    answers = [(3, 1), (2, 1), (1, 0), (2, 2), (1, 2), (4, 1)]
    assert run_jobs(divmod, jobs, cache=tmp_path) == answers
    (folder,) = tmp_path.iterdir()
    planted = [
        {"@": "os:system", "of": {"command": f"touch {tmp_path / 'ran'}"}},
        {"@": "interventions_stats.display.files:write_text", "of": {"text": "x", "path": str(tmp_path / "ran")}},
        {"@": "interventions_stats.rules.sesoi:Sesoi", "of": {"no": "such field"}},
        {"@": "interventions_stats.__main__:main", "of": {}},
    ]
    for i, entry in enumerate(planted):
        (folder / f"{i}.json").write_text(json.dumps(entry), encoding="utf-8")
    (folder / "4.json").write_bytes(b"\x80\x04damaged")
    (folder / "5.json").write_text('{"@": "tuple", "of": ["kept", 1]}', encoding="utf-8")
    assert run_jobs(divmod, jobs, cache=tmp_path) == [*answers[:5], ("kept", 1)]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["W1", "B2", "I1"])
def test_evidence_comes_back_as_it_was_kept(name: str) -> None:
    import interventions_stats as ist
    from interventions_stats.drivers.registry import PROPOSITIONS
    from interventions_stats.evidence.gather import gather
    from interventions_stats.primary.question import Question
    from interventions_stats.robustness.kept import read, written

    kept = gather(Question(PROPOSITIONS[name], ist.load_events("reconstructed"), draws=99, seed=0))
    again = read(written(kept))
    assert type(again) is type(kept) and repr(again) == repr(kept) and str(again.numbers()) == str(kept.numbers())
    with pytest.raises(TypeError, match="cannot be kept"):
        written({"f": print})


DANGEROUS = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("cell", DANGEROUS)
def test_cells_that_a_spreadsheet_would_run_are_neutralised(cell: str, tmp_path: Path) -> None:
    import csv

    frame = pd.DataFrame({"name": [cell, "plain"], "n": [1, -2], cell: ["a", cell]})
    with open(write_csv(frame, tmp_path / "t.csv"), encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    cells = [c for row in rows for c in row]
    assert not [c for c in cells if c[:1] in "=+@\t\r" and c]
    assert rows[1][0] == "'" + cell.replace("\r", "\n") and rows[2][1] == "-2"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=20))
def test_neutral_cells_begin_with_nothing_a_spreadsheet_runs(text: str) -> None:
    out = neutral(text)
    assert out in (text, "'" + text)
    if len(out) > 1 and out[0] in "=@\t\r":
        pytest.fail(f"{out!r} would run")
    if len(out) > 1 and out[0] in "+-":
        float(out)  # a signed number is none


def test_lists_are_exported_safely(tmp_path: Path) -> None:
    import interventions_stats as ist

    frame = pd.DataFrame({"start": ["2014-02-27"], "name": ["=cmd|' /C calc'!A0"], "event_id": ["@x"]})
    events = ist.EventList.from_frame(frame, "RUS", name="name", event_id="event_id")
    events.to_csv(tmp_path / "e.csv")
    text = (tmp_path / "e.csv").read_text(encoding="utf-8")
    assert "'=cmd" in text and "'@x" in text and not re.search(r"(^|,)[=@]", text, re.M)


SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_html_of_results_is_escaped() -> None:
    """Script tags planted in a variable's and an event's name come out as text."""
    import interventions_stats as ist

    frame = pd.DataFrame({"y": [0, 1, 0, 1, 1, 0, 0, 1], SCRIPT: [1.0, 2, 3, 4, 5, 7, 1, 3]})
    fit = ist.firth_logit(y=frame["y"], X=frame[[SCRIPT]])
    events = ist.EventList.from_frame(pd.DataFrame({"start": ["2014-02-27"], "name": [SCRIPT]}), "RUS", name="name")
    shown = [fit._repr_html_()]
    shown += [events._repr_html_()] if hasattr(events, "_repr_html_") else []
    for html in shown:
        assert "<script" not in html and "<img" not in html
        assert "&lt;script&gt;" in html


def test_environment_names_no_code() -> None:
    """A folder named in the environment is read as data: what is no package of tables is refused."""
    done = subprocess.run([sys.executable, "-m", "interventions_stats", "datasets"], env={**os.environ, "INTERVENTIONS_DATASETS": "/"},
                          capture_output=True, text=True, check=False, cwd=ROOT)  # fmt: skip
    assert done.returncode == 2 and "INTERVENTIONS_DATASETS" in done.stderr and "Traceback" not in done.stderr
