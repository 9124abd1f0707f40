"""``write_page``: a report as one HTML file that needs no network; its one script moves the size of interest and sorts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interventions_stats.assessment.battery import workers
from interventions_stats.reporting import figures, opening, sections
from interventions_stats.reporting.glossary import glossary
from interventions_stats.reporting.methods import method_sections, methods_text
from interventions_stats.reporting.table import table
from interventions_stats.rules.absence import require_bounded

if TYPE_CHECKING:
    from interventions_stats.assessment.battery import DriverResult
    from interventions_stats.events.event_list import EventList
    from interventions_stats.replication.run import Report

_FOLDER = "reporting/templates"
BOARD_NOTE = (
    "Bars are 90% intervals of each proposition's ratio, from a fifth to eight on a log scale; the line marks one, and grey holds "
    "effects smaller than the smallest of interest. Effects above the right end of a bar are excluded (one-sided 95%); "
    "the smallest and the largest of these bounds are given with their propositions."
)


def page(report: Report, n_jobs: int | None = 1) -> str:
    """Render a report as one self-contained HTML page.

    Styles and figures are inline.  The page's own policy lets one script run, by its hash, and no other; without it the page
    reads the same, at the registered sizes of interest.  Every text is escaped, and the whole must pass the language check.

    Parameters
    ----------
    report : Report
    n_jobs : int, optional
        Workers that draw the sections of the drivers (None: all cores, or joblib's setting). The page is the same.

    Raises
    ------
    RefusalError
        G22, should a text deny an effect without a bound.
    """
    import matplotlib.pyplot as plt
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("interventions_stats", _FOLDER)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    backend = plt.get_backend()
    try:
        plt.switch_backend("agg")  # figures are drawn for the page and never shown
        content = context(report, n_jobs)
    finally:
        plt.switch_backend(backend)
    css, _, _ = loader.get_source(environment, "style.css")
    script, _, _ = loader.get_source(environment, "script.js")
    html = environment.get_template("page.html.j2").render(
        **content, css=css, script=script, script_hash=source_hash(script)
    )
    check_texts(html)
    return html


def write_page(report: Report, path: str | os.PathLike[str], n_jobs: int | None = 1) -> Path:
    """Write :func:`page` to a file, whole or not at all; return its path."""
    from interventions_stats.display.files import write_text

    return write_text(page(report, n_jobs), path)


def source_hash(script: str) -> str:
    """What a Content-Security-Policy calls an inline script.

    >>> source_hash("alert('Hello, world.');")
    'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='
    """
    import base64
    import hashlib

    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def check_texts(html: str) -> None:
    """Hold every text of a page to the language check: running text, and each text inside a figure by itself."""
    import re

    figures_found = re.findall(r"<svg\b.*?</svg>", html, re.S)
    texts = [
        t for svg in figures_found for t in re.findall(r"<(?:title|text)\b[^>]*>(.*?)</(?:title|text)>", svg, re.S)
    ]
    texts += re.findall(r'<svg class="strip"[^>]*aria-label="([^"]*)"', html)
    require_bounded(re.sub(r"<svg\b.*?</svg>|<script>.*?</script>", "", html, flags=re.S))
    for text in dict.fromkeys(texts):  # tick labels recur
        require_bounded(text)


def context(report: Report, n_jobs: int | None = 1) -> dict[str, Any]:
    """Everything that the template prints."""
    battery, events = report.battery, report.battery.events
    first, last = events.coverage
    russia = events.actor.russian
    title = (
        "What drives Russia's military interventions?"
        if russia
        else f"What drives military interventions by {events.actor.name}?"
    )
    return {
        "title": title, "question": question(report), "quick": report.quick,
        "versions": report.versions, "seed": report.seed, "findings": opening.findings(report), "board": sections.board(battery),
        "size": opening.sizes(battery), "events_note": events.note, "board_note": BOARD_NOTE,
        "events_intro": f"{len(events)} interventions by {events.actor.name}, {first} to {last}, by the list “{events.definition}”.",
        "events_figures": figures.events_figures(report),
        "events_table": table(("Event", "Name", "Target", "Activity", "Onset", "End"), sections.event_rows(report), f"Events of the list {events.definition}"),
        "drivers": _drivers(report, n_jobs), "claims": sections.claim_rows(report),
        "study_url": sections.STUDY_URL, "method": method_sections(), "methods_text": methods_text(report).split("\n\n"),
        "guards": _guards(), "glossary": glossary().query("kind != 'guard'").to_dict("records"), "study": _study(),
        "software_citation": software_citation(report), "data": data_entries(report), "other_versions": _others(report),
    }  # fmt: skip


def _drivers(report: Report, n_jobs: int | None) -> list[dict[str, Any]]:
    """The section of each driver; its figures take most of the time of a page."""
    from joblib import Parallel, delayed

    events, found = report.battery.events, report.battery.by_driver.values()
    drawn: list[dict[str, Any]] = Parallel(n_jobs=workers(n_jobs))(delayed(_driver)(events, d) for d in found)
    return drawn


def _driver(events: EventList, d: DriverResult) -> dict[str, Any]:
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")  # a worker has a backend of its own
    return sections.driver_section(events, d)


def question(report: Report) -> str:
    """What is asked, and of whom."""
    n, k = len(report.battery.results), len(report.battery.by_driver)
    drivers = f"{k} driver{'' if k == 1 else 's'} with {n} propositions"
    asked = "and says for each what the data support, which effects they reject, and what they could not have seen."
    if not report.by_claim:
        return f"This page tests {drivers} on the interventions by {report.battery.events.actor.name}, {asked}"
    return (
        "A study of 2021 concluded that status, the regional balance of power and external threat explain Russia's interventions "
        "better than economics, ideology, fear of democracy, trouble at home or the leader do. This page tests "
        f"{drivers} and {len(report.by_claim)} claims, {asked}"
    )


def _guards() -> Any:
    from interventions_stats.rules.guard_registry import GUARDS

    return table(
        ("Guard", "Trap", "Action", "Remedy"), [(g.id, g.trap, g.action, g.remedy) for g in GUARDS], "The guards"
    )


def _study() -> str:
    from interventions_stats.drivers.literature import REPORT

    return REPORT


def software_citation(report: Report) -> str:
    """How to cite the library, with what identifies this run."""
    v = report.versions
    return (
        f"The interventions_stats developers. interventions_stats: tests of what drives military intervention. Version "
        f"{v.get('interventions_stats', '?')}, data version {v.get('data', '?')}, seed {report.seed}"
        + (", quick run." if report.quick else ".")
    )


def data_entries(report: Report) -> list[dict[str, Any]]:
    """Every bundled table that the propositions need, with the works to cite."""
    from interventions_stats.datasets.cite import cite
    from interventions_stats.datasets.package import tables

    needed = {t for r in report.battery.results.values() for t in r.proposition.needs} | set(
        report.battery.events.tables
    )
    bundled = tables()
    return [
        {"name": t, "title": bundled[t].title, "works": [w.replace("`", "") for w in cite(t).splitlines()[1:]], "licence": bundled[t].licence, "sha256": bundled[t].sha256}
        for t in sorted(needed) if t in bundled
    ]  # fmt: skip


def _others(report: Report) -> str:
    return ", ".join(f"{k} {v}" for k, v in report.versions.items() if k not in ("interventions_stats", "data"))
