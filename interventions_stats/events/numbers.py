"""Numbers as people write them: decimal commas, thousands, per cent signs, words for nothing."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

from interventions_stats.engine.intake.scalars import shown
from interventions_stats.errors import InputError
from interventions_stats.events.dates import absent

NOTHING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "–", "—", ".", "..", "...", "…"})
_GROUPS = re.compile(r"^-?\d{1,3}(?:,\d{3})+$")
_DOT_GROUPS = re.compile(r"^-?\d{1,3}(?:\.\d{3})+$")
CommaMeans = Literal["decimal", "thousands", "unknown"]


def missing(cell: Any) -> bool:
    """Whether a cell holds no number on purpose."""
    return absent(cell) or (isinstance(cell, str) and _plain(cell).casefold() in NOTHING)


def comma_meaning(cells: list[Any]) -> CommaMeans:
    """Say what a comma means in a column, from the cells that leave no doubt."""
    texts = [_plain(c) for c in cells if isinstance(c, str)]
    if any("," in t and (t.rfind(",") > t.rfind(".")) and not _GROUPS.match(t) for t in texts):
        return "decimal"
    if any("." in t or t.count(",") > 1 for t in texts if "," in t):
        return "thousands"
    return "thousands" if any("." in t for t in texts) and any("," in t for t in texts) else "unknown"


def number(cell: Any, comma: CommaMeans = "unknown") -> float:
    """Read one number.

    Raises
    ------
    InputError
        When it is none, is not finite, or its comma can be read both ways.

    Examples
    --------
    >>> number("56,3"), number("1.234,5"), number("1,234.5"), number("61 %"), number("-3")
    (56.3, 1234.5, 1234.5, 61.0, -3.0)
    """
    if isinstance(cell, str):
        text = _plain(cell)
        if _GROUPS.match(text) and comma == "unknown" and text.count(",") == 1 and not text.lstrip("-").startswith("0"):
            raise InputError(f"{shown(cell)} can be a thousand or a decimal; write it without a comma")
        text = _with_point(text, comma)
    else:
        text = cell
    try:
        value = float(text)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{shown(cell)} is not a number") from None
    if not math.isfinite(value):
        raise InputError(f"{shown(cell)} is not a finite number")
    return value


def _plain(text: str) -> str:
    """Drop a per cent sign, blanks between digits and the typographic minus."""
    text = text.strip().removesuffix("%").strip().replace("\u2212", "-")
    return re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3}(?:\D|$))", "", text)


def _with_point(text: str, comma: CommaMeans) -> str:
    if "," in text and "." in text:  # the later one is the decimal mark
        return text.replace(",", "") if text.rfind(".") > text.rfind(",") else text.replace(".", "").replace(",", ".")
    if "," in text:
        grouped = _GROUPS.match(text) and (comma == "thousands" or text.count(",") > 1)
        return text.replace(",", "") if grouped else text.replace(",", ".")
    if comma == "decimal" and text.count(".") > 1 and _DOT_GROUPS.match(text):
        return text.replace(".", "")
    return text
