"""The embedded store: one SQLite file for everything that counts, and one file a month for logs.

The daemon and the supervisors of one machine share the files; jobs' children never touch them. Every write is one short
BEGIN IMMEDIATE transaction on the one writer thread of its process, committed together with all that wait beside it.

**One statement, one step.** Python's sqlite3 lets go of the interpreter lock around every step of a statement, and
while the event loop is busy a thread waits up to 5 ms to get it back: 1,000 rows written one by one took 2–3 seconds
beside a busy loop, against 50 ms as one statement. So rows are written by statements of many rows (``bulk``), and read
as one JSON text that SQLite makes and msgspec turns into records (``rows``).
"""
