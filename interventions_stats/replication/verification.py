"""The committed record held against a new run, and rewritten only with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.errors import InputError
from interventions_stats.replication.compare import Drift, compare_records, provenance
from interventions_stats.replication.drawn import draws_as_recorded
from interventions_stats.replication.record import battery_record, dumps, load_record, record_of, record_path
from interventions_stats.replication.studies.russia import RUSSIA
from interventions_stats.replication.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from interventions_stats.events.event_list import EventList


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a run reproduces the record.

    Attributes
    ----------
    drifts : tuple of Drift
        Each difference and what moved it.
    provenance : tuple of str
        What the record was made with, where this run had something else: a cause of drifts, and none by itself.
    study : Study
        Whose claims are read off what drifted.
    """

    drifts: tuple[Drift, ...]
    provenance: tuple[str, ...] = ()
    study: Study = RUSSIA

    @property
    def ok(self) -> bool:
        return not self.drifts

    def __str__(self) -> str:
        if self.ok:
            told = [f"  not as recorded: {p}" for p in self.provenance]
            return "\n".join(
                [
                    "the record is reproduced: every verdict, word and count, and every number within its tolerance",
                    *told,
                ]
            )
        by_item: dict[str, list[Drift]] = {}
        for drift in self.drifts:
            by_item.setdefault(drift.item, []).append(drift)
        n = len(self.drifts)
        lines = [f"{n} result{'s' if n > 1 else ''} drifted from the record"]
        for item, drifts in by_item.items():
            claims = _claims_on(item, self.study)
            lines.append(f"{item} (read by {', '.join(claims)})" if claims else item)
            lines += [f"  {d.field}: {d.old} -> {d.new} [{d.cause}]" for d in drifts]
        return "\n".join(lines)


def _claims_on(item: str, study: Study) -> list[str]:
    """Return the claims that are read off a proposition or a driver."""
    drivers = {p.id: d.name for d in study.drivers for p in d.propositions}
    names = {item, drivers.get(item, item)}
    return [c.id for c in study.claims if names & set(c.tested_by)]


def verify(
    record: str | Path | None = None,
    *,
    study: Study = RUSSIA,
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
    study : Study
        Another study than that of Russia; its record is your own file.
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
    if study is not RUSSIA and record is None:
        raise InputError(f"the packaged record is of {RUSSIA.title}; name the record of {study.title}")
    old = load_record(record)
    _hold_kind(old, study, events, record)
    new = _run(old["seed"], old["quick"], study, events, series, n_jobs, progress)
    return Verification(compare_records(old, new, reproducible=draws_as_recorded()), provenance(old, new), study)


def _hold_kind(old: dict[str, Any], study: Study, events: EventList | None, record: str | Path | None) -> None:
    """Refuse to hold a run of one study or event list against the record of another."""
    if events is None and old.get("study", RUSSIA.name) != study.name:
        raise InputError(
            f"{record} is a record of the study {old.get('study', RUSSIA.name)!r} and not of {study.name!r}"
        )
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
    seed: int, quick: bool, study: Study, events: EventList | None, series: pd.DataFrame | None, n_jobs: int | None,
    progress: bool | None,
) -> dict[str, Any]:  # fmt: skip
    from interventions_stats.assessment.battery import battery
    from interventions_stats.replication.run import replicate

    if events is None:
        return record_of(replicate(study=study, seed=seed, quick=quick, n_jobs=n_jobs, progress=progress))
    return battery_record(
        battery(events=events, series=series, seed=seed, quick=quick, n_jobs=n_jobs), seed, quick, None
    )


def update(
    reason: str,
    record: str | Path | None = None,
    *,
    study: Study = RUSSIA,
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
    study, events, series : optional
        As in :func:`verify`.
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
        No reason, a file in the way that is not a record of the same list of events, or one that cannot be written.
    """
    from interventions_stats.display.files import check_writable, write_text

    if not reason.strip():
        raise InputError("rewriting the record needs a reason: verify --update --reason 'what changed and why'")
    if events is not None and record is None:
        raise InputError("your own list of events has a record of its own: name the file with --record")
    if study is not RUSSIA and record is None:
        raise InputError(f"{study.title} has a record of its own: name the file")
    where = record if record is not None else record_path()
    check_writable(where)
    where = Path(where)
    old = load_record(where) if where.exists() else None
    if old is not None:
        _hold_kind(old, study, events, where)
    seed = seed if seed is not None else (old or {}).get("seed", 0)
    quick = quick if quick is not None else (old or {}).get("quick", False)
    new = _run(seed, quick, study, events, series, n_jobs, None)
    drifts = () if old is None else compare_records(old, new, reproducible=draws_as_recorded())
    moved = [str(d) for d in drifts if d.field.startswith("verdict") or d.field == "finding"]
    entry = {"date": date.today().isoformat(), "reason": reason.strip(), "moved": moved, "drifts": len(drifts)}
    new["history"] = [*(old or {}).get("history", []), entry]
    return write_text(dumps(new), where)
