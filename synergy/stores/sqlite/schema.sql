-- The tables of synergy.db. A record's table has its fields as columns, in their order (rows.py relies on the names).
-- States are stored as their names; sub-values (arguments, changes, workers) as JSON text; stamps as seconds since the
-- epoch, UTC. Any change here is a new version (connection.py), with a step to it in schema-VERSION.sql.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('leader_term', 0), ('leader_holder', NULL);

CREATE TABLE job (
    process_name TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    state TEXT NOT NULL,
    run INTEGER NOT NULL,
    related_unit_of_work TEXT,
    number_of_failures INTEGER NOT NULL,
    reopened INTEGER NOT NULL,
    accepted_by_hand INTEGER NOT NULL,
    inputs_finished REAL,
    changed REAL NOT NULL,
    batch TEXT,
    PRIMARY KEY (process_name, timeperiod)
) WITHOUT ROWID;

CREATE INDEX job_active ON job (process_name, timeperiod)
WHERE state IN ('state_embryo', 'state_in_progress', 'state_final_run');

CREATE TABLE unit_of_work (
    uow_id TEXT NOT NULL PRIMARY KEY,
    process_name TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    run INTEGER NOT NULL,
    start_timeperiod TEXT NOT NULL,
    end_timeperiod TEXT NOT NULL,
    uow_type TEXT NOT NULL,
    entry_name TEXT,
    start_id TEXT,
    end_id TEXT,
    source TEXT,
    sink TEXT,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    created REAL NOT NULL,
    submitted REAL,
    started REAL,
    finished REAL,
    number_of_processed_documents INTEGER NOT NULL,
    number_of_aggregated_documents INTEGER NOT NULL,
    claimed_by TEXT,
    box_id TEXT,
    pid INTEGER,
    exit_reason TEXT,
    cancel_requested INTEGER NOT NULL,
    gave_up INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    inputs_finished REAL,
    inputs_read REAL
);

CREATE UNIQUE INDEX uow_identity ON unit_of_work (process_name, timeperiod, run, ifnull(entry_name, ''));

CREATE INDEX uow_by_age ON unit_of_work (created, uow_id);

CREATE INDEX uow_by_process ON unit_of_work (process_name, created, uow_id);

-- A unit of work is in exactly one of uow_open and uow_done, and changes over only once, when its end is applied to its job.
-- Those that wait may be very many. The others of the open ones, never more than run or have failed, are found by
-- themselves: a claim, which every job pays for, writes to this small index only, and a finish to none.
CREATE INDEX uow_begun ON unit_of_work (created, uow_id) WHERE NOT applied AND state <> 'state_requested';

CREATE INDEX uow_open ON unit_of_work (created, uow_id) WHERE NOT applied;

CREATE INDEX uow_done ON unit_of_work (state, created, uow_id, applied) WHERE applied;

CREATE TABLE attempt (
    uow_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    supervisor_id TEXT NOT NULL,
    box_id TEXT NOT NULL,
    host TEXT NOT NULL,
    started REAL NOT NULL,
    finished REAL,
    pid INTEGER,
    pid_started REAL,
    state TEXT NOT NULL,
    exit_reason TEXT,
    accepted INTEGER NOT NULL,
    log_lines INTEGER NOT NULL,
    kill TEXT,
    PRIMARY KEY (uow_id, attempt, supervisor_id)
) WITHOUT ROWID;

CREATE TABLE history (
    seq INTEGER PRIMARY KEY,
    process_name TEXT NOT NULL,
    timeperiod TEXT NOT NULL,
    at REAL NOT NULL,
    old_state TEXT NOT NULL,
    new_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    cause TEXT NOT NULL,
    because TEXT,
    reason TEXT,
    uow_id TEXT,
    plan_id TEXT
);

CREATE INDEX history_of_job ON history (process_name, timeperiod);

CREATE TABLE plan (
    plan_id TEXT NOT NULL PRIMARY KEY,
    verb TEXT NOT NULL,
    actor TEXT NOT NULL,
    at REAL NOT NULL,
    changes TEXT NOT NULL,
    kills TEXT NOT NULL,
    reason TEXT,
    done INTEGER NOT NULL,
    targets TEXT NOT NULL,
    key TEXT,
    inverse TEXT,
    undoes TEXT,
    undone_by TEXT
);

CREATE INDEX plan_open ON plan (at, plan_id) WHERE NOT done;

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

CREATE TABLE process_override (
    process_name TEXT NOT NULL PRIMARY KEY,
    time_qualifier TEXT,
    is_on INTEGER,
    trigger_frequency TEXT,
    file_is_on INTEGER,
    file_trigger_frequency TEXT,
    due_before TEXT,
    actor TEXT,
    at REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE freerun_entry (
    process_name TEXT NOT NULL,
    entry_name TEXT NOT NULL,
    trigger_frequency TEXT NOT NULL,
    run TEXT,
    command TEXT NOT NULL,
    arguments TEXT NOT NULL,
    description TEXT,
    is_on INTEGER NOT NULL,
    by_hand INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    file_digest TEXT,
    last_firing REAL,
    waits_since REAL,
    related_unit_of_work TEXT,
    PRIMARY KEY (process_name, entry_name)
);

CREATE TABLE supervisor (
    supervisor_id TEXT NOT NULL PRIMARY KEY,
    box_id TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    pid_started REAL NOT NULL,
    version TEXT NOT NULL,
    counter INTEGER NOT NULL,
    started REAL NOT NULL,
    slots INTEGER NOT NULL,
    running INTEGER NOT NULL,
    rss_bytes INTEGER NOT NULL,
    cpu_percent REAL NOT NULL,
    memory_percent REAL NOT NULL,
    gone INTEGER NOT NULL,
    workers TEXT NOT NULL
);

CREATE TABLE box_process (
    box_id TEXT NOT NULL,
    process_name TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    pid INTEGER,
    since REAL,
    PRIMARY KEY (box_id, process_name)
) WITHOUT ROWID;
