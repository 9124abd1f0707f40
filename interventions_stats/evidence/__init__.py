"""Evidence: a proposition and an event list turned into numbers, all from one seed tree."""
