"""Tests of the scanner: scans."""
