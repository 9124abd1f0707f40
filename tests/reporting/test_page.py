"""The page: whole, valid, self-contained, accessible, and deaf to markup in the data."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_reports import DRIVERS, report_of  # type: ignore[import-not-found]

import interventions_stats as ist
from interventions_stats.errors import RefusalError
from interventions_stats.reporting import at_size, cells, opening, strips
from interventions_stats.reporting.page import page, source_hash
from interventions_stats.reporting.published import PublishedReport

VOID = {"meta", "link", "br", "hr", "img", "input"}
SECTIONS = ("findings", "board", "size", "events", "claims", "method", "cite")


class Tree(HTMLParser):
    """Records elements and refuses tags that do not nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len({name for name, _ in attrs}), f"an attribute twice in <{tag}>"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1] if self.open else 'nothing'}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.text.append((self.open[-1], data.strip()))


def parsed(html: str) -> Tree:
    tree = Tree()
    tree.feed(html)
    tree.close()
    assert tree.open == [], f"left open: {tree.open}"
    return tree


@pytest.fixture(scope="module")
def tree(small_page: str) -> Tree:
    return parsed(small_page)


def test_every_section_is_there_and_named(tree: Tree, small_report: PublishedReport) -> None:
    sections = {a["id"]: a for tag, a in tree.elements if tag == "section"}
    wanted = [*SECTIONS, *(f"driver-{d.replace('_', '-')}" for d in DRIVERS)]
    assert list(sections) == ["findings", "board", "size", "events", *wanted[7:], "claims", "method", "cite"]
    ids = {a.get("id") for _, a in tree.elements}
    assert all(a["aria-labelledby"] in ids for a in sections.values())
    assert {f"prop-{i.lower()}" for i in small_report.battery.results} <= ids
    assert {f"claim-{i.lower()}" for i in small_report.by_claim} <= ids


def test_driver_sections_say_what_the_brief_of_a_reader_needs(small_page: str, small_report: PublishedReport) -> None:
    found = re.search(r'<section id="driver-wag-the-dog".*?</section>', small_page, re.S)
    assert found is not None
    section = re.sub(r"\s+", " ", found.group(0))
    d = small_report.battery.by_driver["wag_the_dog"]
    for text in ("Theory.", "What would count.", "Primary test.", "Guards that fired", "Robustness.", "Literature", "Against", "approval_russia", "fig-approval", "fig-event-study", "fig-w1-null"):  # fmt: skip
        assert text in section, text
    for r in d.results.values():
        assert r.proposition.design_hash()[:12] in section
        for g in r.evidence.guards:
            assert f"<b>{g.guard}</b>" in section
    assert "Levy, J. S. (1989)" in section and "Chiozza, G." in section


def test_board_has_one_line_a_driver(small_page: str, small_report: PublishedReport) -> None:
    found = re.search(r'<section id="board".*?</table>', small_page, re.S)
    assert found is not None
    rows = re.findall(r'<tr role="row"><th scope="row".*?</tr>', found.group(0), re.S)
    assert len(rows) == len(DRIVERS)
    for row in rows:
        labels = ["All cases", "Its propositions", "Excluded above", "Combat cases", "Stabilisation cases"]
        assert [*re.findall(r'data-label="([\w ]+)"', row)] == labels
    leader = next(r for r in rows if "driver-leader" in r)
    assert f"RR {cells.frontier_text(small_report.battery.results['L1'])} (L1)" in leader
    sized = [r for r in small_report.battery.by_driver["leader"].results.values()
             if r.proposition.family and r.evidence.sesoi.delta and math.isfinite(r.evidence.estimate) and r.verdict != "not_testable"]  # fmt: skip
    assert leader.count("<rect") == len(sized) > 1, "a band of interest for each proposition that has one"


def test_findings_of_a_report_stand_first(small_report: PublishedReport) -> None:
    """A report that answers what is reproduced shows it as its first table; one that does not counts its verdicts."""
    frame = pd.DataFrame([{"claim": "C1", "says": "Low approval <i>did not</i> precede interventions.", "finding": "reproduced",
                           "number": "Spearman .05, p .44", "excluded_above": 1.55, "excluded": "OR 1.55", "reading": "Reproduced: so."}])  # fmt: skip

    class Answered:
        findings = frame
        battery = small_report.battery

        def headline(self) -> str:
            return "1 of 1 findings reproduced."

    told = opening.findings(Answered())  # type: ignore[arg-type]
    assert told["headline"] == "1 of 1 findings reproduced." and told["rows"][0]["value"] == "1.5500"
    (first,) = opening.findings_table(Answered())  # type: ignore[arg-type]
    assert first.caption == told["headline"] and first.rows[0][1] == "reproduced"
    counted = opening.findings(unanswered(small_report))
    assert not counted["rows"] and counted["headline"].startswith(
        f"Of {len(small_report.battery.results)} propositions"
    )


def unanswered(report: PublishedReport) -> Any:
    return type("Unanswered", (), {"battery": report.battery})()


def test_states_at_the_registered_size_are_the_clauses_of_the_rules(small_report: PublishedReport) -> None:
    """Excluded by every check: exactly where the rules' clauses on bounds, other specifications, lists and deletions hold."""
    names = ("p_noninferiority", "p_tost", "specs_supported", "share_dismissing", "lists", "worst_deletion_p")
    seen = set()
    for r in small_report.battery.results.values():
        delta = r.evidence.sesoi.delta
        code = at_size.state(r, delta or 1.0)
        seen.add(code)
        clauses = {c.name: c.met for c in r.decision.of("dismissed") if c.name in names}
        if delta and code in "ebmo":
            primary = clauses.get("p_noninferiority", clauses.get("p_tost"))
            assert (code in "eb") == primary, r.proposition.id
            assert (code == "e") == all(clauses.values()), (r.proposition.id, clauses)
        whole = at_size.states(r)
        assert len(whole) == len(at_size.SIZES) and set(whole) <= set(at_size.STATES)
        assert not re.search(r"[eb].*[mo]", whole), "what is excluded at a size is excluded at a larger one"
    assert len(seen) > 2


def test_strips_draw_what_was_found(small_report: PublishedReport) -> None:
    results = list(small_report.battery.results.values())
    svg = strips.strip(results)
    parsed(svg)
    for r in results:
        assert r.proposition.statement.rstrip(".").replace("'", "&#x27;") in svg
    l1 = small_report.battery.results["L1"]
    drawn = strips.strip([l1], ticks=False)
    line = re.search(r'class="line" d="M([\d.]+) 7H([\d.]+)', drawn)
    assert line is not None
    low, high = (strips.place(math.exp(x)) for x in l1.evidence.ci90)
    assert [float(x) for x in line.groups()] == pytest.approx([low, high], abs=0.06)


def test_markup_is_sound(tree: Tree) -> None:
    ids = [a["id"] for _, a in tree.elements if a.get("id")]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1][:5]
    links = [a["href"] or "" for tag, a in tree.elements if tag == "a"]
    assert all(link.startswith("#") for link in links) and {link[1:] for link in links} <= set(ids)
    used = [v or "" for tag, a in tree.elements for k, v in a.items() if k == "href" and tag != "a" and tag != "link"]
    assert used and all(u.startswith("#") and u[1:] in ids for u in used), "figures refer to their own parts alone"
    levels = [int(tag[1]) for tag, _ in tree.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels)), "a heading level is skipped"


def test_page_is_accessible(tree: Tree) -> None:
    tags = [tag for tag, _ in tree.elements]
    assert [tags.count(t) for t in ("header", "main", "nav", "footer")] == [1, 1, 1, 1]
    html = next(a for tag, a in tree.elements if tag == "html")
    assert html["lang"] == "en"
    skip = next(a for tag, a in tree.elements if tag == "a")
    assert skip == {"class": "skip", "href": "#main"}
    pictures = [a for tag, a in tree.elements if tag == "svg"]
    titles = {a["id"] for tag, a in tree.elements if tag == "title" and "id" in a}
    assert len(pictures) > 15
    assert all(a["role"] == "img" and (a.get("aria-label") or a["aria-labelledby"] in titles) for a in pictures)
    alts = [text for tag, text in tree.text if tag == "title"]
    assert min(map(len, alts)) > 25, "a figure's words are too few to stand for it"
    heads = [a for tag, a in tree.elements if tag == "th"]
    assert heads and all(a.get("scope") in ("col", "row") for a in heads)
    assert tags.count("table") == tags.count("caption")
    scrolling = [a for _, a in tree.elements if a.get("class") in ("scroll", "plot-box")]
    assert scrolling and all(a["tabindex"] == "0" and a["aria-label"] for a in scrolling)
    marks = [a for _, a in tree.elements if str(a.get("class", "")).startswith("mark")]
    assert marks and all(a["aria-hidden"] == "true" for a in marks), "a mark without words beside it"


def test_page_needs_nothing_from_outside(tree: Tree, small_page: str) -> None:
    assert not {"img", "iframe", "object", "embed", "form"} & {tag for tag, _ in tree.elements}
    assert not re.search(r"@import|url\((?!#)|@font-face", small_page)
    assert [a for tag, a in tree.elements if tag == "link"] == [{"rel": "icon", "href": "data:,"}]
    assert not any(k.startswith("on") for _, a in tree.elements for k in a)
    policy = next(a["content"] for _, a in tree.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and "default-src 'none'" in policy
    (script,) = re.findall(r"<script>(.*?)</script>", small_page, re.S)
    assert f"script-src '{source_hash(script)}'" in policy
    assert not re.search(r"fetch|XMLHttpRequest|import\(|https?:|eval", script)
    assert len(small_page.encode()) < 2.5e6


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_reaches_wcag_aa_in_both_schemes(small_page: str) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    css = re.search(r"<style>(.*?)</style>", small_page, re.S).group(1)  # type: ignore[union-attr]
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)[:2]
    for scheme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", scheme))
        for ground in ("paper", "surface"):
            for text in ("ink", "muted", "link"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for name in (c for c in colours if c.startswith("c-")):
            assert contrast(colours[name], colours["paper"]) >= 3, name


def test_figures_take_their_colours_from_the_page(small_page: str) -> None:
    from interventions_stats.display.figures import style

    drawn = "".join(re.findall(r"<svg\b.*?</svg>", small_page, re.S))
    assert "var(--ink)" in drawn and "var(--c-blue)" in drawn
    for colour in (style.INK, style.MUTED, style.BLUE, style.SURFACE):
        assert colour not in drawn
    assert not re.search(r"(?:fill|stroke): #(?!000000)[0-9a-f]{6}", drawn), "a colour that a dark scheme cannot change"


PLANTED = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def planted() -> PublishedReport:
    events = ist.load_events().recode("R25", name=PLANTED).recode("R24", name="=HYPERLINK(1)")
    return report_of(ist.battery(events=events, drivers=["leader"], quick=True, n_jobs=1))


@pytest.fixture(scope="module")
def planted_page(planted: PublishedReport) -> str:
    return page(planted)


def test_same_report_same_page(planted: PublishedReport, planted_page: str) -> None:
    assert page(planted) == planted_page


def test_markup_in_an_event_name_stays_text(planted_page: str) -> None:
    tree = parsed(planted_page)
    html = planted_page
    assert [tag for tag, _ in tree.elements].count("script") == 1, "the page's own"
    assert html.count("&lt;script&gt;alert") >= 2, "the name is shown, in the list of events and in a figure"
    assert any("=HYPERLINK" in text and not text.startswith("=") for _, text in tree.text)


def test_a_denial_without_a_bound_is_refused(planted: PublishedReport) -> None:
    results = dict(planted.battery.by_driver["leader"].results)
    e = results["L1"].evidence
    denied = replace(e, proposition=e.proposition.with_(note="The leader does not matter."))
    results["L1"] = replace(results["L1"], evidence=denied)
    d = replace(planted.battery.by_driver["leader"], results=results)
    report = replace(planted, battery=replace(planted.battery, results=results, by_driver={"leader": d}))
    with pytest.raises(RefusalError, match=r"G22.*does not matter"):
        page(report)


def test_write_all_writes_page_tables_and_methods(small_report: PublishedReport, tmp_path: Path) -> None:
    from interventions_stats.reporting.publish import write_all

    written = write_all(small_report, tmp_path)
    assert sorted(p.name for p in written) == [
        "claims.csv", "drivers.csv", "findings.csv", "methods.txt", "propositions.csv", "report.html", "report.json", "tables.docx", "tables.md",
        "tables.tex"]  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in written), "nothing is left beside them"
    assert all(p.stat().st_size > 500 for p in written)
    assert "W1" in (tmp_path / "methods.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["forest", "timeline", "footprint", "targets", "approval", "event_study"])
def test_a_report_plots_itself(small_report: PublishedReport, kind: str) -> None:
    from matplotlib import pyplot as plt

    ax = small_report.plot(kind=kind)  # type: ignore[arg-type]
    assert len(ax.plotted) > 5  # type: ignore[attr-defined]
    plt.close("all")
