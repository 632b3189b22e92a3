-- Rows of the population that calibrate scores: evidence of trusted client-days at stated ranks.

ALTER TABLE vestibule.population ADD COLUMN IF NOT EXISTS quantiles Array(Float64) COMMENT 'Of a calibration row: greatest evidence of trusted client-days, nats, descending, at stated ranks; weight is how many there are.';
ALTER TABLE vestibule.population COMMENT COLUMN key 'The value; for global the protocol, or calibration/ and a stratum.';
ALTER TABLE vestibule.sighting COMMENT COLUMN key 'The value: stableKey, HASSH, user name, network or AS number; of a trusted client-day (global) its stratum.';
ALTER TABLE vestibule.sighting COMMENT COLUMN amount 'How much it counts, 1 unless capped; of a trusted client-day its greatest evidence so far, nats.';
