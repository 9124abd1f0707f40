"""A kind of test that the library does not know is one file: it is found, checked, run, deleted from and reported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy import stats

import interventions_stats as ist
from interventions_stats.errors import InputError
from interventions_stats.primary import kinds as package
from interventions_stats.primary.known_kinds import kinds
from interventions_stats.reporting.sections import primary_test
from interventions_stats.robustness import influence, leads, planted_effects, smallest_flip

KIND = '''
import math
import numpy as np
from scipy import stats
from interventions_stats.primary.kind import Kind
from interventions_stats.primary.laid import Laid
from interventions_stats.primary.leader_months import leader_months
from interventions_stats.primary.raw import Raw


class Halves(Kind):
    """Onsets in the later half of the coverage against the earlier, by the sign test."""

    name = "halves"
    words = "later half of the coverage against the earlier"
    units = ("decades",)
    default_of = ("decades",)
    estimators = ("exact",)
    reads = frozenset({"date_rule"})

    def lay_out(self, question):
        rows = leader_months(question)
        return Laid(question=question, rows=rows, counts=rows["onsets"].to_numpy(float), outside=dict(rows.attrs["outside"]))

    def run(self, laid, *, seed, effect=None):
        late, n = int(laid.counts[len(laid.counts) // 2:].sum()), int(laid.counts.sum())
        law = stats.binom(n, 0.5)
        up, down = float(law.sf(late - 1)), float(law.cdf(late))
        return Raw(estimate=math.log((late + 0.5) / (n - late + 0.5)), se=math.sqrt(1 / (late + 0.5) + 1 / (n - late + 0.5)),
                   deff=1.0, p_superiority=up, p_reverse=down, p_two_sided=min(1.0, 2 * min(up, down)), n_rows=len(laid.rows),
                   n_events=n, n_identifying=n, scale_label="rate ratio", scheme="sign test", exact=True, outside=laid.outside)


KIND = Halves()
'''


@pytest.fixture
def tenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ist.Proposition]:
    (tmp_path / "halves_of_time.py").write_text(KIND, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    kinds.cache_clear()
    yield ist.Proposition(id="X1", exposure="time", unit="decades", scale="binary", lists=("reconstructed", "M11", "combat"),
                          choices=(ist.Choice("date_rule", ("decision", "deployment"), True),))  # fmt: skip
    kinds.cache_clear()


def test_one_file_is_found_and_goes_through_every_part(tenth: ist.Proposition) -> None:
    assert (tenth.test, tenth.estimator) == ("halves", "exact")
    result = ist.test(tenth, quick=True)
    events = ist.load_events()
    late = int((events.timing["first"] >= "2006-07-01").sum())
    assert result.evidence.p_superiority == pytest.approx(stats.binom(25, 0.5).sf(late - 1))
    robust = result.robustness
    assert robust is not None and len(robust.specs) == 2 and set(robust.lists) == {"reconstructed", "M11", "combat"}
    assert set(robust.deletions) == set(events.ids) and robust.planted == ()
    assert set(result.by_type) == {"combat", "stabilisation"} and "X1" in result.summary()
    assert result.evidence.mde_method == "normal approximation" and primary_test(result).startswith("Sign test")
    assert len(ist.multiverse(tenth, lists=["M11"])) == 4
    assert smallest_flip(tenth, exact=1, most=2).searched >= 1


def test_what_it_does_not_do_is_refused_by_name(tenth: ist.Proposition) -> None:
    with pytest.raises(InputError, match="halves test has no regression"):
        influence(tenth)
    with pytest.raises(InputError, match="halves test has no exposure"):
        leads(tenth)
    with pytest.raises(ist.errors.EstimationError, match="halves test has no regression or no smallest effect"):
        planted_effects(tenth)
    with pytest.raises(InputError, match="does not read targets='region'"):
        tenth.with_(targets="region")
    with pytest.raises(InputError, match="the halves test is exact and relabels nothing"):
        ist.multiverse(tenth, lists=[]).joint_test()
