"""Tests of the scanner: media."""
