"""Carrying out the steps of a decision: look-ups, waits, scans and refreshes."""
