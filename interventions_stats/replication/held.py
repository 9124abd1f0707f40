"""Results held against stored ones: what the pytest fixture does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from interventions_stats.display.files import read_bytes, write_text
from interventions_stats.errors import InputError
from interventions_stats.replication.compare import MAY_DIFFER, differences, same, shown, within
from interventions_stats.replication.record import driver_entry, dumps, entry_of, finding_entry, parsed

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.run import Report

    Found: TypeAlias = Result | DriverResult | Battery | Report


def hold(found: Found, path: Path, *, rewrite: bool) -> str | None:
    """Compare what was found with what is stored.

    Parameters
    ----------
    found : Result, DriverResult, Battery or Report
        What :func:`interventions_stats.test`, :func:`interventions_stats.battery` or :func:`interventions_stats.replicate`
        returned; of a report the findings are held too.
    path : Path
        JSON file of the stored entries.
    rewrite : bool
        Write the file instead of comparing; a missing one is written only so.

    Returns
    -------
    str or None
        What differs, one line a field with both values; None when nothing does.

    Raises
    ------
    InputError
        Something else than a result.
    """
    now = entries_of(found)
    if rewrite:
        write_text(dumps(now), path)
        return None
    remedy = "run pytest once with --update-verdicts and commit the file"
    try:
        stored = parsed(read_bytes(path))
    except FileNotFoundError:
        return f"no stored verdict at {path}; {remedy}"
    except (OSError, ValueError, RecursionError) as error:
        return f"{path} cannot be read ({error}); {remedy}"
    if not isinstance(stored, dict) or not all(isinstance(e, dict) for e in stored.values()):
        return f"{path} holds no verdict; {remedy}"
    lines = _moved(stored, now)
    return "\n".join([f"the result is not the one stored at {path}", *lines]) if lines else None


def entries_of(found: Found) -> dict[str, Any]:
    """Reduce a result to its entry, the results of drivers to theirs and those of their propositions, a report to all."""
    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.run import Report

    if isinstance(found, Result):
        return {found.proposition.id: entry_of(found)}
    if isinstance(found, DriverResult):
        return {found.driver.name: driver_entry(found)} | {i: entry_of(r) for i, r in found.results.items()}
    if isinstance(found, Battery):
        return {i: e for d in found.by_driver.values() for i, e in entries_of(d).items()}
    if isinstance(found, Report):
        claims = {i: {"verdict": c.verdict} | finding_entry(c.finding) for i, c in found.by_claim.items() if c.finding}
        return entries_of(found.battery) | claims
    raise InputError(
        f"verdict_regression holds what ist.test, battery or replicate returns, not {type(found).__name__}"
    )


def _moved(stored: dict[str, Any], now: dict[str, Any]) -> list[str]:
    lines = [f"  {name}: {'not stored' if name in now else 'stored, and not tested now'}" for name in {**stored, **now}
             if not (name in stored and name in now)]  # fmt: skip
    old, new = ({i: e for i, e in x.items() if i in stored and i in now} for x in (stored, now))
    moved = [(path, *shown(a, b)) for path, a, b in differences(old, new)
             if not (same(a, b) or within(("propositions", *path), MAY_DIFFER))]  # fmt: skip
    moved.sort(key=lambda m: m[0][1] not in ("verdict", "finding"))  # the verdict first: the rest explains it
    return lines + [f"  {path[0]} {'.'.join(path[1:])}: stored {a!r}, now {b!r}" for path, a, b in moved]
