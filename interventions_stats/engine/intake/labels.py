"""Rows that several inputs of one call share, matched by their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interventions_stats.errors import InputError


class Labels:
    """The labels of one call's axes; the first labelled input of an axis sets them, later ones are matched to it.

    See :mod:`interventions_stats.engine.intake` for the rule.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, tuple[Any, str]] = {}

    def order(self, index: Any, role: str, axis: str = "row") -> NDArray[np.intp] | None:
        """Return the positions that bring an input into the common order; None where it is in that order.

        Parameters
        ----------
        index : pandas Index or None
            Labels of the input, None if it has none.
        role : str
            What the input is called in an error.
        axis : str, default "row"

        Raises
        ------
        InputError
            The labels differ, or repeat and are not identical.
        """
        if index is None:
            return None
        if axis not in self._known:
            self._known[axis] = (index, role)
            return None
        first, owner = self._known[axis]
        if index is first or first.equals(index):
            return None
        if len(index) != len(first):
            raise InputError(
                f"{role!r} has {len(index)} labelled {axis}s and {owner!r} {len(first)}; {_difference(first, index)}"
                f"{_remedy(role)}"
            )
        for labels, name in ((first, owner), (index, role)):
            if labels.has_duplicates:
                repeated = labels[labels.duplicated()][0]
                raise InputError(
                    f"{role!r} and {owner!r} have different indexes, and the label {_plain(repeated)} of {name!r} repeats, so "
                    f"that they cannot be matched{_remedy(role)}"
                )
        places = index.get_indexer(first)
        if axis == "period" and not first.is_monotonic_increasing:
            raise InputError(
                f"{owner!r} and {role!r} are in different orders, and {owner!r} is not in that of its labels; sort it"
            )
        if (places < 0).any():
            raise InputError(
                f"{role!r} and {owner!r} have different indexes; {_difference(first, index)}{_remedy(role)}"
            )
        return np.asarray(places, dtype=np.intp)


def _difference(first: Any, index: Any) -> str:
    """Name the first label that one has and the other has not."""
    for ours, theirs, words in (
        (first, index, "it has no row labelled"),
        (index, first, "there is no row for its label"),
    ):
        absent = ~ours.isin(theirs)
        if absent.any():
            return f"{words} {_plain(ours[int(np.flatnonzero(absent)[0])])}"
    return "labels repeat"


def _plain(label: Any) -> str:
    text = str(label)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _remedy(role: str) -> str:
    return f"; bring both to the same labels, or pass {role} without labels (to_numpy()) in the order of the rows"
