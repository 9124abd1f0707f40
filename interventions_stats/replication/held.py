"""One result held against a stored one: what the pytest fixture does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from interventions_stats.display.files import write_text
from interventions_stats.replication.compare import ESTIMATE_TOLERANCE
from interventions_stats.replication.record import _entry

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result


def hold(result: Result, path: Path, *, rewrite: bool) -> str | None:
    """Compare a result with the stored one; return what differs, or None.  A missing file is written only on request."""
    entry = {result.proposition.id: _entry(result)}
    text = json.dumps(entry, indent=1, sort_keys=True) + "\n"
    if rewrite:
        write_text(text, path)
        return None
    if not path.exists():
        return f"no stored verdict at {path}; run pytest once with --update-verdicts and commit the file"
    stored = json.loads(path.read_text(encoding="utf-8"))
    lines = []
    for name in dict.fromkeys([*stored, *entry]):
        a, b = stored.get(name, {}), entry.get(name, {})
        lines += [f"{name} {f}: stored {a.get(f)!r}, now {b.get(f)!r}" for f in dict.fromkeys([*a, *b]) if not _same(a.get(f), b.get(f))]
    return "\n".join(lines) or None


def _same(x: object, y: object) -> bool:
    if isinstance(x, float) and isinstance(y, float):
        return abs(x - y) <= ESTIMATE_TOLERANCE * max(abs(x), abs(y), 1e-4)
    return x == y
