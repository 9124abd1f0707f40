"""Replication: the claims of the study, the run over all of them, and the committed record."""
