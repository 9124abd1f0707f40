"""The multiverse against single tests, and its work against interruption, workers and a cluster."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from interventions_stats.drivers.proposition import Choice
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence.gather import gather
from interventions_stats.robustness.choices import Exclusion, moved
from interventions_stats.robustness.multiverse import multiverse
from interventions_stats.robustness.work import run_jobs
from interventions_stats.rules.verdict import decide


@pytest.fixture(scope="module")
def found():
    return multiverse("W3", lists=["M11", "mid"], draws=199)


def test_every_combination_is_a_row_or_excluded_with_a_reason(found):
    sizes = [len(c.options) for c in found.choices]
    assert len(found) + len(found.excluded) == math.prod(sizes)
    assert {tuple(sorted(o.items())) for o, _ in found.excluded} == {
        tuple(sorted({"list": "mid", "date_rule": "deployment", "lag": lag}.items())) for lag in (1, 2)
    }
    assert all("one date an event" in reason for _, reason in found.excluded)


def test_each_row_is_the_test_of_its_own_specification(found):
    for spec in (found.specs[0], found.specs[3], found.specs[-1]):
        prop = PROPOSITIONS["W3"].with_(date_rule=spec.options["date_rule"], lag=spec.options["lag"])
        alone = gather(prop, load_events(spec.options["list"]), draws=199)
        assert spec.evidence.estimate == alone.estimate
        assert spec.evidence.p_superiority == alone.p_superiority
        assert spec.evidence.raw.null is None


def test_shares_are_counts(found):
    table = found.tidy()
    ran = table[table["reason"] == ""]
    first = table.iloc[0]
    assert found.share_same_sign == (np.sign(ran["estimate"]) == np.sign(first["estimate"])).mean()
    assert found.share_same_verdict == (ran["verdict"] == first["verdict"]).mean()
    assert sum(found.verdicts().values()) == len(found) == len(table)
    assert table.loc[0, "deviations"] == 0 and table["primary"].sum() == 1
    assert (table["principled"] | (table["deviations"] > 0)).all()


def test_failures_are_rows_with_reasons():
    short = multiverse("W3", lists=[], choices=[Choice("start", (None, "2019"), False, "two years")], draws=199)
    failed = [s for s in short.specs if s.options["start"] == "2019" and s.evidence.n_identifying < 4]
    assert failed
    table = short.tidy().set_index("start")
    assert set(table.loc["2019", "verdict"]) == {"not_testable"}
    gone = multiverse(
        "W3", lists=[], choices=[Choice("exposure", ("election_ahead", "no_such_column"), False)], draws=199
    )
    lost = gone.tidy().query("exposure == 'no_such_column'")
    assert len(lost) == 4 and lost["reason"].str.contains("no_such_column").all() and lost["ratio"].isna().all()


def test_exclusions_of_the_user_are_listed():
    found = multiverse(
        "L1", lists=["M11"], exclude=[Exclusion((("list", "M11"), ("date_rule", "deployment")), "not coded")], draws=99
    )
    assert len(found) == 3 and [r for _, r in found.excluded] == ["not coded"]


def test_extended_choices_are_never_principled_but_the_confounder():
    found = multiverse("W1", lists=[], extended=True, draws=99, choices=[], exclude=[
        Exclusion((("lag", 2),), "short"), Exclusion((("lag", 3),), "short"), Exclusion((("exposure", "-country_direction"),), "short"),
        Exclusion((("leaders", "medvedev"),), "short")])  # fmt: skip
    names = {c.field: c.principled for c in found.choices}
    assert names["estimator"] is False and names["onset_months"] is False
    counts = (
        found.tidy()
        .query("date_rule == 'decision' and exposure == '-approval' and estimator == 'firth'")
        .set_index("onset_months")
    )
    # an onset a month earlier meets the approval of a month earlier: the same as lag 2 but for the first and last month
    later = gather(PROPOSITIONS["W1"].with_(lag=2), load_events(), draws=99)
    assert counts.loc["-1", "estimate"] == pytest.approx(later.estimate, abs=0.1)
    assert counts.loc["0", "estimate"] == gather(PROPOSITIONS["W1"], load_events(), draws=99).estimate


@pytest.mark.parametrize("months", [-1, 1, 13])
def test_moved_onsets_keep_their_number_and_precision(months):
    events = load_events()
    shifted = moved(events, months)
    before, after = events.timing, shifted.timing
    step = (after["first"].dt.year - before["first"].dt.year) * 12 + after["first"].dt.month - before["first"].dt.month
    whole = before["precision"] != "year"
    assert (step[whole] == months).all() and list(after["precision"]) == list(before["precision"])


def test_a_choice_declared_twice_is_refused():
    with pytest.raises(InputError, match="declared twice"):
        multiverse("L1", choices=[Choice("date_rule", ("decision",), True)])


def test_the_figure_shows_every_specification_that_ran(found):
    assert len(found.plot().plotted) == len(found.ran)


# -- work ----------------------------------------------------------------------------------------------------------------
def _stops_at(path, number, limit):
    marks = path / "calls.txt"
    with marks.open("a") as file:
        file.write(f"{number}\n")
    if limit.exists() and number >= int(limit.read_text()):
        raise KeyboardInterrupt
    return number**2


def test_an_interrupted_run_leaves_what_is_done_and_continues(tmp_path):
    limit = tmp_path / "limit"
    limit.write_text("3")
    jobs = [(tmp_path, k, limit) for k in range(6)]
    with pytest.raises(KeyboardInterrupt):
        run_jobs(_stops_at, jobs, cache=tmp_path / "cache", key=["a"])
    limit.unlink()
    assert run_jobs(_stops_at, jobs, cache=tmp_path / "cache", key=["a"]) == [k**2 for k in range(6)]
    calls = [int(x) for x in (tmp_path / "calls.txt").read_text().split()]
    assert calls == [0, 1, 2, 3, 3, 4, 5]  # the first three were not run again
    run_jobs(_stops_at, jobs, cache=tmp_path / "cache", key=["another version of the data"])
    assert len((tmp_path / "calls.txt").read_text().split()) == 13


def test_a_damaged_result_is_computed_again(tmp_path):
    first = run_jobs(divmod, [(7, 2), (9, 4)], cache=tmp_path, key=[1])
    one = next(tmp_path.rglob("0.pickle"))
    one.write_bytes(b"\x80")
    assert run_jobs(divmod, [(7, 2), (9, 4)], cache=tmp_path, key=[1]) == first


def test_a_cached_multiverse_is_the_same(tmp_path):
    options = {"lists": ["M11"], "draws": 99}
    fresh = multiverse("L1", **options).tidy()
    for _ in range(2):
        pd.testing.assert_frame_equal(multiverse("L1", cache=tmp_path, **options).tidy(), fresh)


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same(found):
    two = multiverse("W3", lists=["M11", "mid"], draws=199, n_jobs=2)
    pd.testing.assert_frame_equal(two.tidy(), found.tidy(), check_exact=True)


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same(found):
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    from joblib import parallel_config

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, \
            distributed.Client(cluster), parallel_config(backend="dask"):  # fmt: skip
        there = multiverse("W3", lists=["M11", "mid"], draws=199)
    pd.testing.assert_frame_equal(there.tidy(), found.tidy(), check_exact=True)


def test_core_verdicts_are_those_of_the_rules(found):
    assert [decide(s.evidence.numbers()).verdict for s in found.specs] == list(found.tidy()["verdict"])
