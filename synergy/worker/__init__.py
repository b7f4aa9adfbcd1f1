"""The worker side: a supervisor per box that claims units of work and runs them in child processes."""
