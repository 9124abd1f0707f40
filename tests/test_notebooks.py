"""The notebooks: they run from the top, and what is committed is small, clean and free of this machine."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

import interventions_stats as ist

nbformat = pytest.importorskip("nbformat", reason="needs the extra [notebook]")
pytest.importorskip("nbclient", reason="needs the extra [notebook]")

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
NAMES = [str(p.relative_to(ROOT / "notebooks").with_suffix("")) for p in NOTEBOOKS]
LARGEST = 150_000  # bytes
ABSOLUTE = re.compile(
    r"(?<![\w.:/<])/(?:home|root|Users|tmp|work|opt|usr|var|mnt|srv|private)/\w|[A-Z]:\\\\(?:Users|Temp)"
)
LISTED = re.findall(r"tutorials/drivers/(\w+)", (ROOT / "docs" / "drivers.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def builder():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import build_notebooks
    finally:
        sys.path.pop(0)
    return build_notebooks


def code_cells(notebook):
    return [c for c in notebook["cells"] if c["cell_type"] == "code"]


def shown(notebook) -> str:
    """All text that a reader of the outputs sees."""
    parts = []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            data = output.get("data", {})
            parts += [output.get("text", ""), *(data.get(k, "") for k in ("text/plain", "text/markdown", "text/html"))]
    return "\n".join(parts)


def test_there_is_one_a_driver_and_the_five_tutorials():
    named = {n.split("/")[1] for n in NAMES if n.startswith("drivers/")}
    assert named == set(LISTED) <= {d.name for d in ist.drivers.DRIVERS}
    assert {n for n in NAMES if "/" not in n} == {
        "quickstart",
        "csv_to_paper",
        "replication",
        "power_and_frontier",
        "your_own_events",
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_the_committed_notebook_is_small_clean_and_complete(path, builder):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len(text.encode()) < LARGEST
    assert not ABSOLUTE.search(text), ABSOLUTE.search(text).group(0)
    assert str(ROOT) not in text and str(Path.home()) not in text
    for number, cell in enumerate(code_cells(notebook), start=1):
        assert cell["execution_count"] == number, "run in order from the top"
        assert "execution" not in cell["metadata"], "no times"
        assert not [o for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"]
    figures = [c for c in code_cells(notebook) if any("image/png" in o.get("data", {}) for o in c["outputs"])]
    assert figures and all(c["metadata"]["mystnb"]["image"]["alt"] for c in figures), (
        "every figure has a text alternative"
    )
    described = [c for c in code_cells(notebook) if "mystnb" in c["metadata"]]
    assert described == figures, "every cell that promises a figure shows it"


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_notebook_is_that_of_its_source(name, builder):
    committed = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    fresh = builder.assemble(name)
    assert [(c["cell_type"], c["source"]) for c in committed["cells"]] == [
        (c["cell_type"], c["source"]) for c in fresh["cells"]
    ], f"rebuild it: python docs/build_notebooks.py {name}"


@pytest.mark.parametrize("name", NAMES)
def test_code_is_what_a_user_would_write(name, builder):
    """Public names alone, prose outside the code, no magic, and what was found before how it was found."""
    codes = [c["source"] for c in code_cells(builder.assemble(name))]
    for code in codes:
        assert not re.search(r"from interventions_stats\.|import interventions_stats\.", code), "an internal import"
        assert "Markdown(" not in code and "%matplotlib" not in code
    if name.startswith("drivers/"):
        assert codes[0].rstrip().endswith("\nfound")


@pytest.mark.parametrize("name", NAMES)
def test_text_and_outputs_deny_nothing_without_a_bound(name):
    from interventions_stats.rules.absence import check_language

    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    texts = [c["source"] for c in notebook["cells"] if c["cell_type"] == "markdown"]
    for cell in code_cells(notebook):
        texts += [o["data"]["text/markdown"] for o in cell["outputs"] if "text/markdown" in o.get("data", {})]
    found = [f.sentence for t in texts for f in check_language(unquoted(t))]
    assert not found, found


def unquoted(text: str) -> str:
    """Leave out what stands in quotation marks: the wording of a claim that is discussed."""
    return re.sub(r"\"[^\"]{1,200}\"|“[^”]{1,200}”", '"..."', text)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_reaches_the_committed_verdicts(name, builder):
    fresh = builder.execute(builder.assemble(name))
    assert all(c["execution_count"] for c in code_cells(fresh))
    committed = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert verdicts(shown(fresh)) == verdicts(shown(committed)), f"rebuild it: python docs/build_notebooks.py {name}"


def verdicts(text: str) -> list[str]:
    """Verdicts in the order in which they are shown; the last digits of numbers may differ between machines."""
    words = r"inconclusive[_, ]+(?:underpowered|mixed)|not[_ ]testable|supported|reversed|dismissed|undecided"
    return re.findall(words, json.dumps(text))
