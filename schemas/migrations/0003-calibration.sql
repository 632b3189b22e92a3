-- Rows of the population that calibrate scores: evidence of trusted client-days at stated ranks.

ALTER TABLE vestibule.population ADD COLUMN IF NOT EXISTS quantiles Array(Float64) COMMENT 'Of a calibration row: greatest evidence of trusted client-days, nats, descending, at stated ranks; weight is how many there are.';
