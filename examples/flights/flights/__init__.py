"""A year of flights out of New York: an example of a Synergy project, on real data."""
