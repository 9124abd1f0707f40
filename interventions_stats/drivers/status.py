"""D6: national status."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, LEAD_12, NO_NOTE, WITH_FOREIGN, lags
from interventions_stats.drivers.literature import LARSON_SHEVCHENKO_2010, RENSHON_2017, THIES_NIEMAN_2017, WARD_2017
from interventions_stats.drivers.proposition import Choice, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

STATUS = Driver(
    id="D6",
    name="status",
    title="National status",
    theory=(
        "A state that is recognised below its power, or that has just been slighted, may use force to claim its place."
    ),
    would_count="Powers with a larger gap between capability and recognition fight more; onsets follow public slights.",
    contrary=(THIES_NIEMAN_2017,),
    propositions=(
        Proposition(
            id="S1", driver="status", unit="power-year", test="powers", scale="rate", exposure="status_deficit_rank", strata="ccode",
            statement="Major powers recognised below their capabilities start more disputes.",
            outcome="mid", lists=("mid", "imi", "ucdp"), needs=("major_power_year",), start="1950", end="2010", targets="major",
            choices=(lags(1, 2),), falsifiers=(Falsifier("exposure two years after onset", lead=2),),
            support=(RENSHON_2017, LARSON_SHEVCHENKO_2010, WARD_2017), contrary=(THIES_NIEMAN_2017,),
            note="Recognition is measured every five years to 2005; Russia alone has too few measurements to be tested.",
            elsewhere=NO_NOTE,
        ),
        Proposition(
            id="S2", driver="status", unit="actor-month", exposure="adverse_shock.any12", scale="none",
            statement="A public setback to standing raises the chance of an intervention in the twelve months after it.",
            lists=WITH_FOREIGN, needs=("status_shocks",),
            choices=(Choice("exposure", ("adverse_shock.any12", "adverse_shock.any6"), False, "the window is a convention"),
                     lags(1, 2), DATES),
            falsifiers=(LEAD_12, Falsifier("favourable shocks instead", (("exposure", "favourable_shock.any12"),))),
            support=(LARSON_SHEVCHENKO_2010, WARD_2017), contrary=(THIES_NIEMAN_2017,),
            note="Shocks were coded by one person who knew the history; reactions to Russian force are left out.",
            elsewhere=NO_NOTE,
        ),
        *WORLD["status"],
    ),
)  # fmt: skip
