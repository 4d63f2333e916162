"""Downloaders' bodies: read without trusting them, and scanned without waste."""
