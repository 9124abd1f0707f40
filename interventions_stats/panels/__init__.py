"""Panels: events and covariates as rows of plain, labelled frames."""
