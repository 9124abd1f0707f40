"""A work of the literature: the reference as text, and its fields and finding beside it."""

from __future__ import annotations

from typing import Any, Literal

EntryType = Literal["article", "book", "incollection", "techreport", "phdthesis"]
_ENTRIES = ("article", "book", "incollection", "techreport", "phdthesis")


class Work(str):
    """A reference in APA style, which carries its fields.

    It is text wherever a reference is text; lists of works, cards and records hold it as such.

    Parameters
    ----------
    entry : {"article", "book", "incollection", "techreport", "phdthesis"}
        BibTeX's entry type.
    authors : tuple of str
        ``"Family, Given initials"`` each; empty where the record that was seen names none.
    year : int
    title : str
    source : str
        Journal, publisher, collection or institution.
    finding : str
        What the work found or argues, one sentence in our words.
    volume, number, pages, doi, editor : str, optional

    Examples
    --------
    >>> work = Work("book", ("Walt, S. M.",), 1987, "The Origins of Alliances", "Cornell University Press",
    ...             "States balance against threats.")
    >>> work, work.finding
    ('Walt, S. M. (1987). The Origins of Alliances. Cornell University Press.', 'States balance against threats.')
    """

    entry: EntryType
    authors: tuple[str, ...]
    year: int
    title: str  # type: ignore[assignment]  # a field, in place of the method of text
    source: str
    finding: str
    volume: str
    number: str
    pages: str
    doi: str
    editor: str

    def __new__(
        cls, entry: EntryType, authors: tuple[str, ...], year: int, title: str, source: str, finding: str, *, volume: str = "",
        number: str = "", pages: str = "", doi: str = "", editor: str = "",
    ) -> Work:  # fmt: skip
        if entry not in _ENTRIES:
            raise ValueError(f"entry is one of {', '.join(_ENTRIES)}, not {entry!r}")
        given = {
            "entry": entry, "authors": authors, "year": year, "title": title, "source": source, "finding": finding,
            "volume": volume, "number": number, "pages": pages, "doi": doi, "editor": editor,
        }  # fmt: skip
        work = super().__new__(cls, _apa(given))
        work.__dict__.update(given)
        return work

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (), dict(self.__dict__)  # copies and other processes rebuild it from its fields

    def fields(self) -> dict[str, str]:
        """Return BibTeX's fields of the entry."""
        place = {"article": "journal", "incollection": "booktitle", "techreport": "institution", "phdthesis": "school"}
        found = {
            "author": " and ".join(self.authors), "year": str(self.year), "title": self.title, "editor": self.editor,
            place.get(self.entry, "publisher"): self.source, "volume": self.volume, "number": self.number,
            "pages": self.pages.replace("-", "--"), "doi": self.doi,
        }  # fmt: skip
        return {name: text for name, text in found.items() if text}


def _apa(w: dict[str, Any]) -> str:
    names = w["authors"]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}" if names else ""
    title = f"{w['title']}{'' if w['title'][-1] in '.?!' else '.'}"
    head = f"{who} ({w['year']}). {title}" if who else f"{title} ({w['year']})."
    if w["entry"] == "article":
        issue = f"({w['number']})" if w["number"] else ""
        where = f"{w['source']}, {w['volume']}{issue}" + (f", {w['pages']}" if w["pages"] else "")
    elif w["entry"] == "incollection":
        where = f"In {w['editor']} (Ed.), {w['source']}" + (f" (pp. {w['pages']})" if w["pages"] else "")
    elif w["entry"] == "phdthesis":
        where = f"Doctoral dissertation, {w['source']}"
    else:
        where = w["source"] + (f", {w['number']}" if w["number"] else "")
    link = f" https://doi.org/{w['doi']}" if w["doi"] else ""
    return f"{head} {where}.{link}"
