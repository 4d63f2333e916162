"""The libraries of a server: locations, look-ups of listed files, spelling, proposals for mappings, statistics."""
