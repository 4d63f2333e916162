"""The scripts, run by the real download clients: scripts/test-real-clients."""
