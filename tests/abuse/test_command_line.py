"""The command line under any arguments: exit code 0, 1, 2 or 130, at most one line of error, never a traceback."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions_stats.cli import main
from interventions_stats.display.files import neutral, write_csv
from interventions_stats.replication.record import record_path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "interventions_stats"
ODD = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["W1x", "Z9", "--lag", "0", "-1", "--delta", "nan", "inf", "1e400", "--events", "none.csv", "--series", "/", "--actor",
         "Atlantis", "--seed", "9" * 30, "--record", "/dev/null", "/dev/zero", "--update", "--reason", "events", "series",
         "russia_year", "approval_russia", "--bibtex", "--n-jobs", "\x00", "\ud800", "..", "~", "*", "--", "-", "=1+1", "<b>", "",
         " ", "²", "٣", "1_000", "--json", "--encoding", "undefined", "--coverage", "²-³", "--quick", "--quik"]
    ),
)  # fmt: skip
# "replicate" and "verify" on the packaged record take a minute: their options are tried where they are refused at once.
COMMANDS = ["test", "template", "verify", "diff", "datasets", "cite", "", "tset", "--version", "-h"]
RECORD = str(record_path())
GOOD: list[list[str]] = [
    ["datasets"], ["datasets", "approval_russia"], ["cite"], ["cite", "events_mid"], ["cite", "--bibtex"], ["template", "events"],
    ["template", "series"], ["template", "events", "--actor", "FRA"], ["diff", RECORD, RECORD], ["diff", RECORD, RECORD, "--json"],
    ["--version"], [], ["test", "-h"], ["test", "L2", "--quick", "--seed", "-1"], ["test", "P2", "--quick", "--json", "--why"],
]  # fmt: skip


def code(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as stop:  # --help and --version
        return stop.code if isinstance(stop.code, int) else 2


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.booleans(), st.sampled_from(GOOD), st.sampled_from(COMMANDS), st.lists(ODD, max_size=5))
def test_any_arguments_end_in_an_exit_code(
    tally: Any, capsys: pytest.CaptureFixture[str], good: bool, whole: list[str], command: str, words: list[str]
) -> None:
    if command == "verify" and not {"--record", "--update"} & set(words):
        words = ["--record", "none.json", *words]
    capsys.readouterr()
    done = code(whole if good else [command, *words])
    tally(lambda: done if done in (0, 1) else None)
    said = capsys.readouterr().err
    assert done in (0, 1, 2) and "Traceback" not in said and "internal error" not in said


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
        (["replicate", "--out", ""], "--out: is empty"),
        (["replicate", "--out", "  "], "--out: is empty"),
        (["replicate", "--n-jobs", "0"], "number of workers"),
        (["replicate", "--n-jobs", "99999999"], "number of workers"),
        (["test", "W1", "--events", ""], "--events: is empty"),
        (["test", "W1", "--actor", ""], "--actor: is empty"),
        (["verify", "--record", ""], "--record: is empty"),
        (["test", ""], "X: is empty"),
        (["test", "W1", "--seed", "٣"], "no whole number"),
        (["test", "W1", "--seed", "1_000"], "no whole number"),
        (["test", "W1", "--seed", "9" * 5000], "no whole number"),
        (["test", "W1", "--lag", "1e3"], "no number of periods"),
        (["test", "W1", "--lag", "9" * 20], "no number of periods"),
        (["test", "W1", "--delta", "nan"], "delta=nan"),
        (["test", "W1", "--delta", "-inf"], "expected one argument"),
        (["test", "W1", "--delta=-inf"], "delta=-inf"),
        (["test", "W1", "--events", "/dev/zero"], "may never end"),
        (["test", "W1", "--series", "/dev/zero"], "may never end"),
        (["test", "W1", "--leaders", "/dev/zero"], "may never end"),
        (["verify", "--record", "/dev/zero"], "may never end"),
        (["diff", "/dev/zero", "/dev/zero"], "may never end"),
        (["test", "W1", "--quik"], "Did you mean '--quick'"),
        (["test", "W1", "more"], "unknown argument 'more'"),
        (["test"], "are required: X"),
        (["tset", "W1"], "Did you mean 'test'"),
        (["verfy"], "Did you mean 'verify'"),
        ([""], "unknown command ''"),
        (["test\nW1"], r"unknown command 'test\nW1'"),
        (["template", "evnts"], "'events'"),
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


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "rot13", "hex", "zlib", "no such", "\ud800"])
@pytest.mark.parametrize("option", ["--events", "--series", "--leaders"])
def test_an_encoding_that_is_none_is_named(
    encoding: str, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("start,target\n2014-02-27,UKR\n", encoding="utf-8")
    assert main(["test", "W1", option, str(path), "--encoding", encoding]) == 2
    said = capsys.readouterr().err
    assert "mine.csv: unknown encoding" in said and said.count("\n") == 1


@pytest.mark.parametrize("coverage", ["²-³", "1992", "1992-", "-", "1992-20200", "nan-inf", "٣-٤"])
def test_years_that_are_none_are_refused(coverage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("start,target\n2014-02-27,UKR\n", encoding="utf-8")
    assert main(["test", "W1", "--events", str(path), f"--coverage={coverage}"]) == 2
    assert f"--coverage {coverage!r}: write the first and the last year" in capsys.readouterr().err


def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for arguments in (["test", "W1", "--events"], ["test", "W1", "--series"], ["verify", "--record"]):
        assert main([*arguments, str(tmp_path / "pipe.csv")]) == 2
        assert "may never end" in capsys.readouterr().err


# ---------------------------------------------------------------- streams that are closed, full, or know ASCII only


class Full(io.StringIO):
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_stream_of_ascii_takes_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, expected in ((["cite"], 0), (["datasets", "no\ud800\u00e9"], 2)):
        streams = {n: io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True) for n in ("stdout", "stderr")}
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        assert main(arguments) == expected
        said = b"".join(s.buffer.getvalue() for s in streams.values())  # type: ignore[attr-defined]
        assert said.isascii() and len(said) > 50 and b"internal error" not in said


@pytest.mark.parametrize(
    "arguments", [["datasets"], ["cite"], ["template", "series"], ["tset"], ["test", "W1", "--lag", "0"]]
)
@pytest.mark.parametrize("closed", [("stdout",), ("stderr",), ("stdout", "stderr")], ids="+".join)
def test_closed_streams_change_no_exit_code(
    arguments: list[str], closed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = main(arguments)
    for name in closed:
        monkeypatch.setattr(sys, name, None)
    assert main(arguments) == expected


def test_a_full_disk_behind_stdout_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["datasets"]) == 2
    assert capsys.readouterr().err == "interventions-stats: the output: No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shell", "expected"),
    [("| head -n 1; exit ${PIPESTATUS[0]}", (0, 141)), (">/dev/full", (2,)), (">&-", (0,)), (">&- 2>&-", (0,))],
)
def test_no_traceback_at_the_exit_either(shell: str, expected: tuple[int, ...]) -> None:
    command = f"{sys.executable} -m interventions_stats datasets {shell}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode in expected and "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_termination_cleans_up_and_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("interventions_stats.datasets.catalogue", lambda: signal.raise_signal(signal.SIGTERM))
    assert main(["datasets"]) == 143
    assert capsys.readouterr().err == "interventions-stats: terminated\n" and signal.getsignal(signal.SIGTERM) is before


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

    from interventions_stats.robustness.jobs import run_jobs

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
    from interventions_stats.robustness.json_results import read, written

    kept = gather(Question(PROPOSITIONS[name], ist.load_events("reconstructed"), draws=99, seed=0))
    again = read(written(kept))
    assert type(again) is type(kept) and repr(again) == repr(kept) and str(again.numbers()) == str(kept.numbers())
    cited, back = kept.proposition.support, again.proposition.support
    assert [(type(w), vars(w)) for w in back] == [(type(w), vars(w)) for w in cited] and cited
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
