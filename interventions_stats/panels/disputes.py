"""Militarised disputes between pairs of states: onsets, disputes under way, years of peace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FIRST_MID, LAST_MID = 1946, 2014
_FORCE = 4


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes on cubes of states x states x years since 1946 (state 1, state 2, year).

    Attributes
    ----------
    force : (S, S, T) int8
        1 = state 1, an originator on the side of the first action, begins one with force against originator state 2.
    any : (S, S, T) int8
        1 = a dispute with the two as originators on opposite sides begins; symmetric.
    ongoing : (S, S, T) int8
        Disputes with the two on opposite sides, begun in an earlier year and not over.
    peace_years : (S, S, T) int16
        Years since the last ``force`` of the ordered pair, or since both are in the system; 0 in the year after.
    begun : tuple of (str, int, int, int)
        Every ``force`` of the source, whether or not both are in the system: name, state 1, state 2, year.
    """

    force: np.ndarray
    any: np.ndarray
    ongoing: np.ndarray
    peace_years: np.ndarray
    begun: tuple[tuple[str, int, int, int], ...]


def disputes(codes: np.ndarray, member: np.ndarray) -> Disputes:
    """Read the participations in disputes onto the cubes.

    Parameters
    ----------
    codes : (S,) int
        COW numbers in ascending order.
    member : (S, T) bool
        Membership of the state system in each year since 1946.
    """
    from interventions_stats.datasets.load import load

    table = load("events_mid")[["actor_ccode", "dispute", "side", "originator", "hostility", "start", "end"]]
    first = table[table["originator"] == 1]
    pairs = first.merge(first, on="dispute", suffixes=("_1", "_2"))
    pairs = pairs[pairs["side_1"] != pairs["side_2"]]
    # Originators share the first day, save in one dispute of the source (4356): there the earlier day counts for both.
    year = np.minimum(pairs["start_1"].dt.year.to_numpy(), pairs["start_2"].dt.year.to_numpy())
    over = np.minimum(*(pairs[f"end_{k}"].dt.year.fillna(LAST_MID).to_numpy(int) for k in (1, 2)))
    one, two = pairs["actor_ccode_1"].to_numpy(), pairs["actor_ccode_2"].to_numpy()
    began = ((pairs["side_1"] == "A") & (pairs["hostility_1"] >= _FORCE)).to_numpy()
    shape = (len(codes), len(codes), member.shape[1])
    force, anything, ongoing = (np.zeros(shape, np.int8) for _ in range(3))
    known = np.isin(one, codes) & np.isin(two, codes) & (year < FIRST_MID + shape[2])
    i, j = np.searchsorted(codes, one[known]), np.searchsorted(codes, two[known])
    t = year[known] - FIRST_MID
    anything[i, j, t] = 1
    hard = began[known]
    force[i[hard], j[hard], t[hard]] = 1
    for a, b, start, stop in zip(i, j, t, over[known] - FIRST_MID, strict=True):
        ongoing[a, b, start + 1 : stop + 1] += 1
    names = [
        (f"MID {d}: {a} v {b}", int(a), int(b), int(y))
        for d, a, b, y in zip(pairs["dispute"][began], one[began], two[began], year[began], strict=True)
    ]
    return Disputes(force, anything, ongoing, _peace_years(force, member), tuple(names))


def _peace_years(force: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Years since the later of the last onset and the first year both are members."""
    both = member[:, None, :] & member[None, :, :]
    years = np.arange(force.shape[2], dtype=np.int16)
    restart = np.where(both.cumsum(axis=2) == 1, years, 0).astype(np.int16) * both  # the first joint year
    restart[:, :, 1:] = np.maximum(restart[:, :, 1:], np.where(force[:, :, :-1] == 1, years[1:], 0))
    return years - np.maximum.accumulate(restart, axis=2)
