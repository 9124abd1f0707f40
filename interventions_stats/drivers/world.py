"""The arms over all states: each driver's claim asked of every state's disputes begun with force, 1946-2014.

They speak of states in general and never of one state, count in no driver's verdict, and are one Holm family of their own.
"""

from __future__ import annotations

from typing import Any

from interventions_stats.drivers.common import LEAD_2_YEARS, lags
from interventions_stats.drivers.literature import (
    COLGAN_2013,
    FINDLEY_TEO_2006,
    HENDRIX_2017,
    KAHNEMAN_TVERSKY_1979,
    LEEDS_DAVIS_1997,
    LEVY_1989,
    LEVY_1997,
    MEARSHEIMER_2014,
    OIL_PRICES_2024,
    OWEN_2010,
    PERSON_MCFAUL_2022,
    RENSHON_2017,
    THIES_NIEMAN_2017,
    WALT_1987,
    WARD_2017,
)
from interventions_stats.drivers.proposition import Choice, Control, Proposition

LOOKED_AT = (
    "Looked at before registration: counts of onsets, effective states and estimates of this exposure were seen in a "
    "feasibility look."
)
SEEN_S1 = "Looked at before registration: the result of S1, on the same exposure, was seen."
_MID_YEARS = "1946-2014"
ONSET_YEARS = Choice("outcome", ("mid", "mid_years"), True, "a few states begin many disputes in a year")
_STRATA = Choice(
    "strata", ("dyad", "ccode"), True, "a pair is held against itself, or an actor's pairs against each other"
)


def _arm(id: str, driver: str, unit: str, exposure: str, statement: str, *, needs: tuple[str, ...] = (), note: str = "",
         **fields: Any) -> Proposition:  # fmt: skip
    return Proposition(
        id=id, driver=driver, unit=unit, exposure=exposure, statement=statement, test="world_counts", estimator="poisson",
        end="2014", outcome="mid", lists=("mid",), family=False, needs=("events_mid", "state_year", *needs), note=note,
        **{"scale": "rate"} | fields,
    )  # fmt: skip


def _states(*args: str, **fields: Any) -> Proposition:
    id, driver, exposure, statement = args
    return _arm(
        id, driver, "state-year", exposure, statement, **{"strata": "ccode", "falsifiers": (LEAD_2_YEARS,)} | fields
    )


def _pairs(unit: str, *args: str, **fields: Any) -> Proposition:
    id, driver, exposure, statement = args
    return _arm(id, driver, unit, exposure, statement, **{"strata": "dyad", "start": "1947"} | fields)


WORLD: dict[str, tuple[Proposition, ...]] = {
    "economics": (
        _states("E1w", "economics", "oil_swing",
                "A change of the oil price shifts the number of disputes begun with force, in step with a state's oil output.",
                direction="two-sided", start="1990", needs=("economy_monthly",),
                controls=(Control("log_oil", "confounder"),),
                choices=(Choice("exposure", ("oil_swing", "oil_swing_rents"), True, "output or rents measure dependence"),
                         lags(1, 2), ONSET_YEARS),
                support=(COLGAN_2013, HENDRIX_2017), contrary=(OIL_PRICES_2024,),
                note="Year effects take the price itself."),
        _states("E2w", "economics", "-gdp_growth_pct", "Poor growth in the year before raises the number of disputes begun with force.",
                start="1951", choices=(Choice("exposure", ("-gdp_growth_pct", "-gdp_growth_bounded", "inflation_bounded"), True,
                                              "distress is growth or inflation, and few extreme years may carry growth"), ONSET_YEARS),
                support=(LEVY_1989,), note=LOOKED_AT),
    ),
    "ideology": (
        _pairs("power-target-year", "I3w", "ideology", "-unga_distance",
               "Alignment in the UN General Assembly predicts whom a major power uses force against better than similarity of regime.",
               counter_exposure="-regime_distance", scale="contrast", strata="set", needs=("capitals", "states"),
               controls=(Control("log_distance", "confounder"),), choices=(lags(1, 2),), support=(OWEN_2010,),
               note="A power chooses among the states of a region in a year; such sets leave no trend of a state."),
    ),
    "diffusion": (
        _pairs("neighbour-year", "F1w", "diffusion", "dem_ep2",
               "A neighbour's episode of democratisation raises the number of disputes an autocracy begins with force against it.",
               scale="binary", targets="autocracies", needs=("contiguity_spells",), choices=(_STRATA, lags(1, 2)),
               support=(PERSON_MCFAUL_2022,), note=LOOKED_AT),
    ),
    "wag_the_dog": (
        _states("W2w", "wag_the_dog", "log_protests", "Protest in the year before raises the number of disputes begun with force.",
                start="1991", needs=("protest_state_year",), choices=(lags(1, 2), ONSET_YEARS), support=(LEVY_1989,),
                contrary=(LEEDS_DAVIS_1997,)),
        _states("W3w", "wag_the_dog", "election_ahead",
                "A national election in the year or the next raises the number of disputes begun with force.",
                scale="binary", start="1947", needs=("elections",), falsifiers=(),
                choices=(Choice("exposure", ("election_ahead", "executive_election_ahead"), True,
                                "any national election, or that of the executive"), ONSET_YEARS),
                support=(LEVY_1989,), contrary=(LEEDS_DAVIS_1997,)),
    ),
    "status": (
        _arm("S1w", "status", "power-year", "status_deficit_rank",
             "Major powers recognised below their capabilities begin more disputes with force.", strata="ccode", start="1950",
             needs=("major_power_year",), choices=(lags(1, 2), ONSET_YEARS), falsifiers=(LEAD_2_YEARS,), support=(RENSHON_2017, WARD_2017),
             contrary=(THIES_NIEMAN_2017,), note=f"Recognition is measured every five years to 2005. {SEEN_S1}"),
    ),
    "balance": (
        _states("B1w", "balance", "-region_share_change5",
                "A falling share of regional capabilities raises the number of disputes begun with force.", start="1952",
                needs=("states",), choices=(Choice("exposure", ("-region_share_change5", "-region_log_share_change5"), True,
                                                   "points of the share, or the share against itself"), lags(1, 2), ONSET_YEARS),
                support=(MEARSHEIMER_2014,), note=LOOKED_AT),
        _pairs("power-target-year", "B2w", "balance", "unga_distance.rise3",
               "A target's move away from a major power raises the number of disputes that power begins with force against it.",
               start="1951", needs=("alliance_spells",), choices=(
                   Choice("exposure", ("unga_distance.rise3", "alliance.fall3"), True, "votes in the UN or the end of an alliance"),
                   _STRATA), support=(MEARSHEIMER_2014,)),
    ),
    "threat": (
        _states("T1w", "threat", "targeted", "More disputes aimed at a state in the year before raise the number it begins with force.",
                start="1947", choices=(Choice("exposure", ("targeted", "log_targeted"), False, "few years have many disputes"),
                                       lags(1, 2), ONSET_YEARS), support=(WALT_1987,), note=LOOKED_AT),
        _pairs("neighbour-year", "T2w", "threat", "civil_conflict2",
               "Civil conflict in a contiguous state raises the number of disputes begun with force against it.",
               scale="binary", needs=("contiguity_spells",),
               choices=(Choice("exposure", ("civil_conflict2", "civil_conflict_onset2"), True, "conflict, or its beginning"), _STRATA),
               support=(FINDLEY_TEO_2006,), note=LOOKED_AT),
    ),
    "loss_aversion": (
        _states("P1w", "loss_aversion", "log_cinc.fall5",
                "A loss of capability share raises the number of disputes begun with force by more than an equal gain does.",
                counter_exposure="log_cinc.rise5", scale="contrast", start="1951", falsifiers=(), choices=(lags(1, 2), ONSET_YEARS),
                support=(KAHNEMAN_TVERSKY_1979,), contrary=(LEVY_1997,), note=LOOKED_AT),
    ),
}  # fmt: skip
