"""The arms over all states: rows and scales, trend versions, caps, and their registration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

import interventions_stats as ist
from interventions_stats.datasets.load import load
from interventions_stats.drivers.proposition import Proposition
from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.errors import InputError, RefusalError, UnknownNameError
from interventions_stats.events.definitions import load_events
from interventions_stats.primary.kinds.world_counts import trend_versions
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question

ARMS = tuple(i for i, p in PROPOSITIONS.items() if kind_of(p).scope)


def laid_out(name: str | Proposition, **options: object):  # type: ignore[no-untyped-def]
    prop = PROPOSITIONS[name] if isinstance(name, str) else name
    return lay_out(Question(prop, load_events(), draws=199).but(**options))


def test_the_family_is_as_registered() -> None:
    assert set(ARMS) == {"E1w", "E2w", "I3w", "F1w", "W2w", "W3w", "S1w", "B1w", "B2w", "T1w", "T2w", "P1w"}
    looked = {i for i in ARMS if "Looked at before registration" in PROPOSITIONS[i].note}
    assert looked == {"E2w", "F1w", "B1w", "T1w", "T2w", "P1w", "S1w"}
    assert not any(PROPOSITIONS[i].family for i in ARMS)
    assert all("Superseded by" in PROPOSITIONS[i].note for i in ("B1p", "T1p", "P1p"))


def test_counts_are_those_of_the_source() -> None:
    table = load("events_mid")
    begun = table[(table["originator"] == 1) & (table["side"] == "A") & (table["hostility"] >= 4)]
    begun = begun[begun["start"].dt.year.between(1947, 2014)]
    laid = laid_out("W3w")
    assert laid.details["total"] == len(begun) == 1176
    years = laid_out(PROPOSITIONS["W3w"].with_(outcome="mid_years"))
    assert years.counts.max() == 1 and years.counts.sum() == (laid.counts > 0).sum()
    assert (
        laid.counts.sum() + 8 == len(begun) and "8 onsets" in laid.outside
    )  # in a state's first year nothing is lagged


def test_a_sample_past_the_disputes_is_not_testable_and_says_why() -> None:
    found = ist.test("W2w", quick=True, robustness=False, start="2015", end="2016")
    assert found.verdict == "not_testable" and "2014" in str(found.evidence.missing)


@pytest.mark.parametrize("name", ["W2w", "P1w"])
def test_estimates_are_those_of_a_poisson_regression_with_all_its_columns(name: str) -> None:
    laid = laid_out(name)
    test = trend_versions(laid, laid.counts, draws=99, seed=0)[0]
    rows, counts = laid.rows, laid.counts
    told = rows["unit"].isin(rows["unit"][counts > 0]) & rows["year"].isin(rows["year"][counts > 0])
    told = told.to_numpy()
    u, t = rows["unit"].to_numpy()[told], rows["year"].to_numpy()[told]
    columns = [
        laid.details["x"][told],
        *laid.details["beside"][told].T,
        *(u == np.unique(u)[:, None]),
        *(t == np.unique(t)[1:, None]),
    ]
    fit = sm.GLM(counts[told], np.column_stack(columns).astype(float), family=sm.families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": u, "use_correction": False}, tol=1e-10
    )
    assert test.estimate == pytest.approx(fit.params[0], abs=1e-6)
    assert test.std_error == pytest.approx(fit.bse[0], rel=1e-3)


def test_an_effect_is_per_sd_net_of_states_and_years() -> None:
    laid = laid_out("W2w")
    rows, counts = laid.rows, laid.counts
    told = (rows["unit"].isin(rows["unit"][counts > 0]) & rows["year"].isin(rows["year"][counts > 0])).to_numpy()
    u, t = rows["unit"].to_numpy()[told], rows["year"].to_numpy()[told]
    dummies = np.column_stack([*(u == np.unique(u)[:, None]), *(t == np.unique(t)[1:, None])]).astype(float)
    x = laid.details["x"][told]
    net = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
    assert net.std() == pytest.approx(1.0, abs=1e-6)
    assert set(np.unique(laid_out("W3w").details["x"])) == {0.0, 1.0}


def test_an_equal_loss_and_gain_share_one_scale() -> None:
    laid = laid_out("P1w")
    difference, half_sum = laid.details["x"], laid.details["beside"][:, 0]
    loss, gain = half_sum + difference, half_sum - difference
    raw = laid.rows["log_cinc.fall5"].to_numpy()
    assert (np.minimum(loss, gain) < 1e-12).all() and loss == pytest.approx(raw * loss.max() / raw.max())


@pytest.mark.parametrize("name", ["W2w", "S1w", "I3w"])
def test_a_result_says_its_scope_and_reads_the_larger_p(name: str) -> None:
    found = ist.test(name, quick=True, robustness=False)
    raw, e = found.evidence.raw, found.evidence
    assert raw is not None and found.scope == "states in general" and "states in general" in found.summary()
    versions = raw.details["versions"]
    assert len(versions) == (1 if name == "I3w" else 2)
    assert e.p_superiority == max(v["p_greater"] for v in versions) and e.p_reverse == max(
        v["p_less"] for v in versions
    )
    assert e.mde == pytest.approx(
        2.4865 * e.se_cal, rel=1e-3
    )  # the detectable effect and the bound: one standard error
    assert e.se_cal >= max(v["se"] for v in versions) - 1e-12
    assert 2 * 1.6449 * e.se_cal >= e.ci90[1] - e.ci90[0] - 1e-9  # nor does it say more than the interval
    assert e.ci90[0] < e.estimate < e.ci90[1] and e.frontier == e.ci90[1]
    capped = any(g.guard == "G11" and g.cap == "inconclusive_mixed" for g in e.guards)
    assert capped == (raw.details["effective_states"] < 8)
    assert not capped or found.verdict.startswith("inconclusive")
    assert raw.details["largest"] in found.summary() and "effective states" in found.summary()


def test_the_state_left_out_is_gone() -> None:
    whole, less = laid_out("W2w"), laid_out("W2w", without=365)
    assert 365 in set(whole.rows["unit"]) and 365 not in set(less.rows["unit"])
    assert whole.counts.sum() - less.counts.sum() == whole.counts[whole.rows["unit"] == 365].sum()


def test_numbers_do_not_depend_on_the_order_of_rows() -> None:
    laid = laid_out("S1w")
    order = np.random.default_rng(0).permutation(len(laid.counts))
    mixed = replace(laid, rows=laid.rows.iloc[order].reset_index(drop=True), counts=laid.counts[order],
                    details=laid.details | {k: laid.details[k][order] for k in ("x", "beside", "strata", "periods")})  # fmt: skip
    for one, other in zip(*(trend_versions(x, x.counts, draws=99, seed=0) for x in (laid, mixed)), strict=True):
        assert other.estimate == pytest.approx(one.estimate, abs=1e-8) and other.p_greater == one.p_greater


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"lag": 0}, RefusalError, "G05"),
        ({"targets": "region"}, UnknownNameError, "autocracies"),
        ({"estimator": "firth"}, InputError, "poisson"),
        ({"exposure": "log_protest"}, UnknownNameError, "log_protests"),
        ({"strata": "leader_of_state"}, UnknownNameError, "ccode"),
    ],
)
def test_mistakes_are_named(changes: dict, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ist.test("W2w", quick=True, robustness=False, **changes)


def test_holm_counts_every_registered_arm_whichever_drivers_are_asked_for() -> None:
    found = ist.battery("RUS", drivers=["wag_the_dog"], quick=True, robustness=False, n_jobs=1)
    table = found.world.set_index("proposition")
    assert set(table.index) == {"W2w", "W3w"} and set(table["scope"]) == {"states in general"}
    p = table["p_superiority"].sort_values()
    assert table.loc[p.index[0], "p_superiority_holm"] == pytest.approx(min(1.0, len(ARMS) * p.iloc[0]))
    assert "W2w" not in found.by_driver["wag_the_dog"].decision.text
    assert "states in general" in found.summary()
