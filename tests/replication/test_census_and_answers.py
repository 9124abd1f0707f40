"""Descriptive claims against counts taken from the tables by other means, and the logic from verdicts to agreement."""

from __future__ import annotations

import pytest

from interventions_stats import datasets
from interventions_stats.replication import census
from interventions_stats.replication.answer import _agreement, _joint
from interventions_stats.replication.census import soviet_rim
from interventions_stats.replication.claims import CLAIMS, claims


def test_every_claim_of_the_study_is_registered() -> None:
    wanted = {f"C{k}" for k in range(1, 19)} - {"C10"} | {"C8b", "C10a", "C10b", "C10c", "C13d"}
    assert wanted <= {c.id for c in CLAIMS}
    frame = claims()
    assert frame["text"].is_unique and frame["reading"].notna().all()


def test_counts_on_v00() -> None:
    cases = datasets.load("interventions_russia")
    listed = cases[cases["in_reconstructed"] == 1]
    assert census.stabilisation_share().values["V00"] == pytest.approx((listed["activity"] == "stabilisation").mean())
    assert census.combat_share().values["V00"] == pytest.approx((listed["activity"] == "combat").mean())
    assert census.region_share().values["V00"] == pytest.approx(15 / 25)
    assert census.before_putin().values["V00, decision"] == pytest.approx(15 / 25)


def test_count_range_is_that_of_the_registered_variants() -> None:
    counted = census.count()
    registered = datasets.load("event_list_variants").set_index("variant")["resulting_count"]
    assert counted.values == {k: float(v) for k, v in registered.items()}
    assert (counted.decision.low, counted.decision.high) == (17, 31)
    assert counted.decision.verdict == "coding_dependent"


def test_soviet_rim_holds_neighbours_and_heirs() -> None:
    rim = soviet_rim()
    inside = {
        369,
        372,
        702,
        366,
        375,
        385,
        290,
        700,
        710,
        640,
        630,
        712,
        731,
    }  # UKR GEO TJK EST FIN NOR POL AFG CHN TUR IRN MNG PRK
    assert inside <= rim
    assert not rim & {365, 2, 220, 652, 540}  # Russia itself, USA, FRA, SYR, AGO


@pytest.mark.parametrize(
    ("verdict", "reading", "expected"),
    [
        ("dismissed", "dismissed", "agrees"),
        ("supported", "dismissed", "disagrees"),
        ("supported_trivial", "supported", "agrees"),
        ("inconclusive_underpowered", "dismissed", "not shown"),
        ("coding_dependent", "holds", "not shown"),
        ("fails", "holds", "disagrees"),
        ("not_testable", "supported", "not testable"),
        ("bounded", "dismissed", "not shown"),
        ("reversed", "reversed", "agrees"),
    ],
)
def test_agreement(verdict: str, reading: str, expected: str) -> None:
    assert _agreement(verdict, reading) == expected


def test_joint_verdict_needs_one_voice() -> None:
    assert _joint(["dismissed", "dismissed"]) == "dismissed"
    assert _joint(["dismissed", "inconclusive_underpowered"]) == "inconclusive_mixed"
