"""What several drivers register alike."""

from __future__ import annotations

from interventions_stats.drivers.proposition import Choice, Falsifier

# Lists that differ in what counts as an intervention; the first is the primary one.
RUSSIAN_LISTS = ("reconstructed", "M11", "B01", "B11", "collapsed", "unilateral")
WITH_FOREIGN = (*RUSSIAN_LISTS, "mid", "ucdp", "imi")
# IMI ends in 2005 and has one Russian case after 2000: it cannot speak on Putin's years.
WITHOUT_IMI = (*RUSSIAN_LISTS, "mid", "ucdp")
DATES = Choice("date_rule", ("decision", "deployment"), True, "the trigger and the deployment both date an onset")
# The test that was registered first, which rejects too often where onsets crowd in a few years (see amended.py).
SHIFT = Choice("test", ("two_margins", "target_shift"), False, "target and year levels taken out additively")
SHIFT_OF_TWO = Choice("test", ("two_margins", "contrast"), False, "target and year levels taken out additively")
# Said of every companion by month: what was known when it was registered.
SEEN_BY_MONTH = (
    "Registered after the yearly test was known, and after other code had found p .07 by month with twelve months."
)
MEDVEDEV = Choice("leaders", (None, "medvedev"), False, "who led Russia in 2008-12 is contested")
NO_NOTE = (("note", ""),)  # elsewhere: the note is on the registered actor alone
LEAD_12 = Falsifier("exposure twelve months after onset", lead=12)
LEAD_2_YEARS = Falsifier("exposure two years after onset", lead=2)


def lags(*options: int) -> Choice:
    return Choice("lag", options, True, "theory does not fix the delay")
