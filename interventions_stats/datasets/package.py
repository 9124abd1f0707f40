"""``datapackage.json`` as typed records, and the digests that version the data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from interventions_stats.datasets.location import MANIFEST, folder
from interventions_stats.engine.intake.scalars import check_texts, shown
from interventions_stats.errors import DatasetError, IntegrityError, unknown_name

ColumnType = Literal["string", "integer", "number", "date", "year", "yearmonth"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``unit`` is ``""`` where none applies."""

    name: str
    type: ColumnType
    description: str
    unit: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """One source of a table: ``edition`` of its producer's data, its last year, and a newer edition known at release."""

    edition: str
    last_year: int | None
    newer: str


@dataclass(frozen=True, slots=True)
class TableInfo:
    """What ``datapackage.json`` says about one table; ``file`` is where it lies."""

    name: str
    title: str
    description: str
    coverage: str
    rows: int
    bytes: int
    sha256: str
    licence: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    producers: tuple[str, ...]
    citations: tuple[str, ...]
    caveats: tuple[str, ...]
    sources: tuple[SourceInfo, ...]
    file: Path


_CACHE: dict[tuple[str, int, int], dict[str, TableInfo]] = {}


def tables() -> dict[str, TableInfo]:
    """Return every table by name, in the order of ``datapackage.json``; read once, again if the file changes.

    Raises
    ------
    DatasetError
        When the tables are not found, or ``datapackage.json`` is not JSON.
    IntegrityError
        When an entry lacks what the library needs, or names a file outside its folder.
    """
    manifest = folder() / MANIFEST
    state = manifest.stat()
    stamp = (str(manifest), state.st_mtime_ns, state.st_size)
    if stamp not in _CACHE:
        _CACHE[stamp] = {info.name: info for info in _read(manifest)}
    return dict(_CACHE[stamp])


def table(name: str) -> TableInfo:
    """Return one table's record; an unknown name raises with the nearest known one."""
    known = tables()
    if not isinstance(name, str) or name not in known:
        raise unknown_name("table", name if isinstance(name, str) else shown(name), known, where="the catalogue")
    return known[name]


def digest(names: Iterable[str] | None = None) -> dict[str, str]:
    """Return the published sha256 of tables, by name.

    Parameters
    ----------
    names : iterable of str, optional
        Tables; all of them by default.

    Returns
    -------
    dict of str
        Name to 64 hexadecimal digits, sorted by name.  :func:`load` refuses a
        file with another digest, so these identify the data a result used.

    Raises
    ------
    UnknownNameError
        When a name is not in the catalogue.

    Examples
    --------
    >>> {len(sha) for sha in digest().values()}
    {64}
    """
    chosen = tables() if names is None else {name: table(name) for name in check_texts("names of tables", names)}
    return {name: chosen[name].sha256 for name in sorted(chosen)}


def data_version() -> str:
    """Return 12 hexadecimal digits that change when any table changes.

    They begin the sha256 of the lines ``name sha256``, sorted by name.

    Examples
    --------
    >>> len(data_version())
    12
    """
    lines = "".join(f"{name} {sha}\n" for name, sha in digest().items())
    return hashlib.sha256(lines.encode("ascii")).hexdigest()[:12]


def _read(manifest: Path) -> list[TableInfo]:
    try:
        described = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(f"{manifest} is not valid JSON ({error}). Reinstall the package or rebuild it.") from error
    entries = described.get("resources") if isinstance(described, dict) else None
    if not isinstance(entries, list) or not entries:
        raise IntegrityError(f"{manifest} lists no tables under 'resources'. Reinstall the package or rebuild it.")
    return [_record(entry, number, manifest) for number, entry in enumerate(entries)]


def _record(entry: dict[str, Any], number: int, manifest: Path) -> TableInfo:
    try:
        if Path(entry["path"]).name != entry["path"]:
            raise IntegrityError(f"{manifest}, table {entry['name']!r}: {entry['path']!r} must be a plain file name.")
        return TableInfo(
            name=entry["name"],
            title=entry["title"],
            description=entry["description"],
            coverage=entry["coverage"],
            rows=int(entry["rows"]),
            bytes=int(entry["bytes"]),
            sha256=entry["hash"].removeprefix("sha256:"),
            licence="; ".join(licence["name"] for licence in entry["licenses"]),
            key=tuple(entry["schema"]["primaryKey"]),
            columns=tuple(_column(field, entry["name"], manifest) for field in entry["schema"]["fields"]),
            producers=tuple(entry.get("producers", ())),
            citations=tuple(entry.get("citations", ())),
            caveats=tuple(entry.get("caveats", ())),
            sources=tuple(
                SourceInfo(s.get("edition", ""), s.get("last_year"), s.get("newer", ""))
                for s in entry.get("sources", ())
            ),
            file=manifest.parent / entry["path"],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        place = entry.get("name", number) if isinstance(entry, dict) else number
        raise IntegrityError(
            f"{manifest}, table {place!r}: missing or unusable entry {error}. Reinstall the package or rebuild it."
        ) from error


def _column(field: dict[str, Any], name: str, manifest: Path) -> Column:
    if field["type"] not in get_args(ColumnType):
        raise IntegrityError(
            f"{manifest}, table {name!r}, column {field['name']!r}: unknown type {field['type']!r}. "
            f"Known: {', '.join(get_args(ColumnType))}."
        )
    kind = cast("ColumnType", field["type"])
    return Column(field["name"], kind, field.get("description", ""), field.get("unit", ""))
