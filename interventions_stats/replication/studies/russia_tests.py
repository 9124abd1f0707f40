"""The literal tests of the study of Russia: what it counted, compared or looked for, each in its conventional form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.engine.exact.contingency import fisher_test
from interventions_stats.engine.exact.rate import rate_ratio
from interventions_stats.replication.literal import (
    LiteralTest,
    correlated,
    margin_numbers,
    margins_kept,
    raw_fisher,
    registered,
    result,
)
from interventions_stats.rules.formatting import number_text

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import Battery
    from interventions_stats.events.event_list import EventList

HANDOVER = 2000  # Putin's first year
BORDER_SERVICE = "R09"  # Tajik-Afghan border, which the study names among its stabilisation missions
WINDOWS = (24, 12, 6)  # months in which a step away may trigger an onset; the first is the registered one
Tests = tuple[LiteralTest, ...]


def of(*names: str) -> Any:
    """The registered tests of some propositions as the literal ones."""

    def tests(found: Battery) -> Tests:
        return tuple(registered(found, n) for n in names)

    return tests


# --------------------------------------------------------------------------- the list


def stabilisation(found: Battery) -> Tests:
    """C2: more than half, with the border service that the study counts among them and without it."""
    frame = found.events.frame
    plain = (frame["activity"] == "stabilisation").to_numpy()
    with_border = plain | (frame["event_id"] == BORDER_SERVICE).to_numpy()
    return _shares({"with the Tajik border service": with_border, "without it": plain}, 0.5)


def combat(found: Battery) -> Tests:
    """C3: less than half of the cases, and fewer than one onset in two years."""
    events = found.events
    fights = (events.frame["activity"] == "combat").to_numpy()
    years = events.coverage[1] - events.coverage[0] + 1
    rate = float(fights.sum()) / years
    return (
        LiteralTest(name="share", number=_of(fights), value=float(fights.mean()), holds=bool(fights.mean() < 0.5)),
        LiteralTest(name="rate", number=f"{number_text(rate)} a year", value=rate, holds=rate < 0.5),
    )


def inside(found: Battery) -> Tests:
    """C5: at least two thirds of the cases, of their years and of their person-years."""
    from interventions_stats.replication.footprint import under_way

    events = found.events
    near = (events.frame["region"] == "post-Soviet").to_numpy()
    years = under_way(events, _years(events), unknown_runs=False).sum(axis=0)
    people = events.frame["person_years"].astype(float).fillna(0.0).to_numpy()
    out = []
    for name, weight in (("cases", np.ones(len(near))), ("case-years", years), ("person-years", people)):
        share = float(weight[near].sum() / weight.sum())
        out.append(LiteralTest(name=name, number=_percent(share), value=share, holds=share >= 2 / 3))
    return tuple(out)


def before_him(found: Battery) -> Tests:
    """C12: more than half of the onsets; those of combat stand beside."""
    early = found.events.timing["first"].dt.year.to_numpy() < HANDOVER
    fights = (found.events.frame["activity"] == "combat").to_numpy()
    return (
        LiteralTest(name="onsets", number=_of(early), value=float(early.mean()), holds=bool(early.mean() > 0.5)),
        LiteralTest(name="of combat", number=_of(early[fights]), value=float(early[fights].mean()),
                    holds=bool(early[fights].mean() > 0.5), decides=False),
    )  # fmt: skip


def _shares(marks: dict[str, np.ndarray], least: float) -> Tests:
    return tuple(
        LiteralTest(name=k, number=_of(m), value=float(m.mean()), holds=bool(m.mean() > least))
        for k, m in marks.items()
    )


def _of(mark: np.ndarray) -> str:
    return f"{int(mark.sum())} of {len(mark)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _years(events: EventList) -> np.ndarray:
    return np.arange(events.coverage[0], events.coverage[1] + 1)


# --------------------------------------------------------------------------- against the USSR and the United States


def fewer(found: Battery) -> Tests:
    """C4: rate ratios, by each source's own definition and over spans of one length."""
    from interventions_stats.replication.footprint import SOURCES, footprint_ratios

    out = []
    for source in SOURCES:
        for row in footprint_ratios(source).iloc[:2].to_dict("records"):
            against = "USSR" if row["against"] == "USSR" else "USA"
            out.append(LiteralTest(name=f"{source.upper()} {against}", number=f"RR {number_text(row['ratio'])}", value=row["ratio"],
                                   p=row["p_less"], holds=bool(row["ratio"] < 1)))  # fmt: skip
    return tuple(out)


def smaller(found: Battery) -> Tests:
    """C4b: case-years and person-years of IMI, which alone codes the size of forces."""
    from interventions_stats.replication.footprint import footprint_ratios

    out = []
    for row in footprint_ratios("imi").iloc[:2].to_dict("records"):
        against = "USSR" if row["against"] == "USSR" else "USA"
        for what in ("case_years", "person_years"):
            ratio = float(row[f"ratio_{what}"])
            out.append(LiteralTest(name=f"{what.replace('_', '-')} {against}", number=number_text(ratio), value=ratio,
                                   holds=None if math.isnan(ratio) else ratio < 1))  # fmt: skip
    return tuple(out)


def regional(found: Battery) -> Tests:
    """C6: share of onsets against states that touch Soviet territory, Russia's over the USSR's."""
    from interventions_stats.replication.census import regional_tables

    out = []
    for source, table in regional_tables().items():
        ours, theirs = (row[0] / max(sum(row), 1) for row in table)
        tested = fisher_test(table)
        out.append(LiteralTest(name=source.upper(), number=f"{_percent(ours)} against {_percent(theirs)}", value=ours - theirs,
                               p=tested.p_value, holds=bool(ours > theirs)))  # fmt: skip
    return tuple(out)


# --------------------------------------------------------------------------- what is set aside


def ideology(found: Battery) -> Tests:
    """C8: I1 and I3; I2 rests on 17 sides of conflicts and stands beside."""
    return (registered(found, "I1"), registered(found, "I3"), registered(found, "I2", decides=False))


def diffusion(found: Battery) -> Tests:
    """C9: F1 and F3, and Fisher's exact test of onset by a neighbour's democratisation."""
    return (registered(found, "F1"), registered(found, "F3"), raw_fisher(found, "F1", name="raw Fisher (F1)"))


def low_support(found: Battery) -> Tests:
    """C10a: Spearman's correlation of approval and onset."""
    return correlated(found, "W1")


def support(found: Battery) -> Tests:
    """C10b: the leader's lowest approval in 2000-2020, by pollster."""
    from interventions_stats.replication.census import lowest_approval

    return tuple(
        LiteralTest(name=who, number=f"lowest {low:.0f}%", value=low, holds=low >= 50)
        for who, low in lowest_approval().items()
    )


# --------------------------------------------------------------------------- the leader


def decline(found: Battery) -> Tests:
    """C11: onsets, operations under way, person-years and person-years of combat, a year under Putin over one under Yeltsin."""
    from interventions_stats.replication.footprint import under_way

    events, years = found.events, _years(found.events)
    share = under_way(events, years, unknown_runs=False)
    spread = share / np.maximum(share.sum(axis=0), 1e-300)
    people = spread * events.frame["person_years"].astype(float).fillna(0.0).to_numpy()
    fights = (events.frame["activity"] == "combat").to_numpy()
    measures = {"operations under way": (share > 0).sum(axis=1), "person-years": people.sum(axis=1),
                "person-years of combat": people[:, fights].sum(axis=1)}  # fmt: skip
    late = years >= HANDOVER
    out = [_onset_rates(found)]
    for name, by_year in measures.items():
        ratio = float(by_year[late].mean() / by_year[~late].mean())
        out.append(LiteralTest(name=name, number=f"ratio {number_text(ratio)}", value=ratio, holds=ratio < 1))
    return tuple(out)


def _onset_rates(found: Battery) -> LiteralTest:
    """Exact ratio of onset rates; its p is widened by the dispersion of the yearly counts within leaders."""
    from scipy import stats

    raw = result(found, "L1").evidence.raw
    if raw is None:
        return LiteralTest(name="onsets", proposition="L1")
    tested = rate_ratio(raw.details["events"], raw.details["years"])
    counts = [max(n, 0.5) for n in raw.details["events"]]
    variance = sum(max(1.0, spread) / n for spread, n in zip(raw.details["dispersion"], counts, strict=True))
    z = math.log(max(tested.estimate, 1e-300)) / math.sqrt(variance)
    p = max(tested.p_value, 2 * float(stats.norm.sf(abs(z))))
    return LiteralTest(name="onsets", number=f"RR {number_text(tested.estimate)}", value=float(tested.estimate), p=p,
                       holds=bool(tested.estimate < 1 and p <= 0.05), proposition="L1", two_sided=True)  # fmt: skip


def constancy(found: Battery) -> Tests:
    """C17: equal rates and equal composition under both leaders, and leaders' traits across states."""
    late = found.events.timing["first"].dt.year.to_numpy() >= HANDOVER
    mission = (found.events.frame["activity"] == "stabilisation").to_numpy()
    table = [[int((mission & side).sum()), int((~mission & side).sum())] for side in (~late, late)]
    mix = fisher_test(table)
    shown = " against ".join(f"{row[0]} of {sum(row)}" for row in table)
    traits = result(found, "L3").evidence
    return (
        _onset_rates(found),
        LiteralTest(name="composition", number=f"stabilisation {shown}", value=float(mix.estimate), p=float(mix.p_value)),
        registered(found, "L3", name="traits (L3)", p=traits.raw.p_two_sided if traits.raw else math.nan, two_sided=True,
                   registered=False),
    )  # fmt: skip


# --------------------------------------------------------------------------- what is kept


def outstanding(kept: tuple[str, ...], aside: tuple[str, ...]) -> Any:
    """C13: the superiority tests of the kept drivers; beside them, kept drivers against those set aside."""

    def tests(found: Battery) -> Tests:
        results = [r for d in kept if d in found.by_driver for r in found.by_driver[d].results.values()]
        own = [registered(found, r.proposition.id) for r in results if r.proposition.family]
        return (*own, kept_against_set_aside(found, kept, aside))

    return tests


def kept_against_set_aside(found: Battery, kept: tuple[str, ...], aside: tuple[str, ...], seed: int = 0) -> LiteralTest:
    """Mean z of the propositions of kept drivers, less that of drivers set aside; p by exchanging the propositions."""
    z: dict[str, float] = {}
    mine = []
    for name in (*kept, *aside):
        for i, r in found.by_driver[name].results.items() if name in found.by_driver else ():
            e = r.evidence
            if r.proposition.family and math.isfinite(e.se_cal) and e.se_cal > 0 and not e.two_sided:
                z[i] = e.estimate / e.se_cal
                mine.append(name in kept)
    label, values = "kept against set aside", np.array(list(z.values()))
    group = np.array(mine, bool)
    if group.all() or not group.any():
        return LiteralTest(name=label, decides=False)
    rng = np.random.default_rng(seed)
    dealt = rng.permuted(np.broadcast_to(group, (9_999, len(group))), axis=1)
    gap = float(values[group].mean() - values[~group].mean())
    null = (dealt @ values) / group.sum() - (~dealt @ values) / (~group).sum()
    p = (1 + int((null >= gap - 1e-9).sum())) / (len(null) + 1)
    return LiteralTest(name=label, number=f"mean z {number_text(gap)} higher", value=gap, p=p, decides=False)


def instability(found: Battery) -> Tests:
    """C13d: onset by armed conflict next door, raw and with the onsets of each neighbour and year kept."""
    return (raw_fisher(found, "T2"), margins_kept(found, "T2"))


def losses(found: Battery) -> Tests:
    """C14: losses against equal gains; the frames of the cases, which have no base share, stand beside."""
    return (registered(found, "P1", name="losses against gains (P1)"), *_frames(found))


def _frames(found: Battery) -> Tests:
    from interventions_stats.datasets.load import load

    coded = load("decision_context")
    coded = coded[coded["case_id"].isin(found.events.ids) & coded["frame"].isin(["loss", "gain"])]
    out = []
    for coder, part in coded.groupby("coder"):
        loss = int((part["frame"] == "loss").sum())
        out.append(LiteralTest(name=f"loss frames, coder {coder}", number=f"{loss} of {len(part)}", value=loss / len(part),
                               decides=False))  # fmt: skip
    return tuple(out)


def triggers(found: Battery) -> Tests:
    """C16: onset by a neighbour's step away, raw by year, and by month with the onsets of each neighbour and month kept."""
    months = [monthly_margins(found.events, w, seed=result(found, "B2").evidence.seed) for w in WINDOWS]
    by_month = [LiteralTest(name=f"within {w} months, both margins kept", decides=w == WINDOWS[0], proposition="B2", **m)
                for w, m in zip(WINDOWS, months, strict=True)]  # fmt: skip
    return (
        raw_fisher(found, "B2"),
        *by_month,
        margins_kept(found, "B2", name="by year, both margins kept", decides=False),
    )


def monthly_margins(events: EventList, window: int, seed: int = 0) -> dict[str, Any]:
    """Test onsets by target and month against a step away in the ``window`` months before, both margins kept."""
    import pandas as pd

    from interventions_stats.engine.permutation.two_margins import two_margin_test
    from interventions_stats.errors import EstimationError
    from interventions_stats.events.schema import codes

    months = pd.period_range(f"{events.coverage[0]}-01", f"{events.coverage[1]}-12", freq="M")
    steps, targets = _steps_away(months[0] - window)
    exposure, onsets = np.zeros((len(targets), len(months))), np.zeros((len(targets), len(months)), int)
    for target, month in steps:
        begin = (month - months[0]).n + 1
        exposure[targets.index(target), max(begin, 0) : max(begin + window, 0)] = 1.0
    first = events.timing["first"].dt.to_period("M")
    for cell, month in zip(events.frame["target_cow"], first, strict=True):
        for target in set(codes(cell)) & set(targets):
            onsets[targets.index(target), (month - months[0]).n] += 1
    try:
        return margin_numbers(two_margin_test(exposure, onsets, seed=seed))
    except EstimationError:
        return {}


def _steps_away(since: Any) -> tuple[list[tuple[int, Any]], list[int]]:
    """Steps of weight 2 away from Russia that are no reaction to force, by target and month; and the targets coded."""
    import pandas as pd

    from interventions_stats.datasets.load import load

    table = load("realignment_steps")
    kept = table[(table["direction"] == "away") & (table["weight"] == 2) & (table["reaction_to_force"] == 0)]
    dated = [(int(c), pd.Period(str(d)[:7], "M")) for c, d in zip(kept["ccode"], kept["date"], strict=True)]
    return [(c, m) for c, m in dated if m >= since], sorted({int(c) for c in table["ccode"]})
