"""Several tests at once: Holm within a family, intersection-union over drivers."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from interventions_stats.errors import InputError, unknown_name


def holm(
    p_values: Sequence[float | None], *, n_family: int | None = None, attainable: Sequence[float] | None = None
) -> list[float | None]:
    """Adjust p-values by Holm's step-down method.

    A hypothesis whose p could not have come as low as the one adjusted cannot be rejected beside it, whatever the data,
    and is not counted (Tarone 1990): each p is multiplied by the number of hypotheses left that can reach it.

    Parameters
    ----------
    p_values : sequence of float or None
        None and NaN are passed through and not counted.
    n_family : int, optional
        Size of the family where it is larger than the number of p-values
        given; by default that number.
    attainable : sequence of float, optional
        Smallest p that each hypothesis could have given, in the order of the p-values; 0 where it is not known.

    Returns
    -------
    list of float or None
        In the order given, each at most 1 and never below the p-value itself.

    Raises
    ------
    InputError
        A p-value outside [0, 1] or below what it could attain, or a family smaller than its p-values.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics 6, 65-70.
    Tarone, R. E. (1990). A modified Bonferroni method for discrete data. Biometrics 46, 515-522.

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    >>> holm([0.02, 0.53, 0.3], attainable=[0.001, 0.53, 0.0])
    [0.04, 0.53, 0.3]
    """
    ranked = sorted(_numeric(p_values), key=lambda pair: pair[1])
    size = len(ranked) if n_family is None else n_family
    if size < len(ranked):
        raise InputError(f"n_family={size} is smaller than the {len(ranked)} p-values given.")
    least = [0.0] * len(p_values) if attainable is None else list(attainable)
    if len(least) != len(p_values):
        raise InputError(f"attainable has {len(least)} values for {len(p_values)} p-values: give one for each.")
    for i, p in ranked:
        if p < least[i] * (1 - 1e-9):
            raise InputError(f"p-value {i} is {p}, below the smallest that it can attain, {least[i]}.")
    adjusted = list(p_values)
    running, without = 0.0, size - len(ranked)
    for rank, (position, p) in enumerate(ranked):
        reach = without + sum(least[i] <= p * (1 + 1e-9) for i, _ in ranked[rank:])
        running = max(running, min(1.0, reach * p))
        adjusted[position] = running
    return adjusted


def holm_family(
    p_values: Mapping[str, float | None], *, frozen: Collection[str] = (), attainable: Mapping[str, float] | None = None
) -> dict[str, float | None]:
    """Adjust the primary tests of one driver by Holm.

    A proposition leaves its family only if it was frozen as not testable
    before the data.  One that the data made untestable stays in the count
    without a p-value, so nobody gains from a test that broke.

    Parameters
    ----------
    p_values : mapping of str to float or None
        By proposition; None or NaN where the test gave none.
    frozen : collection of str, default ()
        Propositions frozen as not testable; their p-values are not adjusted and returned as None.
    attainable : mapping of str to float, optional
        Smallest p that a proposition's test could have given; 0 where it is not named. One that could not come as low as
        the p adjusted is not counted beside it (:func:`holm`).

    Returns
    -------
    dict of str to float or None

    Examples
    --------
    >>> holm_family({"F1": 0.01, "F2": None, "F3": None}, frozen={"F2"})
    {'F1': 0.02, 'F2': None, 'F3': None}
    """
    for name in frozen:
        if name not in p_values:
            raise unknown_name("proposition", name, p_values, where="frozen")
    members = [name for name in p_values if name not in frozen]
    least = [(attainable or {}).get(name, 0.0) for name in members]
    adjusted = holm([p_values[name] for name in members], n_family=len(members), attainable=least)
    return dict.fromkeys(p_values) | dict(zip(members, adjusted, strict=True))


def intersection_union(p_values: Sequence[float | None]) -> float | None:
    """Test that *every* hypothesis of a set is rejected: the largest p, without adjustment.

    "Drivers D1 to D5 are all dismissed" is such a claim.  Where one p is
    lacking the claim cannot be made and the result is None.

    Raises
    ------
    InputError
        An empty set, or a p-value outside [0, 1].

    References
    ----------
    Berger, R. L. (1982). Multiparameter hypothesis testing and acceptance
    sampling. Technometrics 24, 295-300.

    Examples
    --------
    >>> intersection_union([0.01, 0.04, 0.002])
    0.04
    >>> intersection_union([0.01, None]) is None
    True
    """
    if not p_values:
        raise InputError("intersection_union() needs at least one p-value: an empty set claims nothing.")
    numeric = _numeric(p_values)
    return max(p for _, p in numeric) if len(numeric) == len(p_values) else None


def _numeric(p_values: Sequence[float | None]) -> list[tuple[int, float]]:
    pairs = [(i, float(p)) for i, p in enumerate(p_values) if p is not None and not math.isnan(p)]
    for i, p in pairs:
        if not 0 <= p <= 1:
            raise InputError(f"p-value {i} is {p}, outside [0, 1].")
    return pairs
