"""D2: ideology."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, NO_NOTE, RUSSIAN_LISTS, lags
from interventions_stats.drivers.literature import HAAS_2005, MCFAUL_2020, OWEN_2010
from interventions_stats.drivers.proposition import Choice, Driver, Proposition
from interventions_stats.drivers.world import WORLD

IDEOLOGY = Driver(
    id="D2",
    name="ideology",
    title="Ideology",
    theory=(
        "Governments help those who rule as they do, or who see the world as they do. If ideology drives intervention, "
        "support should flow to regimes like the intervener's own, and should have flowed more so in the Soviet years."
    ),
    would_count="Supported governments resemble the intervener more than other available targets of the year.",
    contrary=(MCFAUL_2020,),
    propositions=(
        Proposition(
            id="I1", driver="ideology", unit="event", test="rank", exposure="-regime_distance", scale="rank",
            statement="The governments it supported were closer to it in regime than the other possible targets of the year.",
            lists=RUSSIAN_LISTS, needs=("russia_target_year", "decision_context"), strata="year", estimator="exact",
            choices=(Choice("exposure", ("-regime_distance", "-unga_distance"), True,
                            "regime or world view"), DATES,
                     Choice("targets", ("all", "region"), True, "any state, or the actor's own region")),
            support=(OWEN_2010, HAAS_2005),
            note="No case sets a state against a state, so the sides themselves cannot be compared.",
        ),
        Proposition(
            id="I1b", driver="ideology", unit="event", test="rank", exposure="-target_polyarchy", scale="rank", family=False,
            statement="The governments it supported were less democratic than the other possible targets of the year.",
            lists=RUSSIAN_LISTS, needs=("russia_target_year", "decision_context"), strata="year", estimator="exact",
            support=(OWEN_2010,), note="A companion for the claim on destabilising democracies.",
        ),
        Proposition(
            id="I2", driver="ideology", unit="event", test="share", exposure="kin", scale="share", estimator="exact",
            statement="The share of interventions on behalf of ideological kin was higher in the Soviet years than after.",
            outcome="imi", lists=("imi",), needs=("events_imi", "state_year"),
            choices=(Choice("exposure", ("kin", "kin_unga"), True, "kin by regime class or by votes in the UN"),),
            support=(OWEN_2010, HAAS_2005), contrary=(MCFAUL_2020,),
            note="One source codes both periods: International Military Intervention, 1946-2005.",
        ),
        Proposition(
            id="I3", driver="ideology", unit="actor-target-year", test="choice", exposure="-unga_distance",
            counter_exposure="-regime_distance", scale="contrast", strata="year", estimator="conditional",
            statement="Alignment in the UN General Assembly predicts the choice of target better than similarity of regime.",
            lists=RUSSIAN_LISTS, needs=("russia_target_year",),
            choices=(Choice("exposure", ("-unga_distance", "-unga_distance_all", "-unga_distance_final"), False,
                            "three releases of the same ideal points"), lags(1, 2), DATES),
            support=(OWEN_2010,), note="Few states that became targets in 1992 had voted in the UN before.",
            elsewhere=NO_NOTE,
        ),
        *WORLD["ideology"],
    ),
)  # fmt: skip
