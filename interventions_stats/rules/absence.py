"""The language check of guard G22, for text that others write: a denial of an effect must carry its bound.

"No effect" cannot be observed; what can be said is which effects were rejected.  The plain forms of a denial are found, not
figures of speech.  The library's own sentences are built from their bound and need no check.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from interventions_stats.errors import RefusalError
from interventions_stats.rules.guard_registry import guard

_NOUN = (
    r"(?:effects?|influences?|impacts?|roles?|part|bearing|difference|importance|relation(?:ship)?s?|associations?|"
    r"correlations?|links?|connections?|explanatory power)(?! (?:size|planted))"
)
_VERB = (
    r"(?:matter|affect|influence|drive|cause|explain|predict|motivate|trigger|determine|contribute|respond to|depend on|lead to|"
    r"(?:raise|increase|lower|change) (?:the )?(?:onset|risk|rate|odds|intervention|chance))(?:s|d|ed)?"
)
_BE = r"\b(?:is|are|was|were|been|be|isn't|aren't|wasn't|weren't)"
_ADJECTIVES = r"(?:\(?(?!doubt|null|more|less|random|smallest|power)[\w-]+,?\)? ){0,3}?"
#: Name and pattern of each plain form, for normalised text.
DENIALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in (
        (
            "no effect",
            rf"\bzero {_NOUN}\b|\b(?:no|without|lacks?|any absence of) (?:any )?{_ADJECTIVES}{_NOUN}\b|\bno-effect\b",
        ),
        ("no effect", rf"\b(?:not|n't|never) (?:\w+ )?(?:find |show |detect |see )?(?:an?|any) {_ADJECTIVES}{_NOUN}\b"),
        (
            "does not matter",
            rf"(?:\b(?:not|never|cannot|hardly|no longer|fail(?:s|ed) to)|n't) (?:\w+ly |have )?{_VERB}\b",
        ),
        (
            "none of them matters",
            rf"\b(?:neither|none|no(?! evidence)|not one|not a single)\b[^.;:]{{1,60}}? (?!of\b){_VERB}\b(?<!part)",
        ),
        (
            "not driven by",
            rf"(?:{_BE} (?:not|never|hardly)|n't) (?:\w+ )?(?:driven|caused|motivated|explained|predicted)\b",
        ),
        ("not related", rf"(?:{_BE} not|n't) (?:\w+ly )?(?:related|associated|correlated|significant)\b(?! evidence)"),
        (
            "not a driver",
            rf"(?:{_BE} (?:not|no|never|hardly)|n't) (?:an? )?(?:\w+ )?(?:driver|cause|predictor|factor|motive)\b",
        ),
        (
            "unrelated",
            rf"{_BE} (?!not\b)(?:\w+ )?(?:unrelated|uncorrelated|irrelevant|immaterial|negligible|insignificant)\b(?! by)",
        ),
        (
            "no evidence of",
            r"\b(?:no|little|zero) (?:\w+ )?(?:evidence|sign|support)(?: \w+)? (?:of|for|that) (?!separation)",
        ),
        (
            "ruled out",
            rf"\bany {_NOUN} [^.;]{{0,40}}(?<!not )\b(?:ruled out|excluded|refuted)\b|\b(?:rules? out|exclude) any {_NOUN}\b",
        ),
    )
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_MEASURE = r"(?:\b[OHR]R|\b[Oo]dds(?: ratios?)?|\brate ratios?|\bratio of ORs|P\(superiority\)|\bratios?)"
_BEYOND = (
    r"(?:(?:larger|greater|stronger|bigger|smaller|more|less) than|above|below|beyond|exceeding|over|outside|up to|at least|as large as|"
    r"at|of|within bounds of|[<>≤≥]=?)"
)
BOUNDS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_BEYOND} (?:an? |the )?{_MEASURE}(?: of)? {_NUMBER}|{_MEASURE} ?[<>≤≥]=? ?{_NUMBER}",
        rf"(?i:\b{_NOUN}) (?:\w+ ){{0,3}}?(?:{_BEYOND}) (?:an? )?{_NUMBER}(?! (?:cases|months|events|lists))(?<!\b[12]\d{{3}})",
        rf"\bby (?:more than|at least) (?:{_NUMBER}|half|a third)|{_BEYOND} (?:a )?(?:doubling|halving|twofold)",
        rf"\[ ?(?=[^\]]*\.\d){_NUMBER}(?:,| to|;) ?{_NUMBER} ?\]|\bCI\b[^.;\d]{{0,20}}{_NUMBER} to {_NUMBER}|{_MEASURE} {_NUMBER} to {_NUMBER}",
        rf"(?i:\b(?:upper|lower)? ?(?:bounds?|limit|frontier)\b)[^.;\d]{{0,20}}{_NUMBER}",
    )
)
#: What before a denial takes the claim away: it is itself denied, supposed, possible, or somebody's.
_TAKEN_BACK = re.compile(
    r"\b(?:cannot|not|nobody|no test|wrong to|if|whether|may|might|had|should|under|null|H0|simulated|includes|hypothesis|"
    r"claims? (?:of|that)|evidence of)\b[^,;.]*$|\b(?:verdict|estimate|workers|model|list|test|series)\b(?: \w+){0,2} ?$",
    re.I,
)
_QUOTE = re.compile(r"\"[^\"]{1,600}\"|(?<!\w)'[^']{3,400}'(?!\w)")
_ATTRIBUTED = re.compile(
    r"\b(?:says?|said|argues?|writes?|wrote|calls?|called|according to|claims?|words|reads|record)\b", re.I
)
_ENDORSED = re.compile(r"\b(?:rightly|is right|we conclude|(?<!denies )is supported|is true|as we)\b", re.I)
_CLAIMED = re.compile(r"\W*(?:\w+\. )?The study claims: ")  # in our words, and so without quotation marks
_CITED = re.compile(r"<(q|blockquote)\s[^<>]*cite=.*?</\1>|<(script|style)\b.*?</\2>|<!--.*?-->", re.I | re.S)
_BLOCK = re.compile(
    r"</?(?:p|div|li|[uo]l|t[dhr]|table|h[1-6]|br|section|article|figcaption|caption|d[dt])\b[^<>]*>|\n\s*\n|\|", re.I
)
_ITEM = re.compile(r"(?m)^\s*(?:[-*+]|\d+[.)]|#+|>)\s+")
_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!vs)(?<!cf)(?<!et al)(?<!\b[A-Z])[.!?][\"')\]]*\s+")


@dataclass(frozen=True, slots=True)
class LanguageFinding:
    """A sentence that denies an effect without a bound: the sentence, the words that deny, and the form they match."""

    sentence: str
    phrase: str
    pattern: str


def check_language(text: str) -> list[LanguageFinding]:
    """Find every sentence that denies an effect in plain words without stating a bound.

    Parameters
    ----------
    text : str
        Plain text, Markdown or HTML.  Table cells, list items and paragraphs end a sentence; ``<q cite="...">`` is somebody
        else's.

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
    return [found for sentence in sentences(text) if (found := _denial(sentence)) is not None]


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
    if not found:
        return text
    more = f" {len(found) - 1} further sentences are at fault." if len(found) > 1 else ""
    message = f'the words "{found[0].phrase}" deny an effect without a bound, in the sentence "{found[0].sentence}".'
    raise RefusalError("G22", message + more, guard("G22").remedy)


def sentences(text: str) -> list[str]:
    """Split plain text, Markdown or HTML into normalised sentences."""
    blocks = _BLOCK.split(_ITEM.sub("\n\n", _CITED.sub(" ", text)))
    whole = (_QUOTE.sub(lambda m: m.group().replace(". ", ".\1 "), _plain(b)) for b in blocks)
    parts = (_END.sub(lambda m: m.group().rstrip() + "\0", b).split("\0") for b in whole)
    return [s.replace("\1", "").strip() for found in parts for s in found if s.strip()]


def _plain(block: str) -> str:
    """Write a block without markup and with plain quotation marks, dashes and spaces."""
    text = unicodedata.normalize("NFKC", html.unescape(re.sub(r"</?[a-zA-Z][^<>]*>", "", block)))
    text = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff\0\1]", "", text)
    text = text.translate(str.maketrans("\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2010\u2011\u2212", '\'\'"""""---'))
    return " ".join(re.sub(r"[*`]|(?<!\w)_+|_+(?!\w)", "", text).split())


def _denial(sentence: str) -> LanguageFinding | None:
    if _CLAIMED.match(sentence) or sentence.rstrip("\"')] ").endswith("?"):
        return None
    said, outside = sentence, _QUOTE.sub(" ", sentence)
    if outside != sentence and _ATTRIBUTED.search(outside) and not _ENDORSED.search(outside):
        said = outside
    if any(bound.search(said) for bound in BOUNDS):
        return None
    said = re.sub(r"[\"()]", "", said)
    for name, pattern in DENIALS:
        for hit in pattern.finditer(said):
            if not _TAKEN_BACK.search(said[: hit.start()]):
                return LanguageFinding(sentence, hit.group().strip(), name)
    return None
