"""Assessment: evidence and robustness held to the rules, as a result."""
