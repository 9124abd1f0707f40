"""What the arms over all states could see, without a word on what they found; printed to docs/results/feasibility.md.

.venv/bin/python benchmarks/feasibility.py [--out FILE]
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from interventions_stats.display.files import write_text
from interventions_stats.drivers.registry import DRIVERS
from interventions_stats.engine.bounds.power import analytic_mde
from interventions_stats.errors import EstimationError
from interventions_stats.events.definitions import load_events
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.primary.raw import CannotRun
from interventions_stats.robustness.registered import specifications
from interventions_stats.rules.sesoi import sesoi

ROOT = Path(__file__).resolve().parents[1]
ENOUGH = 8  # effective states
DRAWS = 99  # standard errors and effective states do not depend on them


@dataclass(frozen=True)
class Design:
    """One registered specification of an arm: what identifies it and the smallest ratio that it detects."""

    driver: str
    arm: str
    label: str
    onsets: int = 0
    states: int = 0
    effective: float = math.nan
    largest: str = ""
    share: float = math.nan
    mde: float = math.nan
    sesoi: float = math.nan
    why: str = ""

    @property
    def reaches(self) -> bool:
        return self.mde <= self.sesoi and self.effective >= ENOUGH


def designs() -> list[Design]:
    events = load_events()
    arms = [p for d in DRIVERS for p in d.propositions if kind_of(p).scope]
    return [
        _design(prop, spec, Question(spec.apply(prop), events, draws=DRAWS))
        for prop in arms
        for spec in specifications(prop)
    ]


def _design(prop, spec, question: Question) -> Design:  # type: ignore[no-untyped-def]
    try:
        raw = kind_of(prop).run(lay_out(question), seed=0)
    except (CannotRun, EstimationError) as error:
        return Design(prop.driver, prop.id, spec.label, why=getattr(error, "reason", str(error)))
    d = raw.details
    return Design(
        prop.driver, prop.id, _changed(prop, spec), raw.n_identifying, d["versions"][0]["states"], d["effective_states"],
        d["largest"], d["largest_share"], math.exp(analytic_mde(raw.se)), math.exp(sesoi(prop.delta, prop.scale).delta),
    )  # fmt: skip


def _changed(prop, spec) -> str:  # type: ignore[no-untyped-def]
    moved = [f"{k}={v}" for k, v in spec.changes if v != getattr(prop, k)]
    return ", ".join(moved) or "primary"


def row(d: Design) -> str:
    if d.why:
        return f"| {d.driver} | {d.arm} | {d.label} | - | - | - | - | - | {d.why} |"
    return (f"| {d.driver} | {d.arm} | {d.label} | {d.onsets:,} | {d.states} | {d.effective:.1f} | {d.largest} {d.share:.0%} "
            f"| {d.mde:.2f} | {'yes' if d.reaches else 'no'} |")  # fmt: skip


HEAD = ["| driver | arm | specification | onsets | states | effective | largest share of squares | detects >= | sees the effect of interest |",
        "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip


def reading(found: list[Design]) -> list[str]:
    """For each driver: which arm reaches the goal by its primary specification, or what the designs tried could see."""
    out = []
    for d in DRIVERS:
        own = [x for x in found if x.driver == d.name and not x.why]
        good = [x for x in own if x.reaches]
        first = [x for x in good if x.label == "primary"]
        if first:
            text = ", ".join(f"{x.arm} (detects {x.mde:.2f}, {x.effective:.1f} effective states)" for x in first)
        elif own:
            most = max(own, key=lambda x: x.effective)
            also = (
                "; by a registered choice: "
                + ", ".join(f"{x.arm} with {x.label} ({x.mde:.2f}, {x.effective:.1f})" for x in good)
                if good
                else ""
            )
            text = (f"none by a primary specification. {len(own)} designs were tried; the broadest, {most.arm} ({most.label}), is worth "
                    f"{most.effective:.1f} states and detects {most.mde:.2f}{also}")  # fmt: skip
        else:
            text = "no arm; its test over leaders of all states is L3, in the driver's own family"
        out.append(f"- {d.title}: {text}.")
    return out


def report(found: list[Design]) -> str:
    primary = [x for x in found if x.label == "primary"]
    return "\n".join([
        "# What the arms over all states could see", "",
        "Printed by `benchmarks/feasibility.py`; no estimate, p-value or verdict is part of it. Counts of disputes begun with force, "
        "1946-2014, by all states, within neighbours or by major powers; effects of states (or pairs, or choice sets) and years taken "
        "out. An effect is per SD of the exposure net of these effects, or of exposed against not for a 0/1 exposure. `onsets` and "
        "`states` are those that identify it; `effective` is the number of equally large scores that the states' scores are worth where "
        "the effect is zero, the lesser of the versions without and with state trends; below 8 the verdict is capped. `detects` "
        "is the ratio found with 80% power at a one-sided 5%, from the larger of the two clustered standard errors. It rests on a normal "
        "law: with few effective states the sign test has less power than that, and a result, which widens this error to that of its "
        "interval, prints a larger ratio.", "",
        "## Primary specifications", "", *HEAD, *map(row, primary), "",
        "## By driver", "", "The goal is one arm a driver that would see the effect of interest on eight effective states.", "",
        *reading(found), "",
        "## All registered specifications", "", *HEAD, *map(row, found), "",
    ])  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results" / "feasibility.md")
    args = parser.parse_args(argv)
    text = report(designs())
    write_text(text, args.out)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
