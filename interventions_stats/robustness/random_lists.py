"""Uncertain event lists: the verdict over random lists that respect how sure the coding is."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.engine.intake.scalars import check_count, check_flag
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.evidence import Evidence
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.seeds import branch
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.question import Question
from interventions_stats.robustness.jobs import content_of, run_jobs
from interventions_stats.robustness.lists import registered_list
from interventions_stats.robustness.registered_definitions import over_definitions
from interventions_stats.robustness.without_null import slim
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.robustness.specification_curve import Multiverse

CODED = "coded cases"


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a random list is drawn from.

    Attributes
    ----------
    events : EventList
        Every case that might belong to the list, with its ``confidence``.
    merges, splits : tuple of (tuple of str or (str, tuple of str), float)
        Groups that may be one case, and cases that may be several from the given dates on, each with its plausibility.
    """

    events: EventList
    merges: tuple[tuple[tuple[str, ...], float], ...] = ()
    splits: tuple[tuple[str, tuple[str, ...], float], ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Uncertain(ResultContract):
    """The core verdict over random event lists.

    Attributes
    ----------
    proposition : Proposition
    frame : DataFrame
        One row a random list: ``verdict``, ``estimate``, ``ratio``, ``frontier``, p-values, ``n_events``,
        ``n_identifying``, ``n_events_total``, ``reason``.
    codings : DataFrame
        The same rows: each coding decision as a column, 1 or 0 (case in, groups merged, case split) or days from the first
        possible one (onset date).  Missing where the list left nothing to decide: a case that is out has no date.
    evidence : Evidence
        On the registered list.
    definitions : Multiverse or None
        The same test on every registered definition of an event.
    """

    proposition: Proposition
    frame: pd.DataFrame
    codings: pd.DataFrame
    evidence: Evidence
    definitions: Multiverse | None = None
    seed: int = 0
    _title = "Uncertain event lists"

    @property
    def registered(self) -> str:
        """Core verdict on the registered list."""
        return decide(self.evidence.numbers()).verdict

    def verdicts(self) -> dict[str, float]:
        """Share of the lists that reach each core verdict."""
        counts = Counter(self.frame["verdict"])
        return {k: v / len(self.frame) for k, v in counts.most_common()}

    def tidy(self) -> pd.DataFrame:
        """Quantiles over the lists: median, 5% and 95% of the ratio and of the frontier, and of the number of events."""
        import pandas as pd

        rows = []
        for column in ("ratio", "frontier", "p_superiority", "p_noninferiority", "n_events", "n_identifying"):
            values = self.frame[column].dropna()
            low, mid, high = (float(values.quantile(q)) if len(values) else math.nan for q in (0.05, 0.5, 0.95))
            rows.append({"term": column, "estimate": mid, "std_error": float(values.std()), "statistic": math.nan,
                         "p_value": math.nan, "conf_low": low, "conf_high": high})  # fmt: skip
        return pd.DataFrame(rows)

    def glance(self) -> pd.DataFrame:
        """One row: the verdict on the registered list, and how often random lists share it."""
        import pandas as pd

        shares, e = self.verdicts(), self.evidence
        top = next(iter(shares))
        return pd.DataFrame([{
            "n": len(self.frame), "n_events": e.n_events, "n_events_total": e.n_events_total,
            "n_dropped": e.n_events_total - e.n_events, "estimator": self.proposition.estimator, "separated": "",
            "seed": self.seed, "data_version": e.data_version, "n_failed": int((self.frame["reason"] != "").sum()),
            "n_events_mean": float(self.frame["n_events"].mean()), "n_total_mean": float(self.frame["n_events_total"].mean()),
            "registered_verdict": self.registered, "modal_verdict": top, "share_modal": shares[top],
            "share_registered": shares.get(self.registered, 0.0),
        }])  # fmt: skip

    def decisions(self) -> pd.DataFrame:
        """Say which single coding decision moves the result most.

        One row a decision that at least three lists took either way, the one that explains most of the estimate's variance first.  Each is judged on the
        lists that left it open (``open``, their share).  ``difference`` of the mean estimate with it and without it (of a
        date: later half against earlier) with its Monte Carlo error ``mc_se``; ``share_of_variance`` of the estimate over all
        lists that it explains, less what chance explains, and the same of the frontier; ``verdict_change``, by how
        much it raises the share of lists with the registered verdict, with its error.
        """
        import pandas as pd

        from interventions_stats.robustness.decisions import decision_row

        estimate = self.frame["estimate"].to_numpy(float)
        frontier = np.log(self.frame["frontier"].to_numpy(float))
        same = (self.frame["verdict"] == self.registered).to_numpy(float)
        rows = [decision_row(n, self.codings[n].to_numpy(float), estimate, frontier, same) for n in self.codings]
        columns = ["decision", "open", "chance", "difference", "mc_se", "share_of_variance", "share_of_frontier",
                   "verdict_change", "verdict_mc_se"]  # fmt: skip
        found = pd.DataFrame([r for r in rows if r is not None], columns=columns)
        return found.sort_values("share_of_variance", ascending=False, kind="stable").reset_index(drop=True)

    def summary(self) -> str:
        """Shares of the verdicts, quantiles, and the decisions that move the estimate and the verdict most."""
        from interventions_stats.display.text import frame_text

        shares = ", ".join(f"{k} {v:.0%}" for k, v in self.verdicts().items())
        lines = [f"{self.proposition.id} over {len(self.frame)} random event lists (registered list: {self.registered})",
                 f"core verdicts: {shares}"]  # fmt: skip
        if self.definitions is not None:
            found = ", ".join(f"{k} {v}" for k, v in self.definitions.verdicts().items())
            lines.append(f"over {len(self.definitions)} registered definitions: {found}")
        moved = self.decisions()
        lines += [
            frame_text(self.tidy()[["term", "estimate", "conf_low", "conf_high"]], 100),
            frame_text(moved.head(6), 100),
        ]
        beyond = moved[moved["verdict_change"].abs() > 2 * moved["verdict_mc_se"]]
        if len(beyond):
            top = beyond.loc[beyond["verdict_change"].abs().idxmax()]
            lines.append(f"moves the verdict most: {top['decision']}, {100 * top['verdict_change']:+.0f} points of the lists "
                         f"(Monte Carlo error {100 * top['verdict_mc_se']:.0f})")  # fmt: skip
        else:
            lines.append("the share of lists with the registered verdict moves by no more than its Monte Carlo error, whichever "
                         "single decision is taken")  # fmt: skip
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the distribution of the ratio over the lists, by verdict."""
        from interventions_stats.robustness.check_figures import ratios_by_verdict

        delta = self.evidence.sesoi.delta
        return ratios_by_verdict(self.frame, math.exp(self.evidence.estimate), ax, sesoi=math.exp(delta) if delta else None,
                                 title=f"{self.proposition.id} over {len(self.frame)} random event lists")  # fmt: skip

    def _references(self) -> list[str]:
        return ["Chen, S. X. & Liu, J. S. (1997). Statistical applications of the Poisson-binomial and conditional Bernoulli "
                "distributions. Statistica Sinica 7, 875-892."]  # fmt: skip


def uncertain(
    name: str | Proposition,
    candidates: Candidates | EventList | None = None,
    *,
    draws: int = 200,
    exactly: int | None = None,
    merge: bool = True,
    dates: bool = True,
    definitions: Sequence[str] | None = None,
    series: pd.DataFrame | None = None,
    delta: str | float | None = None,
    relabellings: int = 999,
    seed: int = 0,
    n_jobs: int | None = None,
    cache: str | os.PathLike[str] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Uncertain:
    """Test a proposition on random event lists that respect the confidence of every coding.

    A case enters with the probability of its coding confidence; re-hatted forces are merged, and cases split, with the
    plausibility registered for it; an onset date known to a month or a year is drawn within it.

    Parameters
    ----------
    name : str or Proposition
    candidates : Candidates or EventList, optional
        Default: the coded Russian cases with the registered merges and splits. Of an event list, the cases and their
        ``confidence`` (missing: certain).
    draws : int, default 200
        Random lists.
    exactly : int, optional
        Keep to lists of this many cases, before merges and splits (25 is the report's number).
    merge, dates : bool, default True
        Draw merges and splits; draw dates. Without them both stay as registered.
    definitions : sequence of str, optional
        Registered lists to test beside the random ones. Default: all of the actor's; an empty one skips them.
    series, delta, seed
        As in :func:`interventions_stats.test`.
    relabellings : int, default 999
        Of each list's own test.
    n_jobs, cache, on_step
        As in :func:`~interventions_stats.robustness.specification_curve.multiverse`.

    Returns
    -------
    Uncertain

    Raises
    ------
    InputError
        A confidence outside 0-1, or a number of cases that the confidences cannot give.
    EstimationError
        A proposition that is frozen as not testable.

    References
    ----------
    Chen & Liu (1997), Stat Sinica 7:875-892, for draws given their number.

    Examples
    --------
    >>> found = uncertain("L1", draws=10, definitions=())
    >>> len(found.frame), round(sum(found.verdicts().values()), 9)
    (10, 1.0)
    """
    from interventions_stats.datasets.package import data_version

    prop = proposition(name)
    pool = (
        russian_candidates()
        if candidates is None
        else candidates
        if isinstance(candidates, Candidates)
        else Candidates(candidates)
    )
    if kind_of(prop).own_events:
        raise InputError(f"{prop.id} brings its own events; random lists do not change it")
    check_count("draws", draws)
    merge, dates = check_flag("merge", merge), check_flag("dates", dates)
    _draw_cases(_confidence(pool.events), exactly, np.random.default_rng(0))  # refuses what cannot be drawn
    jobs = [(prop, pool, k, exactly, merge, dates, series, delta, relabellings, seed) for k in range(draws)]
    key = [
        "uncertain",
        data_version(),
        prop,
        pool,
        exactly,
        merge,
        dates,
        delta,
        relabellings,
        seed,
        content_of(series),
    ]
    found = run_jobs(
        _row, jobs, n_jobs=n_jobs, cache=cache, key=key, on_step=on_step, title=f"event lists of {prop.id}"
    )
    import pandas as pd

    base = _registered(prop, pool, series, delta, relabellings, seed)
    others = None
    if definitions is None or len(definitions):
        others = over_definitions(prop, pool.events.actor, lists=definitions, series=series, delta=delta, draws=relabellings,
                                  seed=seed, n_jobs=n_jobs, on_step=on_step)  # fmt: skip
    return Uncertain(
        prop, pd.DataFrame([row for row, _ in found]), pd.DataFrame([c for _, c in found]), base, others, seed
    )


def russian_candidates() -> Candidates:
    """Return the coded Russian cases that began by 2020, with the registered merges of re-hatted forces and splits.

    Returns
    -------
    Candidates
        What :func:`uncertain` draws from when no other is given; ``dataclasses.replace`` changes a part of it.

    Examples
    --------
    >>> pool = russian_candidates()
    >>> len(pool.events) > 25, pool.merges[0]
    (True, (('R01', 'R02'), 0.45))
    """
    from interventions_stats.datasets.load import load
    from interventions_stats.events.definitions import SPLIT_DATES, _cases, load_events
    from interventions_stats.events.schema import COLUMNS

    whole = load_events("reconstructed")
    cases = _cases()
    frame = cases[list(COLUMNS)].reset_index(drop=True)
    events = replace(whole, frame=frame, definition=CODED, edits=())
    dated = (
        events.timing["first"].notna()
        & (events.timing["first"].dt.year <= whole.coverage[1])
        & (events.timing["last"].dt.year >= whole.coverage[0])
    )
    events = replace(events, frame=frame[dated.to_numpy()].reset_index(drop=True))
    merges, splits = [], []
    for row in load("event_list_variants").to_dict("records"):
        chance = row["plausibility"]
        if not isinstance(chance, (int, float)) or math.isnan(chance):
            continue
        if isinstance(row["merge_groups"], str):
            merges.append((tuple(row["merge_groups"].split("+")), float(chance)))
        elif isinstance(row["split_cases"], str):
            case = row["split_cases"].split(":")[0]
            splits.append((case, (SPLIT_DATES[case],), float(chance)))
    return Candidates(events, tuple(merges), tuple(splits))


def random_list(
    pool: Candidates, rng: np.random.Generator, exactly: int | None = None, merge: bool = True, dates: bool = True
) -> tuple[EventList, dict[str, float]]:
    """Draw one list and the record of every decision behind it."""
    confidence = _confidence(pool.events)
    inside = _draw_cases(confidence, exactly, rng)
    names = [i for i, yes in zip(pool.events.ids, inside, strict=True) if yes]
    coding = {f"{i} in": float(yes) for i, yes in zip(pool.events.ids, inside, strict=True)}
    events = replace(
        pool.events, frame=pool.events.frame[inside].reset_index(drop=True), edits=(), definition="random list"
    )
    if dates:
        events, drawn = _draw_dates(events, rng)
        coding |= drawn
    if merge:
        events = _merge(events, pool, names, coding, rng)
    return events, coding


def _confidence(events: EventList) -> np.ndarray:
    import pandas as pd

    values = pd.to_numeric(events.frame["confidence"]).fillna(1.0).to_numpy(float)
    if ((values < 0) | (values > 1)).any():
        worst = events.ids[int(np.argmax((values < 0) | (values > 1)))]
        raise InputError(f"event {worst!r} has a confidence outside 0-1; give the chance that it belongs to the list")
    return values


def _draw_cases(confidence: np.ndarray, exactly: int | None, rng: np.random.Generator) -> np.ndarray:
    """Bernoulli draws; given a number of cases, draws from their distribution conditional on it, by exact recursion."""
    if exactly is None:
        return rng.random(len(confidence)) < confidence
    n = len(confidence)
    # tail[i, k]: chance that cases i.. give k (Chen and Liu 1997, Stat Sinica 7:875-892)
    tail = np.zeros((n + 1, exactly + 2))
    tail[n, 0] = 1.0
    for i in range(n - 1, -1, -1):
        tail[i] = (1 - confidence[i]) * tail[i + 1]
        tail[i, 1:] += confidence[i] * tail[i + 1, :-1]
    if exactly < 0 or tail[0, exactly] <= 0:
        raise InputError(f"the confidences cannot give exactly {exactly} cases of {n}")
    out, left = np.zeros(n, bool), exactly
    for i in range(n):
        chance = confidence[i] * tail[i + 1, left - 1] / tail[i, left] if left else 0.0
        out[i] = rng.random() < chance
        left -= int(out[i])
    return out


def _draw_dates(events: EventList, rng: np.random.Generator) -> tuple[EventList, dict[str, float]]:
    """Place every onset of month or year precision on a day within it; the record holds days from its first."""
    import pandas as pd

    column = "decision" if events.date_rule == "decision" else "start"
    cells = {name: events.frame[name].tolist() for name in dict.fromkeys((column, "start"))}
    precisions = {name: events.frame[f"{name}_precision"].tolist() for name in cells}
    record = {}
    timing = events.timing
    rows = zip(timing["event_id"], timing["precision"], timing["first"], timing["last"], strict=True)
    for at, (event, precision, first, last) in enumerate(rows):
        if precision not in ("month", "year"):
            continue
        moved = int(rng.integers(0, (last - first).days + 1))
        where = column if isinstance(cells[column][at], str) else "start"
        cells[where][at] = (first + pd.Timedelta(days=moved)).strftime("%Y-%m-%d")
        precisions[where][at] = "day"
        record[f"{event} date"] = float(moved)
    changed = {n: pd.Series(v, index=events.frame.index, dtype=object) for n, v in cells.items()}
    changed |= {f"{n}_precision": pd.Series(v, index=events.frame.index, dtype=object) for n, v in precisions.items()}
    return replace(events, frame=events.frame.assign(**changed)), record


def _merge(
    events: EventList, pool: Candidates, names: Sequence[str], coding: dict[str, float], rng: np.random.Generator
) -> EventList:
    """Merge groups and split cases that are in the list; a case takes part in one merge or split at most.

    A decision that the list leaves no room for (a case is out, or already merged) has no record.
    """
    used: set[str] = set()
    for index in rng.permutation(len(pool.merges)):
        group, chance = pool.merges[index]
        here = rng.random() < chance
        if not all(g in names for g in group) or used & set(group):
            continue
        coding["+".join(group) + " merged"] = float(here)
        if here:
            events, used = events.merge(group), used | set(group)
    for case, cuts, chance in pool.splits:
        here = rng.random() < chance
        if case not in names or case in used:
            continue
        coding[f"{case} split"] = float(here)
        if here:
            events, used = events.split(case, cuts), used | {case}
    return events


def _row(
    prop: Proposition, pool: Candidates, number: int, exactly: int | None, merge: bool, dates: bool,
    series: pd.DataFrame | None, delta: str | float | None, relabellings: int, seed: int,
) -> tuple[dict[str, Any], dict[str, float]]:  # fmt: skip
    """Draw list ``number`` and test it: what was found, and every decision behind the list."""
    rng = np.random.default_rng(branch(seed, prop.id, "list", number, exactly))
    events, coding = random_list(pool, rng, exactly, merge, dates)
    if len(events) == 0:
        nothing = dict.fromkeys(
            ("estimate", "ratio", "frontier", "p_superiority", "p_noninferiority", "p_reverse"), math.nan
        )
        counts = dict.fromkeys(("n_events", "n_identifying", "n_events_total"), 0)
        return {"verdict": "not_testable", **nothing, **counts, "reason": "the list is empty"}, coding
    e = gather(Question(prop, events, series, delta, seed, relabellings))
    reason = (
        "" if e.raw is not None else e.missing or e.frozen or "; ".join(g.text for g in e.guards) or "could not run"
    )
    return {
        "verdict": decide(e.numbers()).verdict, "estimate": e.estimate, "ratio": math.exp(e.estimate),
        "frontier": math.exp(min(e.frontier, 700.0)), "p_superiority": e.p_superiority,
        "p_noninferiority": e.p_tost if e.two_sided else e.p_noninferiority, "p_reverse": e.p_reverse,
        "n_events": e.n_events, "n_identifying": e.n_identifying, "n_events_total": len(events), "reason": reason,
    }, coding  # fmt: skip


def _registered(prop: Proposition, pool: Candidates, series: Any, delta: Any, relabellings: int, seed: int) -> Evidence:
    """Evidence on the list in hand: the proposition's first for the coded cases, else the events as they are."""
    events = registered_list(prop.lists[0], 365) if pool.events.definition == CODED else pool.events
    e = gather(Question(prop, events, series, delta, seed, relabellings))
    if e.raw is None and e.frozen:
        raise EstimationError(f"{prop.id} is frozen as not testable: {e.frozen}")
    return slim(e)
