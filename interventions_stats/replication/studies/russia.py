"""The study of Russia: its claims in our own words, what each is tested by, and the literal test of each finding.

Charap, S., Geist, E., Frederick, B., Drennan, J. J., Chandler, N., & Kavanagh, J. (2021). Russia's Military
Interventions: Patterns, Drivers, and Signposts. RAND Corporation.
"""

from __future__ import annotations

import interventions_stats.drivers.literature as works
from interventions_stats.replication import census
from interventions_stats.replication.studies import russia_tests as literal
from interventions_stats.replication.study import Claim, Study

SET_ASIDE = ("economics", "ideology", "diffusion", "wag_the_dog", "leader")
KEPT = ("status", "balance", "threat")

CLAIMS: tuple[Claim, ...] = (
    Claim(id="C1", text="Russia carried out 25 interventions of at least 100 person-years from 1992 to 2020.",
          kind="census", census=census.count, tested_by=("count",), reading="holds", rule="construction",
          note="Counted over the registered definitions; hitting 25 proves nothing, many sets of rules do."),
    Claim(id="C2", text="Most of the interventions are stabilisation missions.", kind="census",
          census=census.stabilisation_share, tested_by=("stabilisation_share",), reading="holds", rule="list",
          literal=literal.stabilisation, note="Most: more than half, by each coding on each list."),
    Claim(id="C3", text="Combat interventions are infrequent.", kind="census", census=census.combat_share,
          tested_by=("combat_share",),
          reading="holds", rule="list", literal=literal.combat,
          note="Infrequent: less than half of the cases and fewer than one every two years."),
    Claim(id="C4", text="Russia intervened less often than the USSR and the United States did.", kind="census",
          census=census.footprint, tested_by=("footprint",), reading="holds", rule="measures", literal=literal.fewer,
          counted="sources by rivals",
          note="Rate ratio below 1 against each, by one definition and over spans of equal length."),
    Claim(id="C4b", text="Russia's interventions are smaller in scale than those of the USSR and the United States.",
          kind="census", census=census.scale, tested_by=("scale",), reading="holds", rule="measures",
          literal=literal.smaller,
          note="Case-years and person-years by IMI, over spans of equal length; troops by the least of each band."),
    Claim(id="C5", text="The great majority of the interventions lie inside the former Soviet Union.",
          kind="census", census=census.region_share, tested_by=("region_share",), reading="holds", rule="list",
          literal=literal.inside, note="Great majority: at least two thirds."),
    Claim(id="C6", text="Russia's interventions are more confined to its region than the USSR's were.",
          kind="census", census=census.regional_fisher, tested_by=("regional_fisher",), reading="holds",
          rule="measures", literal=literal.regional, counted="sources",
          note="Region fixed for both: states that touch the USSR's territory, its successors among them."),
    Claim(id="C7", text="Economic motives do not explain the interventions.", kind="driver", tested_by=("economics",),
          reading="dismissed", rule="absence", literal=literal.of("E1", "E2", "E3"), contrary=(works.HENDRIX_2017,)),
    Claim(id="C8", text="Ideology does not explain the interventions.", kind="driver", tested_by=("ideology",),
          reading="dismissed", rule="absence", literal=literal.ideology, contrary=(works.MCFAUL_2020,)),
    Claim(id="C8b", text="Russia does not intervene to put autocrats in the place of democrats.", kind="proposition",
          tested_by=("I1b",), reading="dismissed", rule="absence", literal=literal.of("I1b"),
          contrary=(works.PERSON_MCFAUL_2022,)),
    Claim(id="C9", text="Fear of democracy spreading does not explain the interventions.", kind="driver",
          tested_by=("diffusion",), reading="dismissed", rule="absence", literal=literal.diffusion,
          contrary=(works.PERSON_MCFAUL_2022,)),
    Claim(id="C10a", text="Low support at home does not go with intervention.", kind="proposition", tested_by=("W1",),
          reading="dismissed", rule="absence", literal=literal.low_support),
    Claim(id="C10b", text="The leader's support was never under serious threat.", kind="census",
          census=census.support_threat, tested_by=("support_threat",), reading="holds", rule="measures",
          literal=literal.support, counted="pollsters",
          note="Serious threat: approval of the leader below 50 per cent in any month of 2000-2020."),
    Claim(id="C10c", text="Russia does not intervene to prop up its regime at home.", kind="proposition",
          tested_by=("W2", "W3"), reading="dismissed", rule="absence", literal=literal.of("W2", "W3")),
    Claim(id="C11", text="Interventions became less frequent under Putin.", kind="proposition", tested_by=("L1",),
          reading="reversed", rule="measures", literal=literal.decline,
          note="The proposition says the opposite (more under Putin), so the claim needs it reversed."),
    Claim(id="C12", text="Putin is not the prime driver: most interventions began before him.", kind="census",
          census=census.before_putin, tested_by=("before_putin",), reading="holds", rule="list",
          literal=literal.before_him, contrary=(works.MCFAUL_2020,)),
    Claim(id="C13", text="Status, the regional balance and external threat stand out.", kind="any_supported",
          tested_by=("status", "balance", "threat"), reading="supported", rule="presence",
          literal=literal.outstanding(KEPT, SET_ASIDE), contrary=(works.MCFAUL_2020,)),
    Claim(id="C13d", text="Instability in the region draws Russia in.", kind="proposition", tested_by=("T2",),
          reading="supported", rule="presence", literal=literal.instability),
    Claim(id="C14", text="Russia acts to avoid losses in the regional balance.", kind="proposition", tested_by=("P1",),
          reading="supported", rule="presence", literal=literal.losses,
          note="Loss frames of the cases describe: no target-years were coded by the same instrument."),
    Claim(id="C15", text="States in general use force more to avoid a loss than to make a gain.", kind="proposition",
          tested_by=("P1w",), reading="supported", rule="presence", literal=literal.of("P1w")),
    Claim(id="C16", text="Shocks in the near abroad trigger interventions.", kind="proposition", tested_by=("B2",),
          reading="supported", rule="presence", literal=literal.triggers),
    Claim(id="C17", text="It is the same whoever rules.", kind="proposition", tested_by=("L2",), reading="dismissed",
          rule="absence", literal=literal.constancy,
          contrary=(works.MCFAUL_2020, works.THIES_NIEMAN_2017),
          note="L2 asks whether the handover is an outstanding break; not finding one is no proof of constancy."),
    Claim(id="C18", text="Russia does not seek gains.", kind="proposition", tested_by=("P1g",), reading="dismissed",
          rule="untestable",
          note="no valid test exists: a neighbour's step toward Russia is no gain that Russia sought"),
    Claim(id="N1", text="What leaders said in speeches reveals the motive.", kind="untestable", rule="untestable",
          note="needs coded speeches; no event data speak on it"),
    Claim(id="N2", text="What leaders and elites believed, and that elites agree.", kind="untestable", rule="untestable",
          note="needs surveys or coded elite statements"),
    Claim(id="N3", text="What policy should do, such as not to corner the country.", kind="untestable", rule="untestable",
          note="a judgement about policy and not a statement about these data"),
)  # fmt: skip


RUSSIA = Study(
    name="russia",
    title="the study of Russia",
    reference=(
        "Charap, S., Geist, E., Frederick, B., Drennan, J. J., Chandler, N., & Kavanagh, J. (2021). Russia's Military "
        "Interventions: Patterns, Drivers, and Signposts. RAND Corporation."
    ),
    claims=CLAIMS,
    actor="RUS",
    leaders=("Putin", "Yeltsin"),
    set_aside=SET_ASIDE,
    kept=KEPT,
)
russia = RUSSIA  # as `ist.studies.russia`
