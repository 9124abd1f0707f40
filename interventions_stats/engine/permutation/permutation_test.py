"""What a permutation test returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.options import Alternative, Floats
from interventions_stats.engine.permutation.null import NullDistribution

FEW = 20  # with fewer relabellings than this no p-value reaches .05


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Result of one permutation test of the mean exposure at onset.

    Attributes
    ----------
    statistic : float
        Mean over identifying onsets of the standardised exposure, in within-stratum SD.
    p_value : float
        The p-value of ``alternative``; ``p_greater``, ``p_less`` and ``p_two_sided`` are always there.
    n_null : int
        Relabellings enumerated (``exact``) or drawn.
    null : (k,) array
        Null values; of more than 200,000, as many evenly spaced order statistics.
    null_mean, null_sd : float
        Moments of the unstudentised statistic under all relabellings.
    deff : float
        Design effect: max(1, n_onsets_identifying x variance of the statistic under the null).
    n_onsets, n_onsets_identifying : int
        Onsets in the sample kept, and those in strata that identify the test.
    onsets_per_stratum : tuple of int
        In the order of ``strata``.
    identifying : tuple of bool
        Strata with at least one onset and an exposure that varies.
    n_masked, n_onsets_masked : int
        Periods, and onsets on them, left out for want of an exposure.
    met : float
        Exposure variance that an onset meets in its stratum (:func:`variance_met`, for an outcome of an onset or none); NaN
        where not computed.
    studentised : float
        Statistic over its model standard deviation; NaN where it was not asked for.
    scheme : str
        The relabelling in words.
    messages : tuple of str
        What a reader of the p-value must know.
    """

    statistic: float
    p_value: float
    p_greater: float
    p_less: float
    p_two_sided: float
    alternative: Alternative
    n_null: int
    exact: bool
    null: Floats = field(repr=False)
    null_mean: float
    null_sd: float
    deff: float
    n_onsets: int
    n_onsets_identifying: int
    strata: tuple[Any, ...]
    onsets_per_stratum: tuple[int, ...]
    identifying: tuple[bool, ...]
    scheme: str
    n_masked: int = 0
    n_onsets_masked: int = 0
    met: float = float("nan")
    studentised: float = float("nan")
    seed: int | None = None
    messages: tuple[str, ...] = ()

    @property
    def mc_se(self) -> float:
        """Monte Carlo standard error of ``p_value``; zero where the null was enumerated."""
        return 0.0 if self.exact else float(np.sqrt(self.p_value * (1 - self.p_value) / self.n_null))

    @property
    def n_identifying(self) -> int:
        """Number of identifying strata."""
        return sum(self.identifying)


ShiftTest = PermutationTest
"""Name of the result of a time-shift test."""


def assemble(
    observed: float, n: float, plain: NullDistribution, null: NullDistribution, counts: Floats, layout: Layout,
    identifying: tuple[bool, ...], *, alternative: Alternative, scheme: str, seed: int,
    studentised: float = float("nan"), met: Any = float("nan"), notes: tuple[str, ...] = (),
) -> PermutationTest:  # fmt: skip
    """Turn sums over ``n`` identifying onsets and their null into a result on the scale of the mean."""
    per_stratum = tuple(int(counts[a:b].sum()) for a, b in layout.pieces)
    return PermutationTest(
        statistic=observed / n,
        p_value=null.p_value(alternative),
        p_greater=null.p_greater,
        p_less=null.p_less,
        p_two_sided=null.p_two_sided,
        alternative=alternative,
        n_null=null.n,
        exact=null.exact,
        null=null.values if not np.isnan(studentised) else null.values / n,
        null_mean=plain.mean / n,
        null_sd=plain.sd / n,
        deff=max(1.0, plain.sd**2 / n),
        n_onsets=int(counts.sum()),
        n_onsets_identifying=int(n),
        strata=layout.labels,
        onsets_per_stratum=per_stratum,
        identifying=identifying,
        scheme=scheme,
        n_masked=layout.n_masked,
        n_onsets_masked=layout.n_onsets_masked,
        met=float(met),
        studentised=studentised,
        seed=None if null.exact else seed,
        messages=notes + _messages(layout, per_stratum, identifying, null),
    )


def _messages(
    layout: Layout, per_stratum: tuple[int, ...], identifying: tuple[bool, ...], null: NullDistribution
) -> tuple[str, ...]:
    notes = []
    idle = [(lab, k) for lab, k, yes in zip(layout.labels, per_stratum, identifying, strict=True) if k and not yes]
    if idle:
        where = ", ".join(f"{label} ({k})" for label, k in idle[:6])
        notes.append(f"Onsets in strata that the test cannot compare say nothing: {where}.")
    if layout.n_onsets_masked:
        notes.append(f"{layout.n_masked} cell(s) with {layout.n_onsets_masked} onset(s) were left out.")
    if null.exact and null.n < FEW:
        notes.append(f"Only {null.n} relabellings exist, so no p-value can be below {1 / null.n:.3f}.")
    return tuple(notes)
