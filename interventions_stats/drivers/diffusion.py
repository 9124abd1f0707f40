"""D3: fear of democratic diffusion."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, RUSSIAN_LISTS, SHIFT, lags
from interventions_stats.drivers.literature import AMBROSIO_2009, GOTZ_2017, MEARSHEIMER_2014, PERSON_MCFAUL_2022
from interventions_stats.drivers.proposition import Choice, Control, Driver, Falsifier, Proposition
from interventions_stats.drivers.world import WORLD

_FALSIFIER = Falsifier("autocratisation instead of democratisation", (("exposure", "autocratisation_episode"),))

DIFFUSION = Driver(
    id="D3",
    name="diffusion",
    title="Fear of democratic diffusion",
    theory=(
        "An autocrat may strike a neighbour that democratises, lest the example spread. The rival reading is that "
        "democratisers also turn to another camp, and that the turn, not the regime, draws the response."
    ),
    would_count="Onsets follow a neighbour's democratisation, more so under protest at home, and net of its realignment.",
    contrary=(GOTZ_2017, MEARSHEIMER_2014),
    propositions=(
        Proposition(
            id="F1", driver="diffusion", unit="actor-target-year", test="two_margins", exposure="democratisation_episode", scale="binary",
            statement="A democratisation episode in a post-Soviet state raises the chance of an intervention there a year on.",
            targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS, needs=("russia_target_year",),
            choices=(Choice("exposure", ("democratisation_episode", "democratisation_episode.any2"), True, "within twelve or twenty-four months"), DATES,
                     lags(1, 2), SHIFT),
            falsifiers=(_FALSIFIER,), support=(AMBROSIO_2009, PERSON_MCFAUL_2022),
        ),
        Proposition(
            id="F2", driver="diffusion", unit="actor-target-year", test="target_shift", strata="target", exposure="episode_under_protest", scale="binary",
            statement="Democratisation next door raises the chance of intervention more when protest is high at home.",
            targets="post_soviet", controls=(Control("democratisation_episode", "confounder"),),
            needs=("russia_target_year", "protest_state_year"),
            untestable=(("RUS", "the interaction rests on fewer than 4 onset target-years (feasibility table, frozen before "
                         "the data)"),), support=(PERSON_MCFAUL_2022,),
        ),
        Proposition(
            id="F3", driver="diffusion", unit="actor-target-year", test="two_margins", exposure="democratisation_episode", scale="binary",
            statement="Democratisation raises the chance of intervention net of the target's realignment toward the West.",
            targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS, needs=("russia_target_year", "realignment_steps"),
            controls=(Control("step_away.any2", "confounder"),), choices=(DATES, lags(1, 2), SHIFT), falsifiers=(_FALSIFIER,),
            support=(PERSON_MCFAUL_2022,), contrary=(MEARSHEIMER_2014, GOTZ_2017),
            note="Realignment is taken from the dated steps; votes in the UN leave three onset target-years.",
        ),
        *WORLD["diffusion"],
    ),
)  # fmt: skip
