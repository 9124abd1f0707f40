"""The page in headless Chromium: sections, console, schemes and widths."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
if CHROMIUM is None:
    pytest.skip("chromium is not installed", allow_module_level=True)
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr", "--v=0")  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"


def chromium(*arguments: str) -> tuple[str, list[str]]:
    """Run the browser on a fresh profile; return what it prints and its console lines."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=100, check=True, encoding="utf-8", errors="replace"
        )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module")
def page_file(small_page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(small_page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: a folder named by INTERVENTIONS_SCREENSHOTS keeps them."""
    kept = os.environ.get("INTERVENTIONS_SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_opens_with_every_section_and_a_silent_console(page_file: Path) -> None:
    dom, console = chromium("--dump-dom", page_file.as_uri())
    assert console == []
    for section in (
        "findings",
        "board",
        "size",
        "events",
        "driver-diffusion",
        "driver-wag-the-dog",
        "driver-leader",
        "claims",
        "method",
        "cite",
    ):
        assert f'<section id="{section}"' in dom
    assert len(re.findall(r"<svg ", dom)) == len(re.findall(r"<svg ", page_file.read_text(encoding="utf-8")))


def test_console_lines_would_be_seen(tmp_path: Path) -> None:
    """The check above can fail: a page that complains is heard."""
    page = tmp_path / "bad.html"
    page.write_text("<!DOCTYPE html><title>x</title><script>console.error('complaint')</script>", encoding="utf-8")
    _, console = chromium("--dump-dom", page.as_uri())
    assert any("complaint" in line for line in console)


def test_the_policy_lets_the_page_s_own_script_run(page_file: Path) -> None:
    html = page_file.read_text(encoding="utf-8")
    assert 'id="size-tool" hidden' in html and "<button" not in html.split("<table")[3]
    dom, console = chromium("--dump-dom", page_file.as_uri())
    assert console == [] and '<div id="size-tool" data-sizes' in dom and dom.count('class="sort"') > 8


def test_the_slider_counts_what_the_page_says(page_file: Path, small_report: Any, tmp_path: Path) -> None:
    """Move it in the browser, sort a table, and hold the counts against the library's own."""
    from collections import Counter

    from interventions_stats.reporting.at_size import SIZES, STATES, states

    k = SIZES.index(1.25)
    act = (f"const s = document.querySelector('#size-slider'); s.value = {k}; s.dispatchEvent(new Event('input'));"
           "document.querySelector('#size-table th:nth-child(3) button').click();")  # fmt: skip
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page_file.read_text(encoding="utf-8"))
    moved = tmp_path / "moved.html"
    moved.write_text(html.replace("</body>", f"<script>{act}</script></body>"), encoding="utf-8")
    dom, console = chromium("--dump-dom", moved.as_uri())
    assert console == [] and "ratio 1.25" in dom
    (shown,) = re.findall(r'<ul class="counts" id="size-counts".*?</ul>', dom, re.S)
    found = {words: int(n) for n, words in re.findall(r"<b>(\d+)</b> ([^<]+)</li>", shown)}
    assert found == dict(Counter(STATES[states(r)[k]] for r in small_report.battery.results.values()))
    table = dom.split('id="size-table"')[1].split("</table>")[0]
    values = [float(v) for v in re.findall(r'data-label="Excluded above" data-value="([^"]+)"', table)]
    known = [v for v in values if v == v]
    assert known == sorted(known) and values[: len(known)] == known, "what has no bound comes last"


def test_policy_stops_a_script(page_file: Path, tmp_path: Path) -> None:
    """Should markup slip through all the same, the page's own policy keeps it from running."""
    page = tmp_path / "slipped.html"
    html = page_file.read_text(encoding="utf-8")
    page.write_text(html.replace("</body>", "<script>document.body.id = 'ran'</script></body>"), encoding="utf-8")
    dom, console = chromium("--dump-dom", page.as_uri())
    assert 'id="ran"' not in dom and any("Content Security Policy" in line for line in console)


def framed(page: Path, width: int) -> Path:
    """A page that holds another in a frame of ``width`` pixels, narrower than the browser's own window can be."""
    outer = page.with_name(f"frame-{page.name}")
    listen = "<script>onmessage = e => document.body.dataset.sizes = e.data</script>"
    frame = f'<iframe src="{page.name}" style="border:0;width:{width}px;height:2400px"></iframe>'
    style = '<meta name="color-scheme" content="light dark"><style>body { margin: 0 }</style>'
    outer.write_text(f"<!DOCTYPE html>{style}<title>{width}</title><body>{frame}{listen}</body>", encoding="utf-8")
    return outer


@pytest.mark.parametrize("width", [1280, 500, 390])
def test_nothing_sticks_out_sideways(page_file: Path, tmp_path: Path, width: int) -> None:
    """Lay the page out, everything unfolded, and let it say how wide it became."""
    page = tmp_path / "measured.html"
    html = page_file.read_text(encoding="utf-8").replace("<details", "<details open")
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    sizes = "[innerWidth, document.documentElement.scrollWidth].join()"
    told = f"parent.postMessage({sizes}, '*')" if width < 500 else f"document.body.dataset.sizes = {sizes}"
    page.write_text(html.replace("</body>", f"<script>{told}</script></body>"), encoding="utf-8")
    shown = framed(page, width) if width < 500 else page
    dom, _ = chromium(
        "--dump-dom", f"--window-size={max(width, 500)},900", "--virtual-time-budget=5000", shown.as_uri()
    )
    found = re.search(r'data-sizes="(\d+),(\d+)"', dom)
    assert found is not None
    inner, scroll = map(int, found.groups())
    assert abs(inner - width) <= 20 and scroll <= inner


def test_screenshots_in_both_schemes_and_widths(page_file: Path, shots: Path) -> None:
    from PIL import Image

    brightness = {}
    for name, width in (("desktop", 1280), ("phone", 390)):
        for scheme in ("light", "dark"):
            path = shots / f"{name}-{scheme}.png"
            extra = [DARK] if scheme == "dark" else []
            shown = page_file if width >= 500 else framed(page_file, width)
            chromium(f"--screenshot={path}", f"--window-size={max(width, 500)},2400", *extra, shown.as_uri())
            picture = Image.open(path).convert("L").crop((0, 0, width, 2400))
            picture.save(path)
            pixels = np.asarray(picture, float)
            assert pixels.shape == (2400, width)
            assert pixels.std() > 15, "the screenshot is blank"
            assert (pixels.std(axis=1) > 4).mean() > 0.4, "most rows are empty"  # text leaves half of the rows white
            brightness[name, scheme] = float(np.median(pixels))
    for name in ("desktop", "phone"):
        assert brightness[name, "light"] > 235 and brightness[name, "dark"] < 45


def test_print_unfolds_the_details(page_file: Path, tmp_path: Path) -> None:
    """Without the rule that unfolds them the same page prints on far fewer sheets."""
    html = page_file.read_text(encoding="utf-8")
    folded = tmp_path / "folded.html"
    folded.write_text(re.sub(r"details::details-content \{[^}]*\}", "", html), encoding="utf-8")

    def sheets(source: Path) -> int:
        target = tmp_path / f"{source.stem}.pdf"
        chromium(f"--print-to-pdf={target}", "--no-pdf-header-footer", source.as_uri())
        content = target.read_bytes()
        assert content.startswith(b"%PDF")
        return len(re.findall(rb"/Type\s*/Page\b", content))

    assert sheets(page_file) > 1.5 * sheets(folded)
