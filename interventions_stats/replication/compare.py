"""Differences between two runs, leaf by leaf, and what moved them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from interventions_stats.primary.question import QUICK_DRAWS

if TYPE_CHECKING:
    import pandas as pd

ESTIMATE_TOLERANCE = 1e-8
PLACE = "platform"
UNEXPLAINED = (
    "data, code, dependencies and seed are the recorded ones: the record was edited, or the machine computes otherwise"
)
# What two records may differ in without a drift, and why; ``*`` is any name, and what lies below a path belongs to it.
# Verification tells what of it differs, beside the drifts.
MAY_DIFFER: dict[tuple[str, ...], str] = {
    ("schema",): "read before anything is compared: another one is refused",
    ("seed",): "a run is repeated with the record's own, so another one shows in every sampled number",
    ("quick",): "a run is repeated as the record says, so another kind shows in the number of draws",
    ("versions",): "what it was computed with is a cause of drifts, and no result",
    ("tables",): "the data are a cause of drifts, and no result",
    ("code",): "the source is a cause of drifts, and no result",
    (PLACE,): "the machine is a cause of drifts, and no result",
    ("list", "digest"): "the event list is a cause of drifts, and no result; its length and definition are held",
    ("history",): "a diary of the record, which no run writes",
    ("from_schema",): "a record of schema 1 holds no findings, so none can have moved",
    ("propositions", "*", "hash"): "the wording is no result; the test is held by its design_hash",
}
# What may also differ where the draws do, and why.
HANGS_ON_DRAWS: dict[tuple[str, ...], str] = {
    (
        "propositions",
        "*",
        "robustness",
    ): "counts and shares over specifications, lists and deletions hang on every draw",
    ("findings", "*", "chance"): "a share of simulated histories",
    ("findings", "*", "tests"): "sampled p-values; the finding read off them is held",
}
# And where one run is quick and the other full, which only ``diff`` compares.
HANGS_ON_QUICK: dict[tuple[str, ...], str] = {
    ("propositions", "*", "draws"): "a quick run draws less",
    ("propositions", "*", "exact"): "a quick run enumerates less",
}
_SAMPLED = (
    "p_superiority",
    "p_superiority_holm",
    "p_reverse",
    "p_reverse_holm",
)  # Monte Carlo, where the null is sampled
_DERIVED = ("deff", "ratio_low90", "ratio_high90", "frontier", "mde", "p_noninferiority", "p_tost", "bf10", "bf10_low",
            "bf10_high", "bf_reverse")  # fmt: skip
_GROUPS = ("propositions", "drivers", "claims", "findings")
_ABSENT: Any = object()


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


def compare_records(old: dict[str, Any], new: dict[str, Any], *, reproducible: bool = True) -> tuple[Drift, ...]:
    """List the differences between two records.

    Every leaf is compared: words and counts must be equal, numbers within 1e-8 (relative), unless :data:`MAY_DIFFER` says
    why not.  Where the draws differ, Monte Carlo p-values and the bounds that hang on a sampled design effect may move by
    four of their standard errors, and digits in a conclusion with them.

    Parameters
    ----------
    old, new : dict
        Records; ``new`` is what was computed now.
    reproducible : bool, default True
        Whether equal seeds give equal draws on this machine (:func:`draws_as_recorded`).  Nothing that ``old`` says of
        itself widens a tolerance.

    Returns
    -------
    tuple of Drift
    """
    cause = _cause(old, new)
    same_draws = reproducible and all(old[k] == new[k] for k in ("seed", "quick"))
    redrawn = None if same_draws else _Redrawn(new, quick=old["quick"] != new["quick"])
    told = [g for g in _GROUPS if g != "findings" or ("from_schema" in old) == ("from_schema" in new)]
    # results come before what they were made with
    then, now = ({g: x[g] for g in told} | {k: v for k, v in x.items() if k not in _GROUPS} for x in (old, new))
    out = [
        Drift(*_named(path), *shown(a, b), cause(path[1] if path[0] == "propositions" else ""))
        for path, a, b in differences(then, now)
        if not (same(a, b) or within(path, MAY_DIFFER) or (redrawn is not None and redrawn.agrees(path, a, b)))
    ]
    items = list(dict.fromkeys(d.item for d in out))
    return tuple(sorted(out, key=lambda d: (items.index(d.item), not d.field.startswith(("verdict", "finding")))))


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield every leaf of either record with its path and both values; what one side lacks is yielded whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for k in dict.fromkeys([*old, *new]):
            yield from differences(old.get(k, _ABSENT), new.get(k, _ABSENT), (*path, k))
    else:
        yield path, old, new


def within(path: tuple[str, ...], patterns: dict[tuple[str, ...], str]) -> bool:
    """Whether a path is one of the patterns or lies below it.

    >>> within(("propositions", "W1", "hash"), MAY_DIFFER), within(("propositions", "W1", "n"), MAY_DIFFER)
    (True, False)
    """
    return any(len(path) >= len(p) and all(x in ("*", y) for x, y in zip(p, path, strict=False)) for p in patterns)


def same(x: object, y: object) -> bool:
    """Whether two values are equal, the numbers in them within 1e-8 of each other.

    Examples
    --------
    >>> same(0.1, 0.1 + 1e-11), same(0.1, 0.1001), same("A", "B"), same(None, 0.1), same(True, 1)
    (True, False, False, False, False)
    >>> same({"p": [0.1]}, {"p": [0.1 + 1e-11]}), same({"p": [0.1]}, {})
    (True, False)
    """
    if _is_number(x) and _is_number(y):
        return math.isclose(x, y, rel_tol=ESTIMATE_TOLERANCE, abs_tol=1e-12)
    if isinstance(x, dict) and isinstance(y, dict):
        return x.keys() == y.keys() and all(same(x[k], y[k]) for k in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(same, x, y))
    return type(x) is type(y) and x == y


def _is_number(x: object) -> TypeGuard[float]:
    """Whether a leaf is a number that a float can hold; a longer whole number can only be equal or not."""
    return type(x) is float or (type(x) is int and abs(x) < 1 << 1000)


@dataclass(frozen=True, slots=True)
class _Redrawn:
    """What may move where the draws differ, by the draws of the run of now alone.

    ``quick`` says that one of the runs was quick and the other full.
    """

    new: dict[str, Any]
    quick: bool

    def agrees(self, path: tuple[str, ...], a: Any, b: Any) -> bool:
        if a is _ABSENT or b is _ABSENT:
            return self.quick and path[2:3] == ("robustness",) and len(path) > 3  # a quick run tries fewer
        if within(path, HANGS_ON_DRAWS) or (self.quick and within(path, HANGS_ON_QUICK)):
            return True
        if path[0] == "propositions" and len(path) == 3:
            return self._near(path[1], path[2], a, b)
        if path[0] == "findings" and path[-1] == "excluded_above":
            return (
                _is_number(a)
                and _is_number(b)
                and math.isclose(a, b, rel_tol=8 * math.sqrt(2 / QUICK_DRAWS), abs_tol=0.01)
            )
        worded = path[-1] in ("conclusion", "why", "decided") and isinstance(a, str) and isinstance(b, str)
        return worded and _wording(a) == _wording(b)

    def _near(self, name: str, field: str, x: Any, y: Any) -> bool:
        draws = self._draws(name, field)
        if draws is None or not (_is_number(x) and _is_number(y)):
            return False
        if field in _SAMPLED:
            times = 3 if field.endswith("_holm") else 1  # Holm multiplies a p and its error alike, by at most three
            p = min(y / times, 1.0)
            return abs(x - y) <= 4 * times * math.sqrt(2 * max(p * (1 - p), 1 / draws) / draws)
        # A variance from m draws has relative error sqrt(2/m); it moves what hangs on the design effect by no more.
        return field in _DERIVED and math.isclose(x, y, rel_tol=8 * math.sqrt(2 / draws), abs_tol=0.01)

    def _draws(self, name: str, field: str) -> int | None:
        """Return the fewest draws that a number hangs on; None for an exact test."""
        entries = self.new["propositions"]
        # Holm hangs on every p of the family, whose tests may be sampled where this one is exact.
        holm = [e for e in entries.values() if e["driver"] == entries[name]["driver"]]
        sampled = [e["draws"] for e in (holm if field.endswith("_holm") else [entries[name]]) if not e["exact"]]
        draws = [*sampled, QUICK_DRAWS] if self.quick else sampled
        return max(min(draws), 1) if draws else None


def _wording(text: str) -> str:
    """Return a sentence without its digits, which follow the draws."""
    return re.sub(r"\d*\.?\d+", "#", text)


def _named(path: tuple[str, ...]) -> tuple[str, str]:
    """Return the item and the field of a path, as a reader calls them."""
    match path:
        case (group, name) if group in _GROUPS:
            return name, "present"
        case ("propositions", name, "by_type", kind):
            return name, f"verdict ({kind})"
        case ("propositions", name, "robustness", "lists", listed):
            return name, f"verdict on list {listed}"
        case ("propositions", name, "robustness", *rest) if rest:
            return name, f"robustness: {'.'.join(rest)}"
        case ("claims", name, "values", counted):
            return name, f"count on {counted}"
        case ("findings", name, *rest) if rest:
            return name, ".".join(rest) if rest[0] == "finding" else f"finding: {'.'.join(rest)}"
        case (group, name, *rest) if group in _GROUPS:
            return name, ".".join(rest)
    return "the record", ".".join(path)


def shown(a: Any, b: Any) -> tuple[Any, Any]:
    """Return both values for a reader: of what is there on one side only, whether it is, or the value and None."""
    if any(isinstance(x, dict) for x in (a, b)):
        return a is not _ABSENT, b is not _ABSENT
    return None if a is _ABSENT else a, None if b is _ABSENT else b


def provenance(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    """Name what two records were made with, where it differs: data, code, dependencies, seed, machine, wording."""
    hashes = [{i: e.get("hash") for i, e in x["propositions"].items()} for x in (old, new)]
    reworded = [i for i in hashes[0] if i in hashes[1] and hashes[0][i] != hashes[1][i]]
    worded = [f"code: the wording of {', '.join(reworded)}"] if reworded else []
    bare = ["schema 1: the record holds no findings to compare"] if "from_schema" in old else []
    return (*_parts(old, new), *bare, *worded, *(f"platform: {p}" for p in _places(old, new)))


def _dependencies(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the library computes with, where the versions differ: name to both."""
    own = ("data", "interventions_stats")
    names = [k for k in dict.fromkeys([*old["versions"], *new["versions"]]) if k not in own]
    pairs = {k: (old["versions"].get(k), new["versions"].get(k)) for k in names}
    return {k: pair for k, pair in pairs.items() if pair[0] != pair[1]}


def _moved(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(k for k in {*old, *new} if old.get(k) != new.get(k))


def _parts(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
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
    return parts + (["seed: quick run against full run"] if old["quick"] != new["quick"] else [])


def _places(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    if PLACE not in old or PLACE not in new:
        return []
    return [f"{k} {old[PLACE].get(k)} -> {new[PLACE].get(k)}" for k in _moved(old[PLACE], new[PLACE])]


def _cause(old: dict[str, Any], new: dict[str, Any]) -> Callable[[str], str]:
    """Say what can have moved a result: its data, its registration, the library, a dependency or the seed."""
    parts, places = _parts(old, new), _places(old, new)
    unseen = "code" if not ("code" in old and "code" in new) else UNEXPLAINED

    def cause(name: str) -> str:
        then, now = (x["propositions"].get(name, {}) for x in (old, new))
        anew = then.get("design_hash") != now.get("design_hash")
        own = ["code: the proposition was registered anew"] if anew else []
        own += ["code: the proposition was reworded"] if not anew and then.get("hash") != now.get("hash") else []
        return "; ".join([*own, *parts] or [f"platform: {p}" for p in places]) or unseen

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
