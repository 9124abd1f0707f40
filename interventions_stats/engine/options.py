"""Names of the options that several tests share."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

Alternative: TypeAlias = Literal["greater", "less", "two-sided"]
Detrend: TypeAlias = Literal["none", "linear", "quadratic", "cubic"]
Standardise: TypeAlias = Literal["within", "stratum", "none"]
Missing: TypeAlias = Literal["raise", "mask"]

ALTERNATIVES = ("greater", "less", "two-sided")
DETREND = ("none", "linear", "quadratic", "cubic")
STANDARDISE = ("within", "stratum", "none")
MISSING = ("raise", "mask")
