"""Accepted requests on disk: the journal, its database, and the import of an older format."""
