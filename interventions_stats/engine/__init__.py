"""Numbers only: solvers, regressions, exact tests, permutation and bounds on plain arrays. Nothing here knows an event."""
