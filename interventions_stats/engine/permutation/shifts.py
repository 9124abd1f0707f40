"""The arithmetic of time shifts: what each shift of a stratum gives, and its model variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interventions_stats.engine.arrays import Layout
from interventions_stats.engine.memo import remember
from interventions_stats.engine.options import Floats, Ints
from interventions_stats.engine.permutation.autoregression import mixed_covariance, phi_posterior
from interventions_stats.errors import EstimationError, RefusalError


@dataclass(frozen=True, slots=True)
class ShiftTable:
    """Sums of the standardised exposure over onsets for every shift of every identifying stratum.

    Attributes
    ----------
    sums : list of (k,) arrays
        One value a shift; divide by ``n_onsets`` for the contribution to the mean.
    origin : list of int
        Position of the shift by zero.
    pieces : tuple of int
        Positions of the identifying strata in the layout.
    n_onsets : float
        Onsets in them.
    """

    sums: list[Floats]
    origin: list[int]
    pieces: tuple[int, ...]
    n_onsets: float

    @property
    def observed(self) -> float:
        return float(sum(s[o] for s, o in zip(self.sums, self.origin, strict=True)))


def circular_sums(scores: Floats, counts: Floats) -> Floats:
    """Sum over onsets of the exposure ``s`` periods later, wrapping, for s = 0 .. L-1; broadcasts over rows."""
    n = scores.shape[-1]
    return np.fft.irfft(np.conj(np.fft.rfft(counts)) * np.fft.rfft(scores), n)


def reflected(index: Ints, length: int) -> Ints:
    """Fold positions outside 0 .. length-1 back at the ends: -1 is 0, -2 is 1, length is length-1."""
    folded = np.mod(index, 2 * length)
    return np.where(folded < length, folded, 2 * length - 1 - folded)


def shifted_positions(index: Ints, length: int, window: int | None) -> Ints:
    """Positions (shifts, onsets) of onsets at ``index`` after every admissible shift."""
    if window is None:
        return (index[None, :] + np.arange(length)[:, None]) % length
    reach = min(window, length - 1)
    return reflected(index[None, :] + np.arange(-reach, reach + 1)[:, None], length)


def piece_sums(scores: Floats, counts: Floats, window: int | None) -> Floats:
    """Sum over onsets for every admissible shift of one stratum."""
    if window is None:
        return circular_sums(scores, counts)
    where = np.flatnonzero(counts)
    return np.asarray(scores[shifted_positions(where, len(scores), window)] @ counts[where])


def identifying_pieces(scores: Floats, counts: Floats, layout: Layout) -> tuple[bool, ...]:
    """Strata with at least one onset and an exposure that varies."""
    return tuple(bool(counts[a:b].sum() > 0 and np.ptp(scores[a:b]) > 0) for a, b in layout.pieces)


def refuse_without_contrast(counts: Floats, layout: Layout) -> None:
    """G01: refuse onsets that leave no period of any stratum to compare them with."""
    if all(np.ptp(counts[a:b]) == 0 for a, b in layout.pieces):
        raise RefusalError(
            "G01", "every period of each stratum holds as many onsets: nothing is left to compare the onsets with.",
            "keep the periods without an onset; dropna() on other columns may have taken them out.",
        )  # fmt: skip


def shift_table(scores: Floats, counts: Floats, layout: Layout, window: int | None) -> ShiftTable:
    """Tabulate every shift of every identifying stratum; raise when no stratum identifies the test."""
    chosen = tuple(i for i, yes in enumerate(identifying_pieces(scores, counts, layout)) if yes)
    if not chosen:
        raise EstimationError(
            "no stratum has both an onset and an exposure that varies (after detrending): "
            "the test has nothing to compare; use longer strata or another exposure."
        )
    sums, origin, total = [], [], 0.0
    for i in chosen:
        a, b = layout.pieces[i]
        sums.append(piece_sums(scores[a:b], counts[a:b], window))
        origin.append(0 if window is None else (len(sums[-1]) - 1) // 2)
        total += counts[a:b].sum()
    return ShiftTable(sums, origin, chosen, float(total))


@remember(64)
def _skewed_spectrum(cov: Floats) -> np.ndarray:
    """Fourier transform of ``cov`` (L, L) along both axes, row m holding the frequencies (u, m - u)."""
    at = np.arange(len(cov))
    return np.asarray(np.fft.fft2(cov)[at[None, :], (at[:, None] - at[None, :]) % len(cov)])


def circular_variances(cov: Floats, weights: Floats) -> Floats:
    """Variance under ``cov`` (L, L) of the sum with ``weights`` (L,), for every circular shift of them.

    With w and C written by their frequencies the shift s enters as exp(2 pi i s (u + v) / L) alone, so the sum over pairs is
    one over (u, v) of equal u + v and one transform back: L^2 steps however many onsets there are.

    Examples
    --------
    >>> circular_variances(np.diag([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 2.0])).round(9).tolist()
    [13.0, 6.0, 11.0]
    """
    n = len(weights)
    seen = np.conj(np.fft.fft(weights))
    at = np.arange(n)
    turned = seen[(at[:, None] - at[None, :]) % n]
    return np.asarray(np.fft.ifft(np.einsum("mu,mu,u->m", _skewed_spectrum(cov), turned, seen)).real / n)


def dense(onsets: int, length: int) -> bool:
    """Whether pairs of onsets are more than the frequencies of :func:`circular_variances` cost."""
    return onsets * (onsets + 1) > 8 * length


def pattern_variances(cov: Floats, where: Ints, weight: Floats, window: int | None) -> Floats:
    """Variance under ``cov`` (L, L) of the weighted sum over onsets, for every admissible shift."""
    if window is None and dense(len(where), len(cov)):
        weights = np.zeros(len(cov))
        weights[where] = weight
        return circular_variances(cov, weights)
    positions = shifted_positions(where, len(cov), window)
    block = cov[positions[:, :, None], positions[:, None, :]]
    return np.asarray(np.einsum("sij,i,j->s", block, weight, weight, optimize=True))


def shift_variances(
    scores: Floats, counts: Floats, layout: Layout, table: ShiftTable, degree: int, window: int | None
) -> list[Floats]:
    """Model variance of each entry of ``table.sums`` under the fitted autoregression.

    An onset at the edge of a stratum, or beside another onset, gives a sum of another variance than
    the same onsets elsewhere; a plain shift treats them alike and so misses its size.  The shape of
    the variance over shifts is the model's; its level is each stratum's own mean square, so that
    strata of unlike volatility do not distort one another.
    """
    weights = phi_posterior(scores, layout, degree)
    out = []
    for i in table.pieces:
        a, b = layout.pieces[i]
        where = np.flatnonzero(counts[a:b])
        cov = mixed_covariance(layout.times[a:b], degree, weights) * float((scores[a:b] ** 2).mean())
        variance = pattern_variances(cov, where, counts[a:b][where], window)
        out.append(np.maximum(variance, 1e-12 * max(float(variance.max()), 1e-300)))
    return out
