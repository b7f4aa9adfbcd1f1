"""The daemon: the scheduler's shell, its collector, its lifecycle and its control server."""
