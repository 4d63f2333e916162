"""Whether the server is available, and what waits while it is not."""
