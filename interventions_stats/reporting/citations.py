"""``cite``: whom to cite for the library, a driver, a proposition or a table, in APA style or as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from interventions_stats.datasets.cite import bibtex_entry
from interventions_stats.datasets.cite import cite as cite_tables
from interventions_stats.datasets.package import tables
from interventions_stats.drivers.bibliography import Work
from interventions_stats.drivers.literature import REPORT
from interventions_stats.drivers.registry import DRIVERS, PROPOSITIONS, driver, is_driver
from interventions_stats.engine.intake.scalars import check_option, check_text
from interventions_stats.errors import unknown_name

Format = Literal["apa", "bibtex"]
FORMATS = ("apa", "bibtex")
TITLE = "interventions_stats: tests of what drives military intervention"
DEVELOPERS = "the interventions_stats developers"


def cite(what: str | None = None, *, format: Format = "apa") -> str:
    """Return the works to cite.

    Parameters
    ----------
    what : str, optional
        A driver (``"wag_the_dog"``), a proposition (``"W1"``), or a bundled table (``"approval_russia"``).  By default the
        library, the study, all the literature and the producers of all tables.
    format : {"apa", "bibtex"}, default "apa"
        One reference a line, or BibTeX entries of their own types (article, book, incollection, techreport, phdthesis,
        software; data as misc).

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        What is no driver, proposition or table, or an unknown format.

    Examples
    --------
    >>> print(cite("L3"))
    Carter, J., & Smith, C. E. (2020). A framework for measuring leaders' willingness to use force. American Political...
    Horowitz, M. C., Stam, A. C., & Ellis, C. M. (2015). Why Leaders Fight. Cambridge University Press.
    >>> cite("L3", format="bibtex").splitlines()[0]
    '@article{carter2020,'
    """
    check_option("format", format, FORMATS)
    if what is None:
        library = _library(format)
        return _joined([library, _works(_literature(), format), cite_tables(style=_style(format))], format)
    name = check_text("what to cite", what)
    if name in tables():
        return cite_tables(name, style=_style(format))
    if is_driver(name):
        found = driver(name)
        return _works([*found.contrary, *(w for p in found.propositions for w in (*p.support, *p.contrary))], format)
    if name in PROPOSITIONS:
        return _works([*PROPOSITIONS[name].support, *PROPOSITIONS[name].contrary], format)
    raise unknown_name("driver, proposition or table", name, [*(d.name for d in DRIVERS), *PROPOSITIONS, *tables()])


def _style(format: Format) -> Literal["text", "bibtex"]:
    return "bibtex" if format == "bibtex" else "text"


def _joined(parts: Iterable[str], format: Format) -> str:
    return ("\n\n" if format == "bibtex" else "\n").join(parts)


def _literature() -> list[str]:
    own = [w for p in PROPOSITIONS.values() for w in (*p.support, *p.contrary)]
    return [REPORT, *own, *(w for d in DRIVERS for w in d.contrary)]


def _works(works: Iterable[str], format: Format) -> str:
    """Each work once, by author and year."""
    once = sorted(dict.fromkeys(works), key=_plain)
    if format == "apa":
        return "\n".join(once)
    used: dict[str, int] = {}
    entries = []
    for work in (w for w in once if isinstance(w, Work)):
        key = _key(work)
        used[key] = used.get(key, 0) + 1
        letter = "" if used[key] == 1 else chr(ord("a") + used[key] - 1)
        entries.append(bibtex_entry(work.entry, key + letter, work.fields()))
    return "\n\n".join(entries)


def _key(work: Work) -> str:
    first = work.authors[0].split(",")[0] if work.authors else work.title.split()[0]
    return re.sub(r"[^a-z]", "", _plain(first)) + str(work.year)


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().casefold()


def _library(format: Format) -> str:
    from interventions_stats import __version__

    if format == "apa":
        return f"{DEVELOPERS} (2026). {TITLE} (Version {__version__}) [Computer software]."
    fields = {"author": "{" + DEVELOPERS + "}", "year": "2026", "title": TITLE, "version": __version__}
    return bibtex_entry("software", "interventions_stats", fields)
