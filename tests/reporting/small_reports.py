"""Reports on a part of the drivers, made of real results."""

from __future__ import annotations

from interventions_stats.assessment.assess import versions
from interventions_stats.assessment.battery import Battery
from interventions_stats.datasets.package import digest
from interventions_stats.replication.answer import answer
from interventions_stats.replication.claims import CLAIMS
from interventions_stats.reporting.published import PublishedReport

DRIVERS = ("diffusion", "wag_the_dog", "leader")


def report_of(found: Battery) -> PublishedReport:
    """A report on what a battery holds, with the claims that it can answer."""
    known = {*found.results, *found.by_driver}
    claims = {c.id: answer(c, found) for c in CLAIMS if c.kind in ("census", "untestable") or set(c.tested_by) <= known}
    return PublishedReport(found, claims, 0, True, versions(), digest())
