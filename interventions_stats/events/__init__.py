"""Event lists: who intervened where and when, under which definition, with what certainty."""
