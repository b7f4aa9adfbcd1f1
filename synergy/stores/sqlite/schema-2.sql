-- From version 1: holds, seals and batches, what a plan is undone by, how the processes of an attempt were ended, and
-- the chain of the audit. Entries of before it stay in a table of their own: nothing vouches for them.

ALTER TABLE job ADD COLUMN batch TEXT;

ALTER TABLE attempt ADD COLUMN kill TEXT;

ALTER TABLE plan ADD COLUMN targets TEXT NOT NULL DEFAULT '[]';

ALTER TABLE plan ADD COLUMN key TEXT;

ALTER TABLE plan ADD COLUMN inverse TEXT;

ALTER TABLE plan ADD COLUMN undoes TEXT;

ALTER TABLE plan ADD COLUMN undone_by TEXT;

CREATE INDEX plan_by_age ON plan (at, plan_id);

CREATE INDEX plan_by_key ON plan (key) WHERE key IS NOT NULL;

CREATE TABLE directive (
    directive_id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at REAL NOT NULL,
    reason TEXT,
    process_name TEXT,
    tree_name TEXT,
    from_timeperiod TEXT,
    to_timeperiod TEXT,
    until REAL,
    max_parallel INTEGER,
    is_paused INTEGER NOT NULL,
    total INTEGER NOT NULL,
    lifted REAL,
    outcome TEXT
) WITHOUT ROWID;

CREATE INDEX directive_in_force ON directive (at) WHERE lifted IS NULL;

DROP INDEX audit_by_age;

ALTER TABLE audit RENAME TO audit_unchained;

CREATE TABLE audit (
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT,
    plan_id TEXT,
    detail TEXT,
    login_user TEXT,
    origin TEXT,
    before TEXT,
    after TEXT,
    seq INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
);

CREATE INDEX audit_by_age ON audit (at);

-- The newest entry as it was written, so that its removal shows.
CREATE TABLE audit_head (
    seq INTEGER PRIMARY KEY,
    digest TEXT NOT NULL
);
