-- Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.

CREATE TABLE IF NOT EXISTS vestibule.alert (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  kind LowCardinality(String) COMMENT 'What.',
  severity LowCardinality(String) COMMENT 'How bad.',
  entity String COMMENT 'Whom it is about.',
  message String COMMENT 'One sentence.',
  details String COMMENT 'JSON.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

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

CREATE TABLE IF NOT EXISTS vestibule.control (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  kind LowCardinality(String) COMMENT 'What it is.',
  id String COMMENT 'Which: a CIDR, a policy version, a user ...',
  deleted Bool COMMENT 'The entry is withdrawn.',
  body String COMMENT 'JSON document of the kind.',
  actor String COMMENT 'Who.',
  reason String COMMENT 'Why.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (kind, id, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 365 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.dead_letter (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  code LowCardinality(String) COMMENT 'Why, from a closed list.',
  place String COMMENT 'Where: file offset, stream, topic/partition/offset, field path.',
  topic LowCardinality(Nullable(String)) COMMENT 'Topic the record came from.',
  clientAddress Nullable(IPv6) COMMENT 'Client, where known.',
  firstBytes String COMMENT 'The first bytes; 32 at most of cleartext protocols.',
  length UInt32 COMMENT 'Length of the whole.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.decision (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  decisionId FixedString(16) COMMENT 'Id given to the caller.',
  kind LowCardinality(String) COMMENT 'Which question was asked.',
  answer LowCardinality(String) COMMENT 'pool primary or mitigation, server id, or action, as answered.',
  wouldBe LowCardinality(String) COMMENT 'The answer if not in shadow.',
  shadow Bool COMMENT 'Decided and recorded, but answered as if nothing were wrong.',
  server LowCardinality(Nullable(String)) COMMENT 'Server id chosen.',
  score Float64 COMMENT 'Score the decision rests on, on the scale of its kind.',
  threshold Float64 COMMENT 'Threshold it was held against.',
  band LowCardinality(String) COMMENT 'Band.',
  decidedBy LowCardinality(String) COMMENT 'Which evidence decided: list, hello, ip-fp, ip, fp, net, none, default.',
  fault LowCardinality(Nullable(String)) COMMENT 'Why a default was answered.',
  fingerprint LowCardinality(Nullable(String)) COMMENT 'stableKey or HASSH of the connection in hand.',
  sni Nullable(String) COMMENT 'server_name asked for.' TTL toDateTime(observedAt) + INTERVAL 7 DAY,
  reasons Array(Tuple(code String, text String, entity Nullable(String), nats Float64, points Float64)) COMMENT 'Why.',
  scoreAgeMs Nullable(Float64) COMMENT 'Age of the newest score used.',
  latencyUs Float64 COMMENT 'Time taken to decide, microseconds.',
  policyVersion LowCardinality(String) COMMENT 'Policy used.',
  modelVersion LowCardinality(String) COMMENT 'Model used.',
  gate LowCardinality(Nullable(String)) COMMENT 'Who asked.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

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

CREATE TABLE IF NOT EXISTS vestibule.outcome (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  decisionId Nullable(FixedString(16)) COMMENT 'The decision this is the outcome of.',
  result LowCardinality(String) COMMENT 'What happened.',
  server LowCardinality(Nullable(String)) COMMENT 'Server id that served.',
  fingerprint LowCardinality(Nullable(String)) COMMENT 'stableKey or HASSH of the client, where known.',
  group LowCardinality(Nullable(String)) COMMENT 'Behaviour group of the client when the server was chosen, where the API remembers.',
  latencyMs Nullable(Float64) COMMENT 'Until the server began to answer, milliseconds.',
  objectiveMs Nullable(Float64) COMMENT 'The policy''s objective for latencyMs when the outcome was told.',
  durationMs Nullable(Float64) COMMENT 'Milliseconds.',
  bytesIn Nullable(UInt64) COMMENT 'Bytes from the client.',
  bytesOut Nullable(UInt64) COMMENT 'Bytes to the client.',
  terminationState LowCardinality(Nullable(String)) COMMENT 'As the load balancer names it.',
  authenticated Bool COMMENT 'An authenticated login or application exchange happened: the only proof that lowers risk.',
  challenges Array(Tuple(kind String, result String, elapsedMs Float64)) COMMENT 'Challenges of the connection and how they ended.',
  actor LowCardinality(Nullable(String)) COMMENT 'Who reported: gate, server or operator name.',
  reason Nullable(String) COMMENT 'Why, in the actor''s words.',
  revokes Nullable(FixedString(16)) COMMENT 'eventId of an earlier outcome this takes back.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.population (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  kind LowCardinality(String) COMMENT 'What the row is about.',
  key String COMMENT 'The value; for global the protocol, calibration/ and a stratum, or campaign/ and a site (weight is the alarm''s level in nats, fastWeight the usual clients an hour, hostile and distinct its sources and their networks), or pattern/ and its traits (hostile and distinct its clients and their networks).',
  protocol LowCardinality(String) COMMENT 'Where.',
  weight Float64 COMMENT 'Distinct client-days that showed the value, decayed with half-life 7 d, as of asOf.',
  fastWeight Float64 COMMENT 'The same with half-life 1 h.',
  total Float64 COMMENT 'Decayed weight of all values of this kind and protocol, as of asOf.',
  distinct UInt32 COMMENT 'Distinct values of this kind and protocol.',
  hostile Float64 COMMENT 'Distinct hostile clients with the value, decayed with half-life 14 d.',
  trusted Float64 COMMENT 'Distinct trusted clients with the value, decayed with half-life 30 d.',
  asOf DateTime64(6, 'UTC') COMMENT 'Time the decayed figures hold for.',
  quantiles Array(Float64) COMMENT 'Of a calibration row: greatest evidence of trusted client-days, nats, descending, at stated ranks; weight is how many there are.'
)
ENGINE = ReplacingMergeTree(asOf)
PARTITION BY tuple()
ORDER BY (kind, key, protocol)
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

CREATE TABLE IF NOT EXISTS vestibule.score (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  entity String COMMENT 'kind:key, with #protocol: ip:192.0.2.1#ssh, ip|fp:192.0.2.1|t13d...#tls.',
  kind LowCardinality(String) COMMENT 'Kind of entity.',
  protocol LowCardinality(String) COMMENT 'Which scale value is on.',
  value Float64 COMMENT 'TLS anomaly score 0..1, SSH risk 0..100.',
  band LowCardinality(String) COMMENT 'Band of the value.',
  p Nullable(Float64) COMMENT 'Conformal p-value; null where nothing is calibrated.',
  ground LowCardinality(String) COMMENT 'What the value rests on.',
  evidence Float64 COMMENT 'Sequential evidence S in nats, as of asOf.',
  families Array(LowCardinality(String)) COMMENT 'Independent evidence families that contribute at least a fifth.',
  contributions Array(Tuple(feature String, value Float64, unit String, baseline Nullable(Float64), oneIn Nullable(Float64), nats Float64, points Float64, text String)) COMMENT 'Top contributions; points sum to value.',
  cap LowCardinality(Nullable(String)) COMMENT 'Safety rule that held the value down.',
  connections Float64 COMMENT 'Connections seen, decayed.',
  attempts Float64 COMMENT 'Authentication attempts seen, decayed.',
  lastSuccessAt Nullable(DateTime64(6, 'UTC')) COMMENT 'Last authenticated success.',
  peak Nullable(Float64) COMMENT 'Highest value of lately, since the last authenticated success; fades half as fast as the value. Hysteresis is read from it.',
  shared Bool COMMENT 'The address is known to be shared by many users or stacks.',
  coverage Float32 COMMENT 'Share of the client''s traffic that was captured, 0 to 1.',
  asOf DateTime64(6, 'UTC') COMMENT 'Event time the evidence holds for.',
  halfLifeMs Float64 COMMENT 'Half-life of the evidence.',
  validUntil DateTime64(6, 'UTC') COMMENT 'Not to be used after.',
  modelVersion LowCardinality(String) COMMENT 'Parameters and code that made it.',
  stratum LowCardinality(Nullable(String)) COMMENT 'Clients it is compared with: new or known, address of its own or shared.',
  state Nullable(String) COMMENT 'SSH: what the client''s course says of it, oldest state first, with the probability of the last.'
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

CREATE TABLE IF NOT EXISTS vestibule.server (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  serverId LowCardinality(String) COMMENT 'Id.',
  pool LowCardinality(String) COMMENT 'What it serves.',
  host String COMMENT 'Host name or address.',
  port UInt16 COMMENT 'Port.',
  state LowCardinality(String) COMMENT 'State.',
  capacity Float64 COMMENT 'Connections it can hold, or a relative weight.',
  activeConnections Float64 COMMENT 'Connections it holds.',
  load Float64 COMMENT 'Reported load 0..1.',
  labels Array(LowCardinality(String)) COMMENT 'Declared labels.',
  latitude Nullable(Float32) COMMENT 'Degrees north.',
  longitude Nullable(Float32) COMMENT 'Degrees east.',
  heartbeatMs Float64 COMMENT 'Interval it promised; silent for longer it leaves. 0 = never.',
  agentPort Nullable(UInt16) COMMENT 'Port where it answers HAProxy''s agent-check protocol, if it does.',
  configured Bool COMMENT 'The policy names the server: of this record only state, capacity, connections and load count.',
  reputation Array(Tuple(group String, alpha Float64, beta Float64)) COMMENT 'Reputation per behaviour group.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (serverId, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.sighting (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  kind LowCardinality(String) COMMENT 'What sort of value was seen.',
  key String COMMENT 'The value: stableKey, HASSH, user name, network or AS number; of a trusted client-day (global) its stratum; of an unknown client''s first failed login of a day (attempt) its HASSH, empty where unknown; of what a hostile client did (pattern) its traits.',
  protocol LowCardinality(String) COMMENT 'Where.',
  client String COMMENT 'Client entity that showed it.',
  verdict LowCardinality(String) COMMENT 'hostile = judged so by evidence other than the fingerprint; trusted = authenticated.',
  proven Bool COMMENT 'The client''s address was proven; unproven sightings move counts only.',
  amount Float64 COMMENT 'How much it counts, 1 unless capped; of a trusted client-day its greatest evidence so far, nats.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (kind, key, observedAt, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.ssh_auth_attempt (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  ordinal UInt32 COMMENT 'Which attempt this is on the connection or log line group, from 0.',
  user Nullable(String) COMMENT 'User name; a keyed hash for names that do not exist on the host (they are often mistyped passwords).',
  userForm LowCardinality(String) COMMENT 'Whether user is the real name.',
  userExists Nullable(Bool) COMMENT 'Whether the host knows the name; null where the log does not say.',
  method LowCardinality(String) COMMENT 'password, publickey, keyboard-interactive, none ... as the server names it; "unknown" where it does not.',
  result LowCardinality(String) COMMENT 'Outcome; closed-before = connection closed without any attempt.',
  keyFingerprint Nullable(String) COMMENT 'Public key fingerprint where the log names it.',
  processId Nullable(UInt32) COMMENT 'Process id of the log line.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.ssh_connection (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  vlanId Nullable(UInt16) COMMENT 'Outermost IEEE 802.1Q VLAN identifier.',
  tunnel LowCardinality(Nullable(String)) COMMENT 'Encapsulations outside the innermost IP packet, outermost first, joined by "/".',
  stage LowCardinality(String) COMMENT 'How far the client came.',
  clientIdentification LowCardinality(Nullable(String)) COMMENT 'The client''s identification string without CR LF; bytes outside printable ASCII as \xhh.',
  serverIdentification LowCardinality(Nullable(String)) COMMENT 'The server''s identification string, likewise.',
  preBannerLines UInt8 COMMENT 'Lines the server sent before its identification string.',
  clientKexAlgorithms LowCardinality(Nullable(String)) COMMENT 'kex_algorithms of the client''s KEXINIT, comma-separated as sent.',
  clientHostKeyAlgorithms LowCardinality(Nullable(String)) COMMENT 'server_host_key_algorithms of the client''s KEXINIT, comma-separated as sent.',
  clientEncryptionToServer LowCardinality(Nullable(String)) COMMENT 'encryption_algorithms_client_to_server of the client''s KEXINIT, comma-separated as sent.',
  clientEncryptionToClient LowCardinality(Nullable(String)) COMMENT 'encryption_algorithms_server_to_client of the client''s KEXINIT, comma-separated as sent.',
  clientMacToServer LowCardinality(Nullable(String)) COMMENT 'mac_algorithms_client_to_server of the client''s KEXINIT, comma-separated as sent.',
  clientMacToClient LowCardinality(Nullable(String)) COMMENT 'mac_algorithms_server_to_client of the client''s KEXINIT, comma-separated as sent.',
  clientCompressionToServer LowCardinality(Nullable(String)) COMMENT 'compression_algorithms_client_to_server of the client''s KEXINIT, comma-separated as sent.',
  clientCompressionToClient LowCardinality(Nullable(String)) COMMENT 'compression_algorithms_server_to_client of the client''s KEXINIT, comma-separated as sent.',
  serverKexAlgorithms LowCardinality(Nullable(String)) COMMENT 'kex_algorithms of the server''s KEXINIT, comma-separated as sent.',
  serverHostKeyAlgorithms LowCardinality(Nullable(String)) COMMENT 'server_host_key_algorithms of the server''s KEXINIT, comma-separated as sent.',
  serverEncryptionToServer LowCardinality(Nullable(String)) COMMENT 'encryption_algorithms_client_to_server of the server''s KEXINIT, comma-separated as sent.',
  serverEncryptionToClient LowCardinality(Nullable(String)) COMMENT 'encryption_algorithms_server_to_client of the server''s KEXINIT, comma-separated as sent.',
  serverMacToServer LowCardinality(Nullable(String)) COMMENT 'mac_algorithms_client_to_server of the server''s KEXINIT, comma-separated as sent.',
  serverMacToClient LowCardinality(Nullable(String)) COMMENT 'mac_algorithms_server_to_client of the server''s KEXINIT, comma-separated as sent.',
  serverCompressionToServer LowCardinality(Nullable(String)) COMMENT 'compression_algorithms_client_to_server of the server''s KEXINIT, comma-separated as sent.',
  serverCompressionToClient LowCardinality(Nullable(String)) COMMENT 'compression_algorithms_server_to_client of the server''s KEXINIT, comma-separated as sent.',
  clientFirstKexPacketFollows Bool COMMENT 'first_kex_packet_follows of the client.',
  clientReserved UInt32 COMMENT 'The reserved field of the client''s KEXINIT; 0 by the RFC.',
  cookie Nullable(FixedString(16)) COMMENT 'The client''s 16-byte KEXINIT cookie.',
  hassh LowCardinality(Nullable(String)) COMMENT 'MD5 of kex;enc_c2s;mac_c2s;comp_c2s of the client.',
  hasshServer LowCardinality(Nullable(String)) COMMENT 'MD5 of kex;enc_s2c;mac_s2c;comp_s2c of the server.',
  strictKex Nullable(Bool) COMMENT 'Both sides offered strict key exchange.',
  kex LowCardinality(Nullable(String)) COMMENT 'Key exchange method negotiated, where both KEXINITs were seen.',
  hostKey LowCardinality(Nullable(String)) COMMENT 'Host key algorithm negotiated.',
  cipherToServer LowCardinality(Nullable(String)) COMMENT 'Cipher negotiated, client to server.',
  macToServer LowCardinality(Nullable(String)) COMMENT 'MAC negotiated, client to server; "implicit" with an AEAD cipher.',
  bannerDelayMs Nullable(Float64) COMMENT 'SYN to the client''s identification string, milliseconds.',
  kexInitDelayMs Nullable(Float64) COMMENT 'Later of both identification strings to the client''s KEXINIT, milliseconds.',
  rttMs Nullable(Float64) COMMENT 'SYN-ACK to ACK as seen at the sensor, milliseconds.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.ssh_session (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  hassh LowCardinality(Nullable(String)) COMMENT 'HASSH of the client.',
  result LowCardinality(String) COMMENT 'What became of authentication, inferred from packet sizes where no log tells.',
  confidence Float32 COMMENT 'Confidence in result, 0 to 1.',
  attempts UInt16 COMMENT 'Authentication attempts inferred.',
  ended LowCardinality(String) COMMENT 'How the connection ended.',
  durationMs Float64 COMMENT 'First packet to last, milliseconds.',
  rttMs Nullable(Float64) COMMENT 'SYN-ACK to ACK as seen at the sensor, milliseconds.',
  bytesFromClient UInt64 COMMENT 'Payload bytes from the client.',
  bytesFromServer UInt64 COMMENT 'Payload bytes from the server.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.tls_handshake (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  result LowCardinality(String) COMMENT 'How the handshake ended.',
  helloCount UInt8 COMMENT 'ClientHellos seen on the connection.',
  ja4 LowCardinality(Nullable(String)) COMMENT 'JA4 of the first hello.',
  stableKey LowCardinality(Nullable(String)) COMMENT 'stableKey of the first hello.',
  sni Nullable(String) COMMENT 'server_name of the first hello.' TTL toDateTime(observedAt) + INTERVAL 7 DAY,
  serverVersion Nullable(UInt16) COMMENT 'Version the server selected (supported_versions or legacy_version).',
  serverCipher Nullable(UInt16) COMMENT 'Cipher suite the server selected.',
  serverGroup Nullable(UInt16) COMMENT 'Group of the server''s key share.',
  serverAlpn LowCardinality(Nullable(String)) COMMENT 'ALPN protocol the server selected, where visible.',
  helloRetry Bool COMMENT 'The server sent a HelloRetryRequest.',
  downgradeSentinel Bool COMMENT 'The server random ends in a downgrade sentinel (RFC 8446 section 4.1.3).',
  resumed Nullable(Bool) COMMENT 'The session was resumed; null where that cannot be told.',
  certificateRequested Nullable(Bool) COMMENT 'The server asked for a client certificate; null where encrypted.',
  clientCertificate LowCardinality(String) COMMENT 'What the client answered, where visible or told by a terminating gate.',
  alertFrom LowCardinality(Nullable(String)) COMMENT 'Who sent the first fatal alert.',
  alertDescription Nullable(UInt8) COMMENT 'AlertDescription of that alert (RFC 8446 section 6).',
  handshakeMs Nullable(Float64) COMMENT 'First hello complete to the client''s Finished, milliseconds.',
  durationMs Float64 COMMENT 'First packet to this record, milliseconds.',
  rttMs Nullable(Float64) COMMENT 'SYN-ACK to ACK as seen at the sensor, milliseconds.',
  bytesFromClient UInt64 COMMENT 'Payload bytes from the client so far.',
  bytesFromServer UInt64 COMMENT 'Payload bytes from the server so far.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;

CREATE TABLE IF NOT EXISTS vestibule.tls_hello (
  eventId FixedString(16) COMMENT 'Hash of record type, connection and ordinal: two sensors seeing one thing give one event.',
  observedAt DateTime64(6, 'UTC') COMMENT 'Event time at the sensor, microseconds since 1970.',
  ingestedAt DateTime64(6, 'UTC') COMMENT 'When the record was made, microseconds since 1970; differs from observedAt for imports and late lines.',
  sensor LowCardinality(String) COMMENT 'Name of the process that made the record.',
  site LowCardinality(String) COMMENT 'Name of the place the sensor stands in.',
  connectionId Nullable(FixedString(16)) COMMENT 'Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known.',
  listener LowCardinality(String) COMMENT 'The protected service: a configured name, else address:port.',
  source String COMMENT 'How the sensor came to know.',
  clientAddress IPv6 COMMENT 'Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so.',
  clientPort UInt16 COMMENT 'TCP source port; 0 when unknown.',
  serverAddress IPv6 COMMENT 'Server address in the same form; all zero when unknown.',
  serverPort UInt16 COMMENT 'TCP destination port; 0 when unknown.',
  addressForm String COMMENT 'Whether the addresses are real.',
  country Nullable(String) COMMENT 'ISO 3166 country of the client, looked up before pseudonymisation.',
  asn Nullable(UInt32) COMMENT 'Autonomous system of the client.',
  latitude Nullable(Float32) COMMENT 'Degrees north, of the client.',
  longitude Nullable(Float32) COMMENT 'Degrees east, of the client.',
  coverageDirections String COMMENT 'Which directions of the connection the sensor saw.',
  coverageLostBytes UInt32 COMMENT 'Bytes known to be missing from what was captured of the connection so far.',
  handshakeProven Bool COMMENT 'The client acknowledged the server''s sequence number, or a gate talked to it: its address is not spoofed.',
  vlanId Nullable(UInt16) COMMENT 'Outermost IEEE 802.1Q VLAN identifier.',
  tunnel Nullable(String) COMMENT 'Encapsulations outside the innermost IP packet, outermost first, joined by "/": vlan, mpls, gre, vxlan ...',
  proxied Bool COMMENT 'A PROXY protocol header preceded the hello.',
  ordinal UInt8 COMMENT '0 for the first hello on the connection, 1 for the next.',
  answersRetry Bool COMMENT 'This hello answers a HelloRetryRequest.',
  recordVersion UInt16 COMMENT 'Version field of the first TLS record.',
  legacyVersion UInt16 COMMENT 'legacy_version (client_version) of the hello.',
  supportedVersions Array(UInt16) COMMENT 'supported_versions in order, GREASE included.',
  cipherSuites Array(UInt16) COMMENT 'cipher_suites in order, GREASE included.',
  compressionMethods Array(UInt8) COMMENT 'legacy_compression_methods in order.',
  extensions Array(UInt16) COMMENT 'Extension types in order, GREASE included.',
  supportedGroups Array(UInt16) COMMENT 'supported_groups in order, GREASE included.',
  ecPointFormats Array(UInt8) COMMENT 'ec_point_formats in order.',
  keyShareGroups Array(UInt16) COMMENT 'Groups of the key shares in order, GREASE included.',
  keyShareDigests Array(FixedString(8)) COMMENT 'First 8 bytes of SHA-256 of each key_exchange, in the order of keyShareGroups.',
  signatureAlgorithms Array(UInt16) COMMENT 'signature_algorithms in order, GREASE included.',
  signatureAlgorithmsCert Array(UInt16) COMMENT 'signature_algorithms_cert in order.',
  pskModes Array(UInt8) COMMENT 'psk_key_exchange_modes in order.',
  alpn Array(String) COMMENT 'ALPN protocol names in order; bytes outside printable ASCII as \xhh.',
  sni Nullable(String) COMMENT 'server_name host, lower case as sent otherwise; bytes outside printable ASCII as \xhh.' TTL toDateTime(observedAt) + INTERVAL 7 DAY,
  sniForm String COMMENT 'What the server_name extension holds.',
  random FixedString(32) COMMENT 'The 32 bytes of ClientHello.random.',
  sessionIdLength UInt8 COMMENT 'Length of legacy_session_id, 0 to 32.',
  sessionIdDigest Nullable(FixedString(8)) COMMENT 'First 8 bytes of SHA-256 of legacy_session_id when there is one.',
  offersPsk Bool COMMENT 'pre_shared_key is present.',
  pskIdentityDigest Nullable(FixedString(8)) COMMENT 'First 8 bytes of SHA-256 of the first PSK identity.',
  offersTicket Bool COMMENT 'session_ticket is present and not empty.',
  offersEarlyData Bool COMMENT 'early_data is present.',
  statusRequest Bool COMMENT 'status_request (OCSP stapling) is present.',
  signedCertificateTimestamp Bool COMMENT 'signed_certificate_timestamp is present.',
  certificateAuthorities UInt16 COMMENT 'Number of names in certificate_authorities.',
  postHandshakeAuth Bool COMMENT 'post_handshake_auth is present.',
  compressCertificate Array(UInt16) COMMENT 'compress_certificate algorithms in order.',
  clientCertificateTypes Array(UInt8) COMMENT 'client_certificate_type values.',
  serverCertificateTypes Array(UInt8) COMMENT 'server_certificate_type values.',
  encryptedClientHello String COMMENT 'encrypted_client_hello: GREASE ECH cannot be told from real ECH on the wire.',
  greaseCipher Nullable(UInt16) COMMENT 'The first GREASE cipher suite (RFC 8701).',
  greaseExtensions Array(UInt16) COMMENT 'GREASE extension types in order.',
  fallbackScsv Bool COMMENT 'TLS_FALLBACK_SCSV 0x5600 is offered (RFC 7507).',
  ja3 Nullable(String) COMMENT 'JA3 string; null when the hello was cut and cannot be fingerprinted.',
  ja3Hash Nullable(String) COMMENT 'MD5 of the JA3 string, 32 hex digits.',
  ja4 LowCardinality(Nullable(String)) COMMENT 'JA4 TLS client fingerprint.',
  stableKey LowCardinality(Nullable(String)) COMMENT 'JA4 computed without padding, ticket, PSK, early data and cookie extensions: resumption does not change it.',
  length UInt32 COMMENT 'Length of the handshake message in bytes.',
  synToHelloMs Nullable(Float64) COMMENT 'Milliseconds from the SYN to the first byte of the hello.',
  helloSpanMs Float64 COMMENT 'Milliseconds from the first to the last segment of the hello.',
  segments UInt16 COMMENT 'TCP segments that carried the hello.',
  largestGapMs Float64 COMMENT 'Longest silence between two segments of the hello, milliseconds.',
  smallestGapMs Float64 COMMENT 'Shortest silence between two segments of the hello, milliseconds.',
  rttMs Nullable(Float64) COMMENT 'SYN-ACK to ACK as seen at the sensor, milliseconds.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(observedAt)
ORDER BY (clientAddress, eventId)
TTL toDateTime(observedAt) + INTERVAL 30 DAY
SETTINGS non_replicated_deduplication_window = 1000;
