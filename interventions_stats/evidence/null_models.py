"""Histories in the likeness of the real data: exposure and onsets unrelated, or with an effect planted."""

from __future__ import annotations

from typing import Literal

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.options import Bools, Floats, Ints
from interventions_stats.engine.permutation.autoregression import PHI, phi_posterior
from interventions_stats.engine.permutation.margin_law import SWEEPS
from interventions_stats.engine.permutation.margin_tables import Margins, dealt, swapped
from interventions_stats.engine.permutation.trends import residualise
from interventions_stats.primary.null_design import NullDesign

ExposureModel = Literal["persistent", "trending", "shaped"]
OnsetModel = Literal["scattered", "clustered"]
EXPOSURE_MODELS: tuple[ExposureModel, ...] = ("persistent", "trending", "shaped")
ONSET_MODELS: tuple[OnsetModel, ...] = ("scattered", "clustered")
TREND = 2.0  # standard deviations by which a trending exposure falls over a stratum
LOADING = 0.5  # spread of the targets' response to what they share, around one
FADING = 2.0  # log ratio by which the rate of a binary exposure falls over a stratum


def null_exposures(design: NullDesign, model: ExposureModel, histories: int, rng: np.random.Generator) -> Floats:
    """Draw exposures (H, n) that know nothing of the onsets, which stay where they are.

    A continuous exposure is an autoregression within each leader, target or power, its coefficient drawn from its
    posterior in the data.  ``"trending"`` adds a fall of two SD in every stratum, which favours the driver wherever
    onsets come early; in a panel all targets share it, each with a loading and a trend of its own.  ``"shaped"`` draws the
    shocks from those observed, skewed as they are, around the observed levels and trends.  A binary exposure is a chain
    with the observed rates of entry and exit; ``"trending"`` lets its entries fade over a stratum; ``"shaped"`` joins the
    observed spells in a new order (of one series) or varies entries by target and calendar year as observed (in a panel).
    """
    drawn = [_one(design, part, model, histories, rng) for part in design.parts]
    return drawn[0] if len(drawn) == 1 else drawn[0] - drawn[1]


def _one(design: NullDesign, part: Floats, model: ExposureModel, histories: int, rng: np.random.Generator) -> Floats:
    values = np.unique(part)
    if len(values) <= 2:
        low, high = values[0], values[-1]
        on = part == high if part.mean() <= (low + high) / 2 else part == low  # the rarer state is entered
        drawn = _chains(design, on, model, histories, rng)
        return (
            np.where(drawn == (part[np.flatnonzero(on)[0]] == high), high, low)
            if on.any()
            else part[None].repeat(histories, 0)
        )
    return _autoregressions(design, part, model, histories, rng)


# -- continuous exposures ---------------------------------------------------------------------------------------------
def _autoregressions(
    design: NullDesign, part: Floats, model: ExposureModel, histories: int, rng: np.random.Generator
) -> Floats:
    layout = design.layout
    shared = part.copy()
    if design.many_units:
        shared = part - _year_means(part, layout)
    rest = residualise(shared, layout, 1)
    phi = PHI[rng.choice(len(PHI), histories, p=phi_posterior(shared, layout, 1))]
    sd = float(np.sqrt(rest @ rest / max(1, sum(max(0, b - a - 2) for a, b in layout.pieces))))
    shocks = _observed_shocks(rest, layout, float(phi.mean())) if model == "shaped" else None
    noise = sd * _simulate(layout, phi, shocks, rng)
    if design.between_units:
        noise += _levels(part, layout, histories, rng)
    if model == "persistent":
        return noise
    if model == "shaped":
        return noise + (_year_means(part, layout) if design.between_units else part - rest)
    return noise + sd * _falls(design, histories, rng)


def _year_means(x: Floats, layout: Layout) -> Floats:
    years = np.unique(layout.times, return_inverse=True)[1]
    size = np.bincount(years)
    return np.asarray((np.bincount(years, weights=x) / size)[years])


def _observed_shocks(rest: Floats, layout: Layout, phi: float) -> Floats:
    """Observed innovations of all pieces, centred, with variance one."""
    found = []
    for a, b in layout.pieces:
        step = phi ** np.diff(layout.times[a:b])
        found.append((rest[a + 1 : b] - step * rest[a : b - 1]) / np.sqrt(1 - step**2))
    shocks = np.concatenate(found)
    spread = shocks.std()
    return np.asarray((shocks - shocks.mean()) / spread) if spread > 0 else np.array([-1.0, 1.0])


def _simulate(layout: Layout, phi: Floats, shocks: Floats | None, rng: np.random.Generator) -> Floats:
    """Stationary autoregressions (H, n) of variance one, independent over pieces, gaps in time respected."""
    out = np.empty((layout.n, len(phi)))
    for a, b in layout.pieces:
        fresh = rng.standard_normal((b - a, len(phi))) if shocks is None else rng.choice(shocks, (b - a, len(phi)))
        if shocks is not None:  # a run-in, so that the first value has the distribution of the others
            for _ in range(60):
                fresh[0] = phi * fresh[0] + np.sqrt(1 - phi**2) * rng.choice(shocks, len(phi))
        out[a] = fresh[0]
        for t in range(a + 1, b):
            step = phi ** int(layout.times[t] - layout.times[t - 1])
            out[t] = step * out[t - 1] + np.sqrt(1.0 - step**2) * fresh[t - a]
    return out.T


def _falls(design: NullDesign, histories: int, rng: np.random.Generator) -> Floats:
    """A fall of TREND per stratum; in a panel a common bent one over the calendar, with loadings and own trends."""
    layout = design.layout
    out = np.empty((histories, layout.n))
    if not design.many_units:
        for a, b in layout.pieces:
            out[:, a:b] = np.linspace(TREND / 2, -TREND / 2, b - a)
        return out
    first, last = layout.times.min(), layout.times.max()
    bent = TREND * np.exp(-3.0 * (layout.times - first) / max(last - first, 1))
    for a, b in layout.pieces:
        loading = 1 + LOADING * rng.standard_normal((histories, 1))
        own = rng.standard_normal((histories, 1)) * np.linspace(-0.5, 0.5, b - a)
        out[:, a:b] = loading * bent[a:b] + own
    return out


def _levels(part: Floats, layout: Layout, histories: int, rng: np.random.Generator) -> Floats:
    """Levels of targets, drawn from the observed ones with their skew."""
    centred = part - _year_means(part, layout)
    means = np.array([centred[a:b].mean() for a, b in layout.pieces])
    drawn = rng.choice(means, (histories, len(means)))
    return np.repeat(drawn, [b - a for a, b in layout.pieces], axis=1)


# -- binary exposures -------------------------------------------------------------------------------------------------
def _chains(design: NullDesign, on: Bools, model: ExposureModel, histories: int, rng: np.random.Generator) -> Bools:
    if model == "shaped" and not design.many_units:
        return _renewals(design.layout, on, histories, rng)
    enter, leave = _rates(on, design.layout)
    hazard = np.broadcast_to(enter * _modulation(design, on, model), (design.layout.n,))
    unit = rng.gamma(1.0, 1.0, (histories, len(design.layout.pieces))) if model == "shaped" else None
    out = np.zeros((histories, design.layout.n), bool)
    for i, (a, b) in enumerate(design.layout.pieces):
        rate = hazard[a:b, None] * (1.0 if unit is None else unit[None, :, i])
        p = np.minimum(rate, 0.95) * np.ones((1, histories))
        state = rng.random(histories) < p[0] / (p[0] + leave)
        out[:, a] = state
        draws = rng.random((b - a, histories))
        for t in range(1, b - a):
            state = np.where(state, draws[t] >= leave, draws[t] < p[t])
            out[:, a + t] = state
    return out


def _rates(on: Bools, layout: Layout) -> tuple[float, float]:
    """Observed chance of entry and of exit from one period to the next, all pieces together."""
    enters = leaves = off = held = 0
    for a, b in layout.pieces:
        before, after = on[a : b - 1], on[a + 1 : b]
        enters, off = enters + int((~before & after).sum()), off + int((~before).sum())
        leaves, held = leaves + int((before & ~after).sum()), held + int(before.sum())
    return (enters + 0.5) / (off + 1), (leaves + 0.5) / (held + 1)


def _modulation(design: NullDesign, on: Bools, model: ExposureModel) -> Floats:
    """How the rate of entry moves over time, mean about one."""
    layout = design.layout
    out = np.ones(layout.n)
    if model == "trending":
        for a, b in layout.pieces:
            out[a:b] = np.exp(np.linspace(FADING / 2, -FADING / 2, b - a))
    elif model == "shaped":
        share = _year_means(on.astype(float), layout)
        out = (share + on.mean()) / (2 * on.mean())  # half of what the calendar shows, so that no year is shut
    return out / out.mean()


def _renewals(layout: Layout, on: Bools, histories: int, rng: np.random.Generator) -> Bools:
    """Observed spells of both states in a random order, from a random moment of the sequence."""
    runs: dict[bool, list[int]] = {True: [], False: []}
    for a, b in layout.pieces:
        edges = np.flatnonzero(np.diff(on[a:b].astype(int))) + 1
        for part in np.split(on[a:b], edges):
            runs[bool(part[0])].append(len(part))
    out = np.zeros((histories, layout.n), bool)
    for h in range(histories):
        for a, b in layout.pieces:
            sequence: list[bool] = []
            state = bool(rng.random() < on.mean())
            while len(sequence) < 2 * (b - a):
                sequence += [state] * int(rng.choice(runs[state]))
                state = not state
            start = int(rng.integers(0, b - a))
            out[h, a:b] = sequence[start : start + b - a]
    return out


def rematched(units: Ints, periods: Ints, counts: Floats, histories: int, rng: np.random.Generator) -> Floats:
    """Match the onsets of a panel anew to its units and periods, each with its number of onsets kept: (H, n).

    Every way to pair the onsets' units with their periods is as likely as any other, rows that do not exist left out.

    Parameters
    ----------
    units, periods : (n,) arrays of int
        Of each row, from 0.
    counts : (n,) array
        Onsets.

    Examples
    --------
    >>> units, periods = np.divmod(np.arange(6), 3)
    >>> drawn = rematched(units, periods, np.array([1, 0, 0, 0, 1, 1]), 4, np.random.default_rng(0)).reshape(4, 2, 3)
    >>> drawn.sum(axis=1).tolist()[0], drawn.sum(axis=2).tolist()[0]
    ([1.0, 1.0, 1.0], [1.0, 2.0])
    """
    row_of = np.full((int(units.max()) + 1, int(periods.max()) + 1), -1)
    row_of[units, periods] = np.arange(len(units))
    onsets = np.repeat(np.arange(len(counts)), counts.astype(int))
    onsets = onsets[np.argsort(units[onsets], kind="stable")]
    known = np.flatnonzero(np.bincount(periods[onsets])), np.unique(units[onsets])
    column, row = np.searchsorted(known[0], periods[onsets]), np.searchsorted(known[1], units[onsets])
    margins = Margins(np.bincount(row), np.bincount(column), row_of[np.ix_(known[1], known[0])] >= 0, False)
    matched = dealt(margins, histories, rng)
    if len(matched) < histories:  # few of the tables dealt are allowed
        flat = np.zeros(margins.allowed.shape)
        start = np.broadcast_to(column, (histories, len(column)))
        matched = swapped(margins, start, flat, SWEEPS * margins.n, rng)
    out = np.zeros((histories, len(counts)))
    np.add.at(out, (np.arange(histories)[:, None], row_of[units[onsets], known[0][matched]]), 1.0)
    return out


def by_nearness(years: Ints, near: Floats, counts: Floats, histories: int, rng: np.random.Generator) -> Floats:
    """Draw each year's onsets among its targets by what makes targets near, as the observed onsets do: (H, n).

    Parameters
    ----------
    years : (n,) array of int
    near : (n, k) array
        Columns of a conditional logit within years, home region and log distance, say; fitted to the observed onsets.
    counts : (n,) array
        Onsets; every year keeps its number.
    """
    from interventions_stats.engine.models.conditional_logit import conditional_logit

    fit = conditional_logit(y=(counts > 0).astype(float), X=near, strata=years, firth=True)
    weight = np.exp(near @ np.asarray(fit.params, float))
    out = np.zeros((histories, len(counts)))
    for year in np.unique(years[counts > 0]):
        here = np.flatnonzero(years == year)
        out[:, here] = rng.multinomial(int(counts[here].sum()), weight[here] / weight[here].sum(), histories)
    return out


# -- onsets -----------------------------------------------------------------------------------------------------------
def null_onsets(design: NullDesign, model: OnsetModel, histories: int, rng: np.random.Generator) -> Floats:
    """Draw onset counts (H, n) that know nothing of the exposure, which stays as it was; every piece keeps its number.

    ``"scattered"`` throws them evenly over the periods of the piece.  ``"clustered"`` keeps what comes together: in a
    series whole blocks of twelve months (single years, in an annual one) are exchanged within the leader; in a panel onsets
    crowd in some years as they do in the data, the calendar being turned by a random number of years.
    """
    layout, n = design.layout, design.counts
    if design.between_units:
        return _dealt(design, model, histories, rng)
    out = np.zeros((histories, layout.n))
    rows = np.arange(histories)[:, None]
    moved = rng.integers(0, int(np.ptp(layout.times)) + 1, histories)
    calendar = _calendar(design) if model == "clustered" and design.many_units else None
    for a, b in layout.pieces:
        k = int(n[a:b].sum())
        if k == 0:
            continue
        if model == "clustered" and not design.many_units:
            out[:, a:b] = _blocks(n[a:b], 12 if layout.n > 120 else 1, histories, rng)
            continue
        if calendar is None:
            where = rng.integers(0, b - a, (histories, k))
        else:
            where = _on_calendar(calendar, layout.times[a:b], moved, k, rng)
        np.add.at(out, (rows, a + where), 1.0)
    return out


def _dealt(design: NullDesign, model: OnsetModel, histories: int, rng: np.random.Generator) -> Floats:
    """Deal each year's onsets to any targets of the year, or (clustered) each target's onsets to one of equal coverage."""
    layout, n = design.layout, design.counts
    out = np.zeros((histories, layout.n))
    if model == "scattered":
        for year in np.unique(layout.times[n > 0]):
            here = np.flatnonzero(layout.times == year)
            chosen = here[rng.integers(0, len(here), (histories, int(n[here].sum())))]
            np.add.at(out, (np.arange(histories)[:, None], chosen), 1.0)
        return out
    groups: dict[bytes, list[tuple[int, int]]] = {}
    for a, b in layout.pieces:
        groups.setdefault(layout.times[a:b].tobytes(), []).append((a, b))
    for members in groups.values():
        cells = np.stack([np.arange(a, b) for a, b in members])
        dealt = np.argsort(rng.random((histories, len(members))), axis=1)
        out[:, cells] = n[cells][dealt]
    return out


def _calendar(design: NullDesign) -> Floats:
    """Onsets of each calendar year over all pieces, and half an onset more."""
    times = design.layout.times
    return np.asarray(np.bincount(times - times.min(), weights=design.counts) + 0.5)


def _on_calendar(calendar: Floats, times: Ints, moved: Ints, k: int, rng: np.random.Generator) -> Ints:
    """Positions (H, k) of a unit's onsets, drawn with the weights of a calendar that each history has turned."""
    years = (times - times.min())[None, :] + moved[:, None]
    weight = np.cumsum(calendar[years % len(calendar)], axis=1)
    draws = rng.random((len(moved), k)) * weight[:, -1:]
    return np.asarray((draws[:, :, None] >= weight[:, None, :]).sum(axis=2))


def _blocks(n: Floats, size: int, histories: int, rng: np.random.Generator) -> Floats:
    """Blocks of ``size`` periods in a random order, from a random phase; a broken block at the end joins the last one."""
    out = np.empty((histories, len(n)))
    starts = np.arange(0, max(len(n) - size + 1, 1), size)
    parts = np.split(n, starts[1:])
    for h in range(histories):
        order = rng.permutation(len(parts))
        out[h] = np.roll(np.concatenate([parts[i] for i in order]), int(rng.integers(0, size)))
    return out
