"""The store for more than one machine: a MongoDB database, reached through pymongo's asyncio client.

One way of writing serves every server, and needs no transaction: a standalone server has none, and on a replica set
they would not save a round trip. What makes a batch whole is the order of its writes, told and proved in ``commits``.

**What lies where.** ``unit_of_work`` (with its attempts inside it, so that a claim or a finish is one write to one
document, and both or neither are stored), ``job_hourly`` … ``job_yearly`` by the qualifier of the job's process,
``history``, ``plan``, ``audit`` and ``audit_head``, ``managed_process`` (what operators changed of processes, and each
process's qualifier), ``freerun_process`` (entries), ``box_configuration``, ``supervisor`` (heartbeats),
``log_recording`` (chunks of lines, which the server removes at the end of their life), ``leader`` (one document: term,
holder, intent) and
``meta`` (the schema's version).

**What is trusted.** Every write is acknowledged by a majority and its journal; reads are from the primary and, on a
replica set, see only what a majority has. Nobody but the leader writes a job, or the daemon's part of a unit of work.
"""
