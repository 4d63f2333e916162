"""Tests of scanner/journal/."""
