-- What the daemon writes and reads beside whole records. VALUES /*rows*/ stands for as many rows as there are (bulk.py).

-- name: read_leader
SELECT name, value FROM meta WHERE name IN ('leader_term', 'leader_holder', 'leader_counter', 'leader_resigned');

-- name: write_leader
INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?);

-- name: add_history
-- Rows that are there already come from a batch that is committed a second time.
WITH given (process_name, timeperiod, at, old_state, new_state, actor, cause, because, reason, uow_id, plan_id) AS (
    VALUES /*rows*/
)
INSERT INTO history (
    process_name, timeperiod, at, old_state, new_state, actor, cause, because, reason, uow_id, plan_id
)
SELECT * FROM given
WHERE NOT EXISTS (
    SELECT 1 FROM history AS known
    WHERE known.process_name = given.process_name AND known.timeperiod = given.timeperiod
        AND known.at = given.at AND known.old_state = given.old_state AND known.new_state = given.new_state
        AND known.actor = given.actor AND known.cause = given.cause AND known.because IS given.because
        AND known.reason IS given.reason AND known.uow_id IS given.uow_id AND known.plan_id IS given.plan_id
);

-- name: drop_older_heads
DELETE FROM audit_head WHERE seq < (SELECT max(seq) FROM audit_head);

-- name: forget_job
DELETE FROM job WHERE process_name = ? AND timeperiod = ?;

-- name: missed_patches
WITH given (uow_id, state, attempt, any_holder, claimed_by) AS (
    VALUES /*rows*/
)
SELECT json_group_array(given.uow_id) FROM given
WHERE NOT EXISTS (
    SELECT 1 FROM unit_of_work AS stored
    WHERE stored.uow_id = given.uow_id AND stored.state = given.state AND stored.attempt = given.attempt
        AND (given.any_holder OR stored.claimed_by IS given.claimed_by)
);

-- name: close_attempts
-- The leader took these attempts away: their end is not known, and what they may still report is evidence only.
WITH given (uow_id, attempt, state, exit_reason) AS (
    VALUES /*rows*/
)
UPDATE attempt SET state = given.state, exit_reason = ifnull(given.exit_reason, 'worker lost')
FROM given
WHERE attempt.uow_id = given.uow_id AND attempt.attempt = given.attempt
    AND attempt.finished IS NULL AND attempt.state = 'state_in_progress';

-- name: job_state_page
SELECT
    group_concat(timeperiod, ','),
    group_concat(
        CASE state
            WHEN 'state_embryo' THEN '0' WHEN 'state_in_progress' THEN '1' WHEN 'state_final_run' THEN '2'
            WHEN 'state_processed' THEN '3' WHEN 'state_skipped' THEN '4' WHEN 'state_noop' THEN '5'
            ELSE '?'
        END,
        ''
    )
FROM (
    SELECT timeperiod, state FROM job
    WHERE process_name = ? AND timeperiod > ?
    ORDER BY timeperiod
    LIMIT ?
);

-- name: count_uows
SELECT json_group_object(state, number) FROM (
    SELECT state, sum(part) AS number FROM (
        SELECT state, count(*) AS part FROM unit_of_work INDEXED BY uow_done WHERE applied GROUP BY state
        UNION ALL
        SELECT state, count(*) AS part FROM unit_of_work INDEXED BY uow_begun
        WHERE NOT applied AND state <> 'state_requested' GROUP BY state
        UNION ALL
        -- those that wait are counted without a look at each
        SELECT 'state_requested' AS state, (
            SELECT count(*) FROM unit_of_work INDEXED BY uow_open WHERE NOT applied
        ) - (
            SELECT count(*) FROM unit_of_work INDEXED BY uow_begun WHERE NOT applied AND state <> 'state_requested'
        ) AS part
    ) GROUP BY state HAVING number > 0
);

-- name: expire_history
-- Entries are appended in the order of time, so the oldest lie first; one that a clock's jump put out of order waits.
DELETE FROM history
WHERE at < ? AND seq IN (SELECT seq FROM history ORDER BY seq LIMIT ?);

-- name: expire_plans
DELETE FROM plan WHERE done AND at < ?;

-- name: expire_directives
DELETE FROM directive WHERE lifted < ?;

-- name: expirable_page
-- One that a clock's jump let finish before it was created goes when both are old enough.
SELECT json_group_array(json_array(age, uow_id)) FROM (
    SELECT printf('%!.18g', created) AS age, uow_id FROM unit_of_work INDEXED BY uow_by_age
    WHERE created < ?1 AND (created, uow_id) > (?2, ?3)
        AND applied AND state IN ('state_processed', 'state_noop', 'state_canceled')
        AND ifnull(finished, created) < ?1
    ORDER BY created, uow_id
    LIMIT ?4
);

-- name: unrelated
-- Which of these are nobody's related unit of work, and still finished and applied.
SELECT json_group_array(uow_id) FROM unit_of_work
WHERE uow_id IN (SELECT value FROM json_each(?))
    AND applied AND +state IN ('state_processed', 'state_noop', 'state_canceled')
    AND NOT EXISTS (
        SELECT 1 FROM job
        WHERE job.process_name = unit_of_work.process_name AND job.timeperiod = unit_of_work.timeperiod
            AND job.related_unit_of_work = unit_of_work.uow_id
    )
    AND NOT EXISTS (
        SELECT 1 FROM freerun_entry
        WHERE freerun_entry.process_name = unit_of_work.process_name
            AND freerun_entry.entry_name = unit_of_work.entry_name
            AND freerun_entry.related_unit_of_work = unit_of_work.uow_id
    );

-- name: retire
UPDATE supervisor SET gone = 1 WHERE supervisor_id IN (SELECT value FROM json_each(?));

-- name: delete_uows
DELETE FROM unit_of_work WHERE uow_id IN (SELECT value FROM json_each(?));

-- name: delete_attempts
DELETE FROM attempt WHERE uow_id IN (SELECT value FROM json_each(?));
