"""The embedded broker: queues in the daemon's memory, reached over a Unix socket."""
