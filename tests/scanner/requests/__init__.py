"""Tests of the scanner: requests."""
