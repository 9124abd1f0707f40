"""No function of numbers takes an input for another, and none lets an error of numpy, scipy, pandas or formulaic out."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.inputs.calls import calls, functions
from tests.inputs.matrix import INTERNAL, READ, REFUSED, WRONG, cells, numbers_of, outcome
from tests.inputs.run import count

EVERY = 41  # of the cells, in the quick sample; prime to the lengths of the tables


@pytest.mark.parametrize("call", list(calls()), ids=lambda c: c.name)
def test_a_sample_of_the_inputs_is_read_right_or_refused(call) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = numbers_of(call.run())
    assert len(expected) and not np.isnan(expected).all()  # there is something to compare
    tried = list(cells(call))
    chosen = tried[:: EVERY if len(call.roles) > 3 and len(tried) > 5 * EVERY else 7]
    ends = {(cell.parameter, cell.input): outcome(call, cell, expected) for cell in chosen}
    wrong = {key: end for key, end in ends.items() if end[0] not in (READ, REFUSED)}
    assert not wrong
    assert REFUSED in {end for end, _ in ends.values()}
    if call.name not in (
        "marginal_effects",
        "predictions",
        "rally",
    ):  # whose arguments are mostly objects of their own kind
        assert READ in {end for end, _ in ends.values()}


def test_every_public_function_of_numbers_has_a_call() -> None:
    assert set(functions()) <= {call.name.removesuffix(" (formula)") for call in calls()}


@pytest.mark.slow
def test_every_input_is_read_right_or_refused() -> None:
    table, wrong = count()
    assert not wrong
    total = sum((ends for ends in table.values()), start=type(next(iter(table.values())))())
    assert total[WRONG] == total[INTERNAL] == 0 and total[READ] > 5_000 and total[REFUSED] > 15_000
