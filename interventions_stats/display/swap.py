"""Files change together or not at all: each is written beside its target, then all are renamed into place."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from interventions_stats.errors import InputError

PathLike = str | os.PathLike[str]
_HELD_BACK = tuple(getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n))


def write_files(contents: Mapping[Any, bytes]) -> None:
    """Write every file or none: what fails half-way leaves the files that were there.

    A target that exists keeps its mode and owner, a link is followed, a new file has the mode that the umask gives.  Signals
    that would end the process wait until the files are there.

    Parameters
    ----------
    contents : mapping of path to bytes
        Missing folders are made.

    Raises
    ------
    InputError
        A target that cannot be written, named with the reason.
    """
    places = {path: target_of(path) for path in contents}
    staged: dict[Path, Path] = {}
    made: list[Path] = []
    with _undisturbed():
        try:
            for path, data in contents.items():
                with _named(path):
                    made += _make_folder(places[path].parent)
                    _stage(data, places[path], staged)
            _rename(staged)
        except BaseException:
            _take_back(staged, made)
            raise


def _take_back(staged: Mapping[Path, Path], made: list[Path]) -> None:
    """Remove what was written under another name, and the folders that were made for it."""
    for partial in staged:
        partial.unlink(missing_ok=True)
    for folder in reversed(made):
        with suppress(OSError):  # somebody else has put a file there
            folder.rmdir()


def target_of(path: PathLike) -> Path:
    """Return the file that a path stands for, links followed; refuse one that can only be no file of the user's.

    Raises
    ------
    InputError
        An empty path, a folder, a device, or a file that is write-protected.
    """
    text = _text(path)
    try:
        target = Path(os.path.realpath(text))
        kind = target.stat().st_mode
    except FileNotFoundError:
        return target
    except (OSError, ValueError) as error:  # a null byte, a loop of links, a name that is too long
        raise InputError(f"{text!r} cannot be written: {_reason(error)}") from None
    if stat.S_ISDIR(kind):
        raise InputError(f"{text} cannot be written: it is a folder; name a file")
    if not stat.S_ISREG(kind):
        raise InputError(f"{text} cannot be written: it is a device and no file; name a file")
    if not os.access(target, os.W_OK):
        raise InputError(f"{text} cannot be written: it is write-protected; name another file or lift the protection")
    return target


def check_writable(path: PathLike) -> None:
    """Find out before long work that its result can be written to a file; nothing is left on the disk.

    Raises
    ------
    InputError
        A target that cannot be written, named with the reason.
    """
    folder = target_of(path).parent
    with _named(path):
        while not folder.exists():
            folder = folder.parent
        probe = _beside(folder / "x")
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        probe.unlink()


def _text(path: PathLike) -> str:
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise InputError(f"a file is named by a path, not by {type(path).__name__}") from None
    if not text.strip():
        raise InputError("the path of the file is empty; name a file")
    return text


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)


@contextmanager
def _named(path: PathLike) -> Iterator[None]:
    """Say of which file it is that the operating system complains."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise InputError(f"{os.fsdecode(path)} cannot be written: {_reason(error)}") from error


def _beside(target: Path) -> Path:
    return target.with_name(f".{secrets.token_hex(8)}.part")


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder with those above it; return the new ones, the uppermost first."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _stage(data: bytes, target: Path, staged: dict[Path, Path]) -> None:
    """Put the new content on the disk under another name, with the mode and owner that it will have."""
    partial = _beside(target)
    handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    staged[partial] = target
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    if target.exists():
        was = target.stat()
        with suppress(OSError, AttributeError):  # only root may give a file away
            os.chown(partial, was.st_uid, was.st_gid)
        partial.chmod(stat.S_IMODE(was.st_mode))


def _rename(staged: Mapping[Path, Path]) -> None:
    """Rename every file into place; where one fails, put back those that went before it."""
    kept: dict[Path, Path | None] = {}
    try:
        for k, (partial, target) in enumerate(staged.items()):
            with _named(target):
                if k < len(staged) - 1 and target not in kept:  # the last one either takes its place or does not
                    kept[target] = _keep(target)
                os.replace(partial, target)
    except BaseException:
        for target, old in kept.items():
            if old is None:
                target.unlink(missing_ok=True)
            else:
                os.replace(old, target)
        raise
    finally:
        for old in kept.values():
            if old is not None:
                old.unlink(missing_ok=True)


def _keep(target: Path) -> Path | None:
    """Give an existing file a second name, from which it can be put back."""
    if not target.exists():
        return None
    second = _beside(target)
    try:
        os.link(target, second)
    except OSError:  # a file system without hard links
        shutil.copy2(target, second)
    return second


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back what would interrupt, and let it through afterwards; outside the main thread nothing can be held back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    before = {s: signal.getsignal(s) for s in _HELD_BACK}
    known = {s: handler for s, handler in before.items() if handler is not None}  # None: set by no Python code
    for s in known:
        signal.signal(s, lambda number, frame: caught.append(number))
    try:
        yield
    finally:
        for s, handler in known.items():
            signal.signal(s, handler)
        for number in dict.fromkeys(caught):
            signal.raise_signal(number)
