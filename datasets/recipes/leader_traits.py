"""Recipe of ``leader_traits``: background of the leaders of ``leaders``, spell by spell."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _leaders import ARCHIGOS, CITATIONS, INPUTS, PRODUCERS, REIGN, days_between, spells

FLAG = {"enum": [0, 1]}
LEAD = {
    "milservice": ("military_service", "1 served in a military"),
    "combat": ("combat", "1 saw combat"),
    "rebel": ("rebel", "1 was a member of a rebel group"),
    "warwin": ("war_win", "1 served on the winning side of a war"),
    "warloss": ("war_loss", "1 served on the losing side of a war"),
    "rebelwin": ("rebel_win", "1 fought in a rebellion that won"),
    "rebelloss": ("rebel_loss", "1 fought in a rebellion that lost"),
}
THETA = {"theta2_mean": "theta2", "theta2_sd": "theta2_sd"}
BORN = {  # leaders from the public record, none of them a career officer
    "Truss": 1975, "Sunak": 1980, "Starmer": 1962, "Scholz": 1958, "Kishida": 1957, "Ishiba": 1957, "Medvedev": 1965,
}  # fmt: skip

RENUMBERED = {260: 255, 678: 679}  # Kohl and Saleh led both

TABLE = Table(
    name="leader_traits",
    title="Traits of leaders, 1946-2021",
    description="One row a spell of `leaders`, variants included: age, tenure, military and rebel background, and the latent "
    "willingness to use force.",
    key=("spell_id",),
    fields=(
        Field("spell_id", "string", "Spell of `leaders`"),
        Field("actor_ccode", "integer", "COW number"),
        Field("leader", "string", "Name of the leader"),
        Field("birth_year", "year", "Year of birth"),
        Field("age_at_entry", "integer", "Age in the year of entry", unit="years"),
        Field("tenure_years", "number", "Length of the spell up to `observed_to`", unit="years", digits=2),
        Field("male", "integer", "1 male, 0 female", constraints=FLAG),
        Field("irregular_entry", "integer", "1 came to office against the rules or was imposed by another state (Archigos)",
              constraints=FLAG),
        Field("military_career", "number", "1 career officer, 0.5 for some bodies of several persons (REIGN)",
              constraints={"minimum": 0, "maximum": 1}),
        *(Field(name, "integer", meaning + " (LEAD)", constraints=FLAG) for name, meaning in LEAD.values()),
        Field("theta2", "number", "Latent willingness to use force, second model of Carter and Smith, posterior mean; higher is "
              "more willing", digits=4),
        Field("theta2_sd", "number", "Posterior standard deviation of theta2", digits=4),
        Field("traits_from", "string", "Whether LEAD and theta2 are of this spell or of another spell of the same person",
              constraints={"enum": ["spell", "person"]}),
    ),
    inputs=INPUTS,
    producers=PRODUCERS,
    citations=CITATIONS,
    licence="research-citation",
    coverage="as `leaders`; LEAD and theta2 to leaders in office by 2004, carried to later spells of the same person",
    caveats=(
        "Traits are fixed before office, tenure and age are not: keep them apart in a model.",
        "theta2 is estimated: carry its standard deviation along.",
        "Leaders who entered after 2004 have no LEAD or theta2 unless they had led before; the blanks are not random in time.",
    ),
    foreign_keys=({"fields": ["spell_id"], "reference": {"resource": "leaders", "fields": ["spell_id"]}},),
)  # fmt: skip


def _of_the_person(out: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Fill the blanks of a spell from another spell of the same state and name; rows are filled whole."""
    whose = [out["actor_ccode"].replace(RENUMBERED), out["leader"]]
    blank = out[columns].isna().all(axis=1)
    filled = out[columns].groupby(whose).transform("first")
    out.loc[blank, columns] = filled[blank]
    known = out[columns].notna().any(axis=1)
    out["traits_from"] = blank.map({False: "spell", True: "person"}).where(known, "")
    return out


def build(sources: Sources) -> pd.DataFrame:
    archigos = sources.csv(ARCHIGOS)
    out = spells(sources.csv(REIGN), archigos).reset_index(drop=True)
    own = archigos.reindex(out["archigos"].astype("Float64").to_numpy(dtype=float, na_value=-1)).reset_index(drop=True)
    renames = {column: name for column, (name, _) in LEAD.items()} | THETA
    out[list(renames.values())] = own[list(renames)].to_numpy()
    reign = ["birthyear", "gender", "militarycareer"]
    out[reign] = out[reign].where(out[reign] >= 0)  # -99: not coded
    born = out["birthyear"].fillna(own["yrborn"]).fillna(out["leader"].map(BORN))
    out["birth_year"] = born
    out["age_at_entry"] = out["start"].str[:4].astype(int) - out["birth_year"]
    out["tenure_years"] = [(days_between(*d) + 1) / 365.25 for d in zip(out["start"], out["observed_to"], strict=True)]
    out["male"] = out["gender"].fillna(own["gender"].map({"M": 1, "F": 0}))
    out["irregular_entry"] = (own["entry"] != "Regular").astype(float).where(own["entry"].notna())
    out["military_career"] = out["militarycareer"]
    persons = ["birth_year", "male", "military_career"]
    out[persons] = out[persons].fillna(out.groupby(["actor_ccode", "leader"])[persons].transform("first"))
    new = out["leader"].isin(list(BORN))
    out.loc[new, ["irregular_entry", "military_career"]] = 0
    out.loc[new, "male"] = (out["leader"] != "Truss").astype(int)
    out = _of_the_person(out, list(renames.values()))
    return out[[field.name for field in TABLE.fields]]
