"""Exact tests and intervals: rates, 2 x 2 tables, strata, logistic regression, proportions."""
