"""Files are written whole or not at all, several together or none, and what is the user's stays as it was."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interventions_stats.display import swap
from interventions_stats.display.files import check_writable, read_bytes, write_bytes, write_text, write_together
from interventions_stats.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "interventions_stats"
RUN = {"a.csv": "new a", "b.json": "new b", "c.html": "new c", "d.txt": "new d"}
OLD = {"a.csv": "old a", "b.json": "old b", "c.html": "old c", "mine.txt": "the user's"}


class Stop(BaseException):
    """What a signal raises in the middle of a call."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an earlier run of three files and one of the user's."""
    for name, text in OLD.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def held(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted(folder.iterdir())}


def test_files_are_replaced_together_and_others_are_left_alone(folder: Path) -> None:
    assert write_together(RUN, folder) == [folder / n for n in RUN]
    assert held(folder) == OLD | RUN


@pytest.mark.parametrize("error", [Stop(), OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("call", ["os.open", "os.fdopen", "os.fsync", "os.link", "os.replace"])
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_what_fails_at_any_step_leaves_the_old_run_whole(
    call: str, nth: int, error: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, calls = call.removeprefix("os."), [0]
    real = getattr(os, name)

    def fail(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == nth:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(swap.os, name, fail)
    copied = call == "os.link" and isinstance(error, OSError)  # a file system without hard links: copies serve
    if copied or (call == "os.link" and nth == 4):  # only three files were there before
        write_together(RUN, folder)
        assert held(folder) == OLD | RUN
        return
    with pytest.raises(InputError if isinstance(error, OSError) else type(error)):
        write_together(RUN, folder)
    monkeypatch.undo()
    assert held(folder) == OLD


def test_a_new_folder_is_taken_back_when_the_run_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(swap.os, "fsync", fail)
    with pytest.raises(InputError, match=r"a\.csv cannot be written: No space left on device"):
        write_together(RUN, tmp_path / "deep" / "out")
    assert not list(tmp_path.iterdir())


def in_a_process(code: str, *arguments: object, limit: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{limit}\nimport os, signal, sys\nfrom interventions_stats.display import swap, files\n{code}"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_disk_that_takes_no_more_leaves_the_old_run(folder: Path) -> None:
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999))"
    done = in_a_process(
        "files.write_together({'a.csv': 'new', 'b.json': 'x' * 10**6}, sys.argv[1])", folder, limit=limit
    )
    assert done.returncode == 1 and "b.json cannot be written: File too large" in done.stderr
    assert held(folder) == OLD


def test_a_killed_process_leaves_the_old_files(folder: Path) -> None:
    """It dies when everything is on the disk, before anything has its name."""
    done = in_a_process(f"swap.os.replace = lambda *a: os._exit(9)\nfiles.write_together({RUN!r}, sys.argv[1])", folder)
    assert done.returncode == 9 and held(folder).items() >= OLD.items()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_until_all_files_have_their_places(number: signal.Signals, folder: Path) -> None:
    code = f"""
real = os.replace
def replace(*a):
    signal.raise_signal({int(number)})
    real(*a)
swap.os.replace = replace
signal.signal({int(number)}, lambda *a: os._exit(7))
files.write_together({RUN!r}, sys.argv[1])
"""
    assert in_a_process(code, folder).returncode == 7
    assert held(folder) == OLD | RUN


# ---------------------------------------------------------------- modes, links, and what is no file


def test_mode_and_link_are_kept_and_a_new_file_has_the_mode_of_the_umask(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "real.json", tmp_path / "link.json"
    real.parent.mkdir()
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    before = os.umask(0o077)
    try:
        write_text("new", link)
        write_text("new", tmp_path / "made" / "fresh.json")
    finally:
        os.umask(before)
    assert link.is_symlink() and real.read_text() == "new" and real.stat().st_mode & 0o7777 == 0o640
    assert (tmp_path / "made" / "fresh.json").stat().st_mode & 0o7777 == 0o600
    assert [p.name for p in real.parent.iterdir()] == ["real.json"]


def test_a_link_to_nothing_yet_is_written_where_it_points(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "later.json")
    write_text("new", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink() and (tmp_path / "later.json").read_text() == "new"


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def loop(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "x.json"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder, "is a folder"),
        (lambda folder: "/dev/null", "is a device"),
        (fifo, "is a device"),
        (loop, "cannot be written: Too many levels"),
        (below_a_file, "cannot be written: Not a directory"),
        (lambda folder: folder / ("x" * 300), "File name too long"),
        (lambda folder: "/proc/nope/x.json", "cannot be written: No such file"),
        (lambda folder: "a\0b", "null byte"),
        (lambda folder: "", "is empty"),
        (lambda folder: "  ", "is empty"),
        (lambda folder: 5, "not by int"),
        (lambda folder: None, "not by NoneType"),
    ],
    ids=lambda part: part if isinstance(part, str) else getattr(part, "__name__", "case").strip("<>"),
)
@pytest.mark.parametrize("write", [check_writable, lambda path: write_bytes(b"x", path)], ids=["asked", "written"])
def test_what_is_no_file_is_refused_and_left(
    make: Callable[[Path], Any], says: str, write: Callable[[Any], Any], tmp_path: Path
) -> None:
    path = make(tmp_path)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(InputError, match=re.escape(says)):
        write(path)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_write_protected_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    path.write_text("old")
    path.chmod(0o444)
    monkeypatch.setattr(swap.os, "access", lambda *a, **k: False)  # the superuser may always
    for write in (check_writable, lambda p: write_text("new", p)):
        with pytest.raises(InputError, match="write-protected"):
            write(path)
    assert path.read_text() == "old"


def test_asking_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "x.json")
    assert not list(tmp_path.iterdir())


def test_text_that_cannot_be_encoded_leaves_the_old_file(folder: Path) -> None:
    with pytest.raises(InputError, match=r"c\.html cannot be written: the text at 'half \\ud800'"):
        write_together({"a.csv": "new", "c.html": "half \ud800"}, folder)
    assert held(folder) == OLD


@pytest.mark.parametrize("make", [lambda folder: "/dev/zero", fifo], ids=["device", "pipe"])
def test_what_never_ends_is_not_read(make: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="may never end"):
        read_bytes(make(tmp_path))


def test_a_file_that_no_memory_holds_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "sparse.csv", "wb") as stream:
        stream.truncate(3 << 30)
    with pytest.raises(InputError, match="larger than 2 GB"):
        read_bytes(tmp_path / "sparse.csv")


def test_every_writer_of_the_package_goes_through_the_one() -> None:
    """Other calls that write are listed here with the reason."""
    allowed = {"display/swap.py": "the writer itself", "robustness/jobs.py": "writes a part and renames it"}
    pattern = re.compile(
        r"\.write_text\(|\.write_bytes\(|open\([^)]*['\"][wax]b?['\"]|os\.open\([^)]*O_W|mkstemp|\.to_csv\((?!\)|out\)|folder\)|index=False, lineterminator)"
    )
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        code = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        lines = [n for n, line in code if pattern.search(line) and ">>>" not in line and "devnull" not in line]
        name = file.relative_to(PACKAGE).as_posix()
        if lines and name not in allowed:
            found[name] = lines
    assert found == {}
