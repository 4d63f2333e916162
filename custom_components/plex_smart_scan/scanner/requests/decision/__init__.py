"""The decision about the next step: pure functions of the evidence, without requests, waiting or logging."""
