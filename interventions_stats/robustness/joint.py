"""Joint inference over specifications: one relabelling of time, applied to all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interventions_stats.display.contract import ResultContract
from interventions_stats.errors import EstimationError, InputError
from interventions_stats.evidence.design import CALIBRATED, Design, Scorer, design_of
from interventions_stats.evidence.seeds import branch
from interventions_stats.inference.arrays import check_count, check_level
from interventions_stats.inference.autoregression import mixed_covariance, phi_posterior
from interventions_stats.inference.options import Alternative, Floats
from interventions_stats.inference.permutation.maximum import step_down
from interventions_stats.inference.permutation.shifts import circular_sums, pattern_variances

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from interventions_stats.robustness.multiverse import Multiverse


class Clock:
    """The relabellings of one joint test: for every stratum one point on its circle a draw, shared by all specifications.

    A specification shifts a stratum of L periods by ``floor(u L)`` of them, with the same u for all: one calendar shift
    where their samples agree, and in any case each L equally likely, so that each specification keeps its own null.
    Targets that are exchanged are ordered by one random key a draw, so that all specifications deal them alike.
    """

    def __init__(self, draws: int, seed: int) -> None:
        self.draws, self.seed = draws, seed
        self._points: dict[str, Floats] = {}

    def points(self, label: object) -> Floats:
        """Points in [0, 1), one a draw, that belong to a leader, a target or a power."""
        name = str(label)
        if name not in self._points:
            self._points[name] = np.random.default_rng(branch(self.seed, "clock", name)).random(self.draws)
        return self._points[name]


@dataclass(frozen=True, eq=False, repr=False)
class JointTest(ResultContract):
    """Joint test of many specifications.

    Attributes
    ----------
    names : tuple of str
    scores : (K,) array
        Statistic of each specification, centred and scaled by its own null.
    p_values, p_adjusted : (K,) arrays
        Unadjusted, and adjusted for all K by the step-down maximum (Westfall and Young 1993).
    p_any : float
        Of the largest score: is there anything at all.
    median, p_median : float
        Median score over specifications, and its p.
    share_significant, p_share : float
        Share of specifications with p <= ``level``, and its p.
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
    _title = "Joint test"

    def tidy(self) -> pd.DataFrame:
        """One row a specification: ``term``, ``statistic``, ``p_value``, ``p_adjusted``."""
        import pandas as pd

        return pd.DataFrame(
            {"term": self.names, "statistic": self.scores, "p_value": self.p_values, "p_adjusted": self.p_adjusted}
        )

    def glance(self) -> pd.DataFrame:
        """One row: the three joint p-values."""
        import pandas as pd

        return pd.DataFrame([{
            "n": len(self.names), "n_dropped": len(self.left_out), "estimator": "shift", "separated": "", "seed": self.seed,
            "n_events": np.nan, "n_events_total": np.nan, "data_version": "", "p_any": self.p_any, "median": self.median,
            "p_median": self.p_median, "share_significant": self.share_significant, "p_share": self.p_share,
            "level": self.level, "draws": self.draws, "alternative": self.alternative,
        }])  # fmt: skip

    def summary(self) -> str:
        """The three joint tests in words."""
        lines = [
            f"Joint test of {len(self.names)} specifications under {self.draws} common relabellings ({self.alternative})",
            f"any effect (max-T): p = {self.p_any:.3f}; median score {self.median:.2f}, p = {self.p_median:.3f}",
            f"share with p <= {self.level:g}: {self.share_significant:.0%}, p = {self.p_share:.3f}",
        ]
        if self.left_out:
            lines.append(
                f"{len(self.left_out)} specifications could not be tested: {next(iter(self.left_out.values()))}"
            )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the null distribution of the maximum with the observed one."""
        from interventions_stats.display.figures.permutation_null import permutation_null

        sign = -1.0 if self.alternative == "less" else 1.0
        null, seen = sign * self.null_scores, sign * self.scores
        if self.alternative == "two-sided":
            null, seen = np.abs(null), np.abs(seen)
        return permutation_null(null.max(axis=0), float(seen.max()), ax=ax)


def joint_test(found: Multiverse, draws: int = 500, *, level: float = 0.05, seed: int = 0) -> JointTest:
    """Test the specifications of a multiverse jointly.

    Every relabelling shifts the onsets of all specifications alike, within leaders (within targets in a panel, exchanging
    targets where the test compares them), and each specification's statistic is that of its own primary test.

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
    >>> from interventions_stats.robustness.multiverse import multiverse
    >>> test = multiverse("W3", lists=[], draws=99).joint_test(draws=199)
    >>> len(test.names), bool((test.p_adjusted >= test.p_values).all())
    (4, True)
    """
    prop = found.proposition
    if prop.test not in CALIBRATED:
        raise InputError(
            f"{prop.id}: the {prop.test} test is exact and relabels nothing; see Multiverse.share_same_verdict"
        )
    designs: dict[str, Design] = {}
    left_out = {}
    for name, spec in zip(found.tidy()["term"], found.specs, strict=True):
        if not spec.ran:
            left_out[name] = spec.evidence.missing or spec.evidence.frozen or "a guard refused"
            continue
        changed, events = found.apply(spec)
        designs[name] = design_of(changed, events, series=found.series)
    alternative: Alternative = "two-sided" if prop.direction == "two-sided" else "greater"
    return joint_designs(designs, draws, alternative=alternative, level=level, seed=seed, left_out=left_out)


def joint_families(
    found: Mapping[str, Multiverse], draws: int = 500, *, level: float = 0.05, seed: int = 0
) -> tuple[JointTest, dict[str, float]]:
    """Control over drivers: one joint test over the specifications of several propositions.

    Returns
    -------
    JointTest
        Over all specifications; its ``p_any`` is that of the whole battery.
    dict of str to float
        For each proposition the smallest adjusted p among its specifications.
    """
    tests = [joint_test(m, draws, level=level, seed=seed) for m in found.values()]
    names = tuple(f"{key}: {n}" for key, t in zip(found, tests, strict=True) for n in t.names)
    # a proposition without a predicted sign enters by its absolute score, the others by their direction
    parts = [
        (np.abs(t.scores), np.abs(t.null_scores)) if t.alternative == "two-sided" else (t.scores, t.null_scores)
        for t in tests
    ]
    joined = summarise_scores(
        names, np.concatenate([s for s, _ in parts]), np.concatenate([n for _, n in parts]), "greater", level, seed
    )
    owner = [key for key, t in zip(found, tests, strict=True) for _ in t.names]
    return joined, {k: float(min(p for p, o in zip(joined.p_adjusted, owner, strict=True) if o == k)) for k in found}


def joint_designs(
    designs: Mapping[str, Design], draws: int = 500, *, alternative: Alternative = "greater", level: float = 0.05,
    seed: int = 0, left_out: dict[str, str] | None = None,
) -> JointTest:  # fmt: skip
    """Joint test of designs, whatever they come from."""
    check_count("draws", draws, 99), check_level("level", level)
    clock = Clock(draws, seed)
    names, observed, null = [], [], []
    gone = dict(left_out or {})
    for name, design in designs.items():
        value, reference = relabelled(design, clock)
        spread = reference.std()
        if not spread > 0:
            gone[name] = "the exposure does not vary in any stratum that has an onset"
            continue
        names.append(name)
        observed.append((value - reference.mean()) / spread)
        null.append((reference - reference.mean()) / spread)
    if not names:
        raise EstimationError("no specification can be tested jointly: " + "; ".join(sorted(set(gone.values()))))
    return summarise_scores(tuple(names), np.array(observed), np.array(null), alternative, level, seed, gone)


def summarise_scores(
    names: tuple[str, ...], observed: Floats, null: Floats, alternative: Alternative, level: float, seed: int,
    left_out: dict[str, str] | None = None,
) -> JointTest:  # fmt: skip
    """Turn scores (K,) and their joint null (K, draws) into the three joint tests."""
    raw, adjusted, p_any, _ = step_down(observed, null, alternative, exact=False)
    sign = -1.0 if alternative == "less" else 1.0
    one, many = (np.abs(observed), np.abs(null)) if alternative == "two-sided" else (sign * observed, sign * null)
    median, medians = float(np.median(one)), np.median(many, axis=0)
    # p of a draw within its own specification: ties count, and the data take part in every null
    pool = np.sort(np.column_stack([one, many]), axis=1)
    cut = np.array([_critical(row, level) for row in pool])
    share, shares = float((one >= cut).mean()), (many >= cut[:, None]).mean(axis=0)
    draws = null.shape[1]
    return JointTest(
        names=names, scores=observed, p_values=raw, p_adjusted=adjusted, p_any=p_any, median=median,
        p_median=_p(median, medians), share_significant=float((raw <= level).mean()), p_share=_p(share, shares),
        alternative=alternative, level=level, draws=draws, left_out=left_out or {}, null_scores=null, seed=seed,
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


# -- the relabelled statistic of one specification ----------------------------------------------------------------------
def relabelled(design: Design, clock: Clock) -> tuple[float, Floats]:
    """Statistic of a design's primary test in the data and under every relabelling of the clock (draws,)."""
    test = Scorer(design)
    scores, weights = test.scores(design.exposure[None])[0], test.weights(design.counts[None])[0]
    if design.kind == "between targets":
        return _exchanged(design, scores, weights, clock)
    value, null = 0.0, np.zeros(clock.draws)
    spread, spreads = 0.0, np.zeros(clock.draws)
    posterior = phi_posterior(scores, design.layout, design.degree) if design.studentise else None
    for (a, b), label in zip(design.layout.pieces, design.layout.labels, strict=True):
        if not np.any(weights[a:b]) or np.ptp(scores[a:b]) == 0:
            continue
        step = np.floor(clock.points(label) * (b - a)).astype(np.int64)
        sums = circular_sums(scores[a:b], weights[a:b])
        value, null = value + float(sums[0]), null + sums[step]
        if posterior is not None:
            where = np.flatnonzero(weights[a:b])
            cov = mixed_covariance(design.layout.times[a:b], design.degree, posterior) * float(
                (scores[a:b] ** 2).mean()
            )
            variance = pattern_variances(cov, where, weights[a:b][where], None)
            variance = np.maximum(variance, 1e-12 * max(float(variance.max()), 1e-300))
            spread, spreads = spread + float(variance[0]), spreads + variance[step]
    if posterior is not None and spread > 0:
        return value / np.sqrt(spread), null / np.sqrt(spreads)
    if test._space is not None:  # residuals spread less than what they are residuals of: the null is widened for it
        null *= float(test._space.scale(scores[None], weights[None])[0])
    return value, null


def _exchanged(design: Design, scores: Floats, counts: Floats, clock: Clock) -> tuple[float, Floats]:
    """Histories of exposure dealt anew to targets of equal coverage, in the order of the draw's keys."""
    groups: dict[bytes, list[int]] = {}
    for i, (a, b) in enumerate(design.layout.pieces):
        groups.setdefault(design.layout.times[a:b].tobytes(), []).append(i)
    value, null = 0.0, np.zeros(clock.draws)
    for members in groups.values():
        x = np.stack([scores[slice(*design.layout.pieces[i])] for i in members])
        n = np.stack([counts[slice(*design.layout.pieces[i])] for i in members])
        hit = np.flatnonzero(n.any(axis=1))
        if len(members) < 2 or not len(hit):
            continue
        gain = x @ n[hit].T
        keys = np.stack([clock.points(design.layout.labels[i]) for i in members])
        dealt = np.argsort(keys, axis=0)
        value += float(gain[hit, np.arange(len(hit))].sum())
        null += gain[dealt[hit], np.arange(len(hit))[:, None]].sum(axis=0)
    return value, null


# -- the same by refitting a model ---------------------------------------------------------------------------------------
def joint_logit_test(
    X: Any, y: Any, specifications: Sequence[Sequence[int]], *, strata: Any = None, firth: bool = False, draws: int = 500,
    names: Sequence[str] | None = None, alternative: Alternative = "greater", level: float = 0.05, n_jobs: int = 1, seed: int = 0,
) -> JointTest:  # fmt: skip
    """Test many logit specifications jointly by refitting each to every relabelled outcome.

    One circular shift of the outcome within strata serves all specifications; the statistic is the coefficient of a
    specification's first column, centred and scaled by its own null.

    Parameters
    ----------
    X : array (rows, columns)
        All columns that any specification uses, rows in order of time.
    y : array (rows,)
        Outcome, 0/1.
    specifications : sequence of sequences of int
        Columns of each specification, the tested one first.
    strata : array (rows,), optional
        Labels of contiguous runs within which the outcome is shifted.
    firth : bool, default False
        Penalised fits, which sparse exposures need: a separated plain fit has no maximum, and is an error here.
    draws, names, alternative, level, n_jobs, seed
        As in :func:`joint_test`.

    Returns
    -------
    JointTest

    Raises
    ------
    EstimationError
        More than 5% of the fits of a specification did not converge.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((120, 3)), np.arange(120) % 12 == 0
    >>> joint_logit_test(X, y, [[0], [0, 1], [2, 1]], draws=199).p_adjusted.shape
    (3,)
    """
    from interventions_stats.estimators.batch import firth_logit_batch, logit_batch
    from interventions_stats.inference.arrays import stratum_runs

    check_count("draws", draws, 99), check_level("level", level)
    matrix, outcome = np.asarray(X, float), np.asarray(y, float)
    clock = Clock(draws, seed)
    if not np.isin(outcome, (0.0, 1.0)).all() or outcome.sum() in (0, len(outcome)):
        raise InputError("y must hold 0 and 1, and both of them")
    shifted = np.empty((draws + 1, len(outcome)), bool)
    shifted[0] = outcome == 1
    for label, a, b in stratum_runs(strata, len(outcome)):
        step = np.floor(clock.points(label) * (b - a)).astype(np.int64)
        shifted[1:, a:b] = shifted[0, a:b][(np.arange(b - a)[None] - step[:, None]) % (b - a)]
    labels = tuple(map(str, names)) if names is not None else tuple(str(i + 1) for i in range(len(specifications)))
    fit = firth_logit_batch if firth else logit_batch
    observed, null = np.empty(len(labels)), np.empty((len(labels), draws))
    for k, columns in enumerate(specifications):
        part = matrix[:, list(columns)]
        tested = fit(part, shifted, start=_first_step(part, shifted), n_jobs=n_jobs)[:, 1]
        lost = ~np.isfinite(tested)
        if lost[0] or lost.mean() > 0.05:
            raise EstimationError(
                f"specification {labels[k]!r}: {int(lost.sum())} of {draws + 1} fits have no maximum; pass firth=True."
            )
        centre, spread = tested[1:][~lost[1:]].mean(), tested[1:][~lost[1:]].std()
        # a fit that diverged counts as extreme in both directions, which errs on the side of no rejection
        tested = np.where(lost, np.inf, tested)
        observed[k], null[k] = (tested[0] - centre) / spread, (tested[1:] - centre) / spread
    return summarise_scores(labels, observed, null, alternative, level, seed)


def _first_step(X: Floats, Y: Any) -> Floats:
    """Chebyshev's first step from no effect, (fits, 1 + columns): all outcomes have as many events, so they share its terms."""
    share = float(Y[0].mean())
    weight, middle = share * (1 - share), X.mean(axis=0)
    full = np.column_stack([np.ones(len(X)), X - middle])
    inverse = np.linalg.inv(full.T @ full) / weight
    step = ((Y - share) @ full) @ inverse
    bend = (step @ full.T) ** 2 @ full * (weight * (1 - 2 * share))
    change = -0.5 * bend @ inverse
    small = np.abs(change).max(axis=1) <= 0.5 * np.abs(step).max(axis=1)
    theta = step + change * small[:, None]
    theta[:, 0] += np.log(share / (1 - share)) - theta[:, 1:] @ middle
    return theta
