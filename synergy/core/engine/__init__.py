"""The scheduler without its shell: what happens to the schedule when something happens, and what must be written.

Functions here change a ``Schedule`` in memory and collect everything that has to be stored, published and announced in
its ``Outbox``. The shell (synergy/daemon/scheduler) commits the outbox first and acts on it after that; if a commit's
outcome is unknown it drops the schedule and builds a new one from the store.
"""
