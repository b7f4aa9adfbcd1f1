"""The embedded store: one SQLite file for jobs and units of work, one per month for logs."""
