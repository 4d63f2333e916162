"""The decision about the next step: a pure function of the evidence. Nothing here asks, waits or logs."""
