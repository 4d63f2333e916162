"""Tests of the scanner: libraries."""
