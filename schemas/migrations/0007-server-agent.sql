-- A server may answer HAProxy's agent-check, and the policy's servers tell their load too.
ALTER TABLE vestibule.server ADD COLUMN IF NOT EXISTS agentPort Nullable(UInt16) COMMENT 'Port where it answers HAProxy''s agent-check protocol, if it does.' AFTER heartbeatMs;

ALTER TABLE vestibule.server ADD COLUMN IF NOT EXISTS configured Bool COMMENT 'The policy names the server: of this record only state, capacity, connections and load count.' AFTER agentPort;
