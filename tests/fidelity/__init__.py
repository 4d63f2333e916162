"""Proof that the fake behaves like the recorded servers, towards unmodified clients too."""
