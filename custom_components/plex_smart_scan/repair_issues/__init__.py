"""Repair issues that are raised and deleted automatically."""
