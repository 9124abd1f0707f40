"""Likelihoods and the batched solver that maximises and profiles them; knows no model."""
