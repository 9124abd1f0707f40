"""The laws behind the printed error rates: what is simulated is what the name says, and the fits are those of the verdict."""

from __future__ import annotations

import math
from itertools import groupby, permutations, takewhile

import numpy as np
import pytest
from scipy import stats

from interventions_stats.drivers.registry import PROPOSITIONS
from interventions_stats.engine.arrays import Layout
from interventions_stats.errors import InputError
from interventions_stats.events.definitions import load_events
from interventions_stats.evidence import simulations as sim
from interventions_stats.evidence.calibration import monte_carlo_se, recovery, sizes
from interventions_stats.evidence.gather import gather
from interventions_stats.evidence.null_models import null_exposures
from interventions_stats.primary.batched_test import BatchedTest, _exchange_variance
from interventions_stats.primary.known_kinds import kind_of
from interventions_stats.primary.layouts import lay_out, lay_out_regression
from interventions_stats.primary.question import Question

EVENTS = load_events("reconstructed")


def shift_of(name: str):
    """The shift that a two-margin proposition keeps as a registered choice; any other proposition as it is."""
    prop = PROPOSITIONS[name]
    other = next((o for c in prop.choices if c.field == "test" for o in c.options[1:]), prop.test)
    return prop.with_(test=other)


# -- the fits and tests of the simulated histories ----------------------------------------------------------------------
@pytest.mark.parametrize("name", ["E1", "S2", "T1", "B2", "I3", "T2", "S1"])
def test_a_history_is_fitted_as_the_verdict_fits_the_data(name: str) -> None:
    """On the observed onsets: estimate, standard error and, where no draw enters it, the design effect."""
    prop = shift_of(name)
    laid, raw = lay_out_regression(Question(prop, EVENTS)), gather(Question(prop, EVENTS, draws=99)).raw
    design = laid.design
    assert raw is not None
    ((estimate, se),) = laid.regression.replace_outcomes(design.counts[None])
    assert estimate == pytest.approx(raw.estimate, rel=1e-6) and se == pytest.approx(raw.se, rel=1e-6)
    if prop.test == "series":
        test = BatchedTest(design)
        scores, weights = test.scores(design.exposure[None]), test.weights(design.counts[None])
        assert test.design_effect(scores, weights, design.counts[None])[0] == pytest.approx(raw.deff, rel=1e-6)


def test_effects_are_planted_only_where_the_regression_is_known() -> None:
    breaks = lay_out(Question(PROPOSITIONS["L2"], EVENTS))
    with pytest.raises(InputError, match="planted"):
        kind_of(PROPOSITIONS["L2"]).plant(breaks, 0.5, 2, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["E1", "T2", "S1"])  # a two-sided series, between targets, over powers
def test_planted_effects_come_back(name: str) -> None:
    """None and the SESOI: mean, coverage, level, false dismissals; `make calibrate` prints more."""
    none, once = recovery(shift_of(name), EVENTS, multiples=(0.0, 1.0), histories=60, relabellings=99, seed=2)
    for r in (none, once):
        assert r.failed == 0 and r.histories == 60
        assert r.mean == pytest.approx(r.truth, abs=4 * r.spread / math.sqrt(60) + 0.06)
        assert r.coverage >= 0.90 - 4 * monte_carlo_se(0.90, 60)
    assert none.superiority <= 0.05 + 4 * monte_carlo_se(0.05, 60)
    assert once.dismissed <= once.noninferiority <= 0.05 + 4 * monte_carlo_se(0.05, 60)


@pytest.mark.parametrize("name", ["E1", "T1", "S1"])
def test_null_histories_are_rejected_at_the_nominal_rate(name: str) -> None:
    found = sizes(shift_of(name), EVENTS, histories=150, relabellings=99, seed=5)
    assert [s.redrawn for s in found] == ["exposure"] * 3 + ["onsets"] * 2
    for s in found:  # 10 rates of each proposition, so five errors and not three
        assert max(abs(s.superiority - 0.05), abs(s.reverse - 0.05)) <= 5 * monte_carlo_se(0.05, 150), s


def test_variance_over_exchanged_histories_by_enumeration() -> None:
    """Five targets observed in the same years deal their histories in every order; one observed in fewer keeps its own."""
    rng = np.random.default_rng(6)
    x, counts = rng.normal(size=(2, 23)), rng.integers(0, 3, (2, 23)).astype(float)
    counts[:, 4:8] = 0  # a target without an onset
    times = np.r_[np.tile(np.arange(4), 5), np.arange(3)]
    pieces = (*((4 * i, 4 * i + 4) for i in range(5)), (20, 23))
    layout = Layout(pieces, tuple(range(6)), times, np.arange(23))
    for h in range(2):
        gain = x[h, :20].reshape(5, 4) @ counts[h, :20].reshape(5, 4).T
        sums = [sum(gain[i, j] for i, j in enumerate(order)) for order in permutations(range(5))]
        assert _exchange_variance(layout, x, counts)[h] == pytest.approx(np.var(sums))


def test_shaped_binary_series_are_made_of_the_observed_spells() -> None:
    design = lay_out_regression(Question(PROPOSITIONS["S2"], EVENTS)).design
    observed, drawn = design.parts[0], null_exposures(design, "shaped", 40, np.random.default_rng(7))

    def spells(series: np.ndarray) -> list[tuple[float, int]]:
        return [(state, len(list(run))) for state, run in groupby(series)]

    known = {spell for a, b in design.layout.pieces for spell in spells(observed[a:b])}
    inner = [s for row in drawn for a, b in design.layout.pieces for s in spells(row[a:b])[1:-1]]
    assert len(inner) > 100 and set(inner) <= known  # the first and the last of a piece may be cut


# -- the histories ------------------------------------------------------------------------------------------------------
def test_naive_wald_p_values_against_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    counts = (rng.random((5, 120)) < 1 / (1 + np.exp(1.5 - x))).astype(float) * 2  # months with two onsets count once
    fits = [sm.Logit(row > 0, sm.add_constant(x)).fit(disp=0) for row in counts]
    assert sim.wald_p(x, counts) == pytest.approx([stats.norm.sf(f.tvalues[1]) for f in fits], rel=1e-5)


def test_planted_onsets_are_a_successive_draw_without_replacement() -> None:
    """Sets of two of four months by the law of Plackett and Luce, enumerated."""
    x, theta, draws = np.array([-1.0, 0.0, 0.5, 2.0]), 0.7, 20_000
    chance = np.exp(theta * (x - x.mean()) / x.std())
    law = np.zeros((4, 4))
    for i, j in permutations(range(4), 2):
        law[min(i, j), max(i, j)] += chance[i] / chance.sum() * chance[j] / (chance.sum() - chance[i])
    drawn = sim._planted(x, 2, theta, draws, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 2).all()
    seen = np.triu(drawn.T @ drawn, 1)
    upper = np.triu_indices(4, 1)
    assert stats.chisquare(seen[upper], draws * law[upper]).pvalue > 1e-4


@pytest.mark.parametrize(("noise", "number"), [((0, 0, 0), 20), ((1, 0, 0), 20), ((0, 0.3, 0), 26), ((0, 0, 0.3), 14)])
def test_errors_of_coding_are_those_announced(noise: tuple[float, float, float], number: float) -> None:
    months = 4_000  # so many that two onsets seldom share a month
    true = np.zeros(months)
    true[100::195] = 1
    assert true.sum() == 20
    rng = np.random.default_rng(2)
    coded = np.array([sim._recoded(true, noise, rng) for _ in range(400)])
    found = coded.sum(axis=1)
    # each share is a binomial over the 20 onsets; a moved or false one may fall on another, at most 0.5% of them
    assert found.mean() == pytest.approx(number, abs=4 * math.sqrt(20 * 0.3 * 0.7 / 400) + 0.1 if any(noise) else 0)
    if noise[0]:
        distance = np.abs(np.subtract.outer(np.flatnonzero(true), np.flatnonzero(coded.any(axis=0)))).min(axis=0)
        assert distance.max() == 12  # a year either way, and no farther
    if not any(noise):
        assert (coded == true).all()


def test_a_list_of_which_every_onset_is_missed_stays_as_it_was() -> None:
    true = np.array([0.0, 1, 0, 1])
    assert (sim._recoded(true, (0.0, 0.0, 1.0), np.random.default_rng(0)) == true).all()


def test_size_of_the_rate_ratio_over_poisson_years_in_closed_form() -> None:
    """Given the total, the first leader's onsets are binomial: the rate is summed over all totals and splits."""
    from interventions_stats.engine.exact.rate import rate_ratio

    totals = np.arange(8, 43)
    rejects = []
    for n in map(int, totals):
        tails = (range(n + 1), range(n, -1, -1))  # p grows from either end
        reject = {
            k for tail in tails for k in takewhile(lambda k, n=n: rate_ratio((n - k, k), (21, 8)).p_value <= 0.05, tail)
        }
        rejects.append(sum(stats.binom.pmf(k, n, 8 / 29) for k in reject))
    weight = stats.poisson.pmf(totals, 25)
    expected, left = float(weight @ rejects), float(1 - weight.sum())
    assert left < 1e-3
    found = sim._overdispersed(1.0, 4_000, np.random.default_rng(3))
    assert found.value == pytest.approx(expected, abs=4 * monte_carlo_se(expected, 4_000) + left)


def test_pooling_leaders_goes_wrong_and_stratifying_does_not() -> None:
    """A small run; `make calibrate` prints the full one."""
    wald, pooled, stratified = sim.confounding(200, relabellings=99, seed=4)
    assert wald.value > pooled.value > stratified.value and wald.value > 0.5
    assert stratified.value <= 0.05 + 4 * monte_carlo_se(0.05, 200)
    for rate in (wald, pooled, stratified):
        assert rate.histories == 200 and 0 < rate.se <= 0.5 / math.sqrt(200)


def test_clustered_onsets_leave_the_shift_its_size() -> None:
    _, shift, *years = sim.clustering(200, relabellings=99, seed=4)
    for rate in (shift, years[0]):
        assert rate.value <= 0.05 + 4 * monte_carlo_se(0.05, 200)
    assert years[2].value > years[0].value + 2 * years[2].se  # dispersion 3 against 1


def test_a_rally_at_onset_reads_as_evidence_at_lag_zero() -> None:
    found = {(r.simulation, r.quantity): r.value for r in sim.rally_at_onset(40, relabellings=99, seed=4)}
    assert len(found) == 10
    assert found["rally of 1 SD, brief", "lag 0: reverse test rejects at .05"] > 0.9
    for lag in (1, 2):
        for side in ("reverse", "superiority"):
            rate = found["rally of 1 SD, brief", f"lag {lag}: {side} test rejects at .05"]
            assert rate <= 0.05 + 4 * monte_carlo_se(0.05, 40)


@pytest.mark.parametrize("multiple", [0.0, 1.0])
def test_the_core_rule_over_whole_histories(multiple: float) -> None:
    """Shares of the verdicts add up; the wrong decision stays rare and the estimate lies at the truth."""
    found = sim.operating_characteristics(25, 348, 2.0, multiple, histories=75, relabellings=99, seed=4)
    assert found.supported + found.rejected + found.inconclusive == pytest.approx(1)
    assert found.truth == pytest.approx(multiple * math.log(2)) and found.deff >= 1
    wrong, right = (found.rejected, found.supported) if multiple else (found.supported, found.rejected)
    tabulated = sim.TABULATED[25, 348, 2.0, multiple]
    assert wrong <= min(tabulated[:2]) + 4 * monte_carlo_se(0.05, 75)
    # exposures are shared by 25 histories: as if no more than a third of the histories were independent
    assert right == pytest.approx(max(tabulated[:2]), abs=4 * monte_carlo_se(0.5, 25))
    assert found.estimate == pytest.approx(found.truth, abs=4 * math.sqrt(found.deff / 25 / 25) + 0.06)
