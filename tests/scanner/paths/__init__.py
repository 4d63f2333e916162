"""Tests of the scanner: paths."""
