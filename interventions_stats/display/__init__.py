"""How any result shows itself: the result contract, plain tables and figures of plain frames.

This floor stands below the statistics because every result, from a single fit
to the whole report, must print, plot and export itself without importing
upward.  It sees frames and numbers and never a model.
"""
