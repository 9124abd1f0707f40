"""Differences between two runs, and what moved them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ESTIMATE_TOLERANCE = 1e-8
_SAMPLED = (
    "p_superiority",
    "p_superiority_holm",
    "p_reverse",
    "p_reverse_holm",
)  # Monte Carlo, where the null is sampled
_DERIVED = ("deff", "ratio_low90", "ratio_high90", "frontier", "mde", "p_noninferiority", "p_tost", "bf10", "bf10_low",
            "bf10_high", "bf_reverse")  # fmt: skip
_EXACT = ("verdict", "grade", "flags", "guards", "definition", "scheme", "measure", "hash", "reason", "n", "n_events",
          "n_identifying", "n_events_total")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: the item (a proposition, driver or claim), the field, both values, and what moved it."""

    item: str
    field: str
    old: Any
    new: Any
    cause: str

    def __str__(self) -> str:
        return f"{self.item} {self.field}: {self.old} -> {self.new} [{self.cause}]"


def compare_records(old: dict[str, Any], new: dict[str, Any]) -> tuple[Drift, ...]:
    """List the differences between two records.

    Verdicts, counts and words must be equal; estimates within 1e-8 (relative).  Monte Carlo p-values, and the bounds that
    hang on a sampled design effect, must agree within 1e-8 when seed and dependencies are the same, so that the draws are,
    and within four of their standard errors when they are not.
    """
    cause = _cause(old, new)
    out: list[Drift] = []
    same_draws = all(old[k] == new[k] for k in ("seed", "quick")) and not _dependencies(old, new)
    for name in dict.fromkeys([*old["propositions"], *new["propositions"]]):
        a, b = old["propositions"].get(name), new["propositions"].get(name)
        if a is None or b is None:
            out.append(Drift(name, "present", a is not None, b is not None, cause(name)))
            continue
        for field in _EXACT:
            if a[field] != b[field]:
                out.append(Drift(name, field, a[field], b[field], cause(name)))
        out += [
            Drift(name, f, a[f], b[f], cause(name))
            for f in ("ratio", *_SAMPLED, *_DERIVED)
            if _differs(f, a, b, same_draws)
        ]
        for kind in dict.fromkeys([*a["by_type"], *b["by_type"]]):
            if a["by_type"].get(kind) != b["by_type"].get(kind):
                out.append(
                    Drift(name, f"verdict ({kind})", a["by_type"].get(kind), b["by_type"].get(kind), cause(name))
                )
    for group in ("drivers", "claims"):
        for name in dict.fromkeys([*old[group], *new[group]]):
            for field in ("verdict", "agreement"):
                a, b = (x[group].get(name, {}).get(field) for x in (old, new))
                if a != b:
                    out.append(Drift(name, field, a, b, cause("")))
    return tuple(out)


def _differs(field: str, a: dict[str, Any], b: dict[str, Any], same_draws: bool) -> bool:
    x, y = a[field], b[field]
    if x is None or y is None:
        return x is not y
    if same_draws or field == "ratio" or (a["exact"] and b["exact"]):
        return not math.isclose(x, y, rel_tol=ESTIMATE_TOLERANCE, abs_tol=1e-12)
    draws = max(min(a["draws"], b["draws"]), 1)
    if field in _SAMPLED:  # Holm multiplies a p and its error alike, by at most three
        spread = math.sqrt(max(x * (1 - x), 1 / draws) / draws) * math.sqrt(2)
        return abs(x - y) > 4 * spread * (3 if field.endswith("holm") else 1)
    # A variance from m draws has relative error sqrt(2/m); it moves what hangs on the design effect by no more.
    return not math.isclose(x, y, rel_tol=8 * math.sqrt(2 / draws), abs_tol=0.01)


def _dependencies(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the library computes with, where the versions differ: name to both."""
    own = ("data", "interventions_stats")
    names = [k for k in dict.fromkeys([*old["versions"], *new["versions"]]) if k not in own]
    pairs = {k: (old["versions"].get(k), new["versions"].get(k)) for k in names}
    return {k: pair for k, pair in pairs.items() if pair[0] != pair[1]}


def _moved(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(k for k in {*old, *new} if old.get(k) != new.get(k))


def _cause(old: dict[str, Any], new: dict[str, Any]) -> Callable[[str], str]:
    """Say what can have moved a result: its data, its registration, the library, a dependency or the seed."""
    tables = _moved(old["tables"], new["tables"])
    floors = _moved(old.get("code", {}), new.get("code", {})) if "code" in old and "code" in new else []
    release = [x["versions"].get("interventions_stats") for x in (old, new)]
    parts = [f"data: {', '.join(tables)}"] if tables else []
    parts += [f"code: {', '.join(floors)}"] if floors else []
    parts += [f"code: release {release[0]} -> {release[1]}"] if release[0] != release[1] else []
    parts += [f"dependency: {k} {a} -> {b}" for k, (a, b) in _dependencies(old, new).items()]
    parts += [f"seed: {old['seed']} -> {new['seed']}"] if old["seed"] != new["seed"] else []
    parts += ["seed: quick run against full run"] if old["quick"] != new["quick"] else []

    def cause(name: str) -> str:
        hashes = [x["propositions"].get(name, {}).get("hash") for x in (old, new)]
        anew = ["code: the proposition was registered anew"] if name and hashes[0] != hashes[1] else []
        return "; ".join([*anew, *parts]) or "code"

    return cause


def diff(old: Any, new: Any) -> pd.DataFrame:
    """Which results moved between two reports, and by what.

    Parameters
    ----------
    old, new : Report, Battery-bearing report, path or record
        Two runs; paths are JSON files written by ``replicate --out`` or the packaged record.

    Returns
    -------
    DataFrame
        Columns ``item``, ``field``, ``old``, ``new``, ``cause``; empty when nothing moved.
    """
    import pandas as pd

    drifts = compare_records(_plain(old), _plain(new))
    rows = [(d.item, d.field, d.old, d.new, d.cause) for d in drifts]
    return pd.DataFrame(rows, columns=["item", "field", "old", "new", "cause"])


def _plain(run: Any) -> dict[str, Any]:
    from interventions_stats.replication.record import checked, load_record, record_of

    if isinstance(run, dict):
        return checked(run, "the record")
    return record_of(run) if hasattr(run, "battery") else load_record(run)
