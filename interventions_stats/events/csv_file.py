"""A user's CSV or .xlsx as text: whatever its encoding and separator, each row with its number in the file."""

from __future__ import annotations

import csv
import io
import os
import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from interventions_stats.display.files import plain, read_bytes
from interventions_stats.engine.intake.scalars import check_text
from interventions_stats.errors import DataWarning, InputError, suggest
from interventions_stats.events.columns import key
from interventions_stats.events.problems import Problem, refuse
from interventions_stats.events.workbook import workbook_rows

SEPARATORS = (",", ";", "\t")
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_ZIP = b"PK\x03\x04"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)
# Bytes that are Turkish letters (ĞİŞğış) in Windows-1254 and Icelandic ones (ÐÝÞðýþ) in Windows-1252; all others are the same.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_NAMES = {"utf-8-sig": "utf-8", "cp1252": "Windows-1252", "cp1254": "Windows-1254", "utf-16-le": "UTF-16",
          "utf-16-be": "UTF-16", "utf-16": "UTF-16", "utf-32": "UTF-32"}  # fmt: skip
_BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The cells of a CSV file.

    Attributes
    ----------
    path : str
        As given, for messages.
    header : tuple of str
        Column names, stripped of blanks.
    rows : tuple of tuple of str
        Cells, as many a row as the header has; rows without any text are left out. The apostrophe by which
        :meth:`EventList.to_csv` keeps a spreadsheet from running ``=1+1`` is taken off.
    numbers : tuple of int
        Number of each row in the file; the header is row 1 where nothing comes before it.
    encoding, separator : str
        ``"xlsx"`` and "" for a workbook.
    """

    path: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    encoding: str
    separator: str


def read_csv_file(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    problems: list[Problem] | None = None,
    wanted: Collection[str] = (),
) -> CsvFile:
    """Read a CSV file in UTF-8, UTF-16, UTF-32, Windows-1252 or -1254, separated by comma, semicolon or tab; or an .xlsx.

    Parameters
    ----------
    path : str or path
    encoding : str, optional
        Any that Python knows (``"cp1251"``, ``"gb18030"``); default: found from the bytes. Without a mark only UTF can be
        told for sure; a single-byte file is read as Windows-1254 (Turkish) where it holds letters in which the two differ.
    problems : list of Problem, optional
        Collects rows of a wrong length, which are left out, and columns of one name; without it they are refused here.
    wanted : collection of str
        Columns by which to choose among the sheets of a workbook (default: the first).

    Raises
    ------
    InputError
        A file that is missing, a folder, empty, or no CSV; an unknown encoding, or one that does not fit; rows with more
        or fewer cells than the header; an unclosed quote; two columns of one name. The message names the file.

    Warns
    -----
    DataWarning
        When the encoding was guessed.
    """
    if not isinstance(path, str | os.PathLike) or not isinstance(shown := os.fspath(path), str):
        raise InputError(f"a path is text or a Path, not {type(path).__name__}; a frame goes to EventList.from_frame")
    raw = _bytes(path, shown)
    if raw.startswith(_ZIP):
        records, used, separator, first = workbook_rows(raw, shown, wanted), "xlsx", "", 1
    else:
        records, used, separator, first = _text_records(raw, shown, encoding)
    filled = [(k, cells) for k, cells in enumerate(records, start=first) if any(c.strip() for c in cells)]
    if not filled:
        raise InputError(f"{shown}: the file has no cell with text; write a header and at least one row")
    header = tuple(plain(c.strip()) for c in filled[0][1])
    found, whole = _check(header, filled[1:], shown)
    if problems is None:
        refuse(found, shown)
    else:
        problems += found
    rows = tuple(tuple(plain(c.strip()) for c in cells[: len(header)]) for _, cells in whole)
    return CsvFile(shown, header, rows, tuple(k for k, _ in whole), used, separator)


def _text_records(raw: bytes, shown: str, encoding: str | None) -> tuple[list[list[str]], str, str, int]:
    """Return the records of a text, its encoding, its separator, and the number of the first record's row."""
    content, used = _decode(raw, shown, encoding)
    if not content.strip():
        raise InputError(f"{shown}: the file is empty; write a header and at least one row")
    if used != "utf-8" and encoding is None:
        what = f"{shown}: read as {used}; if letters look wrong, save it as UTF-8 or give its encoding"
        warnings.warn(what, DataWarning, stacklevel=4)
    hint = re.match(r"sep=(.)\r?\n", content)  # the line by which Excel marks its separator
    separator = hint[1] if hint else _separator(content)
    records = _records(content, separator, shown)
    return (records[1:], used, separator, 2) if hint else (records, used, separator, 1)


def _bytes(path: str | os.PathLike[str], shown: str) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError:
        raise InputError(f"{shown}: there is no such file.{_near(Path(path))}") from None
    except IsADirectoryError:
        raise InputError(f"{shown}: this is a folder; give the path of a CSV file") from None


def _near(path: Path) -> str:
    try:
        return suggest(path.name, os.listdir(path.parent))
    except OSError:  # no such folder either, or none that may be looked into
        return ""


def _decode(content: bytes, shown: str, given: str | None) -> tuple[str, str]:
    """Return the text and the name of its encoding, ``"utf-8"`` with or without a byte order mark."""
    for signature, what in _SIGNATURES:
        if content.lstrip().startswith(signature):
            raise InputError(f"{shown}: this is {what}, not a CSV; save the sheet as 'CSV UTF-8' and give that file")
    if given is not None:
        check_text("encoding", given)
    marked = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    latin = "cp1254" if _TURKISH.search(content) else "cp1252"
    for encoding in [marked] if marked else [given] if given else [*_unmarked_utf16(content), "utf-8", latin]:
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        except (LookupError, TypeError, ValueError):  # no encoding of text, or none at all
            raise InputError(f"{shown}: unknown encoding {given!r}; write utf-8, cp1254 or another name") from None
        if _BINARY.search(decoded):
            break
        return decoded.removeprefix("\ufeff"), _NAMES.get(encoding, encoding)
    wrong = f"this is not text in {given}" if given else "this is not text in UTF-8, UTF-16 or Windows-1252"
    raise InputError(f"{shown}: {wrong}; save the sheet as 'CSV UTF-8' and give that file, or give its encoding")


def _unmarked_utf16(content: bytes) -> list[str]:
    """Guess UTF-16 without a mark: plain Latin text has a zero in every other byte."""
    head = content[:2000]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) < 0.3 * len(head) / 2:
        return []
    return ["utf-16-le" if odd > even else "utf-16-be"]


def _separator(text: str) -> str:
    """Return the separator that cuts the header into most columns."""
    first = text.strip().splitlines()[0]
    columns = {sep: len(next(csv.reader([first], delimiter=sep))) for sep in SEPARATORS}
    return max(SEPARATORS, key=lambda sep: columns[sep])


def _records(text: str, separator: str, shown: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: list[list[str]] = []
    try:
        for record in reader:
            records.append(record)
    except csv.Error as error:
        raise InputError(
            f"{shown}: row {len(records) + 1} is no CSV ({error}); look for a quote that is not closed"
        ) from None
    return records


def _check(
    header: tuple[str, ...], rows: list[tuple[int, list[str]]], shown: str
) -> tuple[list[Problem], list[tuple[int, list[str]]]]:
    """Find columns of one name and rows of another length; return the problems and the rows that are whole."""
    if not rows:
        raise InputError(f"{shown}: the file has a header and no rows")
    names = [key(name) for name in header]
    problems = [
        Problem(0, name, "two columns have this name; rename one")
        for i, name in enumerate(header)
        if name and names[i] in names[:i]
    ]
    whole = []
    for number, cells in rows:
        if len(cells) < len(header) or any(c.strip() for c in cells[len(header) :]):
            what = f"{len(cells)} cells where the header has {len(header)}; quote a cell that holds the separator"
            problems.append(Problem(number, header[min(len(cells), len(header)) - 1] or "?", what))
        else:
            whole.append((number, cells))
    return problems, whole
