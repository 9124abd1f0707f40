"""The exact conditional likelihood of stratified 0/1 outcomes, by recursion.

Given m events among the n rows of a stratum, the likelihood is exp(sum of eta over events) divided by the
elementary symmetric polynomial e_m of exp(eta). e_m and its derivatives build up row by row (Gail, Lubin &
Rubinstein 1981):  e_m <- e_m + exp(eta_i) e_(m-1).  The derivatives of log e_m are the cumulants of the sum of x over
the events; the third one gives the gradient of the Jeffreys penalty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from interventions_stats.estimators.kernels import Floats
from interventions_stats.estimators.likelihood import inverse_and_half_logdet
from interventions_stats.estimators.solver import Evaluate, Evaluation, Rows

FEW, LONG = 8, 24  # events up to which, and rows from which, power sums are quicker than the recursion
Symmetric: TypeAlias = tuple[Floats, Floats, Floats, Floats | None, Floats]


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of about the same size, padded: ``x`` (strata, rows, p), ``present`` (strata, rows), ``events`` (strata,) or
    (fits, strata), and the ``observed`` sum of x over events (strata, p)."""

    x: Floats
    present: NDArray[np.bool_]
    events: NDArray[np.intp]
    observed: Floats


def build_strata(X: Floats, y: Floats, codes: NDArray[np.int64]) -> list[Strata]:
    """Group informative strata by size; those with only events or none are left out.

    Columns are centred within strata. Where events outnumber non-events the two are exchanged and the columns change
    sign, which leaves the likelihood as it is and shortens the recursion.
    """
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order])) + 1
    buckets: dict[tuple[int, int], list[tuple[Floats, Floats]]] = {}
    for rows in np.split(order, bounds):
        outcome = y[rows]
        events = int(outcome.sum())
        if events in (0, len(rows)):
            continue
        x = X[rows] - X[rows].mean(axis=0)
        if 2 * events > len(rows):
            x, outcome, events = -x, 1.0 - outcome, len(rows) - events
        # one event needs no recursion; the few strata of up to seven share one, since its steps cost more than its arrays
        group = 1 if events == 1 else max(3, events.bit_length())
        buckets.setdefault((len(rows).bit_length(), group), []).append((x, outcome))
    return [_pad(members) for members in buckets.values()]


def _pad(members: list[tuple[Floats, Floats]]) -> Strata:
    size, p = max(len(o) for _, o in members), members[0][0].shape[1]
    x = np.zeros((len(members), size, p))
    present = np.zeros((len(members), size), dtype=bool)
    for s, (part, outcome) in enumerate(members):
        x[s, : len(outcome)], present[s, : len(outcome)] = part, True
    events = np.array([int(o.sum()) for _, o in members], dtype=np.intp)
    return Strata(x, present, events, np.array([o @ part for part, o in members]))


def conditional_evaluator(strata: list[Strata], penalised: bool) -> Evaluate:
    """Return the solver's closure; every row of a batch is the same data at its own ``theta`` (b, p)."""

    def evaluate(theta: Floats, rows: Rows) -> Evaluation:
        b, p = theta.shape
        objective, score = np.zeros(b), np.zeros((b, p))
        information, third = np.zeros((b, p, p)), np.zeros((b, p, p, p))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for group in strata:
                log_total, mean, variance, skew = cumulants(group, theta, third_order=penalised)
                objective += group.observed.sum(axis=0) @ theta.T - log_total.sum(axis=1)
                score += group.observed.sum(axis=0) - mean.sum(axis=1)
                information += variance.sum(axis=1)
                if skew is not None:
                    third += skew.sum(axis=1)
        if not penalised:
            return Evaluation(objective, score, information, information)
        inverse, half_logdet = inverse_and_half_logdet(information)
        score += 0.5 * np.einsum("bij,bijk->bk", inverse, third)
        return Evaluation(objective + half_logdet, score, information, information, order=1)

    return evaluate


def cumulants(group: Strata, theta: Floats, *, third_order: bool) -> tuple[Floats, Floats, Floats, Floats | None]:
    """log e_m (b, S) and its first three derivatives by theta, (b, S, p), (b, S, p, p) and (b, S, p, p, p) or None."""
    b = len(theta)
    n_strata, size, _ = group.x.shape
    most = int(group.events.max())
    eta = np.einsum("snp,bp->bsn", group.x, theta)
    shift = np.where(group.present, eta, -np.inf).max(axis=2)
    risk = np.where(group.present, np.exp(eta - shift[:, :, None]), 0.0)
    if most == 1 and group.events.ndim == 1:
        return _one_event(group.x, risk, shift, third_order)
    found = _power_sums(group.x, risk, most, third_order) if 0 < most <= FEW and size >= LONG else None
    zero, one, two, three, log_scale = found if found is not None else _recursion(group.x, risk, most, third_order)
    # the data's number of events in each stratum, or (in a batch of outcomes) each fit's own
    first = slice(None) if group.events.ndim == 1 else np.arange(b)[:, None]
    pick = np.arange(n_strata)
    total = zero[first, pick, group.events]
    log_total = np.log(total) + log_scale + group.events * shift
    mean = one[first, pick, group.events] / total[..., None]
    raw2 = two[first, pick, group.events] / total[..., None, None]
    variance = raw2 - mean[..., :, None] * mean[..., None, :]
    if three is None:
        return log_total, mean, variance, None
    raw3 = three[first, pick, group.events] / total[..., None, None, None]
    cross = np.einsum("bsi,bsjk->bsijk", mean, raw2)
    product = np.einsum("bsi,bsj,bsk->bsijk", mean, mean, mean)
    skew = raw3 - cross - cross.transpose(0, 1, 3, 2, 4) - cross.transpose(0, 1, 3, 4, 2) + 2.0 * product
    return log_total, mean, variance, skew


def _recursion(x: Floats, risk: Floats, most: int, third_order: bool) -> Symmetric:
    """e_0 .. e_most of every stratum with derivatives, row by row."""
    b, n_strata, size = risk.shape
    p = x.shape[2]
    zero = np.zeros((b, n_strata, most + 1))
    zero[:, :, 0] = 1.0
    one, two = np.zeros((*zero.shape, p)), np.zeros((*zero.shape, p, p))
    three = np.zeros((*zero.shape, p, p, p)) if third_order else None
    log_scale = np.zeros((b, n_strata))
    for i in range(size):
        top = min(i + 1, most)
        _add_row(zero, one, two, three, risk[:, :, i], x[:, i], top)
        if i % 16 == 15:
            factor = zero.max(axis=2)
            log_scale += np.log(factor)
            for array in (zero, one, two, three):
                if array is not None:
                    array /= factor.reshape(factor.shape + (1,) * (array.ndim - 2))
    return zero, one, two, three, log_scale


def _power_sums(x: Floats, risk: Floats, most: int, third_order: bool) -> Symmetric | None:
    """The same for a few events among many rows, by Newton's identities: no loop over rows.

    d e_d = sum over k of (-1)^(k-1) e_(d-k) p_k, with p_k the sum of risk^k; the derivatives follow by the product rule.
    The signs alternate, so where one row holds nearly all the risk digits are lost: then None, and the recursion is used.
    """
    b, n_strata, size = risk.shape
    p = x.shape[2]
    order = 3 if third_order else 2
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
        e, q = [array[d - 1 :: -1] if d > 1 else array[:1] for array in out], [array[:d] for array in powers]
        for j, term in enumerate(_product(e, q, order)):
            out[j][d] = term / d
    scale = powers[0][0]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = out[0][most] * math.factorial(most) / scale**most
    if not (left > 1e-3).all():
        return None
    zero, one, two, *rest = (np.moveaxis(array, 0, 2) for array in out)
    return zero, one, two, rest[0] if rest else None, np.zeros((b, n_strata))


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


def _add_row(zero: Floats, one: Floats, two: Floats, three: Floats | None, risk: Floats, x: Floats, top: int) -> None:
    """Add one row of every stratum to e_1..e_top and its derivatives, in place."""
    low, high = slice(0, top), slice(1, top + 1)
    r = risk[:, :, None]
    x1 = x[None, :, None, :]
    x2 = x1[..., :, None] * x1[..., None, :]
    e0, e1, e2 = zero[:, :, low], one[:, :, low], two[:, :, low]
    if three is not None:
        a = x1[..., :, None, None] * e2[..., None, :, :]
        c = x2[..., None] * e1[..., None, None, :]
        x3 = x2[..., None] * x1[..., None, None, :]
        new = three[:, :, low] + x3 * e0[..., None, None, None]
        new += a + np.swapaxes(a, -3, -2) + np.moveaxis(a, -3, -1)
        new += c + np.swapaxes(c, -2, -1) + np.moveaxis(c, -1, -3)
        three[:, :, high] += r[..., None, None, None] * new
    outer = x1[..., :, None] * e1[..., None, :]
    new2 = e2 + outer + np.swapaxes(outer, -2, -1) + x2 * e0[..., None, None]
    new1 = e1 + x1 * e0[..., None]
    two[:, :, high] += r[..., None, None] * new2
    one[:, :, high] += r[..., None] * new1
    zero[:, :, high] += r * e0
