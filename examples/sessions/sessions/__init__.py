"""Visits to web sites, followed while they happen: an example of recomputing processes and daemon processes."""
