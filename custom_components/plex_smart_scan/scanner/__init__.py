"""The smart-scanning core: from a changed path to a proven result. It knows nothing of Home Assistant."""
