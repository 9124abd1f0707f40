"""The packaged record against a new run: some primary tests always, everything on request."""

from __future__ import annotations

import os

import pytest

import interventions_stats as ist
from interventions_stats.replication.record import load_record, record_path
from interventions_stats.replication.verification import verify

RECORDED = record_path().exists()
no_record = pytest.mark.skipif(
    not RECORDED, reason="the package holds no record yet: interventions-stats verify --update"
)
# What hangs on the primary test alone; Holm, robustness and grade need the whole battery.
HELD = ("ratio", "ratio_low90", "ratio_high90", "frontier", "mde", "p_superiority", "p_noninferiority", "p_reverse", "bf10",
        "bf10_low", "bf10_high", "bf_reverse", "deff")  # fmt: skip


@no_record
@pytest.mark.slow
@pytest.mark.parametrize("name", ["L1", "W1", "E1", "B2"])
def test_primary_numbers_are_those_of_the_record(name: str) -> None:
    record = load_record()
    stored = record["propositions"][name]
    result = ist.test(name, seed=record["seed"], quick=record["quick"], robustness=False)
    row = result.glance().iloc[0]
    counts = ("n", "n_events", "n_identifying", "n_events_total", "draws")
    assert [int(row[c]) for c in counts] == [stored[c] for c in counts]
    assert all(row[w] == stored[w] for w in ("definition", "scheme", "design_hash"))
    for field in HELD:
        if stored[field] is not None and abs(stored[field]) < 1e300:
            assert row[field] == pytest.approx(stored[field], rel=1e-8, abs=1e-12), field


@no_record
def test_the_record_is_of_these_tables_and_registrations() -> None:
    """Data or registrations that changed without a new record would make every figure in it stale."""
    from interventions_stats.datasets.package import digest
    from interventions_stats.drivers.registry import PROPOSITIONS
    from interventions_stats.replication.claims import CLAIMS

    record = load_record()
    assert record["tables"] == digest() and record["quick"] is False
    assert {i: e["design_hash"] for i, e in record["propositions"].items()} == {
        i: p.design_hash()[:12] for i, p in PROPOSITIONS.items()
    }
    assert set(record["claims"]) == {c.id for c in CLAIMS}
    assert record.get("history"), "a record is written by verify --update, which asks for a reason"
    assert record_path().stat().st_size < 200_000


@no_record
@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("INTERVENTIONS_VERIFY") != "1", reason="set INTERVENTIONS_VERIFY=1 for the full run")
def test_the_whole_record_is_reproduced() -> None:
    found = verify(progress=False)
    assert found.ok, str(found)
