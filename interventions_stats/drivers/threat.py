"""D8: external threat."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, LEAD_2_YEARS, RUSSIAN_LISTS, SHIFT, WITH_FOREIGN, lags
from interventions_stats.drivers.literature import FINDLEY_TEO_2006, MCFAUL_2020, WALT_1987
from interventions_stats.drivers.proposition import Choice, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

THREAT = Driver(
    id="D8",
    name="threat",
    title="External threat",
    theory=(
        "Hostile activity near the border, or war next door, threatens a state and draws it in. War next door also makes "
        "intervention possible, so the second test is reported apart from the first."
    ),
    would_count="Onsets follow years of hostility against the actor, and fall on neighbours at war.",
    contrary=(MCFAUL_2020,),
    propositions=(
        Proposition(
            id="T1", driver="threat", unit="actor-year", exposure="hostility", estimator="poisson", scale="rate",
            statement="More disputes aimed at the actor in the year before raise the number of its interventions.",
            end="2014", lists=WITH_FOREIGN, needs=("russia_year",),
            choices=(Choice("exposure", ("hostility", "hostile_power"), True,
                            "hostile acts or hostile power"), lags(1, 2), DATES),
            falsifiers=(LEAD_2_YEARS,), support=(WALT_1987,),
            note="Disputes have no place on the map here, so nearness is by the states in them.",
        ),
        Proposition(
            id="T2", driver="threat", unit="actor-target-year", test="two_margins", exposure="civil_conflict",
            statement="Armed conflict in a contiguous state raises the chance of an intervention there a year on.",
            scale="binary", targets="contiguous", strata="target and period", lists=RUSSIAN_LISTS, needs=("russia_target_year",),
            choices=(DATES, Choice("targets", ("contiguous", "post_soviet"), True, "neighbours by land or by history"), SHIFT),
            falsifiers=(Falsifier("conflict two years after onset", lead=2),), support=(FINDLEY_TEO_2006,),
            note="War next door is partly mere opportunity. Only Georgia and Ukraine identify it on Russia's land borders.",
            elsewhere=(("note", "War next door is partly mere opportunity."),),
        ),
        Proposition(
            id="T1p", driver="threat", unit="power-year", test="powers", scale="rate", exposure="mids_targeted", family=False,
            statement="Across major powers, more disputes aimed at a power in the year before raise the number it starts.",
            outcome="mid", lists=("mid", "imi", "ucdp"), strata="ccode", needs=("major_power_year",), start="1951", end="2014",
            targets="major", support=(WALT_1987,),
            note="Superseded by T1w, as a registered choice of which it stays.",
        ),
        *WORLD["threat"],
    ),
)  # fmt: skip
