"""A pytest plugin: hold verdicts in your own tests against a committed record.

Installed with the package.  ``verdict_regression`` is a fixture; the marker of the same name selects such tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from interventions_stats.assessment.result import Result


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("interventions_stats")
    group.addoption("--update-verdicts", action="store_true", help="rewrite the verdicts that verdict_regression holds")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "verdict_regression: holds a verdict against a committed record")


@pytest.fixture
def verdict_regression(request: pytest.FixtureRequest) -> Callable[[Result], None]:
    """Compare a result with the one stored beside the test, in ``verdicts/<file>/<test>.json``.

    Run pytest once with ``--update-verdicts`` to write the files, and commit them.  Verdict, words and counts must be
    equal, numbers within 1e-8.

    Examples
    --------
    ::

        def test_my_list(verdict_regression):
            result = ist.test("W1", events=my_events, series=my_polls)
            verdict_regression(result)
    """
    from interventions_stats.replication.held import hold

    folder = Path(str(request.path)).parent / "verdicts" / request.path.stem
    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    rewrite = bool(request.config.getoption("--update-verdicts"))
    held: list[str] = []

    def check(result: Any) -> None:
        held.append(f"{name}-{len(held) + 1}" if held else name)  # a test may hold several results
        problem = hold(result, folder / f"{held[-1]}.json", rewrite=rewrite)
        if problem:
            pytest.fail(problem, pytrace=False)

    return check
