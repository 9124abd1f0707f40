"""Other producers' numbers of states, turned into COW numbers with the year in which they were meant."""

from __future__ import annotations

from datetime import date
from typing import Literal

from interventions_stats.engine.intake.scalars import check_integer, check_option
from interventions_stats.errors import InputError
from interventions_stats.events.actors import registry
from interventions_stats.events.columns import key

Span = tuple[date, date]
Scheme = Literal["cow", "gw", "vdem", "unknown"]
_NAMED = {"cow": "COW", "gw": "Gleditsch-Ward", "vdem": "V-Dem"}
_GW_COLUMNS = ("gwno", "gwcode", "gwid", "gwn", "gleditsch")
# Gleditsch and Ward (1999, updated) number states as COW does but for these: number, first day, COW number.
_GLEDITSCH_WARD = {260: ("1990-10-03", 255), 678: ("1990-05-22", 679), 340: ("", 345), 970: ("", 946), 971: ("", 970),
                   972: ("", 955), 973: ("", 947)}  # fmt: skip
# country_id of V-Dem (Coppedge et al. 2025, version 15) and COW number, of units that are in both.
_VDEM = {
    3: 70, 4: 115, 5: 380, 6: 225, 7: 452, 8: 560, 9: 740, 10: 775, 11: 365, 12: 339, 13: 651, 14: 678, 15: 100, 17: 290, 19: 140,
    20: 2, 21: 235, 22: 92, 23: 680, 24: 771, 25: 145, 26: 41, 27: 91, 28: 432, 29: 770, 30: 135, 31: 433, 32: 626, 33: 625,
    34: 816, 35: 817, 36: 700, 37: 160, 38: 530, 39: 750, 40: 501, 41: 731, 42: 732, 43: 347, 44: 660, 45: 475, 46: 840, 47: 510,
    48: 713, 49: 800, 50: 500, 51: 101, 52: 434, 53: 760, 54: 439, 55: 811, 56: 850, 57: 541, 58: 790, 59: 93, 60: 436, 61: 551,
    62: 552, 63: 438, 64: 437, 65: 435, 66: 20, 67: 900, 68: 571, 69: 516, 70: 402, 71: 482, 72: 155, 73: 94, 74: 860, 75: 130,
    76: 220, 77: 260, 78: 90, 79: 630, 80: 645, 81: 205, 82: 325, 83: 663, 84: 367, 85: 570, 86: 450, 87: 553, 88: 781, 89: 712,
    90: 600, 91: 210, 92: 95, 93: 910, 94: 694, 95: 451, 96: 230, 97: 652, 98: 616, 99: 640, 100: 369, 101: 200, 102: 165,
    103: 615, 104: 540, 105: 371, 106: 373, 107: 370, 108: 471, 109: 483, 110: 710, 111: 490, 112: 484, 113: 522, 114: 42,
    115: 531, 116: 481, 117: 420, 118: 372, 119: 404, 120: 51, 121: 705, 122: 703, 123: 812, 124: 620, 125: 580, 126: 359,
    127: 565, 129: 517, 130: 520, 131: 780, 132: 572, 133: 702, 134: 461, 135: 52, 136: 701, 137: 265, 140: 704, 144: 305,
    146: 692, 147: 53, 148: 211, 150: 346, 152: 355, 153: 581, 154: 344, 155: 40, 156: 352, 157: 315, 158: 390, 160: 411,
    161: 366, 162: 950, 163: 375, 164: 350, 166: 110, 168: 395, 169: 666, 171: 690, 173: 368, 174: 212, 176: 343, 177: 820,
    178: 338, 180: 590, 183: 341, 185: 920, 186: 385, 187: 698, 189: 150, 190: 360, 196: 403, 197: 670, 198: 345, 199: 591,
    200: 830, 201: 317, 202: 349, 203: 940, 206: 935, 207: 696, 210: 310, 236: 511,
}  # fmt: skip
# Units of one V-Dem number that are two COW states: number, first day of the second, its COW number.
_VDEM_LATER = {14: ("1990-05-22", 679), 77: ("1990-10-03", 255), 157: ("1993-01-01", 316)}


def numbering(column: object) -> Scheme:
    """Whose numbers of states a column holds, by its name: ``gwno_a`` and ``gwcode`` Gleditsch and Ward's, ``vdem_id`` V-Dem's.

    ``country_id`` is V-Dem's number in its own file and Gleditsch and Ward's in UCDP's events, so nobody knows.

    >>> numbering("gwno_a"), numbering("VDem id"), numbering("ccode"), numbering("country_id")
    ('gw', 'vdem', 'cow', 'unknown')
    """
    name = key(column)
    if name.startswith(_GW_COLUMNS):
        return "gw"
    return "vdem" if name.startswith("vdem") else "unknown" if name == "countryid" else "cow"


def in_cow(number: int, scheme: Scheme, on: Span | None = None) -> int | None:
    """Return the COW number of a state's number in a scheme, None where it stands for no state of COW.

    >>> in_cow(260, "gw", (date(1999, 3, 24), date(1999, 3, 24))), in_cow(260, "gw"), in_cow(157, "vdem"), in_cow(128, "vdem")
    (255, 260, 315, None)
    """
    if scheme == "unknown":
        raise InputError(
            "the numbers of a column 'country_id' are V-Dem's or, in UCDP's events, Gleditsch and Ward's; "
            "rename it 'vdem_id' or 'gwno'"
        )
    known: int | None = number
    if scheme == "gw":
        first, cow = _GLEDITSCH_WARD.get(number, ("9999", number))
        known = cow if not first or (on is not None and str(on[1]) >= first) else number
    elif scheme == "vdem":
        first, cow = _VDEM_LATER.get(number, ("9999", number))
        known = cow if on is not None and str(on[1]) >= first else _VDEM.get(number)
    return known if known in registry() else None


def cow_number(number: int, scheme: str, *, year: int | None = None) -> int:
    """Return the COW number of a state that another producer numbers.

    Parameters
    ----------
    number : int
    scheme : {"gw", "vdem", "cow"}
        Gleditsch and Ward's list of independent states, ``country_id`` of V-Dem, or COW.
    year : int, optional
        Year that is meant, its last day: both lists go on with one number for Germany and for Yemen, and V-Dem for
        Czechoslovakia and the Czech Republic. Without it the state before 1990 is meant.

    Returns
    -------
    int

    Raises
    ------
    InputError
        A number that stands for no state of the COW system, such as V-Dem's of Somaliland.

    References
    ----------
    Gleditsch and Ward (1999), A revised list of independent states since 1816, International Interactions 25(4): 393-413.
    Coppedge et al. (2025), V-Dem Codebook v15.

    Examples
    --------
    >>> cow_number(11, "vdem"), cow_number(77, "vdem", year=2003), cow_number(678, "gw", year=1980)
    (365, 255, 678)
    """
    check_option("scheme", scheme, tuple(_NAMED))
    last = None if year is None else date(check_integer("year", year), 12, 31)
    code = in_cow(check_integer("number", number), scheme, None if last is None else (last, last))  # type: ignore[arg-type]
    if code is None:
        raise InputError(f"{number} of {_NAMED[scheme]} is no state of the COW system")
    return code
