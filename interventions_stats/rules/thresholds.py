"""Every number that a verdict, a flag or a grade is compared with."""

from __future__ import annotations

from typing import Final

ALPHA: Final = 0.05  # superiority, reverse and non-inferiority, one-sided
ALPHA_DELETION: Final = 0.10  # non-inferiority after the deletion of one event
BF_EVIDENCE: Final = 3.0  # for or against an effect, at the middle prior
BF_EVEN: Final = 1.0  # over the whole range of priors
BF_REVERSE: Final = 10.0  # for the opposite sign
SHARE_OF_SPECS: Final = 0.80  # same sign; dismissing among the powered
MIN_ONSETS: Final = 4  # identifying onsets below which nothing is tested
FEW_ONSETS: Final = 12  # below this the flag few_onsets is raised
LIST_ONSETS: Final = 12  # a list this large must agree with a dismissal
LIST_ONSETS_LOW: Final = 8  # the same, where fewer than two lists are that large
MIN_LISTS: Final = 2  # fewer lists than this are one branch of a fork
GRADE_A_LISTS: Final = 3
