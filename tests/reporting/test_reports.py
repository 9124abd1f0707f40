"""A report, its battery and its drivers say what their results say, and write what they hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from interventions_stats.drivers.registry import DRIVERS
from interventions_stats.errors import UnknownNameError
from interventions_stats.replication.answer import answer
from interventions_stats.replication.claims import CLAIMS
from interventions_stats.replication.record import load_record
from interventions_stats.replication.run import Report
from interventions_stats.reporting.published import PublishedReport
from interventions_stats.reporting.readme import BEGIN, END, rewrite


@pytest.fixture(scope="module")
def plain(small_report: PublishedReport) -> Report:
    """The same run without the page."""
    r = small_report
    return Report(r.battery, r.by_claim, r.seed, r.quick, r.versions, r.tables)


def test_the_summary_names_every_driver_proposition_and_claim(plain: Report) -> None:
    text = plain.summary()
    rows = [line.split() for line in text.splitlines() if line.strip()]
    firsts = {row[0] for row in rows}
    assert set(plain.battery.by_driver) | set(plain.battery.results) | set(plain.by_claim) <= firsts
    assert text.startswith(plain.headline()[:60])  # the findings first
    assert plain.battery.events.note[:60] in re.sub(r"\s+", " ", text)
    assert plain.tidy().equals(plain.propositions) and plain.glance().equals(plain.drivers)
    assert plain["C1"] is plain.by_claim["C1"] and plain["W1"] is plain.battery.results["W1"]


def test_written_tables_read_back(plain: Report, tmp_path: Path) -> None:
    paths = plain.to_csv(tmp_path)
    assert {p.name for p in paths} == {"findings.csv", "claims.csv", "propositions.csv", "drivers.csv"}
    back = pd.read_csv(tmp_path / "propositions.csv")
    assert back["proposition"].tolist() == plain.propositions["proposition"].tolist()
    assert back["ratio"].to_numpy() == pytest.approx(plain.propositions["ratio"].to_numpy(float), rel=1e-9, nan_ok=True)
    record = json.loads(plain.to_json(tmp_path / "deep" / "report.json").read_text(encoding="utf-8"))
    for name, result in plain.battery.results.items():
        assert record["propositions"][name]["verdict"] == result.verdict


def test_a_battery_and_its_drivers_are_their_results(plain: Report) -> None:
    found = plain.battery
    for d in found.by_driver.values():
        assert d.glance()["proposition"].tolist() == d.tidy()["term"].tolist() == list(d.results)
        assert d.summary().startswith(d.driver.title)
        assert all(r.sentence().split()[0] in d.summary() for r in d.results.values())
        with pytest.raises(UnknownNameError, match=f"the driver {d.driver.name}"):
            d["X9"]
    assert sum(len(d.results) for d in found.by_driver.values()) == len(found.propositions) == len(found.tidy())
    untested = found.untested.set_index("proposition")
    assert set(untested.index) == {i for i, r in found.results.items() if r.verdict == "not_testable"}
    assert (untested["reason"].str.len() > 10).all()
    assert found.glance()["driver"].tolist() == list(found.by_driver)
    assert all(name in found.summary() for name in (*found.by_driver, *found.results))
    with pytest.raises(UnknownNameError, match="Did you mean"):
        found["wag_the_dogs"]


def test_a_claim_on_several_drivers_is_judged_after_holm(plain: Report) -> None:
    """Holm's p against statsmodels; the claim stands only where every driver has a test that stands."""
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    claim = replace(next(c for c in CLAIMS if c.kind == "any_supported"), tested_by=("diffusion", "leader"))
    tests = {
        i: r.evidence.p_superiority
        for name in claim.tested_by
        for i, r in plain.battery.by_driver[name].results.items()
        if r.proposition.family and r.evidence.raw is not None
    }
    shown = answer(claim, plain.battery).conclusion
    adjusted = multitest.multipletests(list(tests.values()), method="holm")[1]
    found = dict(re.findall(r"(\w+) p (\d\.\d+)", shown))
    assert {i: float(p) for i, p in found.items()} == pytest.approx(dict(zip(tests, adjusted.round(3), strict=True)))
    standing = {
        plain.battery.results[i].proposition.driver
        for i, p in zip(tests, adjusted, strict=True)
        if p <= 0.05 and plain.battery.results[i].verdict.startswith("supported")
    }
    expected = "supported" if len(standing) == 2 else "inconclusive_mixed"
    assert answer(claim, plain.battery).verdict == expected


def test_the_readme_is_rewritten_in_place(repository: Path, tmp_path: Path) -> None:
    """The committed page is a fixed point; a block out of date comes back, and the figure is the same bytes each time."""
    page, figure = tmp_path / "README.md", tmp_path / "docs" / "images" / "verdicts.svg"
    committed = (repository / "README.md").read_text(encoding="utf-8")
    page.write_text(committed, encoding="utf-8")
    assert not rewrite(page) and page.read_text(encoding="utf-8") == committed
    drawn = figure.read_bytes()
    start, stop = committed.index(BEGIN), committed.index(END)
    page.write_text(committed[:start] + BEGIN + "\nold\n" + committed[stop:], encoding="utf-8")
    assert rewrite(page) and page.read_text(encoding="utf-8") == committed
    assert figure.read_bytes() == drawn
    assert all(d.title in committed for d in DRIVERS) and load_record()["versions"]["data"][:12] in committed
