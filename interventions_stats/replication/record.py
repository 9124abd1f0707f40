"""The committed record of results, and ``verify``, which holds a new run against it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.replication.compare import Drift, compare_records

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result
    from interventions_stats.replication.run import Report

SCHEMA = 1
_NUMBERS = ("ratio", "ratio_low90", "ratio_high90", "frontier", "mde", "p_superiority", "p_superiority_holm",
            "p_noninferiority", "p_tost", "p_reverse", "p_reverse_holm", "bf10", "bf10_low", "bf10_high", "bf_reverse", "deff")  # fmt: skip
_WORDS = ("driver", "verdict", "grade", "flags", "guards", "scheme", "definition", "reason", "hash")
_COUNTS = ("n", "n_events", "n_identifying", "n_events_total", "draws")


def record_path() -> Path:
    """Return the path of the packaged record."""
    return Path(__file__).resolve().parent / "record.json"


def record_of(report: Report) -> dict[str, Any]:
    """Reduce a report to plain data: every verdict, estimate, bound, p, count, seed, version and data hash."""
    return {
        "schema": SCHEMA, "seed": report.seed, "quick": report.quick, "versions": dict(report.versions),
        "tables": dict(report.tables),
        "propositions": {i: _entry(r) for i, r in report.battery.results.items()},
        "drivers": {d.driver.name: {"verdict": d.verdict, "why": d.decision.text} for d in report.battery.by_driver.values()},
        "claims": {i: {"verdict": c.verdict, "agreement": c.agreement, "conclusion": c.conclusion}
                   for i, c in report.by_claim.items()},
    }  # fmt: skip


def _entry(result: Result) -> dict[str, Any]:
    row = result.glance().iloc[0]
    entry: dict[str, Any] = {w: str(row[w]) for w in _WORDS}
    entry |= {c: int(row[c]) for c in _COUNTS}
    entry |= {n: _rounded(row[n]) for n in _NUMBERS}
    entry["measure"] = result.evidence.sesoi.measure
    entry["exact"] = bool(result.evidence.raw.exact) if result.evidence.raw else True
    entry["by_type"] = {k: t.verdict for k, t in result.by_type.items()}
    return entry


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
        raise InputError(f"no record at {where}; write one with `interventions-stats verify --update --reason TEXT`") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{where} is not a record: {error}") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA or "propositions" not in record:
        raise InputError(f"{where} is not a record of schema {SCHEMA}; write one with `interventions-stats replicate --out DIR`")
    return record


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
        return f"{len(self.drifts)} results drifted from the record\n" + "\n".join(f"  {d}" for d in self.drifts)


def verify(record: str | Path | None = None, *, n_jobs: int | None = None, progress: bool | None = None) -> Verification:
    """Recompute the results with the record's seed and hold them against it.

    Parameters
    ----------
    record : path, optional
        Default: the record in the package.
    n_jobs, progress
        As in :func:`replicate`.

    Returns
    -------
    Verification
        ``.ok``, ``.drifts`` and a readable ``str()``.
    """
    from interventions_stats.replication.run import replicate

    old = load_record(record)
    new = record_of(replicate(seed=old["seed"], quick=old["quick"], n_jobs=n_jobs, progress=progress))
    return Verification(compare_records(old, new))


def update(reason: str, record: str | Path | None = None, *, seed: int = 0, quick: bool = False, n_jobs: int | None = None) -> Path:
    """Rewrite the record; the reason goes into its history beside the verdicts that moved."""
    from interventions_stats.display.files import write_text
    from interventions_stats.replication.run import replicate

    if not reason.strip():
        raise InputError("rewriting the record needs a reason: verify --update --reason 'what changed and why'")
    where = Path(record) if record is not None else record_path()
    old = load_record(where) if where.exists() else None
    new = record_of(replicate(seed=seed, quick=quick, n_jobs=n_jobs))
    moved = [] if old is None else [f"{d.item}: {d.old} -> {d.new}" for d in compare_records(old, new) if d.field == "verdict"]
    new["history"] = [*(old or {}).get("history", []), {"date": date.today().isoformat(), "reason": reason, "moved": moved}]
    return write_text(dumps(new), where)
