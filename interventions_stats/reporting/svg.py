"""A figure as inline SVG that takes its colours from the page, so that it follows a light or a dark scheme."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

from interventions_stats.display.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# colours of the figures -> custom properties of the page
_COLOURS = {
    style.INK: "--ink", style.MUTED: "--muted", style.RULE: "--rule", style.BAND: "--band", style.SURFACE: "--paper",
    style.ORANGE: "--c-orange", style.SKY: "--c-sky", style.GREEN: "--c-green",
    style.BLUE: "--c-blue", style.VERMILLION: "--c-vermillion", style.PURPLE: "--c-purple",
}  # fmt: skip
_HEAD = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<style[^>]*>.*?</style>", re.S)
_OPEN = re.compile(r"<svg\b[^>]*>")
_FONT = re.compile(r"font: (?:(italic|oblique) )?(?:(bold|\d{3}) )?([\d.]+)px [^;\"]*")
_LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def inline_svg(ax: Axes, name: str, alt: str) -> str:
    """Draw the figure of an Axes as SVG markup, and close it.

    Parameters
    ----------
    ax : Axes
    name : str
        Prefix of every id inside, so that figures on one page do not share ids.
    alt : str
        What the figure shows, for readers who do not see it.

    Returns
    -------
    str
        An ``<svg role="img">`` with title; text stays text, colours are custom properties, and the same figure always
        gives the same characters.
    """
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure = ax.get_figure(root=True)
    assert figure is not None
    stream = io.StringIO()
    settings: Any = style.RC | {"svg.fonttype": "none", "svg.hashsalt": name}
    for patch in (figure.patch, *(a.patch for a in figure.axes)):
        patch.set_alpha(0)
    with style.look(settings):  # savefig would draw twice, and the layout is found in the one drawing as well
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    plt.close(figure)
    return adapt(stream.getvalue(), name, alt)


def adapt(svg: str, name: str, alt: str) -> str:
    """Turn a stand-alone SVG file into markup for inside a page."""
    svg = _HEAD.sub("", svg).strip()
    opening = _OPEN.search(svg)
    box = re.search(r'viewBox="([^"]+)"', opening.group(0)) if opening else None
    assert opening is not None and box is not None
    width = float(box.group(1).split()[2]) * 4 / 3  # points to CSS pixels
    body = svg[opening.end() :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', body).replace("xlink:href", "href")
    body = _FONT.sub(_font, body)
    for colour, variable in _COLOURS.items():
        body = body.replace(colour, f"var({variable})")
    body = _LONG.sub(r"\1", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    title = f'<title id="{name}-title">{html.escape(alt)}</title>'
    head = f'<svg class="plot" role="img" aria-labelledby="{name}-title" viewBox="{box.group(1)}" style="width:{width:.0f}px">'
    return head + title + body


def _font(hit: re.Match[str]) -> str:
    slant = f"font-style:{hit.group(1)};" if hit.group(1) else ""
    weight = f"font-weight:{hit.group(2)};" if hit.group(2) else ""
    return f"{slant}{weight}font-size:{hit.group(3)}px"
