"""The language check of guard G22: a denial of an effect must carry its bound.

"No effect" cannot be observed; what can be said is which effects were
rejected.  A sentence that denies an effect is refused unless the same sentence
states a bound, unless the denial is itself denied, asked or supposed ("we
cannot say that there is no effect"), or is quoted and attributed to someone
else.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from interventions_stats.errors import RefusalError
from interventions_stats.rules.absence_patterns import (
    ABSENCE,
    AGREED,
    ATTRIBUTION,
    BOUNDS,
    CLAIM_LEAD,
    DESIGN_LEAD,
    DESIGN_WORD,
    ENDORSEMENT,
    HYPOTHESIS_LEAD,
    IS_NO_EVIDENCE,
    LEADS,
    MODAL_ONLY,
    NOT_AN_EFFECT,
    NOT_SHOWN,
    OF_A_HYPOTHESIS,
    OWN_OBJECT,
    OWN_SUBJECT,
)
from interventions_stats.rules.guard_registry import guard

_BLOCK_TAG = re.compile(
    r"</?(?:p|div|li|ul|ol|td|th|tr|table|h[1-6]|br|section|article|header|figcaption|caption|dt|dd)\b[^<>]*>", re.I
)
_CITED = re.compile(r"<(q|blockquote)\s[^<>]*cite=[^<>]*>.*?</\1>", re.I | re.S)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|v|et al|approx|ca|Fig|Figs|Eq|No|Tab|U\.S|U\.K|U\.N|St|Mr|Ms|Dr|Prof|pp|[A-Z]))\.$"
)
_QUOTE = re.compile(r"\"([^\"]{1,600})\"|(?<!\w)'([^']{3,400})'(?!\w)")
_BREAK = "\n\n"
# Patterns that also fit what the project says of its own results.
_OWN_TALK = ("does not matter", "no variable matters", "does not raise onset", "independent of", "whatever it is")


@dataclass(frozen=True, slots=True)
class LanguageFinding:
    """A sentence that denies an effect without a bound.

    Attributes
    ----------
    sentence : str
        The sentence, normalised.
    phrase : str
        The words that deny.
    pattern : str
        Name of the pattern they match.
    """

    sentence: str
    phrase: str
    pattern: str


def check_language(text: str) -> list[LanguageFinding]:
    """Find every sentence that denies an effect without stating a bound.

    Parameters
    ----------
    text : str
        Plain text, Markdown or HTML.  Table cells, list items and paragraphs
        end a sentence.  ``<q cite="...">`` and ``<blockquote cite="...">`` are
        attributed quotations.

    Returns
    -------
    list of LanguageFinding
        One for each sentence at fault; empty when the text passes.

    Examples
    --------
    >>> [f.phrase for f in check_language("Low approval has no effect on onsets.")]
    ['no effect']
    >>> check_language("Low approval has no effect larger than OR 1.8.")
    []
    >>> check_language("This does not mean that approval has no effect.")
    []
    """
    found = []
    for sentence in sentences(text):
        hit = _unbounded_denial(sentence)
        if hit is not None:
            found.append(hit)
    return found


def require_bounded(text: str) -> str:
    """Return the text unchanged if it passes the language check.

    Raises
    ------
    RefusalError
        G22, quoting the first sentence at fault.

    Examples
    --------
    >>> require_bounded("Effects above OR 1.8 are rejected.")
    'Effects above OR 1.8 are rejected.'
    """
    found = check_language(text)
    if found:
        more = f" {len(found) - 1} further sentences are at fault." if len(found) > 1 else ""
        message = (
            f'the words "{found[0].phrase}" deny an effect without a bound, in the sentence "{found[0].sentence}".'
        )
        raise RefusalError("G22", message + more, guard("G22").remedy)
    return text


def sentences(text: str) -> list[str]:
    """Split plain text, Markdown or HTML into normalised sentences."""
    parts: list[str] = []
    for block in _normalise(text).split(_BREAK):
        parts += _split(" ".join(block.split()))
    return [p for p in parts if p]


def _normalise(text: str) -> str:
    text = _CITED.sub(" ", _HIDDEN.sub(" ", text))
    text = _TAG.sub("", _BLOCK_TAG.sub(_BREAK, text))
    text = unicodedata.normalize("NFKC", html.unescape(text))
    text = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", text)
    text = re.sub("[\u2018\u2019\u201b\u02bc]", "'", text)
    text = re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', text)
    text = re.sub("[\u2010\u2011\u2212]", "-", text)
    text = re.sub("\\s*\u2014\\s*|\\s+\u2013\\s+", " ; ", text).replace("\u2013", "-")
    text = re.sub(r"(?m)^\s*(?:[-*+]|\d+[.)]|#+|>)\s+", _BREAK, text).replace("|", _BREAK)
    text = re.sub(r"[*`]|(?<!\w)_+|_+(?!\w)", "", text)
    return re.sub(r"\n\s*\n", _BREAK, text)


def _split(block: str) -> list[str]:
    # a full stop inside quotation marks does not end the sentence that quotes
    guarded = _QUOTE.sub(lambda m: re.sub(r"([.!?])(?=\s)", "\\1\x00", m.group(0)), block)
    parts, start = [], 0
    for end in re.finditer(r"[.!?][\"')\]]*\s+", guarded):
        if _ABBREVIATION.search(guarded[start : end.start() + 1]):
            continue
        parts.append(guarded[start : end.end()])
        start = end.end()
    parts.append(guarded[start:])
    return [p.replace("\x00", "").strip() for p in parts]


def _unbounded_denial(sentence: str) -> LanguageFinding | None:
    if sentence.rstrip("\"')] ").endswith("?"):
        return None
    text = _without_attributed_quotes(sentence)
    # read it once more without brackets and quotation marks: no (significant) "effect"
    for reading in dict.fromkeys((text, re.sub(r"[\"()]", "", text))):
        for name, pattern in ABSENCE:
            for hit in pattern.finditer(reading):
                if not _exempt(name, reading[: hit.start()], hit.group(0), reading[hit.end() :]):
                    return None if _states_bound(text) else LanguageFinding(sentence, hit.group(0).strip(), name)
    return None


def _without_attributed_quotes(sentence: str) -> str:
    outside = _QUOTE.sub(" ", sentence)
    if outside != sentence and ATTRIBUTION.search(outside) and not ENDORSEMENT.search(outside):
        return _QUOTE.sub('"..."', sentence)
    return sentence


def _exempt(name: str, before: str, hit: str, after: str) -> bool:
    """Whether what stands around a denial takes the claim away."""
    leads = LEADS if name in MODAL_ONLY else LEADS[:-1]
    if any(lead.search(before.replace(": that ", " that ")) for lead in leads):
        return True
    if name not in OF_A_HYPOTHESIS and HYPOTHESIS_LEAD.search(before) and not AGREED.search(after):
        return True
    if CLAIM_LEAD.search(before) and NOT_SHOWN.search(after):
        return True
    if name == "no effect" and DESIGN_LEAD.search(before) and DESIGN_WORD.search(before + after):
        return True
    if name == "no evidence of" and IS_NO_EVIDENCE.search(before):
        return True
    if name in _OWN_TALK:
        return bool(OWN_OBJECT.search(after) or OWN_SUBJECT.search(before))
    if name == "not driven by" and hit.lower().endswith(("affected", "influenced", "determined")):
        return bool(OWN_SUBJECT.search(before))
    return False


def _states_bound(text: str) -> bool:
    numbers = NOT_AN_EFFECT.sub(" ", text)
    return any(bound.search(numbers) for bound in BOUNDS)
