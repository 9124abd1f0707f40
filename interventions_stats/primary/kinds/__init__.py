"""One file a kind of primary test; each registers its kind, and :mod:`interventions_stats.primary.registry` finds them all."""
