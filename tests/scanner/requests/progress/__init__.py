"""Tests of scanner/requests/progress/."""
