"""A driver of one's own, from the statement to the page, without an edit of the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.drivers import Driver
from interventions_stats.errors import InputError
from interventions_stats.reporting import PublishedReport

TEXTS = {
    "title": "Winter and heat",
    "theory": "Cold months hold armies back.",
    "would_count": "Onsets follow warm months.",
}


def weather(**changes: object) -> Driver:
    props = (
        ist.Proposition(
            id="Q1", exposure="warmth", unit="actor-month", statement="Warm months come before interventions."
        ),
        ist.Proposition(id="Q2", exposure="-distance", unit="actor-target-year", statement="Near states are entered."),
    )
    return Driver(**({"id": "X", "name": "weather", "propositions": props[:1]} | TEXTS | changes))  # type: ignore[arg-type]


def warmth() -> pd.DataFrame:
    months = pd.period_range("1991-12", "2021-12", freq="M")
    return pd.DataFrame({"month": months.astype(str), "warmth": -np.cos(2 * np.pi * (months.month - 1) / 12)})


def test_from_the_statement_to_the_page(tmp_path: Path) -> None:
    own, series = weather(), warmth()
    alone = ist.test(own, series=series, quick=True, robustness=False)
    found = ist.battery(drivers=[own, "leader"], series=series, quick=True, robustness=False, n_jobs=1)
    assert alone.driver.name == "weather" and list(found.by_driver) == ["weather", "leader"]
    assert found["Q1"].evidence.estimate == alone["Q1"].evidence.estimate
    assert found["Q1"].evidence.estimate == ist.test(own.propositions[0], series=series, quick=True).evidence.estimate
    assert found["L1"].evidence.estimate == ist.test("L1", quick=True, robustness=False).evidence.estimate
    assert found.propositions.set_index("proposition").loc["Q1", "driver"] == "weather"
    html = PublishedReport.of(found, quick=True).to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(text in html for text in TEXTS.values()) and 'id="prop-q1"' in html


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: weather(propositions=()), "at least one"),
        (lambda: weather(propositions=("W1",)), "a list of at least one ist.Proposition"),
        (lambda: weather(propositions=[p.with_(family=False) for p in weather().propositions]), "family=True"),
        (lambda: weather(title=" "), "needs a text as its title"),
        (lambda: ist.battery(drivers=[weather(name="leader"), "leader"]), "the name 'leader' stands in two drivers"),
        (lambda: ist.battery(drivers=[weather(id="d5"), "leader"]), "the id 'd5' stands in two"),
        (lambda: ist.battery(drivers=["leader", "leader"]), "the name 'leader'"),
        (lambda: ist.battery(drivers=[weather(propositions=[weather().propositions[0].with_(id="l1")]), "leader"]),
         "the proposition 'l1'"),
        (lambda: ist.test(weather(), lag=2), "'weather' is a driver"),
    ],
)  # fmt: skip
def test_mistakes_are_named(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=says):
        make()
