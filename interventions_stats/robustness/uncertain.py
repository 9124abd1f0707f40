"""Uncertain event lists: the verdict over random lists that respect how sure the coding is."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import proposition
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.events.event_list import EventList
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.seeds import branch
from interventions_stats.robustness.work import run_jobs
from interventions_stats.rules.verdict import decide

if TYPE_CHECKING:
    import pandas as pd

Coding = Mapping[str, float]


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
        ``n_identifying``, ``reason``.
    codings : DataFrame
        The same rows: each coding decision as a column, 1 or 0 (case in, groups merged, case split) or days (onset date).
    """

    proposition: Proposition
    frame: pd.DataFrame
    codings: pd.DataFrame
    registered: str
    seed: int = 0
    _title = "Uncertain event lists"

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
        import pandas as pd

        shares = self.verdicts()
        top = next(iter(shares))
        return pd.DataFrame([{
            "n": len(self.frame), "n_events": float(self.frame["n_events"].mean()), "n_events_total": float(self.frame["n_events_total"].mean()),
            "n_dropped": int((self.frame["reason"] != "").sum()), "estimator": self.proposition.estimator, "separated": "",
            "seed": self.seed, "data_version": "", "registered_verdict": self.registered, "modal_verdict": top,
            "share_modal": shares[top], "share_registered": shares.get(self.registered, 0.0),
        }])  # fmt: skip

    def decisions(self) -> pd.DataFrame:
        """Which single coding decision moves the result most.

        One row a decision that varied: ``difference`` of the mean estimate with it and without it (for dates: per SD),
        ``share_of_variance`` of the estimate that it explains alone, the same for the frontier, and ``verdict_change``, the
        difference in the share of lists with the registered verdict.  Decisions are drawn independently, so the shares add
        up to what single decisions explain; conditioning on a number of events correlates them slightly.
        """
        import pandas as pd

        ran = np.isfinite(self.frame["estimate"].to_numpy(float))
        rows = []
        for name in self.codings:
            x = self.codings[name].to_numpy(float)
            if np.ptp(x[ran]) == 0 or ran.sum() < 3:
                continue
            same = (self.frame["verdict"] == self.registered).to_numpy(float)
            rows.append({
                "decision": name, "difference": _slope(x[ran], self.frame["estimate"].to_numpy(float)[ran]),
                "share_of_variance": _r2(x[ran], self.frame["estimate"].to_numpy(float)[ran]),
                "share_of_frontier": _r2(x[ran], self.frame["frontier"].map(_log).to_numpy(float)[ran]),
                "verdict_change": _slope(x, same), "chance": float((x != 0).mean()),
            })  # fmt: skip
        if not rows:
            return pd.DataFrame(
                columns=["decision", "difference", "share_of_variance", "share_of_frontier", "verdict_change", "chance"]
            )
        return pd.DataFrame(rows).sort_values("share_of_variance", ascending=False).reset_index(drop=True)

    def summary(self) -> str:
        """Shares of the verdicts, quantiles, and the decisions that move the estimate most."""
        from interventions_stats.display.text import frame_text

        shares = ", ".join(f"{k} {v:.0%}" for k, v in self.verdicts().items())
        lines = [f"{self.proposition.id} over {len(self.frame)} random event lists (registered list: {self.registered})",
                 f"core verdicts: {shares}", frame_text(self.tidy()[["term", "estimate", "conf_low", "conf_high"]], 100),
                 frame_text(self.decisions().head(6), 100)]  # fmt: skip
        return "\n".join(lines)


def uncertain(
    name: str | Proposition,
    candidates: Candidates | EventList | None = None,
    *,
    draws: int = 200,
    exactly: int | None = None,
    merge: bool = True,
    dates: bool = True,
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
    series, delta, seed
        As in :func:`interventions_stats.test`.
    relabellings : int, default 999
        Of each list's own test.
    n_jobs, cache, on_step
        As in :func:`~interventions_stats.robustness.multiverse.multiverse`.

    Returns
    -------
    Uncertain

    Raises
    ------
    InputError
        A confidence outside 0-1, or a number of cases that the confidences cannot give.

    Examples
    --------
    >>> found = uncertain("L1", draws=10)
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
    if prop.test in ("powers", "share"):
        raise InputError(f"{prop.id} brings its own events; random lists do not change it")
    lists = [
        random_list(pool, np.random.default_rng(branch(seed, prop.id, "list", k, exactly)), exactly, merge, dates)
        for k in range(draws)
    ]
    jobs = [(prop, events, series, delta, relabellings, seed) for events, _ in lists]
    key = [
        data_version(),
        prop.hash(),
        pool.events.digest(),
        pool.merges,
        pool.splits,
        exactly,
        merge,
        dates,
        delta,
        relabellings,
        seed,
    ]
    rows = run_jobs(_row, jobs, n_jobs=n_jobs, cache=cache, key=key, on_step=on_step)
    import pandas as pd

    base = _registered(prop, pool, series, delta, relabellings, seed)
    codings = pd.DataFrame([c for _, c in lists]).fillna(0.0)
    return Uncertain(prop, pd.DataFrame(rows), codings, base, seed)


def russian_candidates() -> Candidates:
    """The coded Russian cases that began by 2020, with registered merges of re-hatted forces and splits."""
    from interventions_stats.datasets.load import load
    from interventions_stats.events.definitions import SPLIT_DATES, _cases, load_events
    from interventions_stats.events.schema import COLUMNS

    whole = load_events("reconstructed")
    cases = _cases()
    frame = cases[list(COLUMNS)].reset_index(drop=True)
    events = replace(whole, frame=frame, definition="coded cases", edits=())
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

    frame, record = events.frame.copy(), {}
    column = "decision" if events.date_rule == "decision" else "start"
    timing = events.timing
    for at, row in enumerate(timing.itertuples()):
        if row.precision not in ("month", "year"):
            continue
        moved = int(rng.integers(0, (row.last - row.first).days + 1))
        day = (row.first + pd.Timedelta(days=moved)).strftime("%Y-%m-%d")
        where = column if isinstance(frame[column].iloc[at], str) else "start"
        frame.iloc[at, frame.columns.get_loc(where)] = day
        frame.iloc[at, frame.columns.get_loc(f"{where}_precision")] = "day"
        record[f"{row.event_id} date"] = float(moved)
    return replace(events, frame=frame), record


def _merge(
    events: EventList, pool: Candidates, names: Sequence[str], coding: dict[str, float], rng: np.random.Generator
) -> EventList:
    """Merge groups and split cases that are in the list; a case takes part in one merge or split at most."""
    used: set[str] = set()
    for index in rng.permutation(len(pool.merges)):
        group, chance = pool.merges[index]
        here = rng.random() < chance and all(g in names for g in group) and not used & set(group)
        coding["+".join(group) + " merged"] = float(here)
        if here:
            events, used = events.merge(group), used | set(group)
    for case, cuts, chance in pool.splits:
        here = rng.random() < chance and case in names and case not in used
        coding[f"{case} split"] = float(here)
        if here:
            events, used = events.split(case, cuts), used | {case}
    return events


def _row(
    prop: Proposition,
    events: EventList,
    series: pd.DataFrame | None,
    delta: str | float | None,
    relabellings: int,
    seed: int,
) -> dict[str, Any]:
    if len(events) == 0:
        return _empty("the list is empty")
    e = gather(prop, events, series=series, delta=delta, seed=seed, draws=relabellings)
    return {
        "verdict": decide(e.numbers()).verdict, "estimate": e.estimate, "ratio": math.exp(e.estimate),
        "frontier": math.exp(min(e.frontier, 700.0)), "p_superiority": e.p_superiority,
        "p_noninferiority": e.p_tost if e.two_sided else e.p_noninferiority, "p_reverse": e.p_reverse,
        "n_events": e.n_events, "n_identifying": e.n_identifying, "n_events_total": len(events),
        "reason": "" if e.raw is not None else e.missing or e.frozen or "a guard refused",
    }  # fmt: skip


def _empty(reason: str) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("estimate", "ratio", "frontier", "p_superiority", "p_noninferiority", "p_reverse"), math.nan
    )
    return {
        "verdict": "not_testable",
        **nothing,
        "n_events": 0,
        "n_identifying": 0,
        "n_events_total": 0,
        "reason": reason,
    }


def _registered(prop: Proposition, pool: Candidates, series: Any, delta: Any, relabellings: int, seed: int) -> str:
    """Core verdict on the list in hand: the proposition's first for the coded cases, else the events as they are."""
    from interventions_stats.robustness.check import registered_list

    events = registered_list(prop.lists[0], 365) if pool.events.definition == "coded cases" else pool.events
    e = gather(prop, events, series=series, delta=delta, seed=seed, draws=relabellings)
    if e.raw is None and e.frozen:
        raise EstimationError(f"{prop.id} is frozen as not testable: {e.frozen}")
    return decide(e.numbers()).verdict


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Difference of the means for a 0/1 decision; change per SD for a number of days."""
    scale = 1.0 if np.isin(x, (0.0, 1.0)).all() else float(x.std())
    return float(np.cov(x, y, bias=True)[0, 1] / x.var() * scale) if x.var() > 0 else math.nan


def _r2(x: np.ndarray, y: np.ndarray) -> float:
    fine = np.isfinite(y)
    x, y = x[fine], y[fine]
    return float(np.corrcoef(x, y)[0, 1] ** 2) if len(x) > 2 and np.ptp(x) > 0 and np.ptp(y) > 0 else math.nan


def _log(x: float) -> float:
    return math.log(x) if x > 0 else math.nan
