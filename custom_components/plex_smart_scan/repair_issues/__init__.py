"""Repair issues: what a person has to fix, raised and withdrawn by themselves."""
