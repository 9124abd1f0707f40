"""D4: diversion, or wag the dog."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, LEAD_2_YEARS, LEAD_12, MEDVEDEV, NO_NOTE, WITHOUT_IMI, lags
from interventions_stats.drivers.literature import (
    CHIOZZA_GOEMANS_2003,
    HICKEY_2021,
    LEEDS_DAVIS_1997,
    LEVY_1989,
    OSTROM_JOB_1986,
)
from interventions_stats.drivers.proposition import Choice, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

WAG_THE_DOG = Driver(
    id="D4",
    name="wag_the_dog",
    title="Diversion (wag the dog)",
    theory=(
        "A leader in trouble at home starts a fight abroad to rally the public. The rally that follows an intervention is "
        "an effect of it and says nothing about its cause, so support is measured before onset only."
    ),
    would_count="Within one leader's years, support is lower in the months before onsets than in other months.",
    contrary=(CHIOZZA_GOEMANS_2003, LEEDS_DAVIS_1997),
    propositions=(
        Proposition(
            id="W1", driver="wag_the_dog", unit="actor-month", exposure="-approval",
            statement="Lower approval of the leader raises the chance of an intervention in the following month.",
            start="2000-02", end="2020-12", lists=WITHOUT_IMI, needs=("approval_russia",), delta="meaningful",
            choices=(Choice("exposure", ("-approval", "-approval.change6", "-country_direction"), True,
                            "level, fall, or the direction of the country"), lags(1, 2, 3), MEDVEDEV, DATES),
            falsifiers=(LEAD_12,), support=(LEVY_1989, OSTROM_JOB_1986, HICKEY_2021),
            contrary=(CHIOZZA_GOEMANS_2003, LEEDS_DAVIS_1997),
            note="The series is Putin throughout and begins with his presidency; August 1999 is a new prime minister's and "
                 "is left out. No monthly approval of Yeltsin exists, so his years cannot speak.",
            elsewhere=(("start", None), ("end", None), *NO_NOTE),
        ),
        Proposition(
            id="W2", driver="wag_the_dog", unit="actor-year", exposure="protest", estimator="poisson", scale="rate",
            statement="More protest at home in the year before raises the number of interventions.",
            end="2018", lists=WITHOUT_IMI, needs=("russia_year",),
            choices=(Choice("exposure", ("protest", "mobilisation", "inflation", "-growth"), True,
                            "discontent in the street or in the purse"), lags(1, 2), DATES),
            falsifiers=(LEAD_2_YEARS,), support=(LEVY_1989, HICKEY_2021), contrary=(CHIOZZA_GOEMANS_2003,),
        ),
        Proposition(
            id="W3", driver="wag_the_dog", unit="actor-month", exposure="election_ahead", scale="binary",
            statement="The twelve months before a national election see more interventions.",
            lists=WITHOUT_IMI, needs=("elections",), choices=(DATES, lags(1, 2)),
            falsifiers=(Falsifier("the twelve months after an election", lead=13),), support=(OSTROM_JOB_1986,),
            contrary=(LEEDS_DAVIS_1997,),
        ),
        *WORLD["wag_the_dog"],
    ),
)  # fmt: skip
