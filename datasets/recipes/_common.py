"""What every recipe shares: the description of a table, checked sources and the writer.

A recipe is a module with ``TABLE`` (a :class:`Table`) and ``build(sources)``,
which returns the frame to be written.  ``build.py`` runs them all and writes
the tables, ``datapackage.json`` and the codebook from the same descriptions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

RUSSIA = 365
USA = 2
LICENCES = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": ("Creative Commons Attribution-ShareAlike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "public-domain": ("Public domain", ""),
    "research-citation": ("Free for research with citation; no open licence stated by the producer", ""),
    "facts-citation": ("Facts (percentages, dates); cite the producer", ""),
    "MIT": ("MIT License", "https://opensource.org/license/mit"),
    "BSD-3-Clause": ("Compiled by this project", "https://opensource.org/license/bsd-3-clause"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``type`` is Frictionless': string, integer, number, date, year, yearmonth.

    ``digits`` rounds a number before it is written; ``constraints`` are Frictionless
    constraints (``required``, ``minimum``, ``maximum``, ``enum``, ``pattern``).
    """

    name: str
    type: str
    description: str
    unit: str = ""
    digits: int | None = None
    constraints: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The description of a bundled table; everything the catalogue and the codebook print."""

    name: str
    title: str
    description: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    inputs: dict[str, str]  # source file, relative to the sources folder -> sha256
    producers: tuple[str, ...]
    citations: tuple[str, ...]
    licence: str
    coverage: str
    caveats: tuple[str, ...] = ()
    foreign_keys: tuple[dict[str, Any], ...] = ()


class Sources:
    """A folder of source files; reading one checks its sha256 against the recipe's, but for those that are ``newer``."""

    def __init__(self, root: Path, expected: dict[str, str], newer: dict[str, Path] | None = None) -> None:
        self.root, self.expected, self.newer = Path(root), expected, newer or {}

    def path(self, name: str) -> Path:
        """Return the checked path of a source file."""
        if name not in self.expected:
            raise KeyError(f"{name} is not among the recipe's inputs: add it with its sha256")
        if name in self.newer:
            return self.newer[name]
        file = self.root / name
        if not file.is_file():
            raise FileNotFoundError(f"{file} is missing from the sources folder")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest != self.expected[name]:
            raise ValueError(f"{file} has sha256 {digest}, the recipe expects {self.expected[name]}")
        return file

    def digests(self) -> dict[str, str]:
        """The sha256 of each source, that of the newer file where one is given."""
        return self.expected | {
            name: hashlib.sha256(file.read_bytes()).hexdigest()
            for name, file in self.newer.items()
            if name in self.expected
        }

    def csv(self, name: str, **options: Any) -> pd.DataFrame:
        """Read a checked CSV source; text stays text unless ``options`` says otherwise."""
        return pd.read_csv(self.path(name), **({"low_memory": False} | options))

    def parquet(self, name: str, **options: Any) -> pd.DataFrame:
        return pd.read_parquet(self.path(name), **options)


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Order the columns, cast integers, round numbers, sort by key; refuse duplicate or missing keys."""
    names = [f.name for f in table.fields]
    if set(frame.columns) != set(names):
        raise ValueError(f"{table.name}: columns differ from the description: {set(frame.columns) ^ set(names)}")
    out = frame[names].copy()
    for field in table.fields:
        if field.type in ("integer", "year"):
            out[field.name] = pd.to_numeric(out[field.name]).astype("Int64")
        elif field.type == "number":
            values = pd.to_numeric(out[field.name])
            out[field.name] = values.round(field.digits) if field.digits is not None else values
    keys = list(table.key)
    if out[keys].isna().any(axis=None):
        raise ValueError(f"{table.name}: missing values in the key {keys}")
    if out.duplicated(keys).any():
        raise ValueError(f"{table.name}: duplicate keys, first: {out.loc[out.duplicated(keys), keys].iloc[0].tolist()}")
    return out.sort_values(keys, kind="stable").reset_index(drop=True)


def write_table(frame: pd.DataFrame, table: Table, folder: Path) -> Path:
    """Write the table as UTF-8 CSV with ``\\n`` line ends; an empty cell is a missing value."""
    target = folder / f"{table.name}.csv"
    partial = target.with_suffix(".csv.partial")
    conform(frame, table).to_csv(partial, index=False, lineterminator="\n", encoding="utf-8")
    partial.replace(target)
    return target
