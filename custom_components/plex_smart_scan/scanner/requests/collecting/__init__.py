"""Collecting evidence: asking Plex and the local disk what a decision needs to know."""
