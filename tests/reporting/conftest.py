"""A small report of real results, and the page made of it."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")

import pytest
from small_reports import DRIVERS, report_of  # type: ignore[import-not-found]

import interventions_stats as ist
from interventions_stats.reporting.page import page
from interventions_stats.reporting.published import PublishedReport


@pytest.fixture(scope="session")
def small_report() -> PublishedReport:
    return report_of(ist.battery("RUS", drivers=DRIVERS, quick=True, n_jobs=1))


@pytest.fixture(scope="session")
def small_page(small_report: PublishedReport) -> str:
    return page(small_report)
