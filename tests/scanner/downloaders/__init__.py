"""Tests of scanner/downloaders/: notifications are parsed without trusting them, and scanned without waste."""
