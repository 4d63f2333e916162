"""Tests of scanner/requests/decision/."""
