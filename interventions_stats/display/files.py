"""Files are written whole or not at all, and open safely in a spreadsheet."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.display.swap import PathLike, check_writable, write_files
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "check_writable",
    "csv_text",
    "encoded",
    "neutral",
    "plain",
    "read_bytes",
    "write_bytes",
    "write_csv",
    "write_text",
    "write_together",
]

LARGEST = 1 << 31  # bytes of a file that is read at once
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_bytes(path: PathLike) -> bytes:
    """Return what a file of the user's holds.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        As the operating system says.
    InputError
        A device or a pipe, a file of more than 2 GB, or one that cannot be read.
    """
    text = os.fsdecode(path)
    try:
        found = os.stat(text)
        ends = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        content = Path(text).read_bytes() if ends and found.st_size <= LARGEST else None
    except (FileNotFoundError, IsADirectoryError):
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(f"{text}: the file cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if content is None:
        what = "the file is larger than 2 GB" if ends else "this is a device or a pipe, which may never end"
        raise InputError(f"{text}: {what}; give a file of your data")
    return content


def write_text(text: str, path: PathLike) -> Path:
    """Write UTF-8 text, whole or not at all; return the path."""
    return write_bytes(encoded(text, path), path)


def write_bytes(data: bytes, path: PathLike) -> Path:
    """Write bytes, whole or not at all; return the path."""
    write_files({path: data})
    return Path(path)


def write_together(contents: Mapping[str, str | bytes], folder: PathLike) -> list[Path]:
    """Write files of these names into a folder, all of them or none; return their paths."""
    paths = [Path(folder) / name for name in contents]
    data = [encoded(c, p) if isinstance(c, str) else c for p, c in zip(paths, contents.values(), strict=True)]
    write_files(dict(zip(paths, data, strict=True)))
    return paths


def write_csv(frame: pd.DataFrame, path: PathLike) -> Path:
    """Write a frame as :func:`csv_text`, whole or not at all; return the path."""
    return write_text(csv_text(frame), path)


def encoded(text: str, path: PathLike) -> bytes:
    """Return text as UTF-8; refuse half a character, which no file can hold."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        near = ascii(text[max(error.start - 20, 0) : error.start + 1])
        raise InputError(f"{path} cannot be written: the text at {near} is no valid Unicode") from None


def csv_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV (``\\n``), with formulas neutralised, in the header too."""
    safe = frame.copy()
    for i, kind in enumerate(frame.dtypes):
        if str(kind) in ("object", "str", "string"):
            safe.isetitem(i, frame.iloc[:, i].map(_cell).to_numpy())
    safe.columns = [_cell(c) for c in frame.columns]
    return safe.to_csv(index=False, lineterminator="\n")


def neutral(value: Any) -> Any:
    """Prefix text that a spreadsheet would run as a formula with an apostrophe.

    :func:`plain` takes it off again; text that begins so of itself gets another one, so that nothing is lost.

    >>> neutral("=1+1"), neutral("-3"), neutral("plain"), neutral("-"), neutral(-3), neutral("'=x")
    ("'=1+1", '-3', 'plain', '-', -3, "''=x")
    """
    if not isinstance(value, str):
        return value
    bare = value.lstrip("'")
    if len(bare) < 2 or not bare.startswith(_FORMULA):
        return value
    try:
        float(bare)
    except ValueError:
        return "'" + value
    return value


def plain(value: str) -> str:
    """Return the text that :func:`neutral` was given.

    >>> plain("'=1+1"), plain("''=x"), plain("'tis"), plain(neutral("-b"))
    ('=1+1', "'=x", "'tis", '-b')
    """
    return value[1:] if value.startswith("'") and neutral(value[1:]) == value else value


def _cell(value: Any) -> Any:
    """A carriage return is not quoted by the writer and would begin a row, so a cell's line ends become ``\\n``."""
    text = neutral(value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text
