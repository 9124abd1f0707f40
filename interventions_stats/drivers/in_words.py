"""What each registered proposition asks, as a person would say it: the noun of a sentence, and which sentence it stands in.

The patterns take ``who``: interventions by whom.
"""

from __future__ import annotations

from typing import Literal

Pattern = Literal["precedes", "falls_on", "rate", "sides"]
Side = Literal["more", "no more", "less"]
PATTERNS: dict[Pattern, dict[Side, str]] = {
    "precedes": {"more": "{noun} preceded {who} more often", "no more": "{noun} did not precede {who} more often",
                 "less": "{noun} preceded {who} less often"},
    "falls_on": {"more": "{who} fell more often on {noun}", "no more": "{who} fell no more often on {noun}",
                 "less": "{who} fell less often on {noun}"},
    "rate": {"more": "{who} began at a higher rate {noun}", "no more": "{who} began at no higher rate {noun}",
             "less": "{who} began at a lower rate {noun}"},
    "sides": {"more": "{who} were more often {noun}", "no more": "{who} were no more often {noun}",
              "less": "{who} were less often {noun}"},
}  # fmt: skip
IN_WORDS: dict[str, tuple[Pattern, str]] = {
    "E1": ("precedes", "Changes of the oil price"),
    "E2": ("precedes", "Poor growth"),
    "E3": ("falls_on", "states that traded more with the intervener"),
    "I1": ("sides", "on behalf of regimes like its own than chance among the year's targets gives"),
    "I1b": ("sides", "on behalf of less democratic governments than chance among the year's targets gives"),
    "F1": ("falls_on", "neighbours that had turned more democratic"),
    "F3": ("falls_on", "neighbours that had turned more democratic, their realignment held"),
    "W1": ("precedes", "Low approval"),
    "W2": ("precedes", "Protest at home"),
    "W3": ("precedes", "The year before an election"),
    "L1": ("rate", "under Putin than under Yeltsin"),
    "L3": ("precedes", "Leaders with a greater willingness to use force"),
    "S1": ("precedes", "A deficit of status"),
    "S2": ("precedes", "Shocks to status"),
    "B1": ("precedes", "A falling share of regional capabilities"),
    "B2": ("falls_on", "neighbours that had stepped away"),
    "B1p": ("precedes", "A falling share of regional capabilities"),
    "T1": ("precedes", "Disputes aimed at the intervener"),
    "E2w": ("precedes", "Poor growth"),
    "W2w": ("precedes", "Protest at home"),
    "W3w": ("precedes", "The year before an election"),
    "S1w": ("precedes", "A deficit of status"),
    "B1w": ("precedes", "A falling share of regional capabilities"),
    "T1w": ("precedes", "Disputes aimed at a state"),
    "T1p": ("precedes", "Disputes aimed at a power"),
    "T2": ("falls_on", "neighbours at war"),
    "P1g": ("falls_on", "neighbours that had stepped toward the intervener"),
}  # fmt: skip


def in_words(name: str, who: str, side: Side) -> str:
    """Say what a registered proposition found, or nothing where it has no words of its own.

    >>> in_words("W1", "interventions by Russia", "no more")
    'Low approval did not precede interventions by Russia more often'
    >>> in_words("T2", "interventions by Russia", "more")
    'Interventions by Russia fell more often on neighbours at war'
    """
    if name not in IN_WORDS:
        return ""
    pattern, noun = IN_WORDS[name]
    said = PATTERNS[pattern][side].format(noun=noun, who=who)
    return said[0].upper() + said[1:]
