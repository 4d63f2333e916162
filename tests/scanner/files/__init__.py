"""Tests of the scanner: files."""
