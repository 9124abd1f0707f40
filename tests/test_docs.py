"""The documentation: what it shows runs, what is public is documented, what it links to is there."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import interventions_stats as ist
from interventions_stats.rules.absence import check_language

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# What the site writes for itself is left out; `datasets/README.md` is a page of it by inclusion.
WRITTEN_BY_THE_BUILD = {DOCS / "_build", DOCS / "tutorials", DOCS / "reference" / "generated"}
PAGES = sorted(
    p
    for p in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]
    if not WRITTEN_BY_THE_BUILD & set(p.parents)
)
PAGE_IDS = [str(p.relative_to(ROOT)) for p in PAGES]
FLOORS = (
    "datasets",
    "events",
    "panels",
    "estimators",
    "inference",
    "drivers",
    "display",
    "reporting",
    "robustness",
    "rules",
)
# Sections that a docstring may lack, name by name; elsewhere Parameters, Returns and Examples are all asked for.
P, R, E = "Parameters", "Returns", "Examples"
LACKING: dict[str, set[str]] = {
    # no arguments, or one that the summary explains together with what comes back
    "interventions_stats.claims": {R}, "interventions_stats.guards": {R}, "datasets.data_version": {R}, "events.actor": {R},
    "events.list_definitions": {P, R}, "events.leaders": {R}, "events.parse_date": {R}, "events.registry": {R, E},
    "panels.parse_term": {P, R}, "drivers.driver": {P, R, E}, "reporting.method_sections": {R, E}, "display.coefficients": {P, R},
    # take minutes, or write files that only a whole report can fill
    "interventions_stats.diff": {E}, "interventions_stats.verify": {E}, "panels.power_years": {R, E},
    "reporting.methods_text": {P, R, E}, "reporting.write_page": {P, R, E},
    # formulas whose arguments (estimate, standard error, size of interest) are explained once, in the module
    "inference.beta_binomial_bf01": {P, R}, "inference.correlation_bf10": {P, R}, "inference.direction_bf": {P, R},
    "inference.minimum_effect_test": {P, R}, "inference.normal_bf10": {P, R}, "inference.reverse": {P, R},
    "inference.s_value": {P, R}, "inference.savage_dickey": {P, R}, "inference.superiority": {P, R}, "inference.analytic_mde": {P, R},
    "inference.dismissal_frontier": {R}, "inference.half_normal_bf10": {R}, "inference.jzs_bf10": {R},
    "inference.noninferiority": {R}, "inference.overdispersion": {R}, "inference.posterior_below": {R},
    "inference.severity_curve": {R}, "inference.tost": {R}, "inference.tost_correlation": {R}, "inference.max_statistic_test": {P},
    # batches, which share their arguments with the single fit
    "estimators.build_design": {R, E}, "estimators.cloglog_batch": {P, R}, "estimators.logit_batch": {P, R},
    "estimators.poisson_batch": {P, R}, "interventions_stats.cox": {P},
}  # fmt: skip


def public_functions() -> dict[str, object]:
    found: dict[str, object] = {}
    for n in ist.__all__:
        value = getattr(ist, n)
        if inspect.isroutine(value):
            found[f"interventions_stats.{n}"] = value
    known = set(map(id, found.values()))
    for floor in FLOORS:
        module = importlib.import_module(f"interventions_stats.{floor}")
        for n in getattr(module, "__all__", ()):
            value = getattr(module, n)
            if inspect.isroutine(value) and id(value) not in known:
                found[f"{floor}.{n}"] = value
    return found


FUNCTIONS = public_functions()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_a_numpydoc_docstring(name):
    docscrape = pytest.importorskip("numpydoc.docscrape", reason="needs the extra [docs]")
    doc = docscrape.FunctionDoc(FUNCTIONS[name])
    assert doc["Summary"] and doc["Summary"][0].strip(), "a summary line"
    takes = set(inspect.signature(FUNCTIONS[name]).parameters)
    listed = {part.strip("* ") for p in doc["Parameters"] for part in p.name.split(",")}
    lacking = {P} if takes - listed else set()
    lacking |= {R} if not (doc["Returns"] or doc["Yields"]) else set()
    lacking |= {E} if not doc["Examples"] else set()
    undocumented = lacking - LACKING.get(name, set())
    assert not undocumented, f"{name} lacks {undocumented}; not listed: {takes - listed}"


def test_the_exceptions_name_what_exists():
    assert set(LACKING) <= set(FUNCTIONS)


def test_every_public_class_says_what_it_is():
    classes = {f"{f}.{n}": o for f in FLOORS for n, o in _members(f) if inspect.isclass(o)}
    classes |= {n: getattr(ist, n) for n in ist.__all__ if inspect.isclass(getattr(ist, n))}
    assert classes
    # A dataclass without a docstring gets its signature for one.
    bare = [n for n, o in classes.items() if not o.__doc__ or o.__doc__.startswith(f"{o.__name__}(")]
    assert not bare


def _members(floor: str) -> list[tuple[str, object]]:
    module = importlib.import_module(f"interventions_stats.{floor}")
    return [(n, getattr(module, n)) for n in getattr(module, "__all__", ())]


def test_the_reference_lists_every_public_name(tmp_path):
    generated = _generated()
    text = generated._public() + "".join(generated._floor(f, t) for f, t in generated.FLOORS.items())
    for name in FUNCTIONS:
        assert re.search(rf"[.~` ]{re.escape(name.rsplit('.', 1)[1])}\b", text), name


def _generated():
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("generated_pages")
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("path", PAGES, ids=PAGE_IDS)
def test_the_text_denies_no_effect_without_a_bound(path):
    found = check_language(_unquoted(_prose(path.read_text(encoding="utf-8"))))
    assert not found, [f.sentence for f in found]


def test_the_language_check_of_pages_can_fail():
    assert check_language(_unquoted(_prose("# Title\n\nOil has no effect on onsets.\n")))
    assert not check_language(_unquoted(_prose('The claim "oil has no effect" is discussed below.\n')))


def _prose(text: str) -> str:
    """Text without code, and without rows of claims, which carry their bound in a cell of their own."""
    text = re.sub(r"^\| .+ \(C\d+\w?\) \|.*$", "", text, flags=re.M)
    return re.sub(r"^(```|~~~|:::+).*?^\1\s*$", "", text, flags=re.S | re.M)


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"]{1,200}\"|“[^”]{1,200}”", '"..."', text)


@pytest.mark.parametrize("path", PAGES, ids=PAGE_IDS)
def test_links_resolve_and_nothing_names_this_machine_or_a_registry(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^```\{include\} (\S+)", text, flags=re.M):
        link = (target[0] or target[1]).split("#")[0]
        if link and not re.match(r"[a-z]+:", link):
            assert _page(path, link), f"{link} in {path.name}"
    for entry in re.findall(r"```\{toctree\}\n(.*?)```", text, flags=re.S):
        for line in (x.strip() for x in entry.splitlines()):
            if line and not line.startswith(":"):
                assert _page(path, line), f"{line} in the contents of {path.name}"
    assert not re.search(r"(?<![\w.:/<~])/(?:home|root|Users|tmp|work|opt|usr|var|mnt|srv)/\w", text)
    assert not re.search(r"https?://\S*/simple/|--(extra-)?index", text)


def _page(path: Path, link: str) -> bool:
    """Whether a link leads to a file, a notebook (copied below the site) or a page that the build writes."""
    target = Path(os.path.normpath(path.parent / link))
    if DOCS / "tutorials" in target.parents:
        target = ROOT / "notebooks" / target.relative_to(DOCS / "tutorials")
    if DOCS / "reference" / "generated" in target.parents:
        return target.name.removesuffix(".md") in _written()
    return any(target.with_name(target.name + end).exists() for end in ("", ".md", ".rst", ".ipynb"))


def _written() -> set[str]:
    source = (DOCS / "generated_pages.py").read_text(encoding="utf-8")
    names = set(re.findall(r"\"(\w+)\.(?:rst|md)\"", source)) | set(re.findall(r"\"(\w+\.inc)\"", source))
    return names | {f"floor_{f}" for f in _generated().FLOORS}


def test_the_readme_runs():
    """Every Python line of the README, in order, with the runs made quick."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.S | re.M)
    assert blocks
    import pandas as pd

    months = pd.period_range("2000-01", "2020-12", freq="M")
    my_frame = pd.DataFrame(
        {"month": months.astype(str), "confidence": [50 + (7 * k) % 11 + k / 50 for k in range(len(months))]}
    )
    space = {"my_frame": my_frame, "report": None}
    results = []
    for line in "\n".join(blocks).splitlines():
        code = line.split("  #")[0].strip()
        if not code:
            continue
        if code.startswith("report = ist.replicate"):  # a minute; one driver stands for all
            space["report"] = ist.battery("RUS", drivers=["wag_the_dog"], quick=True, robustness=False, n_jobs=1)
            continue
        if (
            "report.claims" in code or "report.findings" in code
        ):  # of a whole report; the notebook on the replication shows it
            continue
        code = re.sub(r"(ist\.(?:test|battery)\()(.*)\)$", r"\1\2, quick=True, robustness=False)", code)
        value = _run(code, space)
        if code.startswith(("ist.test", "ist.battery")):
            results.append(value)
    verdicts = [r.verdict for r in results if hasattr(r, "verdict")]
    assert len(verdicts) >= 3 and all(verdicts)
    assert any(len(getattr(r, "propositions", ())) > 20 for r in results), "the battery on another actor"


def _run(code: str, space: dict) -> object:
    try:
        return eval(compile(code, "README.md", "eval"), space)  # noqa: S307  # our own README
    except SyntaxError:
        exec(compile(code, "README.md", "exec"), space)  # noqa: S102
        return None


def test_the_commands_of_the_pages_exist():
    from interventions_stats.cli import _parser

    names = set(_parser()[1])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"```(?:console|yaml)\n(.*?)```", text, flags=re.S):
            for command in re.findall(r"interventions-stats ([a-z]+)", block):
                assert command in names, f"{command} in {path.name}"
            for goal in re.findall(r"^make ([\w-]+)", block, flags=re.M):
                assert re.search(rf"^{goal}:", makefile, flags=re.M), f"make {goal} in {path.name}"


def test_the_python_of_the_pages_compiles_and_names_what_exists():
    for path in PAGES:
        if "notebook_sources" in path.parts:
            continue
        for block in re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.S | re.M):
            compile(block, str(path.name), "exec")
            for dotted in re.findall(r"\bist((?:\.\w+)+)", block):
                value = ist
                for part in dotted.strip(".").split("."):
                    value = getattr(value, part)


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx", reason="needs the extra [docs]")
    pytest.importorskip("myst_nb", reason="needs the extra [docs]")
    pytest.importorskip("pydata_sphinx_theme", reason="needs the extra [docs]")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-b",
        "html",
        "-d",
        str(tmp_path / "trees"),
        str(DOCS),
        str(tmp_path / "html"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    for page in ("index", "explanation/method", "reference/index", "tutorials/quickstart", "reference/codebook"):
        assert (tmp_path / "html" / f"{page}.html").stat().st_size > 5_000
