"""Events outside the years that a list covers change nothing, and this is said at every door, once."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest

import interventions_stats as ist
from interventions_stats.errors import DataWarning, InputError

LATE = ist.load_events().add(event_id="X1", start="2022-02-24", target="UKR", activity="combat")
DOORS: dict[str, Callable[[ist.EventList], object]] = {
    "test": lambda e: ist.test("L1", events=e, quick=True, robustness=False),
    "driver": lambda e: ist.test("leader", events=e, quick=True, robustness=False),
    "battery": lambda e: ist.battery(events=e, drivers=["leader"], quick=True, robustness=False, n_jobs=1),
    "multiverse": lambda e: ist.multiverse("L1", events=e, lists=[]),
    "panel": lambda e: ist.panel(e, covariates="approval"),
    "compare": lambda e: ist.compare(["RUS", "TUR"], "W3", events={"RUS": e}, quick=True),
}


def told(call: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(w.message) for w in caught if issubclass(w.category, DataWarning) and "coverage" in str(w.message)]


@pytest.mark.parametrize("door", DOORS)
def test_each_door_says_once_what_the_list_does_not_cover(door: str) -> None:
    for _ in range(2):  # whatever was kept of the first call
        said = told(lambda: DOORS[door](LATE))
        assert len(said) == 1 and "X1 lies outside the coverage 1992-2020" in said[0]
        assert "events.with_coverage(1992, 2022)" in said[0]
    assert not told(lambda: DOORS[door](LATE.with_coverage(1992, 2022))) and not told(
        lambda: DOORS[door](ist.load_events())
    )


def test_the_list_and_the_result_name_the_event() -> None:
    assert LATE.uncovered == ("X1",) and "outside the coverage 1992-2020: X1" in repr(LATE)
    whole = LATE.with_coverage(1992, 2022)
    assert whole.uncovered == () and "outside" not in repr(whole) and whole.edits[-1] == "coverage 1992-2022"
    with pytest.warns(DataWarning, match="X1 lies outside"):
        months = ist.panel(LATE)
    assert "onset outside the panel" in months.attrs["outside"]["X1"]
    assert ist.panel(whole)["onsets"].sum() == months["onsets"].sum() + 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        assert "X1" not in ist.panel(LATE, end="2022").attrs["outside"]  # the caller's own span takes it in


def test_an_event_that_a_sample_leaves_out_is_named() -> None:
    """W1 is registered on 2000-2020: the user's own events of other years are told, the registered list's are in the result."""
    with pytest.warns(DataWarning, match=r"1 of 26 events falls outside the sample .* of W1: X1; .*end="):
        result = ist.test("W1", events=LATE.with_coverage(1992, 2022), quick=True, robustness=False)
    assert "X1" in result.evidence.outside
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        ist.test("W1", quick=True, robustness=False)


@pytest.mark.parametrize("span", [(2020, 1992), ("a", 2020), (1990.5, 2020), (None, 2020), (True, 2020), (1990, 10**9)])
def test_a_coverage_that_is_none_is_refused(span: tuple[object, object]) -> None:
    with pytest.raises(InputError, match="coverage"):
        LATE.with_coverage(*span)  # type: ignore[arg-type]
