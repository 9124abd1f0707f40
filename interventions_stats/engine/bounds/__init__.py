"""What an estimate excludes and what a test could have seen: equivalence, Bayes factors, severity, power."""
