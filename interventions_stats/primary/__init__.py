"""Primary tests: a question is laid out once as arrays, and each kind of test is one file of :mod:`.kinds`."""
