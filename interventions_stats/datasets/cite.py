"""Whom to cite for a table, as text or as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from interventions_stats.datasets.package import TableInfo, data_version, table, tables
from interventions_stats.engine.intake.scalars import check_option

CitationStyle = Literal["text", "bibtex"]
STYLES = ("text", "bibtex")
LINK = re.compile(r"https?://\S+?(?=[.,;)]*(?:\s|$))")
DOI = re.compile(r"\b(10\.\d{4,9}/\S+?)(?=[.,;)]*(?:\s|$))")
DATED = re.compile(r"^(?P<author>.+?)[\s.,(]*\b(?P<year>(?:18|19|20)\d\d)[a-z]?\b[).,:]*\s*(?P<rest>.*)$", re.S)
END_OF_TITLE = re.compile(r"[.,]?[”\"]\s+|(?<=[.?!])\s+")
JOURNAL = re.compile(
    r"(?P<journal>[A-Z][^.:;()\d]*?),? (?P<volume>\d{1,3})(?: ?\((?P<number>[\d/-]+)\))?(?:[:,] ?(?P<pages>\d+(?:-\d+)?))?(?=[.,;) ]|$)"
)
PERIODICAL = re.compile(r"Journal|Review|Quarterly|Science|Interactions|Organization|Studies|Econometrica")
REPORT = re.compile(r"(?P<institution>[A-Z][^.,]*(?:Corporation|Working Paper|Institute|Foreign Assistance)[^.,]*)")
PRESS = re.compile(
    r"(?:(?P<address>[A-Z][A-Za-z .]*): ?)?(?P<publisher>[A-Z][^.,:(]*(?:Press|Ashgate|Routledge|Cornell|Palgrave)[^.,:(]*)"
)
LATEX = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}"}
LATEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}


def cite(name: str | None = None, style: CitationStyle = "text") -> str:
    """Return the works to cite for a table, or for all of them.

    Parameters
    ----------
    name : str, optional
        A table of :func:`catalogue`; by default all tables, each work once.
    style : {"text", "bibtex"}, default "text"
        Plain lines, or BibTeX entries: articles, books and reports as such, data as ``misc``.

    Returns
    -------
    str
        The first line or entry names the derived table itself with its digest
        (all tables: the data version); the producers' works follow.

    Raises
    ------
    UnknownNameError
        When the table or the style is unknown.

    Examples
    --------
    >>> cite("russia_year").splitlines()[0]
    'interventions_stats, table russia_year: ... sha256 ...
    """
    check_option("citation style", style, STYLES)
    if name is None:
        own, key = f"interventions_stats, derived tables. Data version {data_version()}.", "interventions_stats_data"
        works = _distinct(work for info in tables().values() for work in info.citations)
    else:
        info = table(name)
        own, key, works = _own(info), f"interventions_stats_{info.name}", list(info.citations)
    if style == "text":
        return "\n".join([own, *works])
    return "\n\n".join([bibtex_entry("misc", key, {"title": own}), *_entries(works)])


def _own(info: TableInfo) -> str:
    return f"interventions_stats, table {info.name}: {info.title.rstrip('.')}. Licence {info.licence}. sha256 {info.sha256[:16]}."


def _distinct(works: Iterable[str]) -> list[str]:
    """Each work once, sorted: two spellings of one reference differ in accents, ``&``, case or a remark in brackets."""
    longest: dict[str, str] = {}
    for work in works:
        key = re.sub(r"[^a-z0-9]+", "", _plain(re.sub(r"\([^()]*\)\s*$", "", work).replace("&", "and")).casefold())
        longest[key] = max(longest.get(key, ""), work, key=lambda text: (len(text), text))
    return sorted(longest.values(), key=lambda work: _plain(work).casefold())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _entries(works: list[str]) -> list[str]:
    """One entry a work; keys repeated by the same author and year get a letter."""
    entries: list[str] = []
    used: dict[str, int] = {}
    for work in works:
        fields = _fields(work)
        key = _key(fields)
        used[key] = used.get(key, 0) + 1
        kind, fields = _typed(fields)
        entries.append(bibtex_entry(kind, key if used[key] == 1 else f"{key}_{used[key]}", fields))
    return entries


def _fields(work: str) -> dict[str, str]:
    """Split a reference into author, year, title and the rest; one that has no year is a title."""
    links = {"doi": DOI.search(work), "url": LINK.search(work)}
    found = {name: hit.group(0) for name, hit in links.items() if hit}
    dated = DATED.match(work)
    if dated is None:
        return {"title": work} | found
    rest = dated["rest"].strip()
    title, _, note = (END_OF_TITLE.sub("\n", rest, count=1)).partition("\n")
    fields = {"author": "{" + dated["author"].strip(" .,(") + "}", "year": dated["year"], "title": title.strip(' ."“”')}
    return fields | ({"note": note} if note else {}) | found


def _key(fields: dict[str, str]) -> str:
    source = fields.get("author", fields["title"])
    first = re.findall(r"[A-Za-z]+", _plain(source))
    return ((first[0] if first else "source") + fields.get("year", "")).lower()


def _typed(fields: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The entry type that the rest of a reference speaks for, and its fields; what says nothing stays a note."""
    rest = fields.get("note", "")
    article = JOURNAL.match(rest)
    if article and (article["number"] or article["pages"] or PERIODICAL.search(article["journal"])):
        kind, found = "article", article
    elif report := REPORT.match(rest):
        kind, found = "techreport", report
    elif press := PRESS.match(rest):
        kind, found = "book", press
    else:
        return "misc", fields
    parts = {n: t.strip().replace("-", "--") if n == "pages" else t.strip() for n, t in found.groupdict().items() if t}
    note = LINK.sub("", rest[found.end() :]).strip(" .,;:")  # a link has a field of its own
    return kind, {n: t for n, t in fields.items() if n != "note"} | parts | ({"note": note} if note else {})


def bibtex_entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """Write one BibTeX entry; an author in outer braces is printed as it stands, others are parsed as names."""
    lines = [f"  {name} = {{{_escape(name, text)}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _escape(name: str, text: str) -> str:
    if name in ("url", "doi"):
        return text
    if name == "author" and text[:1] == "{":  # the outer braces keep BibTeX from parsing the list of names
        return "{" + _escape("", text[1:-1]) + "}"
    return "".join(LATEX.get(character, character) for character in text)
