"""What changed in the registered propositions since they were first frozen, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registration import design_hash, plain, sha256

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["renamed", "repaired", "widened", "superseded"]


@dataclass(frozen=True, slots=True)
class Amendment:
    """Why fields of some propositions differ from their first registration.

    ``renamed``: the same column, test and sample under another name. ``repaired``: the test or the estimator as registered
    had the wrong size or coverage on simulated histories. ``widened``: more lists or options were asked to agree.
    ``superseded``: another test stands in its place, and it runs on as a choice of that one.
    """

    ids: tuple[str, ...]
    fields: tuple[str, ...]
    kind: Kind
    why: str


_SIZE = (
    "a shift within targets takes year and target levels out additively, while hazards multiply and onsets crowd in 1992-94: "
    "of histories in which the observed onset target-years are matched anew it rejected .363 (T2), .108 (B2) and .070 (P1) "
    "at .05, and two exposures or another window share the fault; changed after results were known"
)
AMENDMENTS: tuple[Amendment, ...] = (
    Amendment(("B1", "E2", "T1", "W2"), ("scale",), "renamed",
              "the ratio of a Poisson regression is a rate ratio; the smallest effect of interest stays 1.5"),
    Amendment(("B1", "E2", "E3", "F1", "F3", "I1", "I1b", "I3", "P1p", "P3", "T1", "W2"),
              ("exposure", "counter_exposure", "choices", "controls", "falsifiers"), "renamed",
              "columns took names that hold for any actor"),
    Amendment(("L3", "P1p", "S1", "T1p", "B1p"), ("estimator",), "repaired",
              "a year of several disputes counted as one: effects planted in the counts came back too small, and the detectable "
              "effect and the bound hung on different errors; a Poisson regression within powers takes the counts"),
    Amendment(("L3", "S1", "T1p", "B1p"), ("scale",), "renamed",
              "the ratio of a Poisson regression is a rate ratio; the smallest effect of interest stays 1.5"),
    Amendment(("B1p", "L3", "P1p", "S1", "T1p"), ("lists",), "widened", "three sources of events are asked to agree in place of one"),
    Amendment(("B1p",), ("exposure",), "repaired",
              "the region's share is compared over the same states, so that a new state in the region is no loss"),
    Amendment(("B1p", "P1p", "T1p"), ("note",), "superseded",
              "counts over all states take the place of a few powers' onset years: B1w, P1w and T1w"),
    Amendment(("E1w", "E2w", "W2w", "W3w", "S1w", "B1w", "T1w", "P1w"), ("choices",), "widened",
              "onset years in place of counts may spread the information over more states; the choice was left out at first"),
    Amendment(("I1",), ("choices", "falsifiers"), "repaired",
              "another risk set is another specification of the test, and not one that should find nothing"),
    Amendment(("F2",), ("exposure", "controls"), "repaired",
              "the exposure is the interaction that the statement speaks of, with its main effect beside it"),
    Amendment(("B2", "P1g"), ("test",), "repaired",
              "a choice among targets compares states that differ in more than the step, and " + _SIZE),
    Amendment(("F1", "F3", "P1", "P3", "T2"), ("test",), "repaired", _SIZE),
    Amendment(("B2", "F1", "F3", "P1", "P1g", "P3", "T2"), ("strata", "estimator"), "repaired",
              "the two-margin test conditions on the onsets of each target and each period, and estimates by that law"),
    Amendment(("B2", "F1", "F3", "P1", "P1g", "P3", "T2"), ("choices",), "widened",
              "the shift within targets, which was the primary test, stays as a registered choice"),
    Amendment(("E3",), ("strata", "controls"), "repaired",
              "with targets drawn by post-Soviet status and log distance alone the choice within years rejected in .42: targets "
              "are compared within year and region, with log distance of capitals held; changed after results were known"),
    Amendment(("E3",), ("choices",), "widened", "first recorded shares stand for 1992-93, when new states report no trade"),
    Amendment(("F2",), ("strata", "estimator"), "repaired",
              "a regression on residuals without target intercepts recovered planted effects at half or twice their size; "
              "the conditional logit within targets compares what the test relabels"),
)  # fmt: skip


_REFERENCES = ("support", "contrary")


@lru_cache(maxsize=1)
def first_registration() -> dict[str, dict[str, Any]]:
    """Return the fields of every proposition as they stood before any result was seen."""
    text = files("interventions_stats.drivers").joinpath("first_registration.json").read_text(encoding="utf-8")
    return json.loads(text)


def amendments() -> pd.DataFrame:
    """Return every field that differs from the first registration; works cited, which change no test, are left aside.

    Returns
    -------
    DataFrame
        ``proposition``, ``field``, ``registered``, ``now``, ``kind`` (renamed, repaired, widened or superseded), ``why``, and the first
        twelve digits of both hashes, of the design and of the whole text, then and now: ``design_registered``,
        ``design_now``, ``hash_registered``, ``hash_now``.

    Examples
    --------
    >>> table = amendments()
    >>> sorted(table.loc[table["kind"] == "repaired", "proposition"].unique())
    ['B1p', 'B2', 'E3', 'F1', 'F2', 'F3', 'I1', 'L3', 'P1', 'P1g', 'P1p', 'P3', 'S1', 'T1p', 'T2']
    """
    import pandas as pd

    from interventions_stats.drivers.registry import PROPOSITIONS  # which imports this module

    rows = []
    for name, then in first_registration().items():
        prop, now = PROPOSITIONS[name], PROPOSITIONS[name].to_dict()
        full = (design_hash(then, Proposition), prop.design_hash(), sha256(then), prop.hash())
        hashes = tuple(h[:12] for h in full)
        for field in changed_fields(then, now):
            reason = reason_for(name, field)
            rows.append((name, field, _short(then.get(field)), _short(now[field]), reason.kind, reason.why, *hashes))
    return pd.DataFrame(rows, columns=["proposition", "field", "registered", "now", "kind", "why", "design_registered",
                                       "design_now", "hash_registered", "hash_now"])  # fmt: skip


def changed_fields(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the fields that differ; one that a later release added differs where it is design and off its default."""
    added = {f.name: plain(f.default) for f in fields(Proposition) if f.name not in then and f.default is not MISSING}
    words = {f.name for f in fields(Proposition) if f.metadata.get("design", True) is None}
    return [
        f for f in now if then.get(f, added.get(f)) != now[f] and (f in then or f not in words) and f not in _REFERENCES
    ]


def reason_for(name: str, field: str) -> Amendment:
    """Find the amendment of a field, the weightier kind first; KeyError where none was written down."""
    found = [a for a in AMENDMENTS if name in a.ids and field in a.fields]
    if not found:
        raise KeyError(f"{name}.{field} differs from its registration, and amended.py does not say why")
    return min(found, key=lambda a: a.kind == "renamed")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_short(v) for v in value) or "none"
    if isinstance(value, dict):
        name = value.get("field") or value.get("name") or value.get("label")
        return f"{name}: {_short(value['options'])}" if "options" in value else str(name)
    return "none" if value is None else str(value)
