"""Differences between two runs, and what moved them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ESTIMATE_TOLERANCE = 1e-8
PLACE = "platform"
UNEXPLAINED = (
    "data, code, dependencies and seed are the recorded ones: the record was edited, or the machine computes otherwise"
)
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
    same_draws = all(old[k] == new[k] for k in ("seed", "quick")) and not _dependencies(old, new)
    out: list[Drift] = []
    for name in dict.fromkeys([*old["propositions"], *new["propositions"]]):
        a, b = old["propositions"].get(name), new["propositions"].get(name)
        if a is None or b is None:
            out.append(Drift(name, "present", a is not None, b is not None, cause(name)))
            continue
        found = [(f, a[f], b[f]) for f in _EXACT if a[f] != b[f]]
        family = [
            e for x in (old, new) for e in x["propositions"].values() if e["driver"] in (a["driver"], b["driver"])
        ]
        numbers = ("ratio", *_SAMPLED, *_DERIVED)
        found += [(f, a[f], b[f]) for f in numbers if _differs(f, a, b, None if same_draws else family)]
        found += _unequal("verdict ({})", a["by_type"], b["by_type"])
        if same_draws and "robustness" in a and "robustness" in b:  # its counts and shares hang on every draw
            x, y = ({k: v for k, v in e["robustness"].items() if k != "lists"} for e in (a, b))
            found += _unequal("verdict on list {}", a["robustness"].get("lists", {}), b["robustness"].get("lists", {}))
            found += _unequal("robustness: {}", x, y)
        out += [Drift(name, *each, cause(name)) for each in found]
    for group in ("drivers", "claims"):
        for name in dict.fromkeys([*old[group], *new[group]]):
            a, b = (x[group].get(name, {}) for x in (old, new))
            found = [(f, a.get(f), b.get(f)) for f in ("verdict", "agreement") if a.get(f) != b.get(f)]
            if "values" in a and "values" in b:  # what a census counted
                found += _unequal("count on {}", a["values"], b["values"])
            out += [Drift(name, *each, cause("")) for each in found]
    return tuple(out)


def _unequal(title: str, a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Name what differs between two sets of words and numbers, with both values; None where one lacks it."""
    return [(title.format(k), a.get(k), b.get(k)) for k in dict.fromkeys([*a, *b]) if not same(a.get(k), b.get(k))]


def same(x: object, y: object) -> bool:
    """Whether two values are equal, the numbers in them within 1e-8 of each other.

    Examples
    --------
    >>> same(0.1, 0.1 + 1e-11), same(0.1, 0.1001), same("A", "B"), same(None, 0.1)
    (True, False, False, False)
    >>> same({"p": [0.1]}, {"p": [0.1 + 1e-11]}), same({"p": [0.1]}, {})
    (True, False)
    """
    if type(x) in (int, float) and type(y) in (int, float):
        return math.isclose(x, y, rel_tol=ESTIMATE_TOLERANCE, abs_tol=1e-12)  # type: ignore[arg-type]
    if isinstance(x, dict) and isinstance(y, dict):
        return x.keys() == y.keys() and all(same(x[k], y[k]) for k in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(same, x, y))
    return x == y


def _differs(field: str, a: dict[str, Any], b: dict[str, Any], family: list[dict[str, Any]] | None) -> bool:
    """Whether a number moved by more than its own error; ``family`` is what Holm runs over, None while the draws are the same."""
    x, y = a[field], b[field]
    if x is None or y is None:
        return x is not y
    holm = field.endswith("_holm")  # hangs on every p of the family, whose tests may be sampled where this one is exact
    sampled = [e["draws"] for e in (family if holm and family is not None else (a, b)) if not e["exact"]]
    if family is None or field == "ratio" or not sampled:
        return not same(x, y)
    draws = max(min(sampled), 1)
    if field in _SAMPLED:
        times = 3 if holm else 1  # Holm multiplies a p and its error alike, by at most three
        p = min(x / times, 1.0)
        return abs(x - y) > 4 * times * math.sqrt(2 * max(p * (1 - p), 1 / draws) / draws)
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
    lists = [x.get("list", {}).get("digest") for x in (old, new)]
    parts = [f"data: {', '.join(tables)}"] if tables else []
    parts += ["data: the event list"] if None not in lists and lists[0] != lists[1] else []
    parts += [f"code: {', '.join(floors)}"] if floors else []
    parts += [f"code: release {release[0]} -> {release[1]}"] if release[0] != release[1] else []
    parts += [f"dependency: {k} {a} -> {b}" for k, (a, b) in _dependencies(old, new).items()]
    parts += [f"seed: {old['seed']} -> {new['seed']}"] if old["seed"] != new["seed"] else []
    parts += ["seed: quick run against full run"] if old["quick"] != new["quick"] else []
    places = [f"{k} {old[PLACE].get(k)} -> {new[PLACE].get(k)}" for k in _moved(*(x.get(PLACE, {}) for x in (old, new)))
              ] if PLACE in old and PLACE in new else []  # fmt: skip
    unseen = "code" if not ("code" in old and "code" in new) else UNEXPLAINED

    def cause(name: str) -> str:
        hashes = [x["propositions"].get(name, {}).get("hash") for x in (old, new)]
        anew = ["code: the proposition was registered anew"] if name and hashes[0] != hashes[1] else []
        known = [*anew, *parts]
        return "; ".join(known or [f"platform: {p}" for p in places]) or unseen

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
