"""The webhook of a server."""
