"""Long work: interrupted for real and resumed, on any number of workers, on a cluster."""

from __future__ import annotations

import signal
import subprocess
import sys

import pandas as pd
import pytest
from joblib import parallel_config

import interventions_stats as ist
from interventions_stats.errors import InputError
from interventions_stats.robustness.jobs import run_jobs
from interventions_stats.robustness.random_lists import uncertain
from interventions_stats.robustness.specification_curve import multiverse

OPTIONS = {"lists": ["M11", "mid"], "draws": 199}


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
    one = next(tmp_path.rglob("0.json"))
    one.write_bytes(b"\x80")
    assert run_jobs(divmod, [(7, 2), (9, 4)], cache=tmp_path, key=[1]) == first


def test_a_cached_multiverse_is_the_same(tmp_path):
    options = {"lists": ["M11"], "draws": 99}
    fresh = multiverse("L1", **options).tidy()
    for _ in range(2):
        pd.testing.assert_frame_equal(multiverse("L1", cache=tmp_path, **options).tidy(), fresh)


RUN = """
import signal
import sys
import interventions_stats as ist

signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process started in the background has not
if __name__ == "__main__":
    ist.multiverse("W3", lists=["M11", "mid"], draws=199, cache=sys.argv[1], n_jobs=int(sys.argv[2]),
                   on_step=lambda done, total: print(done, flush=True))
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_that_is_interrupted_loses_nothing_that_was_done(tmp_path, workers):
    script, cache = tmp_path / "run.py", tmp_path / "cache"
    script.write_text(RUN, encoding="utf-8")
    command = [sys.executable, str(script), str(cache), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        for line in run.stdout:
            if int(line) == 3:
                run.send_signal(signal.SIGINT)
                break
        run.communicate(timeout=120)
    assert run.returncode != 0
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*.json")}
    fresh, steps = multiverse("W3", **OPTIONS), []
    assert 3 <= len(kept) < len(fresh)
    resumed = multiverse("W3", **OPTIONS, cache=cache, on_step=lambda done, total: steps.append((done, total)))
    pd.testing.assert_frame_equal(resumed.tidy(), fresh.tidy(), check_exact=True)
    assert steps == [(done, len(fresh)) for done in range(len(kept) + 1, len(fresh) + 1)]
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())


def test_what_was_kept_serves_only_the_same_question(tmp_path):
    frame = pd.DataFrame({"period": pd.period_range("1992-01", "2020-12", freq="M").astype(str)})
    polls = frame.assign(polls=[float(k % 17) for k in range(len(frame))])
    import interventions_stats as ist

    mine = ist.Proposition(id="X1", exposure="polls", unit="actor-month")

    def run(series):
        return uncertain(mine, draws=2, relabellings=99, series=series, cache=tmp_path, definitions=()).frame

    first = run(polls)
    pd.testing.assert_frame_equal(run(polls), first)
    assert not run(polls.assign(polls=polls["polls"].to_numpy()[::-1])).equals(first)


@pytest.mark.slow
def test_any_number_of_workers_gives_the_same():
    one = multiverse("W3", **OPTIONS).tidy()
    pd.testing.assert_frame_equal(multiverse("W3", **OPTIONS, n_jobs=2).tidy(), one, check_exact=True)
    lists = {"draws": 6, "exactly": 25, "relabellings": 199, "definitions": ()}
    pd.testing.assert_frame_equal(
        uncertain("W3", **lists, n_jobs=2).frame, uncertain("W3", **lists).frame, check_exact=True
    )


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_bits(tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask[distributed], the extra [cluster], is not installed")
    from joblib import parallel_config

    import interventions_stats as ist

    events = ist.load_events()
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path) as cluster, \
            distributed.Client(cluster), parallel_config(backend="dask"):  # fmt: skip
        specs = multiverse("W3", **OPTIONS)
        lists = uncertain("W3", draws=4, relabellings=199, definitions=())
        joint = specs.joint_test(199)
        family = ist.battery("RUS", events=events, drivers=["wag_the_dog"], quick=True)
    here = multiverse("W3", **OPTIONS)
    pd.testing.assert_frame_equal(specs.tidy(), here.tidy(), check_exact=True)
    pd.testing.assert_frame_equal(joint.tidy(), here.joint_test(199).tidy(), check_exact=True)
    pd.testing.assert_frame_equal(
        lists.frame, uncertain("W3", draws=4, relabellings=199, definitions=()).frame, check_exact=True
    )
    again = ist.battery("RUS", events=events, drivers=["wag_the_dog"], quick=True)
    pd.testing.assert_frame_equal(family.tidy(), again.tidy(), check_exact=True)


def test_a_backend_that_hands_out_nothing_gives_the_same():
    with parallel_config("multiprocessing", n_jobs=2):
        assert run_jobs(divmod, [(7, 2), (9, 4), (5, 3)]) == [(3, 1), (2, 1), (1, 2)]


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True, 10**400, float("nan")])
def test_workers_are_a_number(n_jobs):
    for call in (
        lambda: run_jobs(divmod, [(7, 2)], n_jobs=n_jobs),
        lambda: ist.battery(drivers=["leader"], quick=True, robustness=False, n_jobs=n_jobs),
        lambda: ist.compare(["RUS", "TUR"], "W3", quick=True, n_jobs=n_jobs),
        lambda: ist.estimators.firth_logit_batch([[0.0], [1.0]], [0, 1], n_jobs=n_jobs),
    ):
        with pytest.raises(InputError, match="n_jobs is a"):
            call()
