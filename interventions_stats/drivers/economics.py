"""D1: economic motives."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, LEAD_2_YEARS, LEAD_12, NO_NOTE, RUSSIAN_LISTS, WITH_FOREIGN, lags
from interventions_stats.drivers.literature import (
    BOVE_2016,
    COLGAN_2013,
    GARTZKE_2007,
    HENDRIX_2017,
    LEVY_1989,
    MCFAUL_2020,
    OIL_PRICES_2024,
)
from interventions_stats.drivers.proposition import Choice, Control, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

ECONOMICS = Driver(
    id="D1",
    name="economics",
    title="Economics",
    theory=(
        "Oil money pays for force and emboldens an exporter; a slump may push a government to seize rents or to distract; "
        "and an intervener may choose the targets it trades with. The literature disagrees even on the sign of oil."
    ),
    would_count="Onsets cluster after oil-price swings or downturns, or fall on states that trade more with the intervener.",
    contrary=(GARTZKE_2007, OIL_PRICES_2024, MCFAUL_2020),
    propositions=(
        Proposition(
            id="E1", driver="economics", unit="actor-month", exposure="brent.log_change12", direction="two-sided",
            statement="The change of the oil price over the year before shifts the chance of an intervention, up or down.",
            delta="meaningful", lists=WITH_FOREIGN, needs=("economy_monthly",),
            choices=(Choice("exposure", ("brent.log_change12", "brent.log_change6", "brent.log_change24"), False,
                            "the window is a convention"), lags(1, 2, 3), DATES),
            falsifiers=(LEAD_12,), support=(COLGAN_2013, HENDRIX_2017), contrary=(OIL_PRICES_2024,),
            note="The level of the price is confounded with the leader, so its change is tested.",
        ),
        Proposition(
            id="E2", driver="economics", unit="actor-year", exposure="-growth", estimator="poisson", scale="rate",
            statement="Poor growth in the year before raises the number of interventions.",
            lists=WITH_FOREIGN, needs=("russia_year",),
            choices=(Choice("exposure", ("-growth", "-growth_per_head", "inflation"), True,
                            "distress is growth or inflation"), lags(1, 2), DATES),
            falsifiers=(LEAD_2_YEARS,), support=(LEVY_1989,),
        ),
        Proposition(
            id="E3", driver="economics", unit="actor-target-year", test="choice", exposure="trade_share",
            statement="States that trade more with the intervener are more often chosen as targets.",
            strata="year and region", estimator="conditional", end="2014", lists=RUSSIAN_LISTS, needs=("russia_target_year",),
            choices=(Choice("exposure", ("trade_share", "trade_pct_gdp", "trade_share_first"), True,
                            "two ways to scale trade; first recorded shares for 1992-93"),
                     lags(1, 2), DATES),
            falsifiers=(Falsifier("trade with the European Union instead", (("exposure", "trade_share_eu"),)),),
            controls=(Control("distance.log", "confounder"),), elsewhere=NO_NOTE,
            support=(BOVE_2016,), contrary=(GARTZKE_2007,), note="COW trade ends in 2014 and has no flow for many successor states in 1992.",
        ),
        *WORLD["economics"],
    ),
)  # fmt: skip
