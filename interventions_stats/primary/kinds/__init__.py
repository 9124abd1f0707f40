"""One file a kind of primary test; each registers its kind, and :mod:`interventions_stats.primary.known_kinds` finds them all."""
