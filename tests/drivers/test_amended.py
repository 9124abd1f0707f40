"""Nothing that differs from the first registration goes without a reason, and no reason is left over."""

from __future__ import annotations

from interventions_stats.drivers.amended import AMENDMENTS, amendments, first_registration
from interventions_stats.drivers.registry import PROPOSITIONS


def test_every_change_has_its_reason_and_every_reason_a_change() -> None:
    table = amendments()  # raises where a reason is missing
    changed = set(zip(table["proposition"], table["field"], strict=True))
    for a in AMENDMENTS:
        assert all(any((i, f) in changed for f in a.fields) for i in a.ids), a
    assert table["why"].str.len().min() > 20


def test_what_may_never_change_did_not() -> None:
    """Claim, sign, smallest effect, lag, sample and what was frozen as not testable are as first registered."""
    frozen = ("statement", "direction", "delta", "lag", "start", "end", "unit", "untestable", "family")
    first = first_registration()
    assert first.keys() == PROPOSITIONS.keys()
    for name, prop in PROPOSITIONS.items():
        now = prop.to_dict()
        assert {f: now[f] for f in frozen} == {f: first[name][f] for f in frozen}, name


def test_both_hashes_stand_then_and_now_and_move_where_the_design_did() -> None:
    table = amendments()
    assert (table["hash_registered"] != table["hash_now"]).all() and (
        table["design_registered"] != table["design_now"]
    ).all()
    now = {i: (p.design_hash()[:12], p.hash()[:12]) for i, p in PROPOSITIONS.items()}
    assert [now[i] for i in table["proposition"]] == list(zip(table["design_now"], table["hash_now"], strict=True))
