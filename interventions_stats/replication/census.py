"""Descriptive claims: counts and shares over every registered list and coding, and nothing inferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interventions_stats.datasets.kept import kept
from interventions_stats.engine.exact.contingency import fisher_test
from interventions_stats.events.definitions import _variants, load_events
from interventions_stats.events.event_list import EventList
from interventions_stats.events.schema import codes
from interventions_stats.replication.footprint import SOURCES, footprint_ratios
from interventions_stats.rules.census import CensusDecision, census_verdict

if TYPE_CHECKING:
    import pandas as pd

# Rates are compared over spans of equal length that end where the source ends, the USSR's just before 1992.
_FOREIGN = {"mid": 2014, "imi": 2005, "ucdp": 2024}


@dataclass(frozen=True, slots=True)
class Census:
    """A descriptive claim judged over lists and codings; ``values`` is what was counted on each."""

    decision: CensusDecision
    values: dict[str, float | None]
    detail: str = ""


@kept(1)
def _lists() -> dict[str, EventList]:
    """Every registered variant of the reconstruction, V00 first."""
    names = ["V00", *(v for v in _variants() if v != "V00")]
    return {n: load_events(n) for n in names}


def _codings(activity: str) -> dict[str, float]:
    """Share of an activity on each variant, and on V00 by each coder of the decision context."""
    from interventions_stats.datasets.load import load

    shares = {n: float((e.frame["activity"] == activity).mean()) for n, e in _lists().items()}
    shares["study_coded"] = float((load_events("study_coded").frame["activity"] == activity).mean())
    context = load("decision_context")
    listed = set(_lists()["V00"].ids)
    for coder, part in context[context["case_id"].isin(listed)].groupby("coder"):
        shares[f"V00, coder {coder}"] = float((part["activity"] == activity).mean())
    return shares


def count() -> Census:
    """C1: the number of interventions."""
    values = {n: float(len(e)) for n, e in _lists().items()}
    return Census(census_verdict(values, "==", 25.0), dict(values))


def stabilisation_share() -> Census:
    """C2: the share of stabilisation."""
    values = _codings("stabilisation")
    v00 = _lists()["V00"]
    n = int((v00.frame["activity"] == "stabilisation").sum())
    return Census(census_verdict(values, ">", 0.5), dict(values), f"{n} of {len(v00)} on V00")


def combat_share() -> Census:
    """C3: the share of combat, which must also stay below one onset in two years on every list."""
    values = _codings("combat")
    rates = {n: float((e.frame["activity"] == "combat").sum()) / 29 for n, e in _lists().items()}
    worst = max(rates.values())
    decision = census_verdict({n: max(v, rates.get(n, 0.0)) for n, v in values.items()}, "<", 0.5)
    v00 = _lists()["V00"]
    n = int((v00.frame["activity"] == "combat").sum())
    return Census(
        decision, dict(values), f"{n} of {len(v00)} on V00; at most {worst:.2f} combat onsets a year on any list"
    )


def footprint() -> Census:
    """C4: onsets of Russia over those of the USSR and the United States, same source and length of span."""
    values: dict[str, float | None] = {}
    detail = []
    for source in SOURCES:
        found = footprint_ratios(source).iloc[:2]  # the USSR before 1992 and the United States from 1992
        ours, years = int(found["onsets"].iloc[0]), int(found["years"].iloc[0])
        parts = []
        for row, short in zip(found.to_dict("records"), ("USSR", "USA"), strict=True):
            values[f"{source}: Russia/{short}"] = row["ratio"] if row["their_onsets"] else None
            parts.append(
                f"{row['against']} {row['their_onsets']} (ratio {row['ratio']:.2f}, exact 95% interval "
                f"{row['conf_low']:.2f} to {row['conf_high']:.2f}; of case-years {row['ratio_case_years']:.2f}"
                + (f", of person-years {row['ratio_person_years']:.2f})" if row["ratio_person_years"] > 0 else ")")
            )
        detail.append(f"{source} over {years} years: Russia {ours}, {', '.join(parts)}")
    return Census(census_verdict(values, "<", 1.0), values, "; ".join(detail))


def region_share() -> Census:
    """C5: the share inside the former Soviet Union."""
    values = {n: float((e.frame["region"] == "post-Soviet").mean()) for n, e in _lists().items()}
    v00 = _lists()["V00"]
    n = int((v00.frame["region"] == "post-Soviet").sum())
    return Census(census_verdict(values, ">=", 2 / 3), dict(values), f"{n} of {len(v00)} on V00")


def scale() -> Census:
    """C4b: case-years and person-years of Russia over those of the USSR and the United States, by IMI."""
    values: dict[str, float | None] = {}
    for row, short in zip(footprint_ratios("imi").iloc[:2].to_dict("records"), ("USSR", "USA"), strict=True):
        values |= {
            f"{c.replace('_', '-')}: Russia/{short}": float(row[f"ratio_{c}"]) for c in ("case_years", "person_years")
        }
    return Census(census_verdict(values, "<", 1.0), values)


def regional_fisher() -> Census:
    """C6: the share of onsets against states that touch Soviet territory, Russia's over the USSR's, by source."""
    values: dict[str, float | None] = dict.fromkeys(_FOREIGN)
    detail = []
    for source, (ours, theirs) in regional_tables().items():
        values[source] = ours[0] / sum(ours) - theirs[0] / sum(theirs)
        p = float(fisher_test([ours, theirs], alternative="greater").p_value)
        detail.append(
            f"{source}: {ours[0]} of {sum(ours)} against {theirs[0]} of {sum(theirs)}, one-sided Fisher p {p:.3f}"
        )
    return Census(census_verdict(values, ">", 0.0), values, "; ".join(detail))


@kept(1)
def regional_tables() -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    """Onsets against states that touch Soviet territory and against others, Russia's and the USSR's, by source."""
    out = {}
    for source, last in _FOREIGN.items():
        russia = _near(load_events(source, actor="RUS", since=1992, until=last))
        ussr = _near(load_events(source, actor="RUS", since=1946, until=1991))
        if len(russia) and len(ussr):
            out[source] = tuple((int(x.sum()), int(len(x) - x.sum())) for x in (russia, ussr))
    return out  # type: ignore[return-value]


def _near(events: EventList) -> pd.Series:
    """Whether each event with a coded target has one that touches the territory of the USSR."""
    import pandas as pd

    region = soviet_rim()
    marks = [any(c in region for c in codes(cell)) for cell in events.frame["target_cow"] if codes(cell)]
    return pd.Series(marks, dtype=float)


@kept(1)
def soviet_rim() -> frozenset[int]:
    """Successor states of the USSR and the states that share a land border with its territory."""
    from interventions_stats.datasets.load import load

    spells, states = load("contiguity_spells"), load("states")
    heirs = set(states.loc[states["post_soviet"] == 1, "ccode"].astype(int))
    inside = heirs | {365}
    land = spells[spells["contiguity_type"] == 1]
    pairs = list(zip(land["ccode1"].astype(int), land["ccode2"].astype(int), strict=True))
    rim = {b for a, b in pairs if a in inside} | {a for a, b in pairs if b in inside}
    return frozenset((rim | heirs) - {365})


def support_threat() -> Census:
    """C10b: the leader's lowest monthly approval of 2000-2020, by pollster."""
    values: dict[str, float | None] = dict(lowest_approval())
    return Census(census_verdict(values, ">=", 50.0), values)


def lowest_approval() -> dict[str, float]:
    """Lowest monthly approval of the president in 2000-2020, by pollster."""
    from interventions_stats.datasets.load import load

    out = {}
    for pollster, table in (("Levada", "approval_russia"), ("VTsIOM", "approval_russia_vtsiom")):
        frame = load(table)
        out[pollster] = float(frame.loc[frame["month"].between("2000-01", "2020-12"), "approve"].min())
    return out


def before_putin() -> Census:
    """C12: the share of onsets before 2000."""
    values: dict[str, float | None] = {}
    for rule in ("decision", "deployment"):
        for name, events in _lists().items():
            timing = (events if rule == "decision" else events.by_deployment_date()).timing
            values[f"{name}, {rule}"] = float((timing["first"] < "2000-01-01").mean())
    v00 = _lists()["V00"].timing
    return Census(
        census_verdict(values, ">", 0.5), values, f"{int((v00['first'] < '2000-01-01').sum())} of {len(v00)} on V00"
    )
