"""The exact conditional likelihood of stratified 0/1 outcomes, by recursion.

Given m events among the n rows of a stratum, the likelihood is exp(sum of eta over events) divided by the
elementary symmetric polynomial e_m of exp(eta). e_m and its derivatives build up row by row (Gail, Lubin &
Rubinstein 1981):  e_m <- e_m + exp(eta_i) e_(m-1).  The derivatives of log e_m are the cumulants of the sum of x over
the events; the third one gives the gradient of the Jeffreys penalty.

Nothing underflows, for the recursion runs on probabilities: e_m = P(N = m) exp(m c) prod(1 + exp(eta_i - c)), where N
counts independent events of chance 1 / (1 + exp(c - eta_i)), and c is chosen so that N is m on average (Chen, Dempster
& Liu 1994).  P(N = m) is then as large as it can be, and every term that rounding loses is negligible beside it.

The derivatives of a product follow from those of its factors, so to add a row is one linear map of e_(m-1) with all its
derivatives, each kept once: a product with a small triangular matrix made of the row's monomials.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement, product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from interventions_stats.engine.solver.kernels import Floats
from interventions_stats.engine.solver.likelihood import inverse_and_half_logdet
from interventions_stats.engine.solver.newton import Evaluate, Evaluation, Rows

FEW, LONG = 8, 12  # events up to which, and rows an event from which, power sums are quicker than the recursion
_MAPS = 500_000  # elements of the maps held at once
CANCELS = 1e-4  # variance beside the square of a mean below which digits are lost
_SMALL = 500.0  # logarithm of a product of odds that is far from overflow
Jet: TypeAlias = list[Floats]  # a function (b, S) with its derivatives by order


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of about the same size, padded.

    ``x`` (strata, rows, p), ``present`` (strata, rows), ``events`` (strata,) or (fits, strata), and the ``observed`` sum of
    x over events (strata, p); ``offset`` (strata, rows) and its sum over events ``shift`` (strata,); ``weight`` (strata,)
    says how many times each counts, and ``which`` (strata,) they are.
    """

    x: Floats
    present: NDArray[np.bool_]
    events: NDArray[np.intp]
    observed: Floats
    offset: Floats | None = None
    shift: Floats | None = None
    weight: Floats | None = None
    which: NDArray[np.intp] | None = None


def build_strata(
    X: Floats, y: Floats, codes: NDArray[np.int64], offset: Floats | None = None, weight: Floats | None = None
) -> list[Strata]:
    """Group informative strata by size; those with only events or none are left out.

    Columns are centred within strata. Where events outnumber non-events the two are exchanged and the linear predictor
    changes sign, which leaves the likelihood as it is and shortens the recursion. ``weight`` (n,) is that of a row's stratum.
    """
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order])) + 1
    weights = np.ones(len(y)) if weight is None else weight
    # the offset is carried as one more column, with the coefficient one
    columns = X if offset is None else np.column_stack([X, offset])
    buckets: dict[tuple[int, int], list[_Member]] = {}
    for rows in np.split(order, bounds):
        outcome = y[rows]
        events = int(outcome.sum())
        if events in (0, len(rows)):
            continue
        x = columns[rows] - columns[rows].mean(axis=0)
        if 2 * events > len(rows):
            x, outcome, events = -x, 1.0 - outcome, len(rows) - events
        # one event needs no recursion; the few strata of up to seven share one, since its steps cost more than its arrays
        group = 1 if events == 1 else max(3, events.bit_length())
        member = _Member(x, outcome, float(weights[rows[0]]), int(codes[rows[0]]))
        buckets.setdefault((len(rows).bit_length(), group), []).append(member)
    return [_pad(members, X.shape[1]) for members in buckets.values()]


def information_at_zero(x: Floats, y: Floats, codes: NDArray[np.int64], weight: Floats | None = None) -> Floats:
    """Information (p, p) where all coefficients and the offset are zero, of columns centred within strata."""
    events, rows = np.bincount(codes, y), np.bincount(codes)
    share = events * (rows - events) / np.maximum(rows * (rows - 1.0), 1.0)
    each = share[codes] if weight is None else share[codes] * weight
    return np.asarray((x * each[:, None]).T @ x)


class _Member(NamedTuple):
    """One stratum: its columns, with the offset last, its outcomes, weight and code."""

    x: Floats
    y: Floats
    weight: float
    code: int


def _pad(members: list[_Member], p: int) -> Strata:
    size, k = max(len(m.y) for m in members), members[0].x.shape[1]
    x = np.zeros((len(members), size, k))
    present = np.zeros((len(members), size), dtype=bool)
    for s, member in enumerate(members):
        x[s, : len(member.y)], present[s, : len(member.y)] = member.x, True
    events = np.array([int(m.y.sum()) for m in members], dtype=np.intp)
    observed = np.array([m.y @ m.x for m in members])
    weight = np.array([m.weight for m in members])
    return Strata(
        np.ascontiguousarray(x[:, :, :p]), present, events, observed[:, :p],
        x[:, :, p] if k > p else None, observed[:, p] if k > p else None,
        None if (weight == 1.0).all() else weight, np.array([m.code for m in members], dtype=np.intp),
    )  # fmt: skip


def conditional_evaluator(strata: list[Strata], penalised: bool) -> Evaluate:
    """Return the solver's closure; every row of a batch is the same data at its own ``theta`` (b, p)."""

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        b, p = theta.shape
        objective, score = np.zeros(b), np.zeros((b, p))
        information, third = np.zeros((b, p, p)), np.zeros((b, p, p, p))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for group in strata:
                log_total, mean, variance, skew = cumulants(group, theta, third_order=penalised)
                weight = np.ones(len(group.observed)) if group.weight is None else group.weight
                observed = weight @ group.observed
                objective += observed @ theta.T - log_total @ weight
                if group.shift is not None:
                    objective += group.shift @ weight
                score += observed - np.einsum("bsi,s->bi", mean, weight)
                information += np.einsum("bsij,s->bij", variance, weight)
                if skew is not None:
                    third += np.einsum("bsijk,s->bijk", skew, weight)
        if not penalised:
            return Evaluation(objective, score, information, information)
        inverse, half_logdet = inverse_and_half_logdet(information)
        score += 0.5 * np.einsum("bij,bijk->bk", inverse, third)
        return Evaluation(objective + half_logdet, score, information, information, order=1)

    return evaluate


def with_hessian(evaluate: Evaluate, step: float = 1e-4) -> Evaluate:
    """Return the closure of a penalised likelihood with minus its Hessian, from differences of its score.

    With few informative strata the information alone stands in badly for it, and steps may even go back and forth.
    """

    def turned(theta: Floats, rows: Rows) -> Evaluation:
        b, p = theta.shape
        which = np.arange(b, dtype=np.intp) if isinstance(rows, slice) else rows
        value = evaluate(theta, rows)
        moves = np.concatenate([step * np.eye(p), -step * np.eye(p)])
        around = (theta[:, None, :] + moves).reshape(-1, p)
        score = evaluate(around, np.repeat(which, 2 * p)).score.reshape(b, 2, p, p)
        change = (score[:, 1] - score[:, 0]) / (2.0 * step)
        return value._replace(curvature=0.5 * (change + change.transpose(0, 2, 1)), order=2)

    return turned


def stratum_scores(strata: list[Strata], theta: Floats, information: Floats, penalised: bool) -> tuple[Floats, Floats]:
    """Score of every informative stratum at ``theta`` (p,), of the penalty too if ``penalised``: (S, p), and codes (S,)."""
    scores, codes = [], []
    inverse = np.linalg.inv(information)
    for group in strata:
        _, mean, _, skew = cumulants(group, theta[None], third_order=penalised)
        score = group.observed - mean[0]
        if skew is not None:
            score = score + 0.5 * np.einsum("ij,sijk->sk", inverse, skew[0])
        scores.append(score if group.weight is None else score * group.weight[:, None])
        assert group.which is not None
        codes.append(group.which)
    return np.concatenate(scores), np.concatenate(codes)


def cumulants(group: Strata, theta: Floats, *, third_order: bool) -> tuple[Floats, Floats, Floats, Floats | None]:
    """log e_m (b, S) and its first three derivatives by theta, (b, S, p), (b, S, p, p) and (b, S, p, p, p) or None."""
    size = group.x.shape[1]
    most = int(group.events.max())
    eta = np.einsum("snp,bp->bsn", group.x, theta)
    if group.offset is not None:
        eta += group.offset
    eta[:, ~group.present] = -np.inf
    if most <= FEW:
        top = eta.max(axis=2)
        risk = np.exp(eta - top[:, :, None])
        if most == 1 and group.events.ndim == 1:
            return _one_event(group.x, risk, top, third_order)
    order = 3 if third_order else 2
    found = _power_sums(group.x, risk, group.events, order) if 0 < most <= FEW and size >= LONG * most else None
    if found is not None:
        jet, log_scale = found, group.events * top
    else:
        jet, log_scale = _recursion(group.x, eta, group.events, order)
    found_all = _from_jet(jet, log_scale)
    lost = np.einsum("bsii->bsi", found_all[2]) < CANCELS * found_all[1] ** 2
    for i in np.flatnonzero(lost.any(axis=(1, 2))):
        _centred_anew(group, eta[i : i + 1], int(i), order, found_all)
    return found_all


def _from_jet(jet: Jet, log_scale: Floats) -> tuple[Floats, Floats, Floats, Floats | None]:
    total = jet[0]
    log_total = np.log(total) + log_scale
    mean = jet[1] / total[..., None]
    raw2 = jet[2] / total[..., None, None]
    variance = raw2 - mean[..., :, None] * mean[..., None, :]
    if len(jet) == 3:
        return log_total, mean, variance, None
    raw3 = jet[3] / total[..., None, None, None]
    cross = np.einsum("bsi,bsjk->bsijk", mean, raw2)
    cube = np.einsum("bsi,bsj,bsk->bsijk", mean, mean, mean)
    skew = raw3 - cross - cross.transpose(0, 1, 3, 2, 4) - cross.transpose(0, 1, 3, 4, 2) + 2.0 * cube
    return log_total, mean, variance, skew


def _centred_anew(
    group: Strata, eta: Floats, fit: int, order: int, found: tuple[Floats, Floats, Floats, Floats | None]
) -> None:
    """Replace the cumulants of one fit whose moments cancel, from columns less their mean over the chosen rows."""
    events = group.events if group.events.ndim == 1 else group.events[fit]
    centre = found[1][fit] / np.maximum(events, 1)[:, None]
    x = np.where(group.present[:, :, None], group.x - centre[:, None, :], 0.0)
    log_total, mean, variance, skew = _from_jet(*_recursion(x, eta, events, order))
    found[0][fit], found[1][fit] = log_total[0], mean[0] + events[:, None] * centre
    found[2][fit] = variance[0]
    if found[3] is not None and skew is not None:
        found[3][fit] = skew[0]


@dataclass(frozen=True, slots=True)
class _Shift:
    """How one factor exp(x'theta) acts on the derivatives of a product, each partial derivative kept once.

    ``spread`` by order, where the entries of a full tensor stand among the K derivatives; the map (K, K) has the entry
    ``times`` * monomial ``source`` at (``row``, ``column``).
    """

    spread: tuple[NDArray[np.intp], ...]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    source: NDArray[np.intp]
    times: Floats

    def maps(self, monomials: Floats) -> Floats:
        """Maps (..., K, K) of rows with ``monomials`` (..., K)."""
        k = monomials.shape[-1]
        out = np.zeros((*monomials.shape[:-1], k, k))
        out[..., self.row, self.column] = self.times * monomials[..., self.source]
        return out


@lru_cache(maxsize=32)
def _shift(p: int, order: int) -> _Shift:
    wanted = [t for k in range(order + 1) for t in combinations_with_replacement(range(p), k)]
    place = {t: i for i, t in enumerate(wanted)}
    spread = tuple(
        np.array([place[tuple(sorted(t))] for t in product(range(p), repeat=k)], dtype=np.intp)
        for k in range(order + 1)
    )
    ways: Counter[tuple[int, int, int]] = Counter()
    for t in wanted:
        for taken in product((False, True), repeat=len(t)):  # which of the derivatives fall on the new factor
            ours = tuple(v for v, here in zip(t, taken, strict=True) if here)
            rest = tuple(v for v, here in zip(t, taken, strict=True) if not here)
            ways[place[rest], place[t], place[ours]] += 1
    row, column, source = np.array(list(ways), dtype=np.intp).T
    return _Shift(spread, row, column, source, np.array(list(ways.values()), dtype=float))


def _monomials(x: Floats, order: int) -> Floats:
    """1, x_i, x_i x_j, ... of sorted indices (..., K) for rows ``x`` (..., p)."""
    p = x.shape[-1]
    parts = [np.ones((*x.shape[:-1], 1))]
    for k in range(1, order + 1):
        index = np.array(list(combinations_with_replacement(range(p), k)), dtype=np.intp).reshape(-1, k)
        parts.append(x[..., index].prod(axis=-1))
    return np.concatenate(parts, axis=-1)


def _recursion(x: Floats, eta: Floats, events: NDArray[np.intp], order: int) -> tuple[Jet, Floats]:
    """P(N = m) of every stratum, or a multiple, with its derivatives, row by row, and the logarithm of e_m over that."""
    b, n_strata, size = eta.shape
    p, most, least = x.shape[2], int(events.max()), int(events.min())
    shift, monomials = _shift(p, order), _monomials(x, order)
    k = monomials.shape[-1]
    tilt = _tilt(eta, events)
    tilted = eta - tilt[:, :, None]
    log_scale = np.logaddexp(0.0, tilted).sum(axis=2)
    small = bool(log_scale.max() < _SMALL)  # then odds will do for chances, with one product less a row
    event = (np.exp(tilted) if small else expit(tilted)).transpose(1, 2, 0)[:, :, None, :, None]  # (S, rows, 1, b, 1)
    other = expit(-tilted).transpose(1, 2, 0)[:, :, None, :, None]
    e = np.zeros((n_strata, most + 1, b, k))  # fits side by side: one product a stratum
    e[:, 0, :, 0] = 1.0
    block = max(16, _MAPS // (n_strata * k * k) // 16 * 16)
    for start in range(0, size, block):
        maps = shift.maps(monomials[:, start : start + block])
        if b == 1:
            maps *= event[:, start : start + block, :, 0]
        for i in range(start, min(start + block, size)):
            # what has more events than there are, or fewer than the rows left can make up for, is not wanted
            low, top = max(least - (size - 1 - i), 0), min(i + 1, most)
            first = max(low, 1)
            added = e[:, first - 1 : top].reshape(n_strata, -1, k) @ maps[:, i - start]
            added = added.reshape(n_strata, -1, b, k)
            if b > 1:
                added *= event[:, i]
            if not small:
                e[:, low : top + 1] *= other[:, i]
            e[:, first : top + 1] += added
    picked = _of_events(e.transpose(2, 0, 1, 3), events)
    full = [picked[..., index].reshape(b, n_strata, *(p,) * j) for j, index in enumerate(shift.spread)]
    return full, events * tilt + (0.0 if small else log_scale)


def _tilt(eta: Floats, events: NDArray[np.intp]) -> Floats:
    """About the c (b, S) at which chances 1 / (1 + exp(c - eta)) add up to the number of events, by Newton in a bracket."""
    present = eta > -np.inf
    rows = present.sum(axis=2)
    goal = np.minimum(np.maximum(events, 0.5), rows - 0.5)
    middle = np.log(rows - goal) - np.log(goal)  # where all eta are zero
    low, high = (middle + limit for limit in (np.where(present, eta, np.inf).min(axis=2), eta.max(axis=2)))
    c = middle + np.where(present, eta, 0.0).sum(axis=2) / rows
    for _ in range(100):
        c = np.where((c >= low) & (c <= high), c, 0.5 * (low + high))
        chance = expit(eta - c[:, :, None])
        excess, spread = chance.sum(axis=2) - goal, (chance * (1.0 - chance)).sum(axis=2)
        if not (np.abs(excess) > 0.1 + 0.2 * np.sqrt(spread)).any():  # or not a number
            break
        low, high = np.where(excess > 0, c, low), np.where(excess < 0, c, high)
        c = c + excess / np.maximum(spread, 1e-300)
    return np.asarray(c)


def _of_events(array: Floats, events: NDArray[np.intp]) -> Floats:
    """Entries (b, S, ...) of an array (b, S, m, ...) at the data's number of events, or in a batch at each fit's own."""
    b, n_strata = array.shape[:2]
    first = slice(None) if events.ndim == 1 else np.arange(b)[:, None]
    found: Floats = array[first, np.arange(n_strata), events]
    return found


def _power_sums(x: Floats, risk: Floats, events: NDArray[np.intp], order: int) -> Jet | None:
    """The same for a few events among many rows, by Newton's identities: no loop over rows.

    d e_d = sum over k of (-1)^(k-1) e_(d-k) p_k, with p_k the sum of risk^k; the derivatives follow by the product rule.
    The signs alternate, so where one row holds nearly all the risk digits are lost: then None, and the recursion is used.
    """
    b, n_strata, size = risk.shape
    p, most = x.shape[2], int(events.max())
    products = [np.ones((n_strata, size, 1)), x]
    for _ in range(order - 1):
        products.append((products[-1][..., None] * x[:, :, None, :]).reshape(n_strata, size, -1))
    columns = np.concatenate(products, axis=2)
    edges = np.cumsum([0, *(p**j for j in range(order + 1))])
    sums = []
    power = np.ones_like(risk)
    for k in range(1, most + 1):
        power = power * risk
        raw = np.matmul(power[:, :, None, :], columns[None])[:, :, 0] * (-1.0) ** (k - 1)
        sums.append(
            [
                (float(k) ** j * raw[..., edges[j] : edges[j + 1]]).reshape(b, n_strata, *(p,) * j)
                for j in range(order + 1)
            ]
        )
    powers = [np.stack([s[j] for s in sums]) for j in range(order + 1)]  # (most, b, S, ...)
    out = [np.zeros((most + 1, b, n_strata, *(p,) * j)) for j in range(order + 1)]
    out[0][0] = 1.0
    for d in range(1, most + 1):
        e, q = [array[d - 1 :: -1] for array in out], [array[:d] for array in powers]
        for j, term in enumerate(_product(e, q, order)):
            out[j][d] = term / d
    scale = powers[0][0]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = out[0][most] * math.factorial(most) / scale**most
    if not (left > 1e-3).all():
        return None
    return [_of_events(np.moveaxis(array, 0, 2), events) for array in out]


def _product(e: list[Floats], q: list[Floats], order: int) -> list[Floats]:
    """Sum over k of products e_k q_k with their derivatives up to ``order``."""
    terms = [np.einsum("kbs,kbs->bs", e[0], q[0])]
    terms.append(np.einsum("kbsi,kbs->bsi", e[1], q[0]) + np.einsum("kbs,kbsi->bsi", e[0], q[1]))
    cross = np.einsum("kbsi,kbsj->bsij", e[1], q[1])
    terms.append(
        np.einsum("kbsij,kbs->bsij", e[2], q[0])
        + np.einsum("kbs,kbsij->bsij", e[0], q[2])
        + cross
        + np.swapaxes(cross, 2, 3)
    )
    if order == 3:
        a, c = np.einsum("kbsij,kbsl->bsijl", e[2], q[1]), np.einsum("kbsi,kbsjl->bsijl", e[1], q[2])
        three = np.einsum("kbsijl,kbs->bsijl", e[3], q[0]) + np.einsum("kbs,kbsijl->bsijl", e[0], q[3])
        three += a + a.transpose(0, 1, 2, 4, 3) + a.transpose(0, 1, 4, 2, 3)
        terms.append(three + c + c.transpose(0, 1, 3, 2, 4) + c.transpose(0, 1, 3, 4, 2))
    return terms


def _one_event(
    x: Floats, risk: Floats, shift: Floats, third_order: bool
) -> tuple[Floats, Floats, Floats, Floats | None]:
    """Cumulants with one event a stratum: moments of x under the chance of each row to be the one."""
    total = risk.sum(axis=2)
    chance = risk / total[..., None]
    mean = np.einsum("bsn,snp->bsp", chance, x)
    rest = x[None] - mean[:, :, None, :]
    spread = chance[..., None] * rest
    variance = np.einsum("bsni,bsnj->bsij", spread, rest)
    skew = np.einsum("bsni,bsnj,bsnk->bsijk", spread, rest, rest, optimize=True) if third_order else None
    return np.log(total) + shift, mean, variance, skew
