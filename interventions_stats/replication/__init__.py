"""Replication: the studies with their claims, the run over all of them, and the committed record."""
