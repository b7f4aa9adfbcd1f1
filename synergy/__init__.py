"""Synergy: a scheduler that ties every period of a process to a job and sees each one through, in order."""

__version__ = "0.1.0"
