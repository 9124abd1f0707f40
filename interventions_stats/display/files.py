"""Files are written whole or not at all, and open safely in a spreadsheet."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_text(text: str, path: str | os.PathLike[str]) -> Path:
    """Write UTF-8 text to a temporary name beside the target, then rename it into place."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(partial).chmod(0o644)
        os.replace(partial, target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return target


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


def write_csv(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame as CSV (UTF-8, ``\\n``), atomically and with formulas neutralised, in the header too."""
    safe = frame.copy()
    for i, kind in enumerate(frame.dtypes):
        if str(kind) in ("object", "str", "string"):
            safe.isetitem(i, frame.iloc[:, i].map(_cell).to_numpy())
    safe.columns = [_cell(c) for c in frame.columns]
    return write_text(safe.to_csv(index=False, lineterminator="\n"), path)
