"""Figures of plain frames, one a file; each returns the Axes and keeps the plotted frame on ``ax.plotted``."""
