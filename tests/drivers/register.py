"""``make register``: write down new drivers and propositions wherever they are held, and refuse what has no reason.

``python -m tests.drivers.register [--reason TEXT]`` brings five places into line with the files in
``interventions_stats/drivers``: the first registration, the hashes beside this file, the record of results, the README's
block with its figure, and the list of notebooks in ``docs/drivers.md``.  The other pages are written when the site is built.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from interventions_stats.display.files import write_text
from interventions_stats.drivers.amended import changed_fields, first_registration, reason_for
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.replication.compare import compare_records
from interventions_stats.replication.drawn import draws_as_recorded
from interventions_stats.replication.record import dumps, load_record, record_of, record_path

ROOT = Path(__file__).resolve().parents[2]
FIRST = ROOT / "interventions_stats" / "drivers" / "first_registration.json"
HASHES = Path(__file__).with_name("registered_hashes.json")


def hashes(props: Mapping[str, Proposition]) -> dict[str, dict[str, str]]:
    """Return both hashes of every proposition."""
    return {i: {"design": p.design_hash(), "text": p.hash()} for i, p in props.items()}


def check_amended(props: Mapping[str, Proposition], first: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a registered proposition that is gone, or of which a field changed and no amendment says why.

    Raises
    ------
    InputError
        With the propositions and fields, and where to write the amendment.
    """
    gone = [i for i in first if i not in props]
    if gone:
        raise InputError(f"{', '.join(gone)} is registered and no driver holds it: put it back; a registration stays")
    changed = [(i, f) for i in first for f in changed_fields(first[i], props[i].to_dict())]
    bare = [f"{i}.{f}" for i, f in changed if not _amended(i, f)]
    if bare:
        raise InputError(
            f"{', '.join(bare)} differs from its registration: say why in AMENDMENTS of drivers/amended.py, or put it back"
        )


def _amended(name: str, field: str) -> bool:
    try:
        return bool(reason_for(name, field))
    except KeyError:
        return False


def renewed(
    old: dict[str, Any], new: dict[str, Any], reason: str, *, reproducible: bool = True
) -> dict[str, Any] | None:
    """Return the record with what is new and its history; None where nothing changed.

    Raises
    ------
    InputError
        A result that was there before has moved, and there is no reason.
    """
    drifts = compare_records(old, new, reproducible=reproducible)
    moved = [d for d in drifts if not (d.field == "present" and d.old is False)]
    added = [d.item for d in drifts if d not in moved]
    if moved and not reason.strip():
        lines = "\n  ".join(map(str, moved[:12]))
        raise InputError(f"{len(moved)} recorded values moved; say why with REASON='...':\n  {lines}")
    if not drifts:
        return None
    told = "; ".join(t for t in (reason.strip(), f"registered {', '.join(added)}" if added else "") if t)
    verdicts = [str(d) for d in moved if d.field.startswith("verdict")]
    entry = {"date": date.today().isoformat(), "reason": told, "moved": verdicts, "drifts": len(drifts)}
    return new | {"history": [*old.get("history", []), entry]}


def notebooks_listed(page: str, root: Path = ROOT) -> str:
    """Return the page of drivers with one line for each driver that has a notebook."""
    have = [d.name for d in DRIVERS if (root / "notebooks" / "drivers" / f"{d.name}.ipynb").exists()]
    lines = "".join(f"tutorials/drivers/{name}\n" for name in have)
    return re.sub(r"(?:tutorials/drivers/\w+\n)+", lines, page)


def register(reason: str = "") -> list[str]:
    """Bring every place into line; return those that changed. Nothing is written where something is refused."""
    from interventions_stats.replication.run import replicate
    from interventions_stats.reporting.readme import rewrite

    first = first_registration()
    check_amended(PROPOSITIONS, first)
    old = load_record()
    found = replicate(seed=old["seed"], quick=old["quick"])
    record = renewed(old, record_of(found), reason, reproducible=draws_as_recorded())
    page = ROOT / "docs" / "drivers.md"
    registered = {i: p.to_dict() for i, p in PROPOSITIONS.items()} | first
    contents = {
        FIRST: json.dumps(registered, indent=1, sort_keys=True) + "\n",
        HASHES: json.dumps(hashes(PROPOSITIONS), indent=1) + "\n",
        page: notebooks_listed(page.read_text(encoding="utf-8")),
    } | ({record_path(): dumps(record)} if record else {})
    changed = [where for where, text in contents.items() if where.read_text(encoding="utf-8") != text]
    for where in changed:
        write_text(contents[where], where)
    changed += [ROOT / "README.md"] if rewrite(ROOT / "README.md") else []
    return [where.relative_to(ROOT).as_posix() for where in changed]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reason", default="", help="why recorded values move; goes into the record's history")
    try:
        changed = register(parser.parse_args().reason)
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"written: {name}" for name in changed) or "everything is registered; nothing to write")
    return 0


if __name__ == "__main__":
    sys.exit(main())
