-- From version 1: how the processes of an attempt were ended.

ALTER TABLE attempt ADD COLUMN kill TEXT;
