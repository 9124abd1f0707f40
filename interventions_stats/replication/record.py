"""The committed record of results, and ``verify``, which holds a new run against it."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.replication.compare import Drift, compare_records

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.assessment.battery import Battery
    from interventions_stats.assessment.result import Result
    from interventions_stats.events.event_list import EventList
    from interventions_stats.replication.run import Report
    from interventions_stats.rules.evidence_numbers import RobustnessSummary

SCHEMA = 1
_NUMBERS = ("ratio", "ratio_low90", "ratio_high90", "frontier", "mde", "p_superiority", "p_superiority_holm",
            "p_noninferiority", "p_tost", "p_reverse", "p_reverse_holm", "bf10", "bf10_low", "bf10_high", "bf_reverse", "deff")  # fmt: skip
_WORDS = ("driver", "verdict", "grade", "flags", "guards", "scheme", "definition", "reason", "hash")
_COUNTS = ("n", "n_events", "n_identifying", "n_events_total", "draws")


# Floors whose code can move a number, in the order of imports.
_FLOORS = ("rules", "datasets", "events", "panels", "estimators", "inference", "drivers", "evidence", "robustness",
           "assessment", "replication")  # fmt: skip
# What a record holds at its top, and what an entry holds; each with its type.
_TOP: dict[str, type] = {"seed": int, "quick": bool, "versions": dict, "tables": dict, "propositions": dict, "drivers": dict,
                         "claims": dict}  # fmt: skip


def record_path() -> Path:
    """Return the path of the packaged record."""
    return Path(__file__).resolve().parent / "record.json"


def record_of(report: Report) -> dict[str, Any]:
    """Reduce a report to plain data: every verdict, estimate, bound, p, count, seed, version and data hash."""
    claims = {i: {"verdict": c.verdict, "agreement": c.agreement, "conclusion": c.conclusion}
              | ({"values": {k: _rounded(v) for k, v in c.census.values.items()}} if c.census else {})
              for i, c in report.by_claim.items()}  # fmt: skip
    return _record(report.battery, report.seed, report.quick, claims)


def _record(found: Battery, seed: int, quick: bool, claims: dict[str, Any] | None) -> dict[str, Any]:
    """Reduce a battery to plain data; without claims it is one of a user's own list of events."""
    from interventions_stats.assessment.assess import versions
    from interventions_stats.datasets.package import digest

    events = found.events
    about = {
        "actor": events.actor.iso3,
        "definition": events.definition,
        "n": len(events),
        "digest": events.digest()[:12],
    }
    return {
        "schema": SCHEMA, "seed": seed, "quick": quick, "versions": versions(), "tables": digest(),
        "code": code_digests(), "platform": platform_of(), "list": about | {"own": claims is None},
        "propositions": {i: entry_of(r) for i, r in found.results.items()},
        "drivers": {d.driver.name: {"verdict": d.verdict, "why": d.decision.text} for d in found.by_driver.values()},
        "claims": claims or {},
    }  # fmt: skip


def platform_of() -> dict[str, str]:
    """Return the interpreter and the machine, which can move the last digits and are blamed when nothing else changed."""
    return {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}


def code_digests() -> dict[str, str]:
    """Return twelve hexadecimal digits of each floor's source, so that a drift can be laid to the code that changed."""
    package = Path(__file__).resolve().parents[1]
    out = {}
    for floor in _FLOORS:
        digest = hashlib.sha256()
        for file in sorted((package / floor).rglob("*.py")):
            digest.update(file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
        out[floor] = digest.hexdigest()[:12]
    return out


def entry_of(result: Result) -> dict[str, Any]:
    """Reduce a result to plain data: words, counts, numbers to ten digits."""
    row = result.glance().iloc[0]
    entry: dict[str, Any] = {w: str(row[w]) for w in _WORDS}
    entry |= {c: int(row[c]) for c in _COUNTS}
    entry |= {n: _rounded(row[n]) for n in _NUMBERS}
    entry["measure"] = result.evidence.sesoi.measure
    entry["exact"] = bool(result.evidence.raw.exact) if result.evidence.raw else True
    entry["by_type"] = {k: t.verdict for k, t in result.by_type.items()}
    if result.robustness is not None:
        entry["robustness"] = _robustness(result.robustness.summary)
    return entry


def _robustness(summary: RobustnessSummary) -> dict[str, Any]:
    """Reduce what the other specifications and lists said to counts, shares and words."""
    found = {f.name: getattr(summary, f.name) for f in fields(summary) if f.name != "lists"}
    out = {k: _rounded(v) if isinstance(v, float) else list(v) if isinstance(v, tuple) else v for k, v in found.items()}
    return out | {"lists": {o.name: o.verdict for o in summary.lists}}


def _rounded(value: Any) -> float | None:
    """Ten significant digits: more than the comparison asks for, and no noise of the last bit in a diff."""
    if value is None or not math.isfinite(float(value)):
        return None if value is None or math.isnan(float(value)) else math.copysign(1e308, float(value))
    return float(f"{float(value):.10g}")


def dumps(record: dict[str, Any]) -> str:
    """Write a record so that a diff reads well: one line a field, sorted."""
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_record(path: str | Path | None = None) -> dict[str, Any]:
    """Read a record; the packaged one by default."""
    where = Path(path) if path is not None else record_path()
    try:
        record = json.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"no record at {where}; write one with `interventions-stats verify --update --reason TEXT`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{where} is not a record: {error}") from None
    return checked(record, str(where))


def checked(record: Any, where: str) -> dict[str, Any]:
    """Return a record that has everything a comparison reads; refuse another, naming what it lacks.

    Raises
    ------
    InputError
        Another schema, or a field that is missing or of the wrong type.
    """
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise InputError(
            f"{where} is not a record of schema {SCHEMA}; write one with `interventions-stats replicate --out DIR`"
        )
    wrong = [k for k, kind in _TOP.items() if not isinstance(record.get(k), kind)]
    wrong += [k for k in ("code", "platform", "list") if not isinstance(record.get(k, {}), dict)]
    wrong += ["history"] if not isinstance(record.get("history", []), list) else []
    if not wrong:
        groups = [(g, i, e) for g in ("propositions", "drivers", "claims") for i, e in record[g].items()]
        wrong = [f"{g}.{i}.{f}" for g, i, e in groups for f in _unusable(e, g)]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise InputError(
            f"{where}: {wrong[0]}{more} is missing or damaged; take the record from version control, or write a new one"
        )
    return record


def _unusable(entry: Any, group: str) -> list[str]:
    """Name the fields of an entry that are missing or of the wrong type; ``null`` is a number that is not known."""
    if not isinstance(entry, dict):
        return ["entry"]
    if group != "propositions":
        values = [] if isinstance(entry.get("values", {}), dict) else ["values"]
        return values if isinstance(entry.get("verdict"), str) else ["verdict", *values]
    words = [f for f in (*_WORDS, "measure") if not isinstance(entry.get(f), str)]
    counts = [f for f in _COUNTS if type(entry.get(f)) is not int]
    numbers = [f for f in _NUMBERS if f not in entry or not (entry[f] is None or type(entry[f]) in (int, float))]
    shape = [] if isinstance(entry.get("by_type"), dict) else ["by_type"]
    shape += [] if isinstance(entry.get("robustness", {}), dict) else ["robustness"]
    return [*words, *counts, *numbers, *shape, *([] if isinstance(entry.get("exact"), bool) else ["exact"])]


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a run reproduces the record; ``drifts`` names each difference and what moved it."""

    drifts: tuple[Drift, ...]

    @property
    def ok(self) -> bool:
        return not self.drifts

    def __str__(self) -> str:
        if self.ok:
            return "the record is reproduced: every verdict, and every number within its tolerance"
        by_item: dict[str, list[Drift]] = {}
        for drift in self.drifts:
            by_item.setdefault(drift.item, []).append(drift)
        n = len(self.drifts)
        lines = [f"{n} result{'s' if n > 1 else ''} drifted from the record"]
        for item, drifts in by_item.items():
            claims = _claims_on(item)
            lines.append(f"{item} (read by {', '.join(claims)})" if claims else item)
            lines += [f"  {d.field}: {d.old} -> {d.new} [{d.cause}]" for d in drifts]
        return "\n".join(lines)


def _claims_on(item: str) -> list[str]:
    """Return the claims that are read off a proposition or a driver."""
    from interventions_stats.drivers.registry import PROPOSITIONS
    from interventions_stats.replication.claims import CLAIMS

    names = {item, PROPOSITIONS[item].driver} if item in PROPOSITIONS else {item}
    return [c.id for c in CLAIMS if names & set(c.tested_by)]


def verify(
    record: str | Path | None = None,
    *,
    events: EventList | None = None,
    series: pd.DataFrame | None = None,
    n_jobs: int | None = None,
    progress: bool | None = None,
) -> Verification:
    """Recompute the results with the record's seed and hold them against it.

    Parameters
    ----------
    record : path, optional
        Default: the record in the package.
    events : EventList, optional
        Your own list: every driver is tested on it, and the record is the one you wrote of it with :func:`update`.
        Default: the replication.
    series : DataFrame, optional
        Your own series, as in :func:`battery`.
    n_jobs, progress
        As in :func:`replicate`.

    Returns
    -------
    Verification
        ``.ok``, ``.drifts`` and a readable ``str()``.

    Raises
    ------
    InputError
        A record that cannot be read, or one of another event list.
    """
    if events is not None and record is None:
        raise InputError("the packaged record is of the replication; name the record of your own list of events")
    old = load_record(record)
    _hold_kind(old, events, record)
    new = _run(old["seed"], old["quick"], events, series, n_jobs, progress)
    return Verification(compare_records(old, new))


def _hold_kind(old: dict[str, Any], events: EventList | None, record: str | Path | None) -> None:
    """Refuse to hold a run of one event list against the record of another."""
    about = old.get("list", {})
    if events is None and about.get("own"):
        raise InputError(
            f"{record} is a record of {about.get('actor')}'s event list; give that list with --events FILE"
        )
    if events is not None and not (about.get("own") and about.get("actor") == events.actor.iso3):
        raise InputError(
            f"{record} is not a record of your {events.actor.iso3} events; write one to another file with "
            "verify --events FILE --record FILE --update --reason TEXT"
        )


def _run(
    seed: int, quick: bool, events: EventList | None, series: pd.DataFrame | None, n_jobs: int | None, progress: bool | None
) -> dict[str, Any]:  # fmt: skip
    from interventions_stats.assessment.battery import battery
    from interventions_stats.replication.run import replicate

    if events is None:
        return record_of(replicate(seed=seed, quick=quick, n_jobs=n_jobs, progress=progress))
    return _record(battery(events=events, series=series, seed=seed, quick=quick, n_jobs=n_jobs), seed, quick, None)


def update(
    reason: str,
    record: str | Path | None = None,
    *,
    events: EventList | None = None,
    series: pd.DataFrame | None = None,
    seed: int | None = None,
    quick: bool | None = None,
    n_jobs: int | None = None,
) -> Path:
    """Rewrite the record; the reason goes into its history beside the verdicts that moved.

    Parameters
    ----------
    reason : str
        What changed and why; it must not be empty.
    record : path, optional
        Default: the record in the package.  One that cannot be read is not overwritten: its history would be lost.
    events, series : optional
        Your own list and series, as in :func:`verify`.
    seed, quick : optional
        Default: those of the record that is replaced (without one: 0, a full run).
    n_jobs : int, optional

    Returns
    -------
    Path
        Where the record was written.

    Raises
    ------
    InputError
        No reason, or a file in the way that is not a record of the same list of events.
    """
    from interventions_stats.display.files import write_text

    if not reason.strip():
        raise InputError("rewriting the record needs a reason: verify --update --reason 'what changed and why'")
    if events is not None and record is None:
        raise InputError("your own list of events has a record of its own: name the file with --record")
    where = Path(record) if record is not None else record_path()
    old = load_record(where) if where.exists() else None
    if old is not None:
        _hold_kind(old, events, where)
    seed = seed if seed is not None else (old or {}).get("seed", 0)
    quick = quick if quick is not None else (old or {}).get("quick", False)
    new = _run(seed, quick, events, series, n_jobs, None)
    drifts = () if old is None else compare_records(old, new)
    moved = [str(d) for d in drifts if d.field.startswith("verdict")]
    entry = {"date": date.today().isoformat(), "reason": reason.strip(), "moved": moved, "drifts": len(drifts)}
    new["history"] = [*(old or {}).get("history", []), entry]
    return write_text(dumps(new), where)
