"""The README's first screen is what the code prints from the packaged record."""

from __future__ import annotations

from pathlib import Path

from interventions_stats.replication.record import load_record
from interventions_stats.reporting.readme import BEGIN, END, block


def test_first_screen_is_printed_by_the_code(repository: Path) -> None:
    text = (repository / "README.md").read_text(encoding="utf-8")
    assert text[text.index(BEGIN) : text.index(END) + len(END)] == block(load_record())
    assert (repository / "docs" / "images" / "verdicts.svg").stat().st_size > 5_000
