"""Adapters of the Store port, one folder each."""
