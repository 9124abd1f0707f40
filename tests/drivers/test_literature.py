"""Works of the literature: text as before, fields beside it, each on the side of what it found."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import interventions_stats.drivers.literature as works
from interventions_stats.drivers.bibliography import Work
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS

ALL = {name: w for name, w in vars(works).items() if isinstance(w, Work)}


@pytest.mark.parametrize("name", ALL)
def test_every_work_is_whole(name: str) -> None:
    work = ALL[name]
    assert str(work.year) in name or name == "REPORT"
    assert work.title in work and work.source in work and f"({work.year})" in work
    assert work.finding.endswith(".") and work.finding.count(". ") == 0 and 30 < len(work.finding) < 180
    assert not any(mark in work.finding for mark in '"“”')  # our words
    if work.entry == "article":
        assert work.volume and work.number
    for again in (copy.deepcopy(work), pickle.loads(pickle.dumps(work))):
        assert again == work and again.fields() == work.fields() and again.finding == work.finding
    assert json.loads(json.dumps([work])) == [str(work)]


def test_references_are_in_apa_style() -> None:
    assert works.HENDRIX_2017 == (
        "Hendrix, C. S. (2017). Oil prices and interstate conflict. Conflict Management and Peace Science, 34(6). "
        "https://doi.org/10.1177/0738894215606067"
    )
    assert works.LEVY_1989.endswith("In M. Midlarsky (Ed.), Handbook of War Studies.")
    assert works.CHIOZZA_GOEMANS_2003.startswith("Chiozza, G., & Goemans, H. E. (2003).")
    assert works.OIL_PRICES_2024.startswith(
        "Oil prices and international conflict: Why"
    )  # no author on the record seen


@pytest.mark.parametrize(
    ("work", "supports", "contradicts"),
    [("GARTZKE_2007", (), ("E3",)), ("WARD_2017", ("S1", "S2", "S1w"), ()), ("HENDRIX_2017", ("E1", "E1w"), ()),
     ("THIES_NIEMAN_2017", (), ("L1", "L2", "S1", "S2", "S1w")), ("OIL_PRICES_2024", (), ("E1", "E1w")),
     ("HICKEY_2021", ("W1", "W2"), ()), ("CHIOZZA_GOEMANS_2003", (), ("W1", "W2"))],
)  # fmt: skip
def test_each_work_stands_on_the_side_of_what_it_found(work, supports, contradicts) -> None:  # type: ignore[no-untyped-def]
    """Each side from the work's abstract or description."""
    found = {
        side: tuple(p.id for p in PROPOSITIONS.values() if ALL[work] in getattr(p, side))
        for side in ("support", "contrary")
    }
    assert (set(found["support"]), set(found["contrary"])) == (set(supports), set(contradicts))


def test_no_work_stands_on_both_sides_and_none_is_idle() -> None:
    for item in (*PROPOSITIONS.values(), *DRIVERS):
        assert not set(getattr(item, "support", ())) & set(item.contrary)
    used = {w for p in (*PROPOSITIONS.values(), *DRIVERS) for w in (*getattr(p, "support", ()), *p.contrary)}
    assert set(map(str, ALL.values())) - set(map(str, used)) == {str(works.REPORT)}
