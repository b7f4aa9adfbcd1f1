-- What supervisors write: claims, ends and heartbeats, each a compare-and-set. VALUES /*rows*/: see bulk.py.

-- name: claim
WITH given (uow_id, supervisor_id, box_id, host, at, pid, pid_started) AS (
    VALUES /*rows*/
)
UPDATE unit_of_work SET
    state = 'state_in_progress', claimed_by = given.supervisor_id, box_id = given.box_id, pid = given.pid,
    started = given.at, finished = NULL, exit_reason = NULL, inputs_read = unit_of_work.inputs_finished
FROM given
WHERE unit_of_work.uow_id = given.uow_id
    AND unit_of_work.state = 'state_requested' AND NOT unit_of_work.cancel_requested;

-- name: start_attempts
WITH given (uow_id, supervisor_id, box_id, host, at, pid, pid_started) AS (
    VALUES /*rows*/
)
INSERT OR REPLACE INTO attempt (
    uow_id, attempt, supervisor_id, box_id, host, started, finished, pid, pid_started, state, exit_reason, accepted,
    log_lines, kill
)
SELECT
    given.uow_id, stored.attempt, given.supervisor_id, given.box_id, given.host, given.at, NULL, given.pid,
    given.pid_started, 'state_in_progress', NULL, 1, 0, NULL
FROM given JOIN unit_of_work AS stored ON stored.uow_id = given.uow_id;

-- name: forget_attempts
-- What is given back was not run: its attempt has not begun.
DELETE FROM attempt
WHERE supervisor_id = ?1 AND finished IS NULL AND (uow_id, attempt) IN (
    SELECT uow_id, attempt FROM unit_of_work
    WHERE uow_id IN (SELECT value FROM json_each(?2)) AND state = 'state_in_progress' AND claimed_by = ?1
);

-- name: release
UPDATE unit_of_work SET
    state = 'state_requested', claimed_by = NULL, box_id = NULL, pid = NULL, started = NULL
WHERE uow_id IN (SELECT value FROM json_each(?2)) AND state = 'state_in_progress' AND claimed_by = ?1;

-- name: set_attempt_pid
UPDATE attempt SET pid = ?3, pid_started = ?4
WHERE uow_id = ?1 AND attempt = ?2 AND finished IS NULL AND supervisor_id = (
    SELECT claimed_by FROM unit_of_work WHERE uow_id = ?1 AND attempt = ?2 AND state = 'state_in_progress'
);

-- name: set_uow_pid
UPDATE unit_of_work SET pid = ?3 WHERE uow_id = ?1 AND attempt = ?2 AND state = 'state_in_progress';

-- name: finish
WITH given (
    uow_id, attempt, supervisor_id, state, at, exit_reason, processed, aggregated, log_lines, started, kill
) AS (
    VALUES /*rows*/
)
UPDATE unit_of_work SET
    state = given.state, finished = given.at, exit_reason = given.exit_reason,
    number_of_processed_documents = given.processed, number_of_aggregated_documents = given.aggregated,
    started = ifnull(given.started, unit_of_work.started)
FROM given
WHERE unit_of_work.uow_id = given.uow_id AND unit_of_work.state = 'state_in_progress'
    AND unit_of_work.attempt = given.attempt AND unit_of_work.claimed_by = given.supervisor_id;

-- name: finish_attempts
WITH given (
    uow_id, attempt, supervisor_id, state, at, exit_reason, processed, aggregated, log_lines, started, kill
) AS (
    VALUES /*rows*/
)
UPDATE attempt SET
    state = given.state, finished = given.at, exit_reason = given.exit_reason, log_lines = given.log_lines,
    started = ifnull(given.started, attempt.started), kill = given.kill
FROM given
WHERE attempt.uow_id = given.uow_id AND attempt.attempt = given.attempt
    AND attempt.supervisor_id = given.supervisor_id;

-- name: keep_evidence
-- A refused end: noted at its attempt, unless that has an end already; an attempt nobody began is made up for it.
-- Evidence about a unit of work that is gone is of no use to anybody.
WITH given (
    uow_id, attempt, supervisor_id, state, at, exit_reason, processed, aggregated, log_lines, started, kill
) AS (
    VALUES /*rows*/
)
INSERT INTO attempt (
    uow_id, attempt, supervisor_id, box_id, host, started, finished, pid, pid_started, state, exit_reason, accepted,
    log_lines, kill
)
SELECT
    given.uow_id, given.attempt, given.supervisor_id,
    ifnull(sender.box_id, ''), ifnull(sender.host, ''), ifnull(given.started, given.at), given.at,
    NULL, NULL,
    given.state, given.exit_reason, 0, given.log_lines, given.kill
FROM given
    JOIN unit_of_work AS stored ON stored.uow_id = given.uow_id
    LEFT JOIN supervisor AS sender ON sender.supervisor_id = given.supervisor_id
WHERE true
ON CONFLICT (uow_id, attempt, supervisor_id) DO UPDATE SET
    state = excluded.state, finished = excluded.finished, exit_reason = excluded.exit_reason,
    accepted = 0, log_lines = excluded.log_lines, kill = excluded.kill
WHERE attempt.finished IS NULL;

-- name: to_cancel
SELECT json_group_array(uow_id) FROM unit_of_work INDEXED BY uow_open
WHERE NOT applied AND state = 'state_in_progress' AND claimed_by = ? AND cancel_requested;
