-- Whom a score is compared with, and the hidden state of an SSH client.

ALTER TABLE vestibule.score ADD COLUMN IF NOT EXISTS stratum LowCardinality(Nullable(String)) COMMENT 'Clients it is compared with: new or known, address of its own or shared.';
ALTER TABLE vestibule.score ADD COLUMN IF NOT EXISTS state Nullable(String) COMMENT 'SSH: what the client''s course says of it, oldest state first, with the probability of the last.';
