"""What a newcomer meets: names that are nearly right, text that fits, figures asked for by name."""

from __future__ import annotations

import copy
import html
import pickle
import subprocess
import sys

import pandas as pd
import pytest

import interventions_stats as ist
from interventions_stats.display.readable import ReadableFrame
from interventions_stats.errors import InterventionsError, suggest


@pytest.fixture(scope="module")
def result():
    return ist.test("L1", quick=True, robustness=False)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda r: ist.test("W9"), "'W1'"),
        (lambda r: ist.test("wag the dog"), "Did you mean 'wag_the_dog'"),
        (lambda r: ist.test("diversion"), "Did you mean the driver 'wag_the_dog'"),
        (lambda r: ist.test("approval"), "the exposure of W1"),
        (lambda r: ist.test("W1", quik=True), "Did you mean 'quick'"),
        (lambda r: ist.load_events("recon"), "Did you mean 'reconstructed'"),
        (lambda r: ist.datasets.load("approval"), "'approval_russia', 'approval_russia_vtsiom' or 'approval_usa'"),
        (lambda r: ist.replicate(quick=True, out="/dev/null/x"), "no folder that can be written"),
    ],
)
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(result, ask, words) -> None:
    with pytest.raises(InterventionsError) as error:
        ask(result)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("ask", "near"),
    [
        (lambda r: r.sentance, "sentence"),
        (lambda r: r.evidense, "evidence"),
        (lambda r: ist.load_events().fram, "frame"),
        (lambda r: ist.replicat, "replicate"),
        (lambda r: ist.estimators.firth_logt, "firth_logit"),
    ],
)
def test_an_attribute_that_is_misspelt_is_suggested(result, ask, near) -> None:
    with pytest.raises(AttributeError, match=f"Did you mean '{near}'"):
        ask(result)


def test_the_terminal_adds_no_second_suggestion() -> None:
    code = "import interventions_stats as ist; ist.replicat"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.count("Did you mean") == 1


def test_suggestions_are_few_and_silent_on_strangers() -> None:
    names = [f"approval_{k}" for k in "abcdef"]
    assert suggest("approval", names).count("approval") == 3
    assert suggest("zzzz", names) == "" and suggest("", names) == ""


def test_results_and_lists_survive_copies(result) -> None:
    for thing in (result, ist.load_events()):
        assert repr(copy.deepcopy(thing)) == repr(pickle.loads(pickle.dumps(thing))) == repr(copy.copy(thing))
        assert not hasattr(thing, "_no_such_thing")


@pytest.mark.parametrize(
    "show", [ist.glossary, ist.guards, ist.claims, ist.events.list_definitions, lambda: ist.load_events()]
)
def test_what_is_printed_fits_and_is_whole(show) -> None:
    shown = show()
    text = repr(shown)
    assert max(map(len, text.splitlines())) <= 100
    if isinstance(shown, pd.DataFrame):
        words = [w for cell in shown.iloc[-1] for w in str(cell).split() if "-" not in w and len(w) < 16]
        assert all(w in text for w in words), "every word of the last row is there"
        assert isinstance(shown.head(2), ReadableFrame)
        assert all(str(cell)[:80] in html.unescape(shown._repr_html_()) for cell in shown.iloc[-1])


def test_a_figure_may_be_asked_for_by_name_alone(result) -> None:
    assert result.plot("severity").get_title(loc="left") == result.plot(kind="severity").get_title(loc="left")
    missing = result.plot("influence")
    assert any("robustness=True" in t.get_text() for t in missing.texts)


def test_lists_take_events_one_by_one_or_together() -> None:
    events = ist.load_events()
    assert events.drop(["R24", "R25"]).ids == events.drop("R24", "R25").ids
    assert ist.panel(events, covariates="approval").equals(ist.panel(events, covariates=["approval"]))
