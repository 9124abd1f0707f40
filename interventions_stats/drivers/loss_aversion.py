"""D9: loss aversion (prospect theory)."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, NO_NOTE, RUSSIAN_LISTS, SEEN_BY_MONTH, SHIFT, SHIFT_OF_TWO
from interventions_stats.drivers.literature import (
    DRIEDGER_2023,
    KAHNEMAN_TVERSKY_1979,
    LEVY_1997,
    MARANDICI_2022,
    MCDERMOTT_1998,
    TALIAFERRO_2004,
)
from interventions_stats.drivers.proposition import Choice, Driver, Proposition
from interventions_stats.drivers.world import WORLD

LOSS_AVERSION = Driver(
    id="D9",
    name="loss_aversion",
    title="Loss aversion (prospect theory)",
    theory=(
        "People run greater risks to avoid a loss than to win an equal gain. For states this means asymmetry: a loss of "
        "position must raise the chance of force by more than a gain of the same size does, not merely raise it."
    ),
    would_count="The effect of steps away exceeds that of equal steps toward the actor, from several reference points.",
    contrary=(LEVY_1997,),
    propositions=(
        Proposition(
            id="P1", driver="loss_aversion", unit="actor-target-year", test="two_margins", exposure="step_away.any2",
            counter_exposure="step_toward.any2", scale="contrast", targets="post_soviet", strata="target and period",
            statement="A neighbour's step away raises the chance of intervention by more than an equal step toward does.",
            lists=RUSSIAN_LISTS, needs=("realignment_steps",), choices=(DATES, SHIFT_OF_TWO),
            support=(KAHNEMAN_TVERSKY_1979, MCDERMOTT_1998, TALIAFERRO_2004, DRIEDGER_2023), contrary=(LEVY_1997,),
        ),
        Proposition(
            id="P2", driver="loss_aversion", unit="event", test="share", exposure="loss_frame", scale="share",
            statement="More onsets fall in the domain of losses than target-years do by the same coding.",
            estimator="exact", needs=("decision_context",),
            untestable=(("*", "needs the base share p0 of loss-domain target-years coded by the same instrument, "
                         "double-coded and blind to events; without it the loss share is descriptive (G01)"),),
            support=(TALIAFERRO_2004, MARANDICI_2022), contrary=(LEVY_1997,),
        ),
        Proposition(
            id="P3", driver="loss_aversion", unit="actor-target-year", test="two_margins", scale="contrast", strata="target and period",
            exposure="unga_distance.rise1", counter_exposure="unga_distance.fall1", targets="post_soviet",
            statement="The asymmetry holds from each of three reference points: last year, the five-year mean, and 1991.",
            lists=RUSSIAN_LISTS, needs=("russia_target_year",), choices=(
                DATES,
                Choice("exposure", ("unga_distance.rise1", "unga_distance.above5"), True, "reference points"), SHIFT_OF_TWO,
            ),
            support=(KAHNEMAN_TVERSKY_1979, LEVY_1997),
        ),
        Proposition(
            id="P1g", driver="loss_aversion", unit="actor-target-year", test="two_margins", exposure="step_toward.any2",
            statement="A neighbour's step toward Russia raises the chance of an intervention there within two years.",
            scale="binary", targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS,
            needs=("realignment_steps",), choices=(DATES, SHIFT), family=False, support=(LEVY_1997,),
            note="A companion for the claim that Russia does not seek gains.",
            elsewhere=NO_NOTE,
        ),
        Proposition(
            id="P1m", driver="loss_aversion", unit="actor-target-month", exposure="step_away.any12",
            counter_exposure="step_toward.any12", scale="contrast", targets="post_soviet", strata="target and period",
            statement="A step away raises the chance of intervention within twelve months by more than a step toward does.",
            lists=RUSSIAN_LISTS, needs=("realignment_steps",), choices=(DATES,), family=False,
            support=(KAHNEMAN_TVERSKY_1979, TALIAFERRO_2004), contrary=(LEVY_1997,), note=SEEN_BY_MONTH,
        ),
        Proposition(
            id="P1m6", driver="loss_aversion", unit="actor-target-month", exposure="step_away.any6",
            counter_exposure="step_toward.any6", scale="contrast", targets="post_soviet", strata="target and period",
            statement="A step away raises the chance of intervention within six months by more than a step toward does.",
            lists=RUSSIAN_LISTS, needs=("realignment_steps",), choices=(DATES,), family=False,
            support=(KAHNEMAN_TVERSKY_1979, TALIAFERRO_2004), contrary=(LEVY_1997,), note=SEEN_BY_MONTH,
        ),
        Proposition(
            id="P1m24", driver="loss_aversion", unit="actor-target-month", exposure="step_away.any24",
            counter_exposure="step_toward.any24", scale="contrast", targets="post_soviet", strata="target and period",
            statement="A step away raises the chance of intervention within twenty-four months by more than a step toward does.",
            lists=RUSSIAN_LISTS, needs=("realignment_steps",), choices=(DATES,), family=False,
            support=(KAHNEMAN_TVERSKY_1979, TALIAFERRO_2004), contrary=(LEVY_1997,), note=SEEN_BY_MONTH,
        ),
        Proposition(
            id="P1gm", driver="loss_aversion", unit="actor-target-month", exposure="step_toward.any12", scale="binary",
            statement="A neighbour's step toward Russia raises the chance of an intervention there within twelve months.",
            targets="post_soviet", strata="target and period", lists=RUSSIAN_LISTS, needs=("realignment_steps",),
            choices=(Choice("exposure", ("step_toward.any12", "step_toward.any6", "step_toward.any24"), False,
                            "the window is a convention"), DATES), family=False, support=(LEVY_1997,), note=SEEN_BY_MONTH,
        ),
        Proposition(
            id="P1p", driver="loss_aversion", unit="power-year", test="powers", exposure="cinc.fall5",
            counter_exposure="cinc.rise5", scale="contrast", strata="ccode", family=False,
            statement="Across major powers, a loss of capability share raises disputes started by more than an equal gain.",
            outcome="mid", lists=("mid", "imi", "ucdp"), needs=("major_power_year",), start="1951", end="2014", targets="major",
            support=(KAHNEMAN_TVERSKY_1979,), contrary=(LEVY_1997,),
            note="Superseded by P1w, as a registered choice of which it stays.",
        ),
        *WORLD["loss_aversion"],
    ),
)  # fmt: skip
