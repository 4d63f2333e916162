"""The engine in a simulated world: a Plex in memory, virtual time and a seeded schedule of faults."""
