-- From version 2: what has begun is found without a look at all that waits; see schema.sql.

CREATE INDEX uow_begun ON unit_of_work (created, uow_id) WHERE NOT applied AND state <> 'state_requested';
