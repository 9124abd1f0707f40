"""Every registered estimator against 40-digit arithmetic: a quick sample here, the whole by ``make differential``."""

from __future__ import annotations

import numpy as np
import pytest

from tests.differential.references import Answer
from tests.differential.registry import ESTIMATORS
from tests.differential.run import Outcome, judge, relative_error, table

QUICK, WHOLE = 6, 200


def check(name: str, seeds: range) -> None:
    found = [judge(ESTIMATORS[name], seed) for seed in seeds]
    assert not [o for o in found if o.fault], table({name: found})
    assert sum(not o.refusal for o in found) >= len(found) / 3  # a suite of refusals would show nothing


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_quick_sample(name: str) -> None:
    check(name, range(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("name", ESTIMATORS)
def test_all_designs(name: str) -> None:
    check(name, range(QUICK, WHOLE))


def test_the_measure_sees_every_part_of_an_answer() -> None:
    right = Answer(np.array([1.0, -2000.0]), np.array([[0.25, 0.0], [0.0, 1e6]]), -50.0)
    assert relative_error(right, right) == 0
    assert relative_error(right._replace(params=np.array([1.0, -2000.2])), right) == pytest.approx(1e-4)
    assert relative_error(right._replace(params=np.array([np.nan, -2000.0])), right) == np.inf
    assert relative_error(right._replace(cov=right.cov * (1 + 1e-5)), right) == pytest.approx(1e-5)
    assert relative_error(right._replace(loglik=-50.05), right) == pytest.approx(1e-3)
    page = table({"some": [Outcome(0, (), 1e-3, "", "differs by 1.0e-03"), Outcome(1, (), np.nan, "separated", "")]})
    assert "| some | 2 | 1 | 1.0e-03 | 1.0e-03 | 1 | 1 separated | 0 |" in page and "some, design 0 (plain)" in page
