"""A pytest plugin: hold verdicts in your own tests against a committed record.

Installed with the package.  ``verdict_regression`` is a fixture; the marker of the same name selects such tests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from interventions_stats.replication.held import Found

_PLAIN = re.compile(r"[a-z0-9_]{1,100}")  # a name that no file system folds into another one
_READABLE = 60  # characters of any other id that its file shows before the digest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("interventions_stats")
    group.addoption("--update-verdicts", action="store_true", help="rewrite the verdicts that verdict_regression holds")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "verdict_regression: holds a verdict against a committed record")


@pytest.fixture
def verdict_regression(request: pytest.FixtureRequest) -> Callable[[Found], None]:
    """Compare a result with the one stored beside the test, in ``verdicts/<file>/<test>.json``.

    Takes what :func:`interventions_stats.test` returns of a proposition or a driver, or a battery.  Run pytest once with
    ``--update-verdicts`` to write the files, and commit them.  Verdicts, words and counts must be equal, numbers within 1e-8.

    Examples
    --------
    ::

        def test_my_list(verdict_regression):
            result = ist.test("W1", events=my_events, series=my_polls)
            verdict_regression(result)
    """
    from interventions_stats.errors import InputError
    from interventions_stats.replication.held import hold

    source = Path(str(request.path))
    folder = source.parent / "verdicts" / (source.stem if source.suffix == ".py" else source.name)
    inside = [n.name for n in request.node.listchain() if isinstance(n, (pytest.Class, pytest.Item))]
    name = file_name("::".join(inside))
    rewrite = bool(request.config.getoption("--update-verdicts"))
    held: list[str] = []

    def check(found: Found) -> None:
        held.append(f"{name}-{len(held) + 1}" if held else name)  # a test may hold several results
        try:
            problem = hold(found, folder / f"{held[-1]}.json", rewrite=rewrite)
        except InputError as error:
            problem = str(error)
        if problem:
            pytest.fail(problem, pytrace=False)

    return check


def file_name(test_id: str) -> str:
    """Return the name of a test's file, another one for each id, also where capitals and accents are folded.

    A plain id is its own name.  Of others the readable part is followed by a digest of the whole id.

    Examples
    --------
    >>> file_name("test_rate"), file_name("test_rate[a|b]")
    ('test_rate', 'test_rate-a-b-27d35b2edd8b')
    >>> file_name("TestA::test_x") == file_name("testa::test_x")
    False
    """
    if _PLAIN.fullmatch(test_id):
        return test_id
    readable = re.sub(r"[^A-Za-z0-9_]+", "-", test_id).strip("-")[:_READABLE]
    return f"{readable}-{hashlib.sha256(test_id.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
