"""Tables in LaTeX, Markdown, HTML and Word: escaped, rounded, without stars, and inert in a spreadsheet."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from small_reports import DRIVERS  # type: ignore[import-not-found]

import interventions_stats as ist
from interventions_stats.assessment.monte_carlo import draws_of
from interventions_stats.errors import InputError
from interventions_stats.reporting import boards, formats
from interventions_stats.reporting.docx import docx_bytes
from interventions_stats.reporting.published import PublishedReport
from interventions_stats.reporting.regressions import regression_table
from interventions_stats.reporting.table import table
from interventions_stats.reporting.tables import tables_of, to_docx, to_html, to_latex, to_markdown
from interventions_stats.rules.absence import check_language

NASTY = [
    "=SUM(A1)",
    "@cmd",
    "+1+1",
    "-2+3",
    "\t=x",
    "<b>&'\"",
    "a|b*c_d",
    "100% & #1 {x} ~^\\",
    "[link](javascript:x)",
    "A\x07B",
]


@pytest.fixture(scope="module")
def fits() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(400, 2))
    y = (rng.uniform(size=400) < 1 / (1 + np.exp(2 - X[:, 0]))).astype(float)
    return {"both": ist.firth_logit(y=y, X=X), "one": ist.firth_logit(y=y, X=X[:, :1])}


def cells_of_docx(path: Path) -> list[list[list[str]]]:
    docx = pytest.importorskip("docx", reason="python-docx reads the file back")
    return [[[c.text for c in row.cells] for row in t.rows] for t in docx.Document(str(path)).tables]


def test_word_file_reads_back_cell_by_cell(small_report: PublishedReport, tmp_path: Path) -> None:
    path = to_docx(small_report, tmp_path / "t.docx", title="Verdicts")
    expected = tables_of(small_report)
    assert [t.caption.split(",")[0] for t in expected][-3:] == [
        "Verdicts by driver",
        "Propositions",
        "The study's claims against its reading",
    ]
    assert cells_of_docx(path) == [[list(t.head), *map(list, t.rows)] for t in expected]


def test_word_file_is_well_formed_and_the_same_each_time(tmp_path: Path) -> None:
    t = table(["a", "b"], [[n, "x"] for n in NASTY], "Caption <&>", ("a note",))
    content = docx_bytes([t], title="T & U")
    assert content == docx_bytes([t], title="T & U")
    path = tmp_path / "t.docx"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
        body = archive.read("word/document.xml").decode()
    assert "w:tblHeader" in body and "AB" in body


@pytest.mark.parametrize("write", [to_latex, to_markdown, to_html])
def test_no_stars_and_no_unbounded_denial(small_report: PublishedReport, write) -> None:  # type: ignore[no-untyped-def]
    text = write(small_report)
    assert not re.search(r"\d\s?\*+(?!\*)", text) and "★" not in text
    assert not check_language(text.replace("``", '"').replace("''", '"') if write is to_latex else text)
    for d in DRIVERS:
        assert small_report.battery.by_driver[d].driver.title in text


@pytest.mark.parametrize("name", NASTY)
def test_cells_are_inert_in_every_format(name: str) -> None:
    t = table(["h"], [[name]])
    (cell,) = t.rows[0]
    assert not cell.startswith(("=", "+", "-", "@", "\t")), "a spreadsheet would run it"
    html = formats.html(t)
    assert "<b>" not in html and html.count("<th") == 2 + html.count("<thead") - 0 and "\t" not in html
    markdown = formats.markdown(t).splitlines()
    assert len(markdown) == 3 and len(re.findall(r"(?<!\\)\|", markdown[2])) == 2, "a cell opens no column"
    assert "](" not in markdown[2].replace("]\\(", "")
    latex = formats.latex(t)
    body = latex.split("\\endfoot\n")[1].splitlines()[0]
    bare = re.sub(r"\\(?:[&%$#_{}\\]|text\w+\{\}|ldots\{\})|\{\}|\$-\$", "", body.removesuffix(r" \\"))
    assert not re.search(r"[&%$#_{}~^\\<>|]", bare), f"unescaped in {body!r}"


def test_bracket_at_a_rows_start_is_no_argument() -> None:
    latex = formats.latex(table(["h"], [["[1, 2]"], ["*x"]]))
    rows = latex.split("\\endfoot\n")[1].splitlines()
    assert rows[:2] == [r"{}[1, 2] \\", r"{}*x \\"]


def numbers_in(cells: list[str]) -> list[float]:
    return [float(x.replace("−", "-")) for c in cells for x in re.findall(r"−?\d+(?:\.\d+)?", c)]


@pytest.mark.parametrize("exponentiate", [False, True])
def test_regression_table_holds_the_fits_numbers(fits: dict[str, Any], exponentiate: bool) -> None:
    """Each number on its own row; a ratio has its standard error by the delta method and its limits exponentiated."""
    t = regression_table(fits, exponentiate=exponentiate, below=["std_error", "conf_int"], conf_level=0.9)
    assert t.head == ("", "both", "one")
    tidy = fits["both"].tidy(0.9).set_index("term")
    for k, (term, row) in enumerate(tidy.iterrows()):
        shown = [r[1] for r in t.rows[3 * k : 3 * k + 3]]
        assert t.rows[3 * k][0] == term and t.rows[3 * k + 1][0] == t.rows[3 * k + 2][0] == ""
        ratio = math.exp(row["estimate"])
        ends = [row["conf_low"], row["conf_high"]]
        expected = (
            [ratio, ratio * row["std_error"], *np.exp(ends)]
            if exponentiate
            else [row["estimate"], row["std_error"], *ends]
        )
        assert numbers_in(shown) == pytest.approx(expected, rel=6e-3, abs=6e-4)
    below = {r[0]: r[1:] for r in t.rows[t.rule_before :]}
    assert below["Observations"] == ("400", "400")
    assert numbers_in(list(below["AIC"])) == pytest.approx([f.aic for f in fits.values()], abs=0.06)
    assert t.rows[6][2] == "–", "a term that a fit does not have is a dash"


def test_maps_choose_order_and_label(fits: dict[str, Any]) -> None:
    first, second = fits["both"].names[1:]
    t = regression_table(
        fits, coef_map={second: "Oil", first: "Approval"}, gof_map={"bic": "BIC", "n": "N"}, below=None
    )
    assert [r[0] for r in t.rows] == ["Oil", "Approval", "BIC", "N"] and t.rule_before == 2
    latex = to_latex(fits, coef_map=[first], gof_map=[], caption="A & B")
    assert r"\begin{tabular}{@{}lcc@{}}" in latex and r"\caption{A \& B}" in latex and "longtable" not in latex
    assert latex.count(r"\midrule") == 1 and r"\bottomrule" in latex


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exponentate": True}, "exponentiate"),
        ({"coef_map": ["oil"]}, "oil"),
        ({"coef_map": 3}, "sequence"),
        ({"gof_map": ["r2"]}, "r2"),
        ({"below": "se"}, "std_error"),
        ({"conf_level": 95}, "conf_level"),
        ({"caption": 3}, "caption"),
        ({"exponentiate": "yes"}, "exponentiate"),
    ],
)
def test_options_that_there_are_not(fits: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_markdown(fits, **options)


def test_only_log_ratios_are_exponentiated(fits: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="no logarithms"):
        to_markdown([ist.rate_ratio(events=(10, 15), exposure=(21, 8))], exponentiate=True)
    with pytest.raises(InputError, match="table of regressions"):
        to_markdown(pd.DataFrame({"a": [1]}), exponentiate=True)
    assert "(–)" not in to_markdown([fits["one"], ist.rate_ratio(events=(10, 15), exposure=(21, 8))])
    assert tables_of(ist.predictions(fits["one"]))[0].head[-1] == "conf_high"


def test_maketables_reads_the_results(small_report: PublishedReport, fits: dict[str, object]) -> None:
    maketables = pytest.importorskip("maketables", reason="maketables is an extra")
    exact = ist.rate_ratio(events=(10, 15), exposure=(21, 8))
    for thing in (small_report.battery.results["L1"], fits["one"], exact):
        tidy = thing.tidy()  # type: ignore[attr-defined]
        assert len(thing.pvalues) == len(tidy) if hasattr(thing, "pvalues") else True
        latex = str(maketables.ETable([thing], coef_fmt="b \n (se)").make(type="tex"))
        for term, estimate in zip(tidy["term"], tidy["estimate"], strict=True):
            assert f"{estimate:.3f}" in latex and term.replace("_", r"\_") in latex
        assert "*" not in latex and "nan" not in latex
    both = str(maketables.ETable(list(fits.values()), coef_fmt="b \n (se)").make(type="tex"))
    assert "Events used" in both and "Events in the list" in both


def test_digits_follow_the_number_of_relabellings(small_report: PublishedReport) -> None:
    """999 relabellings leave a p of .5 uncertain by .016: two decimals; an exact p keeps three."""
    t = boards.proposition_board([r for r in small_report.battery.results.values() if r.evidence.raw is not None])
    column = t.head.index("p superiority")
    shown = {row[0]: row[column] for row in t.rows}
    for name, text in shown.items():
        r = small_report.battery.results[name]
        p, raw = r.evidence.p_superiority, r.evidence.raw
        assert raw is not None
        if raw.exact or not 0.1 < p < 0.9:
            continue
        error = math.sqrt(p * (1 - p) / draws_of(r.evidence))
        assert len(text) - 1 == max(2, -math.floor(math.log10(error)))
    assert shown["L1"] == ".986", "exact"
    sampled = [n for n in shown if not small_report.battery.results[n].evidence.raw.exact]  # type: ignore[union-attr]
    assert sampled, "no sampled null to look at"


def test_tables_of_many_things(small_report: PublishedReport, fits: dict[str, object]) -> None:
    battery = small_report.battery
    assert len(tables_of(battery)) == 2 and len(tables_of(battery.by_driver["leader"])) == 1
    assert len(tables_of(battery.results["W1"])) == 3, "the result, its lists and its falsifiers"
    assert tables_of(list(small_report.by_claim.values()))[0].rows[0][0].startswith("C1. The study claims:")
    assert tables_of(fits["one"])[0].head == ("", "(1)")
    assert tables_of([battery.results["W1"], battery.results["W2"]])[0].rows[1][0] == "W2"
    assert tables_of(pd.DataFrame({"a": [1, None]}))[0].rows == (("1.0",), ("–",))
    with pytest.raises(InputError, match="int"):
        tables_of(3)


@pytest.mark.parametrize(("write", "name"), [(to_latex, "t.tex"), (to_markdown, "t.md"), (to_html, "t.html")])
def test_writes_the_text_that_it_returns(small_report: PublishedReport, tmp_path: Path, write, name: str) -> None:  # type: ignore[no-untyped-def]
    path = write(small_report.battery.results["L1"], tmp_path / name)
    assert path == tmp_path / name
    assert path.read_text(encoding="utf-8") == write(small_report.battery.results["L1"])
