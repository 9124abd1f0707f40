"""Citations: entries of their own types, read back by a grammar of BibTeX, and a complete CITATION.cff."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import interventions_stats as ist
from interventions_stats.errors import UnknownNameError

NEEDED = {"article": {"author", "title", "journal", "year", "volume"}, "book": {"title", "publisher", "year"},
          "incollection": {"author", "title", "booktitle", "year"}, "techreport": {"author", "title", "institution", "year"},
          "phdthesis": {"author", "title", "school", "year"}, "software": {"author", "title", "version"},
          "misc": {"title"}}  # fmt: skip


def _read(text: str) -> list[tuple[str, str, dict[str, str]]]:
    entries = []
    for block in text.split("\n\n"):
        head, *lines, last = block.splitlines()
        kind, key = re.fullmatch(r"@(\w+)\{(\w+),", head).groups()  # type: ignore[union-attr]
        assert last == "}"
        entries.append((kind, key, dict(re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups() for line in lines)))  # type: ignore[union-attr,misc]
    return entries


def test_every_entry_has_the_fields_that_its_type_needs() -> None:
    entries = _read(ist.cite(format="bibtex"))
    for kind, key, fields in entries:
        assert NEEDED[kind] - {"author"} <= set(fields), key
        assert all(t.count("{") == t.count("}") for t in fields.values())
    kinds = Counter(kind for kind, *_ in entries)
    assert kinds["software"] == 1 and kinds["phdthesis"] == 1 and kinds["incollection"] == 1
    assert kinds["article"] > 50 and kinds["book"] > 10 and kinds["article"] + kinds["book"] > kinds["misc"]


@pytest.mark.parametrize(
    ("table", "kind", "fields"),
    [("protest_state_year", "misc", {"doi": "10.7910/DVN/HTTWYL"}),
     ("leader_traits", "article", {"journal": "American Political Science Review", "volume": "114", "number": "4", "pages": "1352--1358"})],
)  # fmt: skip
def test_producers_of_tables_are_cited_by_type(table, kind, fields) -> None:  # type: ignore[no-untyped-def]
    entries = _read(ist.cite(table, format="bibtex"))
    assert any(k == kind and fields.items() <= f.items() for k, _, f in entries)


def test_drivers_and_propositions_give_their_own_works() -> None:
    assert ist.cite("W1").count("\n") == 4 and "Hickey" in ist.cite("W1")
    assert set(ist.cite("S2").splitlines()) < set(ist.cite("status").splitlines())
    key, fields = _read(ist.cite("L1", format="bibtex"))[-1][1:]
    assert key == "thies2017" and fields["author"] == "Thies, C. G. and Nieman, M. D." and fields["publisher"]
    assert ist.cite("capitals") == ist.datasets.cite("capitals")


@pytest.mark.parametrize("arguments", [{"what": "W99"}, {"what": "polls"}, {"format": "ris"}])
def test_unknown_names_are_refused(arguments) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownNameError):
        ist.cite(**arguments)


def test_the_citation_file_names_what_the_library_is(repository: Path) -> None:
    import tomllib

    text = (repository / "CITATION.cff").read_text(encoding="utf-8")
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for key in (
        "cff-version",
        "title",
        "message",
        "abstract",
        "authors",
        "version",
        "date-released",
        "license",
        "keywords",
        "references",
    ):
        assert re.search(rf"^{key}:", text, re.M), key
    assert f"version: {ist.__version__}" in text and project["authors"][0]["name"] in text
    assert all(f"- {word}" in text for word in project["keywords"])
