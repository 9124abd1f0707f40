"""The committed record of results, and ``verify``, which holds a new run against it."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.display.files import read_bytes
from interventions_stats.errors import InputError

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery, DriverResult
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.findings import Finding
    from interventions_stats.replication.run import Report
    from interventions_stats.rules.evidence_numbers import RobustnessSummary

SCHEMA = 2
_NUMBERS = ("ratio", "ratio_low90", "ratio_high90", "frontier", "mde", "p_superiority", "p_superiority_holm",
            "p_noninferiority", "p_tost", "p_reverse", "p_reverse_holm", "bf10", "bf10_low", "bf10_high", "bf_reverse", "deff")  # fmt: skip
_WORDS = ("driver", "verdict", "grade", "flags", "guards", "scheme", "definition", "reason", "design_hash",
          "hash")  # fmt: skip
_COUNTS = ("n", "n_events", "n_identifying", "n_events_total", "draws")


# Floors whose code can move a number, in the order of imports.
_FLOORS = ("rules", "datasets", "events", "panels", "engine", "primary", "drivers", "evidence", "robustness",
           "assessment", "replication")  # fmt: skip
# What a record holds at its top, and what an entry holds; each with its type.
_TOP: dict[str, type] = {"seed": int, "quick": bool, "versions": dict, "tables": dict, "propositions": dict, "drivers": dict,
                         "claims": dict, "findings": dict}  # fmt: skip
_GROUPS = ("propositions", "drivers", "claims", "findings")


def record_path() -> Path:
    """Return the path of the packaged record."""
    return Path(__file__).resolve().parent / "record.json"


def record_of(report: Report) -> dict[str, Any]:
    """Reduce a report to plain data: every verdict, estimate, bound, p, count, seed, version and data hash."""
    claims = {i: {"verdict": c.verdict, "agreement": c.agreement, "conclusion": c.conclusion}
              | ({"values": {k: _rounded(v) for k, v in c.census.values.items()}} if c.census else {})
              for i, c in report.by_claim.items()}  # fmt: skip
    findings = {i: finding_entry(c.finding) for i, c in report.by_claim.items() if c.finding is not None}
    whole = battery_record(report.battery, report.seed, report.quick, claims)
    return whole | {"findings": findings, "study": report.study.name}


def battery_record(found: Battery, seed: int, quick: bool, claims: dict[str, Any] | None) -> dict[str, Any]:
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
        "drivers": {d.driver.name: driver_entry(d) for d in found.by_driver.values()}, "claims": claims or {},
        "findings": {},
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


def finding_entry(found: Finding) -> dict[str, Any]:
    """Reduce a finding to its word, what decided, its tests, the bound and the chance of a miss."""
    tests = {t.name: {"number": t.number, "value": _rounded(t.value), "p": _rounded(t.p), "decides": t.decides}
             for t in found.tests}  # fmt: skip
    return {"finding": found.name, "decided": found.decision.text, "tests": tests, "excluded_above": _rounded(found.excluded_above),
            "chance": {"at_sesoi": _rounded(found.chance.at_sesoi), "at_none": _rounded(found.chance.at_none),
                       "how": found.chance.how}}  # fmt: skip


def driver_entry(found: DriverResult) -> dict[str, Any]:
    """Reduce a driver's result to its verdict and the reason; its propositions have entries of their own."""
    return {"verdict": found.verdict, "why": found.decision.text}


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
        record = parsed(read_bytes(where))
    except FileNotFoundError:
        raise InputError(
            f"no record at {where}; write one with `interventions-stats verify --update --reason TEXT`"
        ) from None
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{where} is not a record: {error}") from None
    return checked(record, str(where))


def parsed(content: bytes) -> Any:
    """Parse JSON in UTF-8; ValueError for any other, also for the NaN and Infinity that Python would take."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON number")

    return json.loads(content.decode("utf-8"), parse_constant=refuse)


def checked(record: Any, where: str) -> dict[str, Any]:
    """Return a record that has everything a comparison reads; refuse another, naming what it lacks.

    A record of schema 1 is read as one of today: it holds no findings, and its ``contradicted`` is ``reversed``.

    Raises
    ------
    InputError
        Another schema, or a field that is missing or of the wrong type.
    """
    if isinstance(record, dict) and record.get("schema") == 1:
        record = _as_today(record)
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise InputError(
            f"{where} is not a record of schema {SCHEMA}; write one with `interventions-stats replicate --out DIR`"
        )
    wrong = [k for k, kind in _TOP.items() if type(record.get(k)) is not kind]
    wrong += [k for k in ("code", "platform", "list") if not isinstance(record.get(k, {}), dict)]
    wrong += ["history"] if not isinstance(record.get("history", []), list) else []
    if not wrong:
        groups = [(g, i, e) for g in _GROUPS for i, e in record[g].items()]
        wrong = [f"{g}.{i}.{f}" for g, i, e in groups for f in _unusable(e, g)]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise InputError(
            f"{where}: {wrong[0]}{more} is missing or damaged; take the record from version control, or write a new one"
        )
    return record


def _as_today(record: dict[str, Any]) -> dict[str, Any]:
    """Put the words of schema 1 into those of today; whatever else it holds stays as it is."""

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: renamed(v) for k, v in value.items()}
        if isinstance(value, list):
            return [renamed(v) for v in value]
        return re.sub(r"\bcontradicted\b", "reversed", value) if isinstance(value, str) else value

    kept = {k: renamed(record[k]) for k in ("propositions", "drivers", "claims") if k in record}
    return record | kept | {"schema": SCHEMA, "findings": {}, "study": "russia", "from_schema": 1}


def _unusable(entry: Any, group: str) -> list[str]:
    """Name the fields of an entry that are missing or of the wrong type; ``null`` is a number that is not known."""
    if not isinstance(entry, dict):
        return ["entry"]
    if group == "findings":
        return [f for f, kind in (("finding", str), ("tests", dict)) if not isinstance(entry.get(f), kind)]
    if group != "propositions":
        values = [] if isinstance(entry.get("values", {}), dict) else ["values"]
        return values if isinstance(entry.get("verdict"), str) else ["verdict", *values]
    words = [f for f in (*_WORDS, "measure") if not isinstance(entry.get(f), str)]
    counts = [f for f in _COUNTS if type(entry.get(f)) is not int]
    numbers = [f for f in _NUMBERS if f not in entry or not (entry[f] is None or type(entry[f]) in (int, float))]
    shape = [] if isinstance(entry.get("by_type"), dict) else ["by_type"]
    shape += [] if isinstance(entry.get("robustness", {}), dict) else ["robustness"]
    return [*words, *counts, *numbers, *shape, *([] if isinstance(entry.get("exact"), bool) else ["exact"])]
