"""Adapters of the Broker port, one folder each."""
