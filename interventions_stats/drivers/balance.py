"""D7: the regional balance of power."""

from __future__ import annotations

from interventions_stats.drivers.common import (
    DATES,
    LEAD_2_YEARS,
    NO_NOTE,
    RUSSIAN_LISTS,
    SEEN_BY_MONTH,
    SHIFT,
    WITH_FOREIGN,
    lags,
)
from interventions_stats.drivers.literature import GOTZ_2017, MCFAUL_2020, MEARSHEIMER_2014
from interventions_stats.drivers.proposition import Choice, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

BALANCE = Driver(
    id="D7",
    name="balance",
    title="Regional balance of power",
    theory=(
        "A regional power resists losing ground: to the growth of its neighbours, and above all to a neighbour's passage "
        "into another camp."
    ),
    would_count="Onsets follow adverse changes in regional shares of power, and fall on neighbours that turned away.",
    contrary=(MCFAUL_2020,),
    propositions=(
        Proposition(
            id="B1", driver="balance", unit="actor-year", exposure="-regional_share.change5", estimator="poisson", scale="rate",
            statement="A falling share of regional capabilities raises the number of interventions.",
            start="1997", lists=WITH_FOREIGN, needs=("russia_year",),
            choices=(Choice("exposure", ("-regional_share.change5", "-regional_share.change3"), False,
                            "the window is a convention"), lags(1, 2), DATES),
            falsifiers=(LEAD_2_YEARS,), support=(MEARSHEIMER_2014, GOTZ_2017),
            note="Windows that span 1991 mix the collapse of the USSR with the balance; the sample starts after them.",
            elsewhere=(("start", None), *NO_NOTE),
        ),
        Proposition(
            id="B2", driver="balance", unit="actor-target-year", test="two_margins", exposure="step_away.any2", scale="binary",
            statement="A neighbour's step away from Russia raises the chance of an intervention there within two years.",
            targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS, needs=("realignment_steps",),
            choices=(Choice("exposure", ("step_away.any2", "step_away.any3"), False, "the window is a convention"), DATES, SHIFT),
            falsifiers=(Falsifier("steps toward Russia instead", (("exposure", "step_toward.any2"),)),
                        Falsifier("steps taken after onset", lead=2)),
            support=(MEARSHEIMER_2014, GOTZ_2017), contrary=(MCFAUL_2020,),
            note="Steps were coded by one person who knew the history; reactions to Russian force are left out.",
            elsewhere=NO_NOTE,
        ),
        Proposition(
            id="B2m", driver="balance", unit="actor-target-month", exposure="step_away.any12", scale="binary", family=False,
            statement="A neighbour's step away from Russia raises the chance of an intervention there within twelve months.",
            targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS, needs=("realignment_steps",),
            choices=(Choice("exposure", ("step_away.any12", "step_away.any6", "step_away.any24"), False,
                            "the window is a convention"), DATES),
            falsifiers=(Falsifier("steps toward Russia instead", (("exposure", "step_toward.any12"),)),),
            support=(MEARSHEIMER_2014, GOTZ_2017), contrary=(MCFAUL_2020,), note=SEEN_BY_MONTH,
        ),
        Proposition(
            id="B1p", driver="balance", unit="power-year", test="powers", scale="rate", exposure="-region_share_change5_same",
            statement="Across major powers, a falling share of regional capabilities raises the number of disputes started.",
            outcome="mid", lists=("mid", "imi", "ucdp"), strata="ccode", needs=("major_power_year",), start="1951", end="2014",
            targets="major", family=False, support=(MEARSHEIMER_2014,),
            note="Superseded by B1w, as a registered choice of which it stays.",
        ),
        *WORLD["balance"],
    ),
)  # fmt: skip
