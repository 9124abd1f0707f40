"""The whole way: ``ist.replicate`` on the bundled data, published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import interventions_stats as ist
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.replication.claims import CLAIMS
from interventions_stats.reporting.publish import RUN_FILES, ready, write_all
from interventions_stats.reporting.published import PublishedReport


@pytest.mark.slow
def test_replicate_publishes_every_driver_proposition_and_claim(tmp_path: Path) -> None:
    report = ist.replicate(quick=True, out=tmp_path, progress=False)
    assert isinstance(report, PublishedReport)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 3.5e6  # some 60 kB a proposition
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


def test_an_earlier_run_is_replaced_and_the_users_files_are_left(small_report: PublishedReport, tmp_path: Path) -> None:
    for name in (".writable", "notes.txt"):
        (tmp_path / name).write_text("mine")
    ready(tmp_path)
    write_all(small_report, tmp_path)
    (tmp_path / "claims.csv").write_text("of an earlier run")
    ready(tmp_path)
    write_all(small_report, tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {*RUN_FILES, ".writable", "notes.txt"}
    assert (tmp_path / "claims.csv").read_text().startswith("claim,") and (tmp_path / ".writable").read_text() == "mine"


@pytest.mark.parametrize("name", RUN_FILES)
@pytest.mark.parametrize("text", ["mine", "[]", "{}"])
def test_a_file_of_the_users_that_bears_a_name_of_the_runs_is_not_overwritten(
    name: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="was written by no run"):
        ready(tmp_path)
    assert (tmp_path / name).read_text() == text


@pytest.mark.parametrize("out", ["", " ", 5, b"", "/dev/null", "/dev/null/x", "/proc/nope", "a\0b"])
def test_a_folder_that_cannot_be_written_is_found_before_the_run(out: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(**options: object) -> None:
        raise AssertionError("the run began")

    monkeypatch.setattr("interventions_stats.reporting.publish.run", never)
    with pytest.raises(InputError, match=r"^out"):
        ist.replicate(out=out)  # type: ignore[arg-type]
