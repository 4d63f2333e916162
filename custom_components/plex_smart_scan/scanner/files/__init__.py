"""Home Assistant's own view of the disk."""
