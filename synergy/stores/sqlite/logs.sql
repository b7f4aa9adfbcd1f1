-- The tables of logs-YYYYMM.db: chunks of consecutive lines of one attempt, lines as a JSON array.

CREATE TABLE log_chunk (
    uow_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    line_count INTEGER NOT NULL,
    lines TEXT NOT NULL
);

CREATE UNIQUE INDEX log_of_attempt ON log_chunk (uow_id, attempt, first_line, line_count);

CREATE UNIQUE INDEX log_identity ON log_chunk (uow_id, attempt, first_line);
