-- Hysteresis of the handshake pools is read from the highest value of lately.
ALTER TABLE vestibule.score ADD COLUMN IF NOT EXISTS peak Nullable(Float64) COMMENT 'Highest value of lately, since the last authenticated success; fades half as fast as the value. Hysteresis is read from it.' AFTER lastSuccessAt;
