"""The whole way: ``ist.replicate`` on the bundled data, published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS
from interventions_stats.replication.claims import CLAIMS
from interventions_stats.reporting.published import PublishedReport


@pytest.mark.slow
def test_replicate_publishes_every_driver_proposition_and_claim(tmp_path: Path) -> None:
    report = ist.replicate(quick=True, out=tmp_path, progress=False)
    assert isinstance(report, PublishedReport)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 2.5e6
    sections = re.findall(r'<section id="([\w-]+)"', html)
    assert sections == ["findings", "board", "events", *(f"driver-{d.name.replace('_', '-')}" for d in DRIVERS), "claims", "method", "cite"]  # fmt: skip
    assert re.findall(r'<article class="card" id="prop-(\w+)"', html) == [p.lower() for p in PROPOSITIONS]
    assert re.findall(r'<tr role="row" id="claim-(\w+)"', html) == [c.id.lower() for c in CLAIMS]
    for result in report.battery.results.values():
        shown = re.sub(r"&#34;|&quot;", '"', re.sub(r"&#39;", "'", html))
        assert result.sentence() in shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    written = {p.name for p in tmp_path.iterdir()}
    assert {
        "report.html",
        "report.json",
        "claims.csv",
        "tables.docx",
        "tables.tex",
        "tables.md",
        "methods.txt",
    } <= written


def test_help_of_replicate_is_the_public_one() -> None:
    assert ist.replicate.__module__ == "interventions_stats.reporting.publish"
