"""D5: the leader."""

from __future__ import annotations

from interventions_stats.drivers.common import DATES, WITHOUT_IMI
from interventions_stats.drivers.literature import (
    CARTER_SMITH_2020,
    DRIEDGER_2023,
    GOTZ_2017,
    HOROWITZ_2015,
    MCFAUL_2020,
    THIES_NIEMAN_2017,
)
from interventions_stats.drivers.proposition import Choice, Driver, Falsifier, Proposition

LEADER = Driver(
    id="D5",
    name="leader",
    title="The leader",
    theory=(
        "Who rules may matter: some leaders are readier to use force. Then the rate of intervention should rise under the "
        "leader held responsible, break at the change of leader, and follow leaders' traits across countries."
    ),
    would_count="A higher rate under Putin than under Yeltsin, a break at the handover, and traits that predict initiation.",
    contrary=(THIES_NIEMAN_2017, DRIEDGER_2023, GOTZ_2017),
    propositions=(
        Proposition(
            id="L1", driver="leader", unit="person-time", test="rate", exposure="Putin/Yeltsin", scale="binary",
            statement="Interventions begin at a higher rate under Putin than under Yeltsin.", estimator="exact",
            lists=WITHOUT_IMI, needs=("leaders",), choices=(DATES,),
            falsifiers=(Falsifier("missions under a UN mandate only", (("outcome", "un_mandate"),)),),
            support=(MCFAUL_2020, HOROWITZ_2015), contrary=(THIES_NIEMAN_2017, DRIEDGER_2023),
        ),
        Proposition(
            id="L2", driver="leader", unit="person-time", test="breaks", exposure="2000-01", scale="none",
            statement="The change of leader splits the rate of intervention better than other dates do.",
            estimator="exact", lists=WITHOUT_IMI, needs=("leaders",), choices=(DATES,), contrary=(THIES_NIEMAN_2017,),
            note="No smallest effect is defined: the verdict is supported, inconclusive or descriptive.",
        ),
        Proposition(
            id="L3", driver="leader", unit="power-year", test="powers", scale="rate", exposure="lwuf_theta2",
            statement="Across states, leaders with a greater willingness to use force start more disputes.",
            outcome="mid", lists=("mid", "imi", "ucdp"), strata="ccode", needs=("leader_traits", "events_mid", "states"),
            targets="all", end="2014",
            choices=(Choice("exposure", ("lwuf_theta2", "lead_combat"), True, "a latent scale or combat experience"),),
            support=(HOROWITZ_2015, CARTER_SMITH_2020),
        ),
    ),
)  # fmt: skip
