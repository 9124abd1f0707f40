"""The pytest plugin, run by pytest in a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interventions_stats.pytest_plugin import file_name

pytest_plugins = ("pytester",)
TEST = """
import interventions_stats as ist
import pytest

@pytest.fixture(scope="module")
def result():
    return ist.test("L1", quick=True, robustness=False)

@pytest.mark.verdict_regression
def test_rate(result, verdict_regression):
    verdict_regression(result)

def test_twice(result, verdict_regression):
    verdict_regression(result)
    verdict_regression(result)
"""


@pytest.fixture(scope="module", autouse=True)
def tested_once() -> Iterator[None]:
    """Test L1 once for all runs; this also loads numpy, which pytester would make Python load twice."""
    import interventions_stats as ist

    found = {
        "L1": ist.test("L1", quick=True, robustness=False),
        "status": ist.test("status", quick=True, robustness=False),
    }
    with patch.object(ist, "test", lambda name, **options: found[name]):
        yield


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(test_mine=TEST)
    pytester.makeconftest("")
    return pytester


def run(folder: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return folder.runpytest_inprocess("-p", "no:cacheprovider", "--strict-markers", *arguments)


def stored(folder: pytest.Pytester) -> list[str]:
    return sorted(p.relative_to(folder.path).as_posix() for p in folder.path.rglob("*.json"))


def test_a_verdict_is_stored_on_request_then_held(folder: pytest.Pytester) -> None:
    first = run(folder)
    first.assert_outcomes(failed=2)
    first.stdout.fnmatch_lines(["*no stored verdict at *test_rate.json; run pytest once with --update-verdicts*"])
    assert stored(folder) == []  # never written unasked
    run(folder, "--update-verdicts").assert_outcomes(passed=2)
    assert stored(folder) == [f"verdicts/test_mine/test_{n}.json" for n in ("rate", "twice-2", "twice")]
    run(folder).assert_outcomes(passed=2)
    run(folder, "-m", "verdict_regression").assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("verdict", "supported", "*L1 verdict: stored 'supported', now 'bounded'*"),
        ("ratio", 0.25, "*L1 ratio: stored 0.25, now 0.253*"),
        ("n_events", 24, "*L1 n_events: stored 24, now 25*"),
        ("mde", None, "*L1 mde: stored None, now *"),
    ],
)
def test_a_drift_fails_with_both_values(folder: pytest.Pytester, field: str, value: object, line: str) -> None:
    run(folder, "--update-verdicts", "-k", "rate").assert_outcomes(passed=1, deselected=1)
    path = folder.path / "verdicts" / "test_mine" / "test_rate.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["L1"][field] = value
    path.write_text(json.dumps(record), encoding="utf-8")
    found = run(folder, "-k", "rate")
    found.assert_outcomes(failed=1, deselected=1)
    found.stdout.fnmatch_lines(["*the result is not the one stored at *test_rate.json*", line])
    found.stdout.no_fnmatch_line("*Traceback*")
    run(folder, "--update-verdicts", "-k", "rate").assert_outcomes(passed=1, deselected=1)
    assert json.loads(path.read_text(encoding="utf-8"))["L1"][field] != value


@pytest.mark.parametrize("content", ["", "{", "[]", '{"L1": 3}', "[" * 100_000])
def test_a_damaged_file_fails_and_says_so(folder: pytest.Pytester, content: str) -> None:
    path = folder.path / "verdicts" / "test_mine" / "test_rate.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    found = run(folder, "-k", "rate")
    found.assert_outcomes(failed=1, deselected=1)
    found.stdout.fnmatch_lines(["*test_rate.json*--update-verdicts*"])
    assert path.read_text(encoding="utf-8") == content


def test_a_stored_result_of_another_proposition_is_named(folder: pytest.Pytester) -> None:
    path = folder.path / "verdicts" / "test_mine" / "test_rate.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"W1": {}}', encoding="utf-8")
    run(folder, "-k", "rate").stdout.fnmatch_lines(["*W1: stored, and not tested now*", "*L1: not stored*"])


def test_option_and_marker_are_documented(folder: pytest.Pytester) -> None:
    run(folder, "--help").stdout.fnmatch_lines(["*--update-verdicts*"])
    run(folder, "--markers").stdout.fnmatch_lines(["@pytest.mark.verdict_regression:*"])
    assert Path(folder.path / "verdicts").exists() is False


# ---------------------------------------------------------------- one file a test


MANY = """
import interventions_stats as ist
import pytest

def hold(verdict_regression, ratio):
    verdict_regression(ist.test("L1"))
    verdict_regression(ist.test("status"))

class TestA:
    def test_x(self, verdict_regression): hold(verdict_regression, 1)

class TestB:
    def test_x(self, verdict_regression): hold(verdict_regression, 2)
    class TestC:
        def test_x(self, verdict_regression): hold(verdict_regression, 3)

@pytest.mark.parametrize("case", [1, 2, 3, 4, 5, 6, 7], ids=["a|b", "a:b", "a/b", "A|b", "é", "x" * 300, "x" * 299 + "y"])
def test_p(case, verdict_regression): hold(verdict_regression, case)

def test_P(verdict_regression): hold(verdict_regression, 8)
def test_p_(verdict_regression): hold(verdict_regression, 9)
"""


def test_each_test_id_has_a_file_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine=MANY)
    run(pytester, "--update-verdicts").assert_outcomes(passed=12)
    names = stored(pytester)
    assert len(names) == len({n.casefold() for n in names}) == 2 * 12
    assert max(len(Path(n).name) for n in names) < 90
    run(pytester).assert_outcomes(passed=12)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=30, unique=True))
def test_distinct_ids_have_distinct_names_on_any_file_system(ids: list[str]) -> None:
    names = {file_name(i) for i in ids}
    assert len({n.casefold() for n in names}) == len(ids)
    assert all(n.isascii() and len(n) <= 100 and not set(n) & set('/\\:*?"<>|. ') for n in names)


def test_the_results_of_a_driver_are_held_with_its_verdict(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_mine="""
        import interventions_stats as ist
        def test_driver(verdict_regression): verdict_regression(ist.test("status"))
        def test_number(verdict_regression): verdict_regression(0.5)
    """
    )
    run(pytester, "--update-verdicts", "-k", "driver").assert_outcomes(passed=1, deselected=1)
    path = pytester.path / "verdicts" / "test_mine" / "test_driver.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert set(record) == {"status", "S1", "S2", "S1w"}
    record["status"]["verdict"], record["S2"]["n"] = "supported", -1
    path.write_text(json.dumps(record), encoding="utf-8")
    found = run(pytester)
    found.assert_outcomes(failed=2)
    found.stdout.fnmatch_lines(["*status verdict: stored 'supported', now 'inconclusive_*", "*S2 n: stored -1, now *",
                                "*holds what ist.test, battery or replicate returns, not float*"])  # fmt: skip
