"""Tests what drives military intervention, and says what was dismissed, supported or could not have been seen."""
