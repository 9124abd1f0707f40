"""One result held against a stored one: what the pytest fixture does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.display.files import write_text
from interventions_stats.replication.compare import same
from interventions_stats.replication.record import entry_of

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result


def hold(result: Result, path: Path, *, rewrite: bool) -> str | None:
    """Compare a result with the stored one.

    Parameters
    ----------
    result : Result
    path : Path
        JSON file of the stored result.
    rewrite : bool
        Write the file instead of comparing; a missing one is written only so.

    Returns
    -------
    str or None
        What differs, one line a field with both values; None when nothing does.
    """
    entry = {result.proposition.id: entry_of(result)}
    if rewrite:
        write_text(json.dumps(entry, indent=1, sort_keys=True, ensure_ascii=False) + "\n", path)
        return None
    remedy = "run pytest once with --update-verdicts and commit the file"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"no stored verdict at {path}; {remedy}"
    except (OSError, ValueError, RecursionError) as error:
        return f"{path} cannot be read ({error}); {remedy}"
    if not isinstance(stored, dict) or not all(isinstance(e, dict) for e in stored.values()):
        return f"{path} holds no verdict; {remedy}"
    lines = [
        line for name in dict.fromkeys([*stored, *entry]) for line in _moved(name, stored.get(name), entry.get(name))
    ]
    return "\n".join([f"the result is not the one stored at {path}", *lines]) if lines else None


def _moved(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[str]:
    if old is None or new is None:
        return [f"  {name}: {'not stored' if old is None else 'stored, and not tested now'}"]
    fields = [f for f in dict.fromkeys([*old, *new]) if not same(old.get(f), new.get(f))]
    fields.sort(key=lambda f: f != "verdict")  # the verdict first: the rest explains it
    return [f"  {name} {f}: stored {old.get(f)!r}, now {new.get(f)!r}" for f in fields]
