"""Joint inference over specifications: one relabelling of time, applied to all of them at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.engine.intake.scalars import check_count, check_level
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.engine.permutation.maximum import step_down
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out_regression
from interventions_stats.primary.null_design import NullDesign
from interventions_stats.primary.question import Question
from interventions_stats.robustness.relabelled import Clock, relabelled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.robustness.specification_curve import Multiverse

REFERENCES = (
    "Westfall, P. H. & Young, S. S. (1993). Resampling-based multiple testing. Wiley.",
    "Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. Nature Human Behaviour 4, 1208-1214.",
)


@dataclass(frozen=True, eq=False, repr=False)
class JointTest(ResultContract):
    """Joint test of many specifications.

    Attributes
    ----------
    names : tuple of str
    scores : (K,) array
        Statistic of each specification, centred and scaled over its relabellings and the data.
    p_values, p_adjusted : (K,) arrays
        Unadjusted, and adjusted for all K by the step-down maximum (Westfall and Young 1993).
    p_any : float
        Of the largest score: is there anything at all.
    median, p_median : float
        Median score over specifications, and its p (two-sided: of its size).
    share_significant, p_share : float
        Share of specifications with p <= ``level``, and its p (two-sided: of those that agree in sign, whichever sign has more).
    estimates : (K,) array
        Log ratios of the specifications; NaN where only arrays were given.
    families : tuple of str
        Proposition of each specification, where several are tested together.
    n_events, n_events_total : int
        Events used by the first specification, and events in its list.
    left_out : dict of str to str
        Specifications that could not be tested, with the reason.
    null_scores : (K, draws) array
    """

    names: tuple[str, ...]
    scores: Floats
    p_values: Floats
    p_adjusted: Floats
    p_any: float
    median: float
    p_median: float
    share_significant: float
    p_share: float
    alternative: Alternative
    level: float
    draws: int
    left_out: dict[str, str] = field(default_factory=dict)
    null_scores: Floats = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    seed: int = 0
    estimates: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    families: tuple[str, ...] = ()
    n_events: int = 0
    n_events_total: int = 0
    _title = "Joint test"

    @property
    def median_ratio(self) -> float:
        """Median ratio over the specifications that were tested."""
        return float(np.exp(np.median(self.estimates))) if len(self.estimates) else math.nan

    def tidy(self) -> pd.DataFrame:
        """One row a specification: ``term``, ``estimate`` (log ratio), ``statistic``, ``p_value``, ``p_adjusted``."""
        import pandas as pd

        estimates = self.estimates if len(self.estimates) else np.full(len(self.names), np.nan)
        frame = pd.DataFrame({"term": self.names, "estimate": estimates, "statistic": self.scores,
                              "p_value": self.p_values, "p_adjusted": self.p_adjusted})  # fmt: skip
        return frame.assign(family=self.families) if self.families else frame

    def by_family(self) -> pd.DataFrame:
        """One row a proposition: its specifications, and the smallest p among them, adjusted over all propositions."""
        import pandas as pd

        owner = self.families or (self._title,) * len(self.names)
        frame = pd.DataFrame({"family": owner, "p_adjusted": self.p_adjusted})
        return frame.groupby("family", sort=False)["p_adjusted"].agg(n="size", p_adjusted="min").reset_index()

    def glance(self) -> pd.DataFrame:
        """One row: the three joint p-values."""
        import pandas as pd

        from interventions_stats.datasets.package import data_version

        return pd.DataFrame([{
            "n": len(self.names), "n_events": self.n_events, "n_events_total": self.n_events_total,
            "n_dropped": self.n_events_total - self.n_events, "estimator": "shift", "separated": "", "seed": self.seed,
            "data_version": data_version(), "n_left_out": len(self.left_out), "p_any": self.p_any, "median": self.median,
            "median_ratio": self.median_ratio, "p_median": self.p_median, "share_significant": self.share_significant,
            "p_share": self.p_share, "level": self.level, "draws": self.draws, "alternative": self.alternative,
        }])  # fmt: skip

    def summary(self) -> str:
        """The three joint tests in words."""
        ratio = f" (ratio {self.median_ratio:.2f})" if len(self.estimates) else ""
        lines = [
            f"Joint test of {len(self.names)} specifications under {self.draws} common relabellings ({self.alternative})",
            f"{self.n_events} of {self.n_events_total} events used by the first specification",
            f"any effect (max-T): p = {self.p_any:.3f}; median score {self.median:.2f}{ratio}, p = {self.p_median:.3f}",
            f"share with p <= {self.level:g}: {self.share_significant:.0%}, p = {self.p_share:.3f}",
        ]
        if self.families:
            lines += [
                f"{r.family}: smallest adjusted p = {r.p_adjusted:.3f} of {r.n}" for r in self.by_family().itertuples()
            ]
        if self.left_out:
            reasons = Counter(self.left_out.values()).most_common()
            lines += [f"could not be tested ({n}): {text}" for text, n in reasons]
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the null distribution of the maximum with the observed one."""
        from interventions_stats.display.figures.permutation_null import permutation_null

        seen, null = _oriented(self.scores, self.null_scores, self.alternative)
        return permutation_null(null.max(axis=0), float(seen.max()), ax=ax)

    def _references(self) -> list[str]:
        return list(REFERENCES)


def joint_test(found: Multiverse, draws: int = 500, *, level: float = 0.05, seed: int = 0) -> JointTest:
    """Test the specifications of a multiverse jointly.

    Every relabelling shifts the onsets of all specifications alike, over the sample and within the leaders of the registered
    specification (within targets in a panel, exchanging targets where the test compares them), and each specification's statistic is that of its
    own primary test.

    Parameters
    ----------
    found : Multiverse
    draws : int, default 500
    level : float, default .05
        Of a single specification, for the share of significant ones.
    seed : int

    Returns
    -------
    JointTest

    Raises
    ------
    InputError
        A proposition whose test is exact and relabels nothing.
    EstimationError
        No specification can be tested.

    References
    ----------
    Westfall & Young (1993), "Resampling-based multiple testing"; Simonsohn, Simmons & Nelson (2020), Nat Hum Behav
    4:1208-1214, for the median and the share.

    Examples
    --------
    >>> from interventions_stats.robustness.specification_curve import multiverse
    >>> test = multiverse("W3", lists=[], draws=99).joint_test(draws=199)
    >>> len(test.names), bool((test.p_adjusted >= test.p_values).all())
    (4, True)
    """
    prop = found.proposition
    kind = kind_of(prop)
    if not kind.relabels:
        raise InputError(
            f"{prop.id}: the {kind.name} test is exact and relabels nothing; see Multiverse.share_same_verdict"
        )
    designs: dict[str, NullDesign] = {}
    months, calendars, estimates, left_out = {}, {}, {}, {}
    for name, spec in zip(found.tidy()["term"], found.specs, strict=True):
        if not spec.ran:
            left_out[name] = spec.reason
            continue
        changed, events = found.apply(spec)
        designs[name] = lay_out_regression(Question(changed, events, found.series)).design
        one_series = not designs[name].many_units
        months[name] = 12 if one_series and changed.unit == "actor-year" else 1
        estimates[name] = spec.evidence.estimate
        cut = {
            f: getattr(prop, f)
            for f in ("leaders", "strata", "start", "end")
            if getattr(prop, f) != getattr(changed, f)
        }
        if one_series and cut:
            calendars[name] = lay_out_regression(Question(changed.with_(**cut), events, found.series)).design
    alternative: Alternative = "two-sided" if prop.direction == "two-sided" else "greater"
    joint = joint_designs(
        designs,
        draws,
        alternative=alternative,
        level=level,
        seed=seed,
        left_out=left_out,
        months=months,
        calendars=calendars,
    )
    first = found.primary.evidence
    return replace(joint, estimates=np.array([estimates[n] for n in joint.names]), n_events=first.n_events,
                   n_events_total=first.n_events_total)  # fmt: skip


def joint_families(
    found: Mapping[str, Multiverse], draws: int = 500, *, level: float = 0.05, seed: int = 0
) -> JointTest:
    """Control over drivers: one joint test over the specifications of several propositions.

    A proposition without a predicted sign enters by its absolute score, the others by their direction.

    Parameters
    ----------
    found : mapping of str to Multiverse
        Multiverses by the name of their proposition.
    draws, level, seed
        As in :func:`joint_test`.

    Returns
    -------
    JointTest
        Over all specifications: ``p_any`` is that of the whole battery, and ``by_family()`` has the smallest adjusted p of
        each proposition.

    Examples
    --------
    >>> from interventions_stats.robustness import joint_families, multiverse
    >>> found = joint_families({n: multiverse(n, lists=[], draws=99) for n in ("W3", "T1")}, draws=199)
    >>> found.by_family()["family"].tolist()
    ['W3', 'T1']
    """
    if not found:
        raise InputError("joint_families needs at least one multiverse: {'W1': ist.multiverse('W1'), ...}")
    tests = [joint_test(m, draws, level=level, seed=seed) for m in found.values()]
    pairs = list(zip(found, tests, strict=True))
    parts = [_oriented(t.scores, t.null_scores, t.alternative) for t in tests]
    joined = summarise_scores(
        tuple(f"{key}: {n}" for key, t in pairs for n in t.names), np.concatenate([s for s, _ in parts]),
        np.concatenate([n for _, n in parts]), "greater", level, seed,
        {f"{key}: {n}": why for key, t in pairs for n, why in t.left_out.items()},
    )  # fmt: skip
    return replace(
        joined, estimates=np.concatenate([t.estimates for t in tests]), families=tuple(k for k, t in pairs for _ in t.names),
        n_events=max(t.n_events for t in tests), n_events_total=max(t.n_events_total for t in tests),
    )  # fmt: skip


def joint_designs(
    designs: Mapping[str, NullDesign], draws: int = 500, *, alternative: Alternative = "greater", level: float = 0.05,
    seed: int = 0, left_out: dict[str, str] | None = None, months: Mapping[str, int] | None = None,
    calendars: Mapping[str, NullDesign] | None = None,
) -> JointTest:  # fmt: skip
    """Test designs jointly, whatever they come from.

    Parameters
    ----------
    designs : mapping of str to Design
        Primary tests as arrays, by name: from a proposition or from
        :func:`~interventions_stats.evidence.design.series_design`.
    draws, level, seed
        As in :func:`joint_test`.
    alternative : {"greater", "less", "two-sided"}
    left_out : dict of str to str, optional
        Specifications that are no designs, with the reason, for the result.
    months : mapping of str to int, optional
        Months in a period of each design, so that years move with months. Default 1.
    calendars : mapping of str to Design, optional
        The whole sample and strata of a design that cuts them otherwise than the others: its onsets move there.

    Returns
    -------
    JointTest

    Raises
    ------
    EstimationError
        No design has an exposure that varies in a stratum with an onset.

    Examples
    --------
    >>> from interventions_stats.primary.null_design import series_design
    >>> rng = np.random.default_rng(0)
    >>> x, onsets = rng.standard_normal(60), np.arange(60) % 20 == 7
    >>> joint_designs({"level": series_design(x, onsets), "cubed": series_design(x**3, onsets)}, 99).p_adjusted.shape
    (2,)
    """
    check_count("draws", draws, 99), check_level("level", level)
    clock = Clock(draws, seed)
    names, scores = [], []
    gone = dict(left_out or {})
    for name, design in designs.items():
        values = _standard(*relabelled(design, clock, (months or {}).get(name, 1), (calendars or {}).get(name)))
        if values is None:
            gone[name] = "the exposure does not vary in any stratum that has an onset"
            continue
        names.append(name)
        scores.append(values)
    if not names:
        raise EstimationError("no specification can be tested jointly: " + "; ".join(sorted(set(gone.values()))))
    found = np.array(scores)
    joint = summarise_scores(tuple(names), found[:, 0], found[:, 1:], alternative, level, seed, gone)
    onsets = int(next(d for n, d in designs.items() if n == names[0]).counts.sum())
    return replace(joint, n_events=onsets, n_events_total=onsets)


def _standard(value: float, reference: Floats) -> Floats | None:
    """Scores of the data and of every relabelling, (1 + draws,), centred and scaled over all of them alike.

    The data take part in centre and scale as every relabelling does: a maximum over specifications is exact only if it
    treats them alike.
    """
    pool = np.append(value, reference)
    spread = pool.std()
    return (pool - pool.mean()) / spread if spread > 1e-12 * np.abs(pool).max() else None


def _oriented(observed: Floats, null: Floats, alternative: Alternative) -> tuple[Floats, Floats]:
    """Scores in the direction of the alternative, in which larger is more extreme."""
    if alternative == "two-sided":
        return np.abs(observed), np.abs(null)
    return (-observed, -null) if alternative == "less" else (observed, null)


def summarise_scores(
    names: tuple[str, ...], observed: Floats, null: Floats, alternative: Alternative, level: float, seed: int,
    left_out: dict[str, str] | None = None,
) -> JointTest:  # fmt: skip
    """Turn scores (K,) and their joint null (K, draws) into the three joint tests."""
    raw, adjusted, p_any, _ = step_down(observed, null, alternative, exact=False)
    both = np.column_stack([observed, null])
    oriented = np.column_stack(_oriented(observed, null, alternative))
    medians = _oriented(np.median(both[:, :1], axis=0), np.median(both[:, 1:], axis=0), alternative)
    # p of a draw within its own specification: ties count, and the data take part in every null
    cut = np.array([_critical(row, level) for row in np.sort(oriented, axis=1)])
    reached = oriented >= cut[:, None]
    shares = reached.mean(axis=0)
    if alternative == "two-sided":  # specifications that contradict one another are no agreement
        shares = np.maximum((reached & (both > 0)).mean(axis=0), (reached & (both < 0)).mean(axis=0))
    return JointTest(
        names=names, scores=observed, p_values=raw, p_adjusted=adjusted, p_any=p_any, median=float(np.median(observed)),
        p_median=_p(float(medians[0][0]), medians[1]), share_significant=float(shares[0]),
        p_share=_p(float(shares[0]), shares[1:]), alternative=alternative, level=level, draws=null.shape[1],
        left_out=left_out or {}, null_scores=null, seed=seed,
    )  # fmt: skip


def _critical(pool: Floats, level: float) -> float:
    """Smallest value of an ascending pool that at most a share ``level`` of the pool reaches; infinite if ties forbid it."""
    m = len(pool)
    k = int(np.floor(level * m + 1e-9))
    if k == 0:
        return np.inf
    value = pool[m - k]
    if (pool >= value - 1e-9 * max(1.0, abs(value))).sum() <= k:
        return float(value - 1e-9 * max(1.0, abs(value)))
    above = pool[pool > value + 1e-9 * max(1.0, abs(value))]
    return float(above[0] - 1e-9 * max(1.0, abs(above[0]))) if len(above) else np.inf


def _p(value: float, null: Floats) -> float:
    return float(((null >= value - 1e-9 * max(1.0, abs(value))).sum() + 1) / (len(null) + 1))
