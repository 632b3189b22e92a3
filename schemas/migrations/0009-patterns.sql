-- What hostile clients have in common.

CREATE TABLE IF NOT EXISTS vestibule.attack_pattern (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  patternId String COMMENT '12 hex digits, a hash of protocol and traits.',
  protocol LowCardinality(String) COMMENT 'Where.',
  name String COMMENT 'One sentence for people.',
  traits String COMMENT 'What they share: program, signs (features), pace (burst, steady, slow), name (hash of the first user name that failed), joined by &.',
  origin LowCardinality(String) COMMENT 'repeated = clients of at least three networks became hostile with it; incident = one did that was reported.',
  clients Int32 COMMENT 'Distinct hostile clients of the last 14 days.',
  networks Int32 COMMENT 'Their networks.',
  firstSeen DateTime64(6, 'UTC') COMMENT 'When the first of them became hostile.',
  lastSeen DateTime64(6, 'UTC') COMMENT 'When the newest did.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (patternId, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 1000;

ALTER TABLE vestibule.population COMMENT COLUMN key 'The value; for global the protocol, calibration/ and a stratum, or campaign/ and a site (weight is the alarm''s level in nats, fastWeight the usual clients an hour, hostile and distinct its sources and their networks), or pattern/ and its traits (hostile and distinct its clients and their networks).';
ALTER TABLE vestibule.sighting COMMENT COLUMN key 'The value: stableKey, HASSH, user name, network or AS number; of a trusted client-day (global) its stratum; of an unknown client''s first failed login of a day (attempt) its HASSH, empty where unknown; of what a hostile client did (pattern) its traits.';
