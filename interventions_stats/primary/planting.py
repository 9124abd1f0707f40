"""Histories with an effect planted on the observed exposure."""

from __future__ import annotations

import numpy as np

from interventions_stats.engine.options import Floats
from interventions_stats.engine.permutation.subsets import weighted_subsets
from interventions_stats.engine.permutation.trends import residualise
from interventions_stats.primary.null_design import NullDesign


def planted_onsets(design: NullDesign, theta: float, histories: int, rng: np.random.Generator) -> Floats:
    """Draw onset counts (H, n) that the exposure drives: chances proportional to exp(theta x exposure).

    The exposure is in the unit of the estimate: SD within the stratum (of its residuals from a trend, in a series), or
    exposed against not; in a contrast ``theta`` is planted on the first exposure.  Every piece keeps its number of periods
    with an onset (where targets are compared, every year its targets), and onsets that shared a period move together.  An
    outcome of an onset or none falls on distinct periods, as its logit supposes: ``theta`` is then a log odds ratio however
    frequent onsets are; in counts, where several may come to share a period, it is a log rate ratio.
    """
    layout, x = design.layout, design.parts[0]
    if not design.many_units and not design.binary:
        rest = residualise(x, layout, design.degree)
        x = rest / max(float(np.sqrt((rest**2).mean())), 1e-300)
    elif design.binary:
        x = (x - x.min()) / max(float(np.ptp(x)), 1e-300)
    if design.between_units:
        groups = [np.flatnonzero(layout.times == t) for t in np.unique(layout.times)]
    else:
        groups = [np.arange(a, b) for a, b in layout.pieces]
    out = np.zeros((histories, layout.n))
    rows = np.arange(histories)[:, None]
    for here in groups:
        together = design.counts[here][design.counts[here] > 0]
        if not len(together):
            continue
        log_rate = theta * x[here]
        if design.counted:
            edges = np.cumsum(np.exp(log_rate - log_rate.max()))
            drawn = np.searchsorted(edges / edges[-1], rng.random((histories, len(together))))
            np.add.at(out, (rows, here[np.minimum(drawn, len(here) - 1)]), together)
        else:
            where = weighted_subsets(log_rate, len(together), histories, rng)
            out[rows, here[where]] = rng.permuted(np.broadcast_to(together, where.shape), axis=1)
    return out
