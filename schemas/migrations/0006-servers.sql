-- What data servers are chosen by: habits of clients, how connections ended where, reputations.

CREATE TABLE IF NOT EXISTS vestibule.habit (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  entity String COMMENT 'ip:192.0.2.1, or ip-fp:192.0.2.1|t13d... for the client with one program.',
  size LowCardinality(String) COMMENT 'Bytes of its connections, among the sizes of all clients.',
  pace LowCardinality(String) COMMENT 'Whether its connections are made of round trips, so that latency is what it feels.',
  resumption LowCardinality(String) COMMENT 'Whether it resumes TLS sessions more often than not.',
  connections Float64 COMMENT 'Connections this rests on, fading.',
  asOf DateTime64(6, 'UTC') COMMENT 'Event time it holds for.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (entity, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.served (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  serverId LowCardinality(String) COMMENT 'Server.',
  group LowCardinality(String) COMMENT 'Behaviour group of the client.',
  verdict LowCardinality(String) COMMENT 'How it ended, or that an earlier success is taken back.',
  fit Nullable(Float64) COMMENT 'How well it went compared with what the group is used to, 0 to 1; 0.5 is as usual.',
  weight Float64 COMMENT 'Of an ordinary outcome, 0 to 1: one client alone makes no reputation.',
  since DateTime64(6, 'UTC') COMMENT 'Of a success that is taken back: when it was observed. Else observedAt.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (serverId, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.reputation (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  serverId LowCardinality(String) COMMENT 'Server.',
  groups Array(Tuple(group String, alpha Float64, beta Float64, fit Float64, fitWeight Float64)) COMMENT 'Posterior of each group, without its prior.',
  asOf DateTime64(6, 'UTC') COMMENT 'Event time the discounted figures hold for.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (serverId, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

ALTER TABLE vestibule.outcome ADD COLUMN IF NOT EXISTS group LowCardinality(Nullable(String)) COMMENT 'Behaviour group of the client when the server was chosen, where the API remembers.' AFTER fingerprint;

ALTER TABLE vestibule.outcome ADD COLUMN IF NOT EXISTS latencyMs Nullable(Float64) COMMENT 'Until the server began to answer, milliseconds.' AFTER group;

ALTER TABLE vestibule.outcome ADD COLUMN IF NOT EXISTS objectiveMs Nullable(Float64) COMMENT 'The policy''s objective for latencyMs when the outcome was told.' AFTER latencyMs;
