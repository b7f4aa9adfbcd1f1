"""The four state machines, as tables."""
