"""The study's claims in our own words, and what each is tested by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import interventions_stats.drivers.literature as works

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["driver", "proposition", "any_supported", "census", "untestable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of the study.

    Attributes
    ----------
    id, text : str
        The claim, in our words.
    kind : str
        ``driver`` or ``proposition`` (the verdict is theirs), ``any_supported`` (Holm over the superiority tests of
        several drivers), ``census`` (a description of lists), ``untestable``.
    tested_by : tuple of str
        Drivers or propositions, or the name of the census.
    reading : str
        The verdict the study's reading predicts.
    contrary : tuple of str
        Scholarship that argues otherwise.
    note : str
        What a reader must know of the criterion.
    """

    id: str
    text: str
    kind: Kind
    tested_by: tuple[str, ...] = ()
    reading: str
    contrary: tuple[str, ...] = ()
    note: str = ""


CLAIMS: tuple[Claim, ...] = (
    Claim(id="C1", text="Russia carried out 25 interventions of at least 100 person-years from 1992 to 2020.",
          kind="census", tested_by=("count",), reading="holds",
          note="Counted over the registered definitions; hitting 25 proves nothing, many sets of rules do."),
    Claim(id="C2", text="Most of the interventions are stabilisation missions.", kind="census",
          tested_by=("stabilisation_share",), reading="holds", note="Most: more than half, by each coding on each list."),
    Claim(id="C3", text="Combat interventions are infrequent.", kind="census", tested_by=("combat_share",),
          reading="holds", note="Infrequent: less than half of the cases and fewer than one every two years."),
    Claim(id="C4", text="Russia intervened less often than the USSR and the United States did.", kind="census",
          tested_by=("footprint",), reading="holds",
          note="Rate ratio below 1 against each, by one definition and over spans of equal length."),
    Claim(id="C5", text="The great majority of the interventions lie inside the former Soviet Union.", kind="census",
          tested_by=("region_share",), reading="holds", note="Great majority: at least two thirds."),
    Claim(id="C6", text="Russia's interventions are more confined to its region than the USSR's were.", kind="census",
          tested_by=("regional_fisher",), reading="holds",
          note="Region fixed for both: states that touch the USSR's territory, its successors among them."),
    Claim(id="C7", text="Economic motives do not explain the interventions.", kind="driver", tested_by=("economics",),
          reading="dismissed", contrary=(works.HENDRIX_2017,)),
    Claim(id="C8", text="Ideology does not explain the interventions.", kind="driver", tested_by=("ideology",),
          reading="dismissed", contrary=(works.MCFAUL_2020,)),
    Claim(id="C8b", text="Russia does not intervene to put autocrats in the place of democrats.", kind="proposition",
          tested_by=("I1b",), reading="dismissed", contrary=(works.PERSON_MCFAUL_2022,)),
    Claim(id="C9", text="Fear of democracy spreading does not explain the interventions.", kind="driver",
          tested_by=("diffusion",), reading="dismissed", contrary=(works.PERSON_MCFAUL_2022,)),
    Claim(id="C10a", text="Low support at home does not go with intervention.", kind="proposition", tested_by=("W1",),
          reading="dismissed", contrary=(works.OSTROM_JOB_1986, works.HICKEY_2021)),
    Claim(id="C10b", text="The leader's support was never under serious threat.", kind="census",
          tested_by=("support_threat",), reading="holds", note="Serious threat: below 50 per cent in any month of 2000-2020."),
    Claim(id="C10c", text="Russia does not intervene to prop up its regime at home.", kind="proposition",
          tested_by=("W2", "W3"), reading="dismissed", contrary=(works.HICKEY_2021,)),
    Claim(id="C11", text="Interventions became less frequent under Putin.", kind="proposition", tested_by=("L1",),
          reading="contradicted", note="The proposition says the opposite (more under Putin), so the claim needs it contradicted."),
    Claim(id="C12", text="Putin is not the prime driver: most interventions began before him.", kind="census",
          tested_by=("before_putin",), reading="holds", contrary=(works.MCFAUL_2020,)),
    Claim(id="C13", text="Status, the regional balance and external threat stand out.", kind="any_supported",
          tested_by=("status", "balance", "threat"), reading="supported",
          contrary=(works.MCFAUL_2020, works.THIES_NIEMAN_2017)),
    Claim(id="C13d", text="Instability in the region draws Russia in.", kind="proposition", tested_by=("T2",),
          reading="supported"),
    Claim(id="C14", text="Russia acts to avoid losses in the regional balance.", kind="proposition", tested_by=("P1",),
          reading="supported"),
    Claim(id="C15", text="States in general use force more to avoid a loss than to make a gain.", kind="proposition",
          tested_by=("P1p",), reading="supported"),
    Claim(id="C16", text="Shocks in the near abroad trigger interventions.", kind="proposition", tested_by=("B2",),
          reading="supported"),
    Claim(id="C17", text="It is the same whoever rules.", kind="proposition", tested_by=("L2",), reading="inconclusive",
          contrary=(works.MCFAUL_2020,),
          note="L2 asks whether the handover is an outstanding break; not finding one is no proof of constancy."),
    Claim(id="C18", text="Russia does not seek gains.", kind="proposition", tested_by=("P1g",), reading="dismissed"),
    Claim(id="N1", text="What leaders said in speeches reveals the motive.", kind="untestable", reading="",
          note="needs coded speeches; no event data speak on it"),
    Claim(id="N2", text="What leaders and elites believed, and that elites agree.", kind="untestable", reading="",
          note="needs surveys or coded elite statements"),
    Claim(id="N3", text="What policy should do, such as not to corner the country.", kind="untestable", reading="",
          note="a judgement about policy and not a statement about these data"),
)  # fmt: skip


def claims() -> pd.DataFrame:
    """Return the registry of claims as a frame: id, text, kind, tested_by, reading, contrary, note.

    Examples
    --------
    >>> claims().set_index("id").loc["C11", "tested_by"]
    'L1'
    """
    from interventions_stats.display.readable import ReadableFrame

    rows = [(c.id, c.text, c.kind, ", ".join(c.tested_by), c.reading, "; ".join(c.contrary), c.note) for c in CLAIMS]
    return ReadableFrame(rows, columns=["id", "text", "kind", "tested_by", "reading", "contrary", "note"])
