"""A study is data: another one runs without an edit of the package, and the findings of the bundled one are checked by hand."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import interventions_stats as ist
from interventions_stats.assessment.battery import Battery
from interventions_stats.errors import InputError, UnknownNameError
from interventions_stats.primary.layouts import lay_out
from interventions_stats.primary.question import Question
from interventions_stats.replication import verification
from interventions_stats.replication.findings import Finding, board, find, headline
from interventions_stats.replication.held import hold
from interventions_stats.replication.record import dumps, record_of
from interventions_stats.rules.absence import check_language
from interventions_stats.rules.finding import FINDINGS
from interventions_stats.studies import RUSSIA, Claim, LiteralTest, Study

TOY = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "study_of_american_force.py"


@pytest.fixture(scope="module")
def toy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("study_of_american_force", TOY)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def toy_report(toy: ModuleType) -> Any:
    return ist.replicate(study=toy.STUDY, quick=True, n_jobs=1, progress=False)


@pytest.fixture(scope="module")
def found() -> Battery:
    return ist.battery("RUS", quick=True, robustness=False, n_jobs=1)


@pytest.fixture(scope="module")
def findings(found: Battery) -> dict[str, Finding]:
    return {c.id: find(c, found) for c in RUSSIA.claims}


# ---------------------------------------------------------------- another study


def test_another_study_gives_findings_page_record_and_guard(toy: ModuleType, toy_report: Any, tmp_path: Path) -> None:
    rows = toy_report.findings.set_index("claim")
    assert rows["finding"].to_dict() == {"F1": "reproduced", "F2": "not reproduced", "F3": "not testable"}
    events = ist.load_events("mid", actor="USA")
    approval = ist.correlate(toy.APPROVAL.propositions[0], events, method="spearman").tidy()
    assert rows.loc["F1", "p"] == pytest.approx(approval["p_value"][0])
    assert rows.loc["F2", "number"].endswith(f"{len(events) / 69:.2f}")
    assert toy_report.summary().startswith("1 of 2 findings reproduced, 1 not (F2).")
    page = toy_report.to_html(tmp_path / "toy.html").read_text(encoding="utf-8")
    assert "Presidents did not turn to force" in page and "Russia" not in toy_report.to_markdown()
    assert hold(toy_report, tmp_path / "held.json", rewrite=True) is None
    assert hold(toy_report, tmp_path / "held.json", rewrite=False) is None
    claim = toy_report.by_claim["F1"]
    other = replace(claim.finding, decision=replace(claim.finding.decision, finding="partly"))
    moved = replace(toy_report, by_claim=toy_report.by_claim | {"F1": replace(claim, finding=other)})
    assert "F1 finding: stored 'reproduced', now 'partly'" in str(hold(moved, tmp_path / "held.json", rewrite=False))


def test_a_record_belongs_to_its_study(toy: ModuleType, toy_report: Any, tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_text(dumps(record_of(toy_report)), encoding="utf-8")
    assert verification.verify(path, study=toy.STUDY, n_jobs=1, progress=False).ok
    with pytest.raises(InputError, match="'american_force' and not of 'russia'"):
        verification.verify(path)
    with pytest.raises(InputError, match="name the record"):
        verification.verify(study=toy.STUDY)


def test_a_study_that_cannot_run_is_refused_when_it_is_written() -> None:
    plain = {"id": "A", "text": "x", "tested_by": ("W1",), "literal": lambda found: ()}
    with pytest.raises(UnknownNameError, match="claim A"):
        Study(name="s", title="t", claims=(Claim(**plain | {"tested_by": ("W9",)}),))
    with pytest.raises(InputError, match="given twice"):
        Study(name="s", title="t", claims=(Claim(**plain), Claim(**plain)))
    with pytest.raises(InputError, match="no claims"):
        Study(name="s", title="t", claims=())
    for wrong, said in (({"literal": None}, "no literal test"), ({"tested_by": ()}, "nothing that tests it"),
                        ({"kind": "census"}, "census"), ({"rule": "absense"}, "absence"), ({"kind": "prop"}, "proposition")):  # fmt: skip
        with pytest.raises(InputError, match=said):
            Claim(**plain | wrong)
    with pytest.raises(InputError, match="give a Study"):
        ist.replicate(study="russia")
    with pytest.raises(UnknownNameError, match="C11"):
        RUSSIA["C111"]


# ---------------------------------------------------------------- the study of Russia


@pytest.mark.parametrize(
    ("claim", "finding"),
    [
        ("C1", "by construction"), ("C2", "list in doubt"), ("C3", "reproduced"), ("C4", "partly"), ("C4b", "partly"),
        ("C5", "list in doubt"), ("C6", "partly"), ("C7", "reproduced"), ("C8", "partly"), ("C8b", "reproduced"),
        ("C9", "reproduced"), ("C10a", "reproduced"), ("C10b", "reproduced"), ("C10c", "reproduced"), ("C11", "partly"),
        ("C12", "reproduced"), ("C13", "not reproduced"), ("C13d", "partly"), ("C14", "not reproduced"), ("C16", "partly"),
        ("C17", "not reproduced"), ("C18", "not testable"),
    ],
)  # fmt: skip
def test_findings(findings: dict[str, Finding], claim: str, finding: str) -> None:
    assert findings[claim].name == finding


def test_spearman_is_that_of_scipy_and_its_simulated_form_too(found: Battery, findings: dict[str, Finding]) -> None:
    result = found["W1"]
    laid = lay_out(Question(result.proposition, result.events, seed=0))
    approval = -laid.rows["-approval"].to_numpy()
    rho, p = stats.spearmanr(approval, laid.counts > 0)
    first = findings["C10a"].tests[0]
    assert (first.value, first.p) == pytest.approx((rho, p)) and f"{rho:.2f}, {p:.2f}" == "0.05, 0.44"
    histories = np.random.default_rng(3).permuted(np.tile(laid.design.counts, (5, 1)), axis=1)
    mine = first.simulated(laid, histories)
    assert mine == pytest.approx([stats.spearmanr(approval, h > 0)[1] for h in histories])


def test_fisher_is_that_of_scipy(found: Battery, findings: dict[str, Finding]) -> None:
    for claim, name, known in (("C13d", "T2", 0.002), ("C16", "B2", 0.007)):
        result = found[name]
        laid = lay_out(Question(result.proposition, result.events, seed=0))
        x, y = laid.rows[result.proposition.exposure].to_numpy() > 0, laid.counts > 0
        table = [[(x & y).sum(), (x & ~y).sum()], [(~x & y).sum(), (~x & ~y).sum()]]
        raw = findings[claim].tests[0]
        assert raw.p == pytest.approx(stats.fisher_exact(table)[1]) and round(raw.p, 3) == known
        assert raw.simulated(laid, laid.counts[None]) == pytest.approx([raw.p])


def test_the_decline_is_in_onsets_and_not_in_combat(findings: dict[str, Finding]) -> None:
    onsets, *_, combat = findings["C11"].tests
    assert onsets.number == "RR 0.254" and onsets.value == pytest.approx(0.254, abs=5e-4)
    assert 0.001 < onsets.p < 0.05  # wider than the exact .0010 of independent onsets
    assert combat.value > 1 and combat.holds is False


def test_what_stands_beside_decides_nothing(found: Battery, findings: dict[str, Finding]) -> None:
    frames = {t.name: t.number for t in findings["C14"].tests if not t.decides}
    assert frames == {"loss frames, coder a": "15 of 19", "loss frames, coder b": "10 of 15"}
    assert [t.number for t in findings["C10b"].tests] == ["lowest 59%", "lowest 52%"]
    only_beside = replace(
        RUSSIA["C14"], literal=lambda b: (LiteralTest(name="a", p=0.9), LiteralTest(name="b", p=0.001, decides=False))
    )
    assert find(only_beside, found).name == "not reproduced"


def test_a_two_sided_p_on_the_other_side_is_no_presence(found: Battery) -> None:
    claim = replace(RUSSIA["C14"], literal=lambda b: (LiteralTest(name="a", p=0.001, two_sided=True, against=True),))
    assert find(claim, found).name == "not reproduced"
    assert find(replace(claim, rule="absence"), found).name == "not reproduced"
    assert find(replace(claim, literal=lambda b: ()), found).name == "not testable"
    with pytest.raises(InputError, match="C14 returned a float"):
        find(replace(claim, literal=lambda b: (0.04,)), found)


def test_every_reading_carries_what_was_not_seen_and_no_unbounded_denial(findings: dict[str, Finding]) -> None:
    for f in findings.values():
        said = f.reading()
        assert not check_language(said), (f.claim.id, said)
        assert any(
            w in said
            for w in ("are not", "unbounded in practice", "was not seen", "could have been seen", "tests nothing")
        ), said
        assert '"' not in said and f.name in FINDINGS


def test_chances_are_probabilities_and_power_grows_with_the_effect(findings: dict[str, Finding]) -> None:
    tested = [f for f in findings.values() if f.claim.rule in ("absence", "presence")]
    assert len(tested) == 12 and all(0 < f.chance.at_sesoi < f.chance.at_none <= 1 for f in tested)
    assert all(f.chance.how for f in tested)
    level = findings["C10a"].chance.at_none  # a conventional test on one series: near its nominal size or a little off
    assert 0.85 < level < 1


def test_the_first_screen_fits_and_says_which_dismissals_are_reproduced(findings: dict[str, Finding]) -> None:
    text = board(findings.values(), 100)
    assert max(map(len, text.splitlines())) <= 100
    first = text.split("\n\n")[0]
    assert "C10a Low support" in first and "rho .05 p .44" in first and "1.55" in first and len(first.splitlines()) < 25
    said = headline(findings.values())
    assert "exclude a ratio of 2: 1 (C10a)" in said and "C17" in said
    assert headline([findings["C18"]]) == "No finding could be tested."
