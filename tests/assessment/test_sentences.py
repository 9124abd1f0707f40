"""Sentences and summaries: they carry the bound, fit the page, and round to what simulation leaves."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import interventions_stats as ist
from interventions_stats.assessment.assess import Gathered, judge
from interventions_stats.assessment.monte_carlo import monte_carlo_errors
from interventions_stats.assessment.result import Result
from interventions_stats.assessment.sentences import methods_text, plain_sentence, sentence, summary
from interventions_stats.errors import RefusalError
from interventions_stats.rules.absence import check_language

BASE = {"se_cal": 0.3, "ci90": (-0.5, 0.35), "ci95": (-0.6, 0.5), "frontier": 0.35, "lower": -0.5, "mde": 0.38,
        "p_noninferiority": 0.01, "p_tost": 0.01, "bf10": (0.4, 0.25, 0.13), "bf_reverse": 1.0, "posterior_below": 0.97}  # fmt: skip


@pytest.fixture(scope="module")
def real() -> Result:
    return ist.test("W1", quick=True, robustness=False)


def made(real: Result, raw: dict | None = None, **numbers: object) -> Result:
    """A result with chosen numbers, judged by the rules themselves."""
    e = real.evidence
    assert e.raw is not None
    values = BASE | {"guards": ()} | numbers
    given = {"estimate": -0.05, "p_superiority": 0.6, "p_reverse": 0.4, "n_identifying": 20} | (raw or {})
    return judge(Gathered(evidence=replace(e, raw=replace(e.raw, **given), **values), robustness=None, by_type={}))


CASES = {
    "dismissed": ({}, {}, "1.42"),
    "supported": ({"estimate": 0.9, "p_superiority": 0.002, "p_reverse": 0.99},
                  {"bf10": (9.0, 12.0, 8.0), "p_noninferiority": 0.9, "frontier": 1.3, "ci90": (0.4, 1.3)}, "3.67"),
    "supported_trivial": ({"estimate": 0.2, "p_superiority": 0.002, "p_reverse": 0.99}, {"bf10": (9.0, 5.0, 3.0)}, "1.42"),
    "reversed": ({"estimate": -1.0, "p_superiority": 0.99, "p_reverse": 0.001}, {"bf_reverse": 50.0, "frontier": -0.4, "ci90": (-1.5, -0.4)}, "0.67"),
    "bounded": ({}, {"bf10": (0.9, 0.8, 0.7)}, "1.42"),
    "inconclusive_underpowered": ({}, {"p_noninferiority": 0.3, "frontier": 0.9, "mde": 1.2}, "2.46"),
    "inconclusive_mixed": ({}, {"p_noninferiority": 0.3, "frontier": 0.9}, "2.46"),
    "not_testable": ({"n_identifying": 3}, {}, "3"),
}  # fmt: skip


@pytest.mark.parametrize("verdict", CASES)
def test_each_verdict_has_a_sentence_with_its_bound(real: Result, verdict: str) -> None:
    raw, numbers, bound = CASES[verdict]
    result = made(real, raw, **numbers)
    assert result.verdict == verdict
    said = sentence(result)
    assert bound in said and "W1" in said and said.endswith(".")
    assert not check_language(said)
    text = summary(result)
    assert max(map(len, text.splitlines())) <= 100
    assert said.split(" is ")[0][:40] in text.replace("\n  ", " ")


def test_summary_of_real_results_fits_and_passes(real: Result) -> None:
    result = ist.test("L1", quick=True)
    for r in (real, result):
        text = r.summary()
        assert max(map(len, text.splitlines())) <= 100
        assert not check_language(text)
    text = result.summary()
    flat = " ".join(text.split())
    assert "RR 0.254" in flat and "0.0764 to 0.844" in flat, (
        "10 in 21 against 15 in 8 years, each with its own dispersion"
    )
    assert "whole years exchanged" in flat and "between leaders is not identified" in flat
    assert "Nearest change" in flat and "Combat cases" in flat and "Stabilisation cases" in flat and "falsifier" in flat


def test_a_denial_in_a_users_statement_is_named_as_a_claim() -> None:
    mine = ist.Proposition(id="X1", exposure="-approval", unit="actor-month", statement="Approval has no effect on onsets",
                           start="2000-02", end="2020-12")  # fmt: skip
    said = ist.test(mine, quick=True, robustness=False).sentence()
    assert not check_language(said) and "claim" in said


def test_methods_text_carries_a_bound_for_every_tested_proposition() -> None:
    found = ist.battery("RUS", drivers=["leader", "wag_the_dog"], quick=True, robustness=False, n_jobs=1)
    text = methods_text(found, 7, {"interventions_stats": "9.9", "data": "abc", "numpy": "2"})
    assert "seed 7" in text and "9.9" in text and "abc" in text and "25 interventions by Russia" in text
    for name, r in found.results.items():
        paragraph = next(p for p in text.split("\n\n") if f'{name} ("' in p)
        assert r.sentence() in paragraph
    assert not check_language(text)


def test_methods_text_refuses_an_unbounded_denial(monkeypatch: pytest.MonkeyPatch) -> None:
    from interventions_stats.assessment import sentences

    found = ist.battery("RUS", drivers=["leader"], quick=True, robustness=False, n_jobs=1)
    monkeypatch.setattr(sentences, "sentence", lambda _: "The leader has no effect on onsets.")
    with pytest.raises(RefusalError, match="G22"):
        sentences.methods_text(found, 0, {})


def test_monte_carlo_errors_match_simulation(real: Result) -> None:
    """Draw many nulls of m values and look at how far p and the bounds really scatter."""
    m, p, deff, se, estimate = 400, 0.08, 1.7, 0.25, 0.1
    rng = np.random.default_rng(11)
    e = real.evidence
    assert e.raw is not None
    cal = se * math.sqrt(deff)
    result = replace(real, evidence=replace(
        e, raw=replace(e.raw, exact=False, null=rng.normal(size=m), estimate=estimate, deff=deff, p_superiority=p), se_cal=cal,
        frontier=estimate + 1.6449 * cal, ci90=(estimate - 1.6449 * cal, estimate + 1.6449 * cal), mde=2.4865 * cal,
    ))  # fmt: skip
    error = monte_carlo_errors(result)
    sampled_p = rng.binomial(m, p, size=20_000) / m
    drawn = deff * rng.chisquare(m - 1, size=20_000) / (m - 1)  # variance of m normal values
    cals = se * np.sqrt(drawn)
    assert error["p_superiority"] == pytest.approx(sampled_p.std(), rel=0.05)
    assert error["deff"] == pytest.approx(drawn.std(), rel=0.05)
    assert error["frontier"] == pytest.approx(np.exp(estimate + 1.6449 * cals).std(), rel=0.06)
    assert error["mde"] == pytest.approx(np.exp(2.4865 * cals).std(), rel=0.08)


def test_exact_nulls_have_no_monte_carlo_error() -> None:
    result = ist.test("L1", quick=True, robustness=False)
    assert set(monte_carlo_errors(result).values()) == {0.0}


@pytest.mark.parametrize("kind", ["forest", "null", "severity", "power", "specifications", "influence"])
def test_every_kind_of_figure_draws_from_a_real_result(kind: str) -> None:
    from matplotlib import pyplot as plt

    from interventions_stats.assessment.plots import plot
    from interventions_stats.errors import UnknownNameError

    result = ist.test("W3", quick=True)
    ax = plot(result, kind)  # type: ignore[arg-type]
    expected = {"forest": 3, "specifications": len(result.robustness.specs), "influence": 25}  # type: ignore[union-attr]
    assert len(ax.plotted) == expected.get(kind, len(ax.plotted)) > 0  # type: ignore[attr-defined]
    plt.close("all")
    with pytest.raises(UnknownNameError, match="severity"):
        plot(result, "severty")  # type: ignore[arg-type]


def test_figures_of_an_untested_result_say_so() -> None:
    from matplotlib import pyplot as plt

    from interventions_stats.assessment.plots import plot

    result = ist.test("F2", quick=True)
    for kind in ("forest", "null", "severity", "power", "specifications", "influence"):
        ax = plot(result, kind)  # type: ignore[arg-type]
        assert any(t.get_text() for t in ax.texts), kind
    plt.close("all")


def test_the_first_line_is_a_plain_sentence_with_actor_period_list_and_bound(real: Result) -> None:
    said = plain_sentence(real)
    flat = " ".join(real.summary().split())
    assert flat.startswith(said) and not check_language(said) and '"' not in said
    assert said.startswith(
        "Low approval did not precede interventions by Russia more often (2000-2020, 10 of 25 onsets, list "
    )
    assert f"odds ratios above {math.exp(real.evidence.frontier):.2f} per SD are excluded, smaller ones are not" in said


def test_why_begins_with_what_decided_and_lists_no_condition_that_does_not_hold(real: Result) -> None:
    for verdict, (raw, numbers, _) in CASES.items():
        found = made(real, raw, **numbers).why()
        assert (
            found["verdict"].iloc[0] == ("supported" if verdict == "supported_trivial" else verdict)
            or verdict == "inconclusive_mixed"
        )
        untestable = found[found["verdict"] == "not_testable"]
        assert (untestable["met"] == True).all() and (len(untestable) > 0) == (verdict == "not_testable")  # noqa: E712
