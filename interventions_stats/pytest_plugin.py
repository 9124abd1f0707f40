"""A pytest plugin: hold verdicts in your own tests against a committed record.

Installed with the package.  ``verdict_regression`` is a fixture; the marker of the same name selects such tests.
"""

from __future__ import annotations

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
    """Compare a result with the one stored beside the test under ``verdicts/``; run once with ``--update-verdicts``.

    Examples
    --------
    ::

        def test_my_list(verdict_regression):
            result = ist.test("W1", events=my_events, series=my_polls)
            verdict_regression(result)
    """
    from interventions_stats.replication.held import hold

    folder = Path(str(request.path)).parent / "verdicts"
    name = request.node.name.replace("/", "_").replace("[", "-").rstrip("]")
    rewrite = bool(request.config.getoption("--update-verdicts"))

    def check(result: Any) -> None:
        problem = hold(result, folder / f"{name}.json", rewrite=rewrite)
        if problem:
            pytest.fail(problem, pytrace=False)

    return check
