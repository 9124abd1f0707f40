"""Numbers are written with the digits that their simulation error leaves."""

from __future__ import annotations

import math


def decimals_for(error: float, *, most: int = 3) -> int:
    """Decimals up to the first significant digit of an error; ``most`` where there is none.

    >>> decimals_for(0.0031), decimals_for(0.012), decimals_for(4.0), decimals_for(0.0)
    (3, 2, 0, 3)
    """
    if not error > 0 or not math.isfinite(error):
        return most
    return min(most, max(0, -math.floor(math.log10(error))))


def rounded(value: float | None, error: float = 0.0, *, digits: int = 3) -> str:
    """Write a number with ``digits`` significant digits, fewer where its simulation error is larger than the last.

    >>> rounded(1.84312), rounded(1.84312, 0.02), rounded(0.25434), rounded(float("inf")), rounded(None)
    ('1.84', '1.84', '0.254', 'inf', '-')
    >>> rounded(1.84312, 0.2), rounded(1234.5), rounded(9.996)
    ('1.8', '1234', '10.0')
    """
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    whole = math.floor(math.log10(abs(value)))
    if abs(float(f"{value:.{max(0, digits - 1 - whole)}f}")) >= 10.0 ** (whole + 1):  # 9.996 has become 10
        whole += 1
    significant = max(0, digits - 1 - whole)
    places = min(significant, decimals_for(error, most=significant))
    if abs(value) < 1e-4 or abs(value) >= 1e6:
        return f"{value:.{min(digits, 2)}g}"
    return f"{value:.{places}f}"


def rounded_p(p: float | None, error: float = 0.0) -> str:
    """Write a p-value without its leading zero, to three decimals or to its simulation error.

    >>> rounded_p(0.03471), rounded_p(0.03471, 0.0018), rounded_p(0.124, 0.0104), rounded_p(0.00002), rounded_p(1.0)
    ('.035', '.035', '.12', '<.001', '1')
    """
    if p is None or math.isnan(p):
        return "-"
    if p < 0.001:
        return "<.001"
    text = f"{p:.{max(2, decimals_for(error))}f}"
    if float(text) == 0:
        return "<.01"
    return (
        "1" if float(text) >= 1 and p >= 1 - 1e-12 else f">.{'9' * (len(text) - 2)}" if float(text) >= 1 else text[1:]
    )
