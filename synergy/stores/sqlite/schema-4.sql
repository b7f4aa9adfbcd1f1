-- From version 3: what tells whether a unit of work was claimed before or after an input of its job finished. What runs
-- now tells neither, and counts as claimed before.

ALTER TABLE unit_of_work ADD COLUMN inputs_finished REAL;

ALTER TABLE unit_of_work ADD COLUMN inputs_read REAL;
