"""States as actors: names, codes, existence, leaders; nothing here is about one country."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interventions_stats.datasets.kept import kept
from interventions_stats.engine.intake.scalars import check_text
from interventions_stats.errors import DataWarning, InputError, suggest, unknown_name

if TYPE_CHECKING:
    import pandas as pd

# Everyday names, those of the United Nations and of the World Bank, that no code list carries; see _spelling.
_ALIASES = {
    2: ("America", "US", "United States"), 200: ("UK", "Britain", "Great Britain", "England",
        "United Kingdom of Great Britain and Northern Ireland"), 210: ("Holland",), 255: ("Federal Republic of Germany",),
    260: ("West Germany", "FRG"), 265: ("East Germany", "GDR"), 316: ("Czechia",), 317: ("Slovak Republic",),
    343: ("North Macedonia", "Republic of North Macedonia", "FYROM", "Macedonia, FYR", "The former Yugoslav Republic of Macedonia"), 345: ("Serbia", "Serbia and Montenegro"),
    346: ("Bosnia", "Bosnia-Herzegovina"), 359: ("Republic of Moldova",), 365: ("Russian Federation",), 373: ("Azerbaidjan",),
    402: ("Cabo Verde",), 411: ("Eq. Guinea",), 420: ("The Gambia", "Gambia, The"), 437: ("Côte d'Ivoire",),
    484: ("Congo, Rep.", "Republic of the Congo", "Congo-Brazzaville"),
    490: ("DR Congo", "DRC", "Zaire", "Congo, Dem. Rep.", "Congo-Kinshasa"),
    510: ("United Republic of Tanzania",), 530: ("Abyssinia",), 572: ("Eswatini",),
    620: ("Libyan Arab Jamahiriya",), 630: ("Iran, Islamic Rep.", "Islamic Republic of Iran", "Iran (Islamic Republic of)",
        "Persia"), 640: ("Turkiye", "Republic of Türkiye", "Ottoman Empire"), 651: ("Egypt, Arab Rep.", "United Arab Republic"),
    652: ("Syrian Arab Republic",), 678: ("North Yemen",), 679: ("Yemen, Rep.", "Republic of Yemen"),
    680: ("South Yemen",), 696: ("UAE", "Emirates"), 703: ("Kyrgyz Republic",), 710: ("PRC", "People's Republic of China"),
    713: ("Republic of China", "Taiwan, China", "Taiwan, Province of China", "Chinese Taipei"), 731: ("Korea, Dem. People's Rep.", "DPRK",
        "Democratic People's Republic of Korea"), 732: ("Korea, Rep.", "Republic of Korea"), 775: ("Burma",),
    552: ("Rhodesia",), 580: ("Malagasy",), 439: ("Upper Volta",),
    780: ("Ceylon",), 811: ("Kampuchea",), 812: ("Lao PDR", "Lao People's Democratic Republic"),
    816: ("North Vietnam", "Viet Nam", "Socialist Republic of Vietnam"), 817: ("South Vietnam",),
    835: ("Brunei Darussalam",), 860: ("Timor-Leste",), 987: ("Micronesia", "Micronesia, Fed. Sts."),
    101: ("Venezuela, RB", "Bolivarian Republic of Venezuela", "Venezuela (Bolivarian Republic of)"),
    145: ("Bolivia (Plurinational State of)", "Plurinational State of Bolivia"),
    31: ("Bahamas, The", "The Bahamas"), 56: ("Saint Lucia",), 57: ("Saint Vincent and the Grenadines",),
    60: ("Saint Kitts and Nevis",), 58: ("Antigua and Barbuda",),
}  # fmt: skip
_SOVIET_NAMES = ("USSR", "USR", "SUN", "Soviet Union", "Union of Soviet Socialist Republics")
_DISSOLVED = "1991-12-25"
_NUMBER, _WHOLE = re.compile(r"[-+]?[\d.]"), re.compile(r"\d{1,4}(?:\.0*)?")
_GOVERNMENT = re.compile(r"^\s*gov(?:ernment|t|\.)?\s+of\s+(?:the\s+)?(?=\w)", re.IGNORECASE)
_BRACKETS = re.compile(r"([^()]+?)\s*\(([^()]+)\)\s*")


@dataclass(frozen=True, slots=True)
class Actor:
    """A state of the Correlates of War system.

    Attributes
    ----------
    ccode : int
        COW number; 365 is the USSR to 1991-12-25 and the Russian Federation from 1991-12-26. The actor ``"USSR"`` has that
        number and ends on the first of these days; the actor ``"Russia"`` runs over both.
    abbreviation, iso3, name : str
    spells : tuple of (str, str)
        ISO dates of every membership of the state system since 1816; the last end is "" when the state still exists.
    region : str
        Home region, used for shares "inside its own region".
    own_leaders : tuple of (str, str, str)
        Leader spells of the user's own, in place of the bundled ones: name, first and last day ("" while in office); see
        :func:`interventions_stats.events.leader_spells.read_leaders`.
    """

    ccode: int
    abbreviation: str
    iso3: str
    name: str
    spells: tuple[tuple[str, str], ...]
    region: str
    own_leaders: tuple[tuple[str, str, str], ...] = ()

    def existed(self, first: object, last: object | None = None) -> bool:
        """Whether the state existed at some time between two dates (inclusive)."""
        lo, hi = str(first)[:10], str(last if last is not None else first)[:10]
        return any(hi >= a and lo <= (b or "9999") for a, b in self.spells)

    def same(self, other: Actor) -> bool:
        """Whether two are one state, whoever led it."""
        return (self.ccode, self.iso3) == (other.ccode, other.iso3)

    @property
    def ended(self) -> str:
        """ISO date of its last day, "" while it is a state."""
        return self.spells[-1][1]

    @property
    def russian(self) -> bool:
        """Whether it is Russia, for which the propositions were registered and some tables were coded."""
        return self.iso3 == "RUS"

    def __str__(self) -> str:
        return self.name


@kept(1)
def registry() -> dict[int, Actor]:
    """Return every state of the bundled ``states`` table by COW number."""
    from interventions_stats.datasets.load import load

    actors: dict[int, Actor] = {}
    for row in load("states").to_dict("records"):
        code = int(row["ccode"])
        short, iso3, name, region = (_text(row[c]) for c in ("abbreviation", "iso3", "name", "home_region"))
        spells = tuple((part.split("/")[0], part.split("/")[1]) for part in _text(row["membership"]).split(";"))
        actors[code] = Actor(code, short, iso3, name, spells, region)
    return actors


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)[:10] if hasattr(value, "year") else str(value)


@kept(1)
def _index() -> dict[str, tuple[int, ...]]:
    """Every spelling of every state; one spelling can be several states, the likeliest first.

    ISO3 comes before the COW abbreviation (AUS is Australia, not Austria), a state of today before a former one.
    """
    states = sorted(registry().values(), key=lambda a: a.ended != "")
    index: dict[str, tuple[int, ...]] = {_spelling(n): (code,) for code, names in _ALIASES.items() for n in names}
    for field in ("iso3", "abbreviation", "name"):
        for state in states:
            key = _spelling(str(getattr(state, field)))
            if key and state.ccode not in index.get(key, ()):
                index[key] = (*index.get(key, ()), state.ccode)
    return index


def _spelling(name: str) -> str:
    """Letters and digits without accents and case: ``Côte d'Ivoire`` and ``cote divoire`` are one, ``İran`` is Iran."""
    plain = unicodedata.normalize("NFKD", name.strip().replace("ı", "i").replace("&", "and")).casefold()
    return re.sub(r"[^\w]|_", "", "".join(c for c in plain if not unicodedata.combining(c)))


@kept(1)
def _soviet() -> Actor:
    """The USSR: COW number, region and spells of Russia, to its last day."""
    russia = registry()[365]
    spells = tuple((a, b or _DISSOLVED) for a, b in russia.spells if a < _DISSOLVED)
    return replace(russia, abbreviation="USR", iso3="SUN", name="USSR", spells=spells)


def actor(name: Actor | str | int, *, on: tuple[object, object] | None = None) -> Actor:
    """Find a state by COW number, COW abbreviation, ISO3 code or name.

    Case, accents and punctuation do not matter. Five codes are one state's ISO3 and another's COW abbreviation (AUS, CZE, MNG, SLV, SWZ): they are read as ISO3,
    with a :class:`DataWarning`.

    Parameters
    ----------
    name : Actor, str or int
    on : (date, date), optional
        Among states that share a spelling choose one that existed between these dates: ``DEU`` is West Germany in 1970.

    Raises
    ------
    UnknownNameError
        With the nearest valid name.

    Examples
    --------
    >>> actor("RUS").ccode, actor(2).iso3, actor("Turkey").abbreviation
    (365, 'USA', 'TUR')
    >>> actor("USSR").existed("1992-06-01"), actor("Russia").existed("1992-06-01")
    (False, True)
    >>> actor("DEU").ccode, actor("DEU", on=("1970-01-01", "1970-12-31")).ccode
    (255, 260)
    """
    if isinstance(name, Actor):
        return name
    if isinstance(name, bool) or (not isinstance(name, (str, int)) and not hasattr(name, "__index__")):
        raise InputError(f"an actor is a COW code, an abbreviation, an ISO3 code or a name, not {name!r}")
    found = [registry()[code] for code in spelled_so(str(name))]
    if _spelling(str(name)) in map(_spelling, _SOVIET_NAMES):
        return _soviet()
    if _spelling(str(name)) == "all":
        raise InputError(
            "'all' is no one actor; compare('all', ..., events='mid') tests each actor of a list, and the readers of public "
            "files (events.from_mid) give the lists of all actors"
        )
    if not found:
        raise unknown_name("actor", name, _known(), where="the state system")
    there = [state for state in found if on is None or state.existed(*on)] or found
    for other in there[1:]:
        if other.iso3 != there[0].iso3 and _spelling(str(name)) == _spelling(other.abbreviation):
            warnings.warn(
                f"{name!r} is read as the ISO3 code of {there[0].name}; it is also the COW abbreviation of {other.name}, "
                f"which is {other.iso3} or {other.ccode}",
                DataWarning,
                stacklevel=2,
            )
    return there[0]


def spelled_so(words: str) -> tuple[int, ...]:
    """Return the COW numbers of the states that a text can stand for, the likeliest first; () for none.

    Beside numbers, codes and names: ``Government of X``, the inverted ``Korea, South``, and a former name in brackets,
    as UCDP writes ``Yemen (North Yemen)``.

    >>> spelled_so("Government of Russia (Soviet Union)"), spelled_so("Korea, South"), spelled_so("-369"), spelled_so("KDPI")
    ((365,), (732,), (), ())
    """
    words = words.strip()
    if _NUMBER.match(words):
        return (int(words.split(".")[0]),) if _WHOLE.fullmatch(words) and int(words.split(".")[0]) in registry() else ()
    found: dict[int, None] = {}
    for form in _forms(words):
        spelled = _spelling(form)
        if spelled in map(_spelling, _SOVIET_NAMES):
            found[365] = None
        elif not _two_codes(form):
            found |= dict.fromkeys(_index().get(spelled, ()))
    return tuple(found)


def _two_codes(name: str) -> bool:
    """Whether a text is codes side by side: ``CYP, RUS`` is not Cyprus, nor ``SWE-DEN`` Sweden."""
    words = [_spelling(w) for w in re.split(r"[\W_]+", name) if w]
    return len(words) > 1 and all(len(w) == 3 and w in _index() for w in words)


def _forms(words: str) -> Iterator[str]:
    """The ways in which one state's name may be written in a text; the first that is known stands before the others."""
    words = _GOVERNMENT.sub("", words)
    yield words
    if _spelling(words) in _index():
        return
    last, _, first = (part.strip() for part in words.partition(","))
    if first.casefold() == "the":
        yield last
    elif first and not (_spelling(first) in _index() and _spelling(last) in _index()):  # China, Taiwan are two states
        yield f"{first} {last}"
    if match := _BRACKETS.fullmatch(words):
        yield from match.groups()


@kept(1)
def _known() -> tuple[str, ...]:
    """Every spelling that an error may suggest."""
    aliases = [n for names in _ALIASES.values() for n in names]
    return (*(a.name for a in registry().values()), *(a.iso3 for a in registry().values()), "USSR", *aliases)


def meant(name: str, on: tuple[object, object] | None = None) -> str:
    """Say which state an unknown name, or one that was no state then, may stand for; all of several."""
    words = _spelling(_GOVERNMENT.sub("", name))
    named = [s for s in registry().values() if len(words) > 3 and words in _spelling(s.name)]
    there = [s for s in named if on is None or s.existed(*on)]
    if len(there) > 1 or (there and on is not None):
        listed = [f"{s.name} ({s.ccode})" for s in there[:6]]
        return f" It can be {', '.join(listed[:-1])} or {listed[-1]}." if len(listed) > 1 else f" Is it {listed[0]}?"
    return suggest(name, _known()) or " Use a COW code, an ISO3 code or a name."


def leaders(who: Actor | str | int, *, variant: str | None = None) -> pd.DataFrame:
    """Return an actor's leader spells in order: ``leader``, ``start``, ``end``, ``observed_to`` (Timestamps).

    ``end`` is missing for a leader still in office on ``observed_to``, the last day for which the source vouches.

    Parameters
    ----------
    who : Actor, str or int
    variant : str, optional
        A registered alternative coding, such as ``"medvedev"`` for Russia, laid over the default spells.

    Raises
    ------
    UnknownNameError
        An unknown actor, or a coding that the actor does not have.

    Examples
    --------
    >>> leaders("RUS", variant="medvedev")["leader"].tolist()[-3:]
    ['Putin', 'Medvedev', 'Putin']
    """
    return _leaders(actor(who), None if variant is None else check_text("variant", variant)).copy()


@kept(256)
def _leaders(state: Actor, variant: str | None) -> pd.DataFrame:
    import pandas as pd

    from interventions_stats.datasets.load import load

    if state.own_leaders:
        if variant is not None:
            raise unknown_name("leader coding", variant, [], where=f"the leaders given for {state.name}")
        own = pd.DataFrame(state.own_leaders, columns=["leader", "start", "end"])
        own = own.assign(start=pd.to_datetime(own["start"]), end=pd.to_datetime(own["end"].replace("", None)))
        return own.assign(observed_to=own["end"].fillna(pd.Timestamp("2100-12-31")))
    table = load("leaders")
    mine = table[table["actor_ccode"] == state.ccode]
    if state.ended:
        mine = mine[mine["start"] <= pd.Timestamp(state.ended)]
    spells = _spells(mine[mine["variant"].isna()])
    if variant is not None:
        known = sorted(mine["variant"].dropna().unique())
        if variant not in known:
            raise unknown_name("leader coding", variant, known, where=f"the leaders of {state.name}")
        for spell in _spells(mine[mine["variant"] == variant]):
            spells = _lay_over(spells, spell)
    frame = pd.DataFrame(spells, columns=["leader", "start", "end", "observed_to"])
    return frame.sort_values("start").reset_index(drop=True)


def _spells(rows: pd.DataFrame) -> list[tuple]:
    import pandas as pd

    dates = [rows[c].map(pd.Timestamp) for c in ("start", "end", "observed_to")]
    return list(zip(rows["leader"], *dates, strict=True))


def _lay_over(spells: list[tuple], new: tuple) -> list[tuple]:
    """Cut the days of one spell out of the others and add it to them."""
    import pandas as pd

    day, out = pd.Timedelta(days=1), [new]
    _, start, end, observed = new
    last = end if end == end else observed
    for who, a, b, seen in spells:
        stop = b if b == b else seen
        if stop < start or a > last:
            out.append((who, a, b, seen))
            continue
        if a < start:
            out.append((who, a, start - day, start - day))
        if stop > last:
            out.append((who, last + day, b, seen))
    return out


def leader_of(who: Actor | str | int, periods: pd.PeriodIndex, *, variant: str | None = None) -> pd.Series:
    """Name the leader of each period: the one who held office on most of its days, missing where none is recorded.

    A leader in office on the source's last day is not carried beyond it.
    """
    import numpy as np
    import pandas as pd

    spells = leaders(who, variant=variant)
    # days and not timestamps, which end in 2262 where they count nanoseconds
    lo, hi = (periods.asfreq("D", how=edge).asi8.astype("datetime64[D]") for edge in ("start", "end"))
    days = np.zeros((len(periods), len(spells)))
    stops = spells["end"].fillna(spells["observed_to"]).to_numpy().astype("datetime64[D]")
    for j, (start, stop) in enumerate(zip(spells["start"].to_numpy().astype("datetime64[D]"), stops, strict=True)):
        overlap = np.minimum(hi, stop) - np.maximum(lo, start)
        days[:, j] = np.maximum(overlap / np.timedelta64(1, "D") + 1, 0)
    best = days.argmax(axis=1) if len(spells) else np.zeros(len(periods), int)
    names = np.where(days.max(axis=1, initial=0) > 0, spells["leader"].to_numpy()[best] if len(spells) else None, None)
    return pd.Series(names, index=periods, name="leader", dtype=object)
