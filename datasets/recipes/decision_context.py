"""Two independent codings of the situation in which each Russian case was decided."""

from __future__ import annotations

import pandas as pd
from _common import Field, Sources, Table
from _text import PARTIAL_DATE, plain

SOURCES = {"a": "events/decision_context_a.csv", "b": "events/decision_context_b.csv"}
ACTIVITIES = ["combat", "stabilisation", "deterrence", "security", "humanitarian", "train_and_assist"]
TRIGGERS = [
    "regime_change", "civil_war", "attack_on_personnel", "ally_request", "un_mandate", "ceasefire_agreement",
    "status_dispute", "other",
]  # fmt: skip


def _coded(name: str, text: str, values: list[str], required: bool = True) -> Field:
    return Field(name, "string", text, constraints={"enum": values} | ({"required": True} if required else {}))


TABLE = Table(
    name="decision_context",
    title="Decision context of Russian interventions, two codings",
    description=(
        "One row for each coder and case (R01-R25, A01-A10, P01-P08), coded from the dated record up to the onset by "
        "one codebook. `frame` compares with the status quo of the preceding one to two years. Coder b was told to be "
        "sceptical of loss. Agreement on the frame is 84% (kappa .77; on R01-R25 80%, .70); kappa is .91 or more on "
        "activity, authority, consent, conflict system, new force, side and trigger. Ship, and use, both."
    ),
    key=("coder", "case_id"),
    fields=(
        _coded("coder", "a = first coding, b = second, sceptical coding", ["a", "b"]),
        Field("case_id", "string", "Case of `interventions_russia`", constraints={"required": True}),
        _coded(
            "activity",
            "What the force mainly did in its first 90 days (border guarding, sea lanes = security; "
            "peacekeeping and policing a ceasefire = stabilisation)",
            ACTIVITIES,
        ),
        _coded("activity_second", "Second activity, if any", ACTIVITIES, required=False),
        _coded(
            "authority",
            "Under what authority (regional = CIS, CSTO, OSCE)",
            ["un_mandate", "regional_mandate", "nato_led", "bilateral_consent", "unilateral"],
        ),
        _coded("host_consent", "Consent of the recognised government at onset", ["yes", "no", "contested"]),
        Field(
            "conflict_system",
            "string",
            "Underlying conflict; cases of one conflict share the label, 'none' is no conflict",
            constraints={"required": True},
        ),
        Field(
            "new_force",
            "integer",
            "1 = forces newly deployed, 0 = a force in the country took a new role or name",
            constraints={"enum": [0, 1]},
        ),
        _coded("side_supported", "Side supported; none = neutral", ["government", "opposition", "separatist", "none"]),
        Field("side_supported_name", "string", "Who was supported"),
        Field("side_opposed_name", "string", "Who was opposed"),
        _coded(
            "frame",
            "loss = the position in or over the target was getting worse and the action aims to stop or reverse "
            "it; gain = it was not, and the action aims at a position not held; mixed = both clearly; neither = no "
            "stake",
            ["loss", "gain", "mixed", "neither"],
        ),
        Field(
            "frame_confidence",
            "number",
            "Coder's confidence in the frame",
            digits=2,
            constraints={"minimum": 0.5, "maximum": 1},
        ),
        _coded("trigger", "What set the decision off", TRIGGERS),
        Field(
            "trigger_date",
            "string",
            "Date of the trigger, ISO, possibly partial",
            constraints={"pattern": PARTIAL_DATE},
        ),
        Field("reference_point", "string", "The status quo against which loss or gain is judged"),
        Field("evidence", "string", "Addresses, or general-knowledge; joined by ';'"),
        Field("note", "string", "Remark of the coder"),
    ),
    inputs={
        SOURCES["a"]: "3800ffaab69a50294a417fa7eb32caa4939889c7ff0b6fed2d9853c7da2b4941",
        SOURCES["b"]: "aeb2820a81cceb4e687cf17f7aa49c6896fb674ab20151b6b572ca47ebecade9",
    },
    producers=("This project, two independent codings",),
    citations=("The sources named in `evidence`.",),
    licence="BSD-3-Clause",
    coverage="43 cases, 1991-2024, by two coders",
    caveats=(
        "Both coders knew what happened later; neither is blind to the outcome.",
        "On R01-R25 coder a sees 15 losses, 4 gains and 6 neither; coder b 10 losses, 5 gains, 4 mixed and 6 neither.",
        "A09's conflict is eritrea_ethiopia for one coder and ethiopia_eritrea for the other: the same conflict.",
        "These are codings of events only. Without the same codes for target-years without an event they do not say "
        "whether loss makes intervention likelier.",
    ),
    foreign_keys=({"fields": ["case_id"], "reference": {"resource": "interventions_russia", "fields": ["case_id"]}},),
)


def build(sources: Sources) -> pd.DataFrame:
    """Stack the two codings."""
    parts = [sources.csv(name, dtype=str, keep_default_na=False).assign(coder=coder) for coder, name in SOURCES.items()]
    return pd.concat(parts, ignore_index=True).rename(columns={"cid": "case_id"}).apply(plain)
