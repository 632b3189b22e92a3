// Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.

/** Something a person should know. */
export interface Alert {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** What. */
  readonly kind:
    | 'critical-risk'
    | 'terminated'
    | 'campaign'
    | 'drift'
    | 'capture-loss'
    | 'clock'
    | 'state-pressure'
    | 'sink-stalled'
  /** How bad. */
  readonly severity: 'notice' | 'warning' | 'critical'
  /** Whom it is about. */
  readonly entity: string
  /** One sentence. */
  readonly message: string
  /** JSON. */
  readonly details: string
}

/** What hostile clients of several networks have in common, or what a reported incident showed: later clients are matched against it. */
export interface AttackPattern {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** 12 hex digits, a hash of protocol and traits. */
  readonly patternId: string
  /** Where. */
  readonly protocol: 'tls' | 'ssh'
  /** One sentence for people. */
  readonly name: string
  /** What they share: program, signs (features), pace (burst, steady, slow), name (hash of the first user name that failed), joined by &. */
  readonly traits: string
  /** repeated = clients of at least three networks became hostile with it; incident = one did that was reported. */
  readonly origin: 'repeated' | 'incident'
  /** Distinct hostile clients of the last 14 days. */
  readonly clients: number
  /** Their networks. */
  readonly networks: number
  /** When the first of them became hostile. */
  readonly firstSeen: number
  /** When the newest did. */
  readonly lastSeen: number
}

/** An operator's or the system's word: lists, policies, models, consents, enrolments, erasures, feedback. */
export interface Control {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** What it is. */
  readonly kind:
    | 'allow'
    | 'deny'
    | 'decoy'
    | 'policy'
    | 'model'
    | 'consent'
    | 'enrolment'
    | 'pass'
    | 'tries'
    | 'erasure'
    | 'feedback'
  /** Which: a CIDR, a policy version, a user ... */
  readonly id: string
  /** The entry is withdrawn. */
  readonly deleted: boolean
  /** JSON document of the kind. */
  readonly body: string
  /** Who. */
  readonly actor: string
  /** Why. */
  readonly reason: string
}

/** Input that could not be understood. */
export interface DeadLetter {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Why, from a closed list. */
  readonly code: string
  /** Where: file offset, stream, topic/partition/offset, field path. */
  readonly place: string
  /** Topic the record came from. */
  readonly topic: string | null
  /** Client, where known. */
  readonly clientAddress: Uint8Array | null
  /** The first bytes; 32 at most of cleartext protocols. */
  readonly firstBytes: Uint8Array
  /** Length of the whole. */
  readonly length: number
}

/** One element of Decision's list. */
export interface Reason {
  /** Reason code; vestibule why CODE explains it. */
  readonly code: string
  /** One sentence for people. */
  readonly text: string
  /** Entity whose evidence it is. */
  readonly entity: string | null
  /** Evidence. */
  readonly nats: number
  /** Share of the score. */
  readonly points: number
}

/** What the routing API answered, and why. */
export interface Decision {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** Id given to the caller. */
  readonly decisionId: Uint8Array
  /** Which question was asked. */
  readonly kind: 'handshake' | 'data-server' | 'ssh-connection'
  /** pool primary or mitigation, server id, or action, as answered. */
  readonly answer: string
  /** The answer if not in shadow. */
  readonly wouldBe: string
  /** Decided and recorded, but answered as if nothing were wrong. */
  readonly shadow: boolean
  /** Server id chosen. */
  readonly server: string | null
  /** Score the decision rests on, on the scale of its kind. */
  readonly score: number
  /** Threshold it was held against. */
  readonly threshold: number
  /** Band. */
  readonly band: 'low' | 'medium' | 'high' | 'critical'
  /** Which evidence decided: list, hello, ip-fp, ip, fp, net, none, default. */
  readonly decidedBy: string
  /** Why a default was answered. */
  readonly fault: string | null
  /** stableKey or HASSH of the connection in hand. */
  readonly fingerprint: string | null
  /** server_name asked for. */
  readonly sni: string | null
  /** Why. */
  readonly reasons: readonly Reason[]
  /** Age of the newest score used. */
  readonly scoreAgeMs: number | null
  /** Time taken to decide, microseconds. */
  readonly latencyUs: number
  /** Policy used. */
  readonly policyVersion: string
  /** Model used. */
  readonly modelVersion: string
  /** Who asked. */
  readonly gate: string | null
}

/** How a client uses the service, as far as it decides which data server suits it: the habit fold's state, read by the routing API. */
export interface Habit {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** ip:192.0.2.1, or ip-fp:192.0.2.1|t13d... for the client with one program. */
  readonly entity: string
  /** Bytes of its connections, among the sizes of all clients. */
  readonly size: 'small' | 'medium' | 'bulk'
  /** Whether its connections are made of round trips, so that latency is what it feels. */
  readonly pace: 'interactive' | 'lasting'
  /** Whether it resumes TLS sessions more often than not. */
  readonly resumption: 'resumes' | 'fresh'
  /** Connections this rests on, fading. */
  readonly connections: number
  /** Event time it holds for. */
  readonly asOf: number
}

/** One element of Outcome's list. */
export interface ChallengeResult {
  /** Kind of challenge. */
  readonly kind: string
  /** passed, wrong, timeout. */
  readonly result: string
  /** Milliseconds. */
  readonly elapsedMs: number
}

/** What became of a decision or a client, told by a gate, a data server or an operator; feedback and its revocation. */
export interface Outcome {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** The decision this is the outcome of. */
  readonly decisionId: Uint8Array | null
  /** What happened. */
  readonly result: 'completed' | 'failed' | 'incident' | 'false-positive'
  /** Server id that served. */
  readonly server: string | null
  /** stableKey or HASSH of the client, where known. */
  readonly fingerprint: string | null
  /** Behaviour group of the client when the server was chosen, where the API remembers. */
  readonly group: string | null
  /** Until the server began to answer, milliseconds. */
  readonly latencyMs: number | null
  /** The policy's objective for latencyMs when the outcome was told. */
  readonly objectiveMs: number | null
  /** Milliseconds. */
  readonly durationMs: number | null
  /** Bytes from the client. */
  readonly bytesIn: number | null
  /** Bytes to the client. */
  readonly bytesOut: number | null
  /** As the load balancer names it. */
  readonly terminationState: string | null
  /** An authenticated login or application exchange happened: the only proof that lowers risk. */
  readonly authenticated: boolean
  /** Challenges of the connection and how they ended. */
  readonly challenges: readonly ChallengeResult[]
  /** Who reported: gate, server or operator name. */
  readonly actor: string | null
  /** Why, in the actor's words. */
  readonly reason: string | null
  /** eventId of an earlier outcome this takes back. */
  readonly revokes: Uint8Array | null
}

/** One row of the second fold's table: how common a value is, and what it did. */
export interface Population {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** What the row is about. */
  readonly kind: 'fp' | 'user' | 'net' | 'asn' | 'global'
  /** The value; for global the protocol, calibration/ and a stratum, or campaign/ and a site (weight is the alarm's level in nats, fastWeight the usual clients an hour, hostile and distinct its sources and their networks), or pattern/ and its traits (hostile and distinct its clients and their networks). */
  readonly key: string
  /** Where. */
  readonly protocol: 'tls' | 'ssh'
  /** Distinct client-days that showed the value, decayed with half-life 7 d, as of asOf. */
  readonly weight: number
  /** The same with half-life 1 h. */
  readonly fastWeight: number
  /** Decayed weight of all values of this kind and protocol, as of asOf. */
  readonly total: number
  /** Distinct values of this kind and protocol. */
  readonly distinct: number
  /** Distinct hostile clients with the value, decayed with half-life 14 d. */
  readonly hostile: number
  /** Distinct trusted clients with the value, decayed with half-life 30 d. */
  readonly trusted: number
  /** Time the decayed figures hold for. */
  readonly asOf: number
  /** Of a calibration row: greatest evidence of trusted client-days, nats, descending, at stated ranks; weight is how many there are. */
  readonly quantiles: readonly number[]
}

/** One element of Reputation's list. */
export interface GroupPosterior {
  /** Behaviour group; * is all of them whose risk is not raised. */
  readonly group: string
  /** Discounted successes. */
  readonly alpha: number
  /** Discounted failures. */
  readonly beta: number
  /** Discounted sum of how well it went. */
  readonly fit: number
  /** Discounted outcomes in that sum. */
  readonly fitWeight: number
}

/** How connections end at a server, by behaviour group: the server fold's state, read by the routing API. It is on the topic of the servers under a key of its own, so that no heartbeat overwrites it. */
export interface Reputation {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Server. */
  readonly serverId: string
  /** Posterior of each group, without its prior. */
  readonly groups: readonly GroupPosterior[]
  /** Event time the discounted figures hold for. */
  readonly asOf: number
}

/** One element of Score's list. */
export interface Contribution {
  /** Feature id. */
  readonly feature: string
  /** What was measured. */
  readonly value: number
  /** Unit of value. */
  readonly unit: string
  /** What is usual. */
  readonly baseline: number | null
  /** How rare: one in this many. */
  readonly oneIn: number | null
  /** Evidence for (positive) or against hostility. */
  readonly nats: number
  /** Share of the score; all points sum to it. */
  readonly points: number
  /** One sentence for people. */
  readonly text: string
}

/** What the processors think of an entity. The API decays it at read time. */
export interface Score {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** kind:key, with #protocol: ip:192.0.2.1#ssh, ip|fp:192.0.2.1|t13d...#tls. */
  readonly entity: string
  /** Kind of entity. */
  readonly kind: 'ip' | 'net' | 'asn' | 'fp' | 'ip-fp' | 'user'
  /** Which scale value is on. */
  readonly protocol: 'tls' | 'ssh'
  /** TLS anomaly score 0..1, SSH risk 0..100. */
  readonly value: number
  /** Band of the value. */
  readonly band: 'low' | 'medium' | 'high' | 'critical'
  /** Conformal p-value; null where nothing is calibrated. */
  readonly p: number | null
  /** What the value rests on. */
  readonly ground: 'calibrated' | 'assumed'
  /** Sequential evidence S in nats, as of asOf. */
  readonly evidence: number
  /** Independent evidence families that contribute at least a fifth. */
  readonly families: readonly string[]
  /** Top contributions; points sum to value. */
  readonly contributions: readonly Contribution[]
  /** Safety rule that held the value down. */
  readonly cap: string | null
  /** Connections seen, decayed. */
  readonly connections: number
  /** Authentication attempts seen, decayed. */
  readonly attempts: number
  /** Last authenticated success. */
  readonly lastSuccessAt: number | null
  /** Highest value of lately, since the last authenticated success; fades half as fast as the value. Hysteresis is read from it. */
  readonly peak: number | null
  /** The address is known to be shared by many users or stacks. */
  readonly shared: boolean
  /** Share of the client's traffic that was captured, 0 to 1. */
  readonly coverage: number
  /** Event time the evidence holds for. */
  readonly asOf: number
  /** Half-life of the evidence. */
  readonly halfLifeMs: number
  /** Not to be used after. */
  readonly validUntil: number
  /** Parameters and code that made it. */
  readonly modelVersion: string
  /** Clients it is compared with: new or known, address of its own or shared. */
  readonly stratum: string | null
  /** SSH: what the client's course says of it, oldest state first, with the probability of the last. */
  readonly state: string | null
}

/** What the habit fold tells the server fold: how a connection of one group ended at one server. */
export interface Served {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Server. */
  readonly serverId: string
  /** Behaviour group of the client. */
  readonly group: string
  /** How it ended, or that an earlier success is taken back. */
  readonly verdict: 'success' | 'failure' | 'taken-back'
  /** How well it went compared with what the group is used to, 0 to 1; 0.5 is as usual. */
  readonly fit: number | null
  /** Of an ordinary outcome, 0 to 1: one client alone makes no reputation. */
  readonly weight: number
  /** Of a success that is taken back: when it was observed. Else observedAt. */
  readonly since: number
}

/** One element of Server's list. */
export interface GroupReputation {
  /** Behaviour group. */
  readonly group: string
  /** Discounted successes. */
  readonly alpha: number
  /** Discounted failures. */
  readonly beta: number
}

/** A handshake or data server: registration, heartbeat, drain, reputation. */
export interface Server {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Id. */
  readonly serverId: string
  /** What it serves. */
  readonly pool: 'primary' | 'mitigation' | 'data'
  /** Host name or address. */
  readonly host: string
  /** Port. */
  readonly port: number
  /** State. */
  readonly state: 'up' | 'draining' | 'down' | 'removed'
  /** Connections it can hold, or a relative weight. */
  readonly capacity: number
  /** Connections it holds. */
  readonly activeConnections: number
  /** Reported load 0..1. */
  readonly load: number
  /** Declared labels. */
  readonly labels: readonly string[]
  /** Degrees north. */
  readonly latitude: number | null
  /** Degrees east. */
  readonly longitude: number | null
  /** Interval it promised; silent for longer it leaves. 0 = never. */
  readonly heartbeatMs: number
  /** Port where it answers HAProxy's agent-check protocol, if it does. */
  readonly agentPort: number | null
  /** The policy names the server: of this record only state, capacity, connections and load count. */
  readonly configured: boolean
  /** Reputation per behaviour group. */
  readonly reputation: readonly GroupReputation[]
}

/** What the first fold tells the population: a client entity showed a value. */
export interface Sighting {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** What sort of value was seen. */
  readonly kind: 'fp' | 'user' | 'net' | 'asn' | 'global' | 'attempt' | 'pattern'
  /** The value: stableKey, HASSH, user name, network or AS number; of a trusted client-day (global) its stratum; of an unknown client's first failed login of a day (attempt) its HASSH, empty where unknown; of what a hostile client did (pattern) its traits. */
  readonly key: string
  /** Where. */
  readonly protocol: 'tls' | 'ssh'
  /** Client entity that showed it. */
  readonly client: string
  /** hostile = judged so by evidence other than the fingerprint; trusted = authenticated. */
  readonly verdict: 'seen' | 'hostile' | 'trusted'
  /** The client's address was proven; unproven sightings move counts only. */
  readonly proven: boolean
  /** How much it counts, 1 unless capped; of a trusted client-day its greatest evidence so far, nats. */
  readonly amount: number
}

/** One element of Snapshot's list. */
export interface InputOffset {
  /** Topic. */
  readonly topic: string
  /** Partition. */
  readonly partition: number
  /** Next offset to read. */
  readonly offset: number
}

/** One chunk of a processor's state with the input offsets it contains. */
export interface Snapshot {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Processor group. */
  readonly group: string
  /** Partition the state belongs to. */
  readonly partition: number
  /** Ordinal of this chunk. */
  readonly chunk: number
  /** How many there are. */
  readonly chunks: number
  /** SHA-256 of the whole state, hex. */
  readonly contentHash: string
  /** Input positions the state contains. */
  readonly offsets: readonly InputOffset[]
  /** Parameters and code that made it. */
  readonly modelVersion: string
  /** The bytes. */
  readonly body: Uint8Array
}

/** One attempt to authenticate, from a log or a gate. */
export interface SshAuthAttempt {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** Which attempt this is on the connection or log line group, from 0. */
  readonly ordinal: number
  /** User name; a keyed hash for names that do not exist on the host (they are often mistyped passwords). */
  readonly user: string | null
  /** Whether user is the real name. */
  readonly userForm: 'clear' | 'pseudonym' | 'absent'
  /** Whether the host knows the name; null where the log does not say. */
  readonly userExists: boolean | null
  /** password, publickey, keyboard-interactive, none ... as the server names it; "unknown" where it does not. */
  readonly method: string
  /** Outcome; closed-before = connection closed without any attempt. */
  readonly result: 'failed' | 'accepted' | 'closed-before'
  /** Public key fingerprint where the log names it. */
  readonly keyFingerprint: string | null
  /** Process id of the log line. */
  readonly processId: number | null
}

/** An SSH connection as far as its key exchange: emitted when the client's KEXINIT is seen, or when it ended before (RFC 4253 sections 4.2 and 7.1). */
export interface SshConnection {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** Outermost IEEE 802.1Q VLAN identifier. */
  readonly vlanId: number | null
  /** Encapsulations outside the innermost IP packet, outermost first, joined by "/". */
  readonly tunnel: string | null
  /** How far the client came. */
  readonly stage: 'kexinit' | 'identification' | 'half-open' | 'version-1' | 'malformed'
  /** The client's identification string without CR LF; bytes outside printable ASCII as \xhh. */
  readonly clientIdentification: string | null
  /** The server's identification string, likewise. */
  readonly serverIdentification: string | null
  /** Lines the server sent before its identification string. */
  readonly preBannerLines: number
  /** kex_algorithms of the client's KEXINIT, comma-separated as sent. */
  readonly clientKexAlgorithms: string | null
  /** server_host_key_algorithms of the client's KEXINIT, comma-separated as sent. */
  readonly clientHostKeyAlgorithms: string | null
  /** encryption_algorithms_client_to_server of the client's KEXINIT, comma-separated as sent. */
  readonly clientEncryptionToServer: string | null
  /** encryption_algorithms_server_to_client of the client's KEXINIT, comma-separated as sent. */
  readonly clientEncryptionToClient: string | null
  /** mac_algorithms_client_to_server of the client's KEXINIT, comma-separated as sent. */
  readonly clientMacToServer: string | null
  /** mac_algorithms_server_to_client of the client's KEXINIT, comma-separated as sent. */
  readonly clientMacToClient: string | null
  /** compression_algorithms_client_to_server of the client's KEXINIT, comma-separated as sent. */
  readonly clientCompressionToServer: string | null
  /** compression_algorithms_server_to_client of the client's KEXINIT, comma-separated as sent. */
  readonly clientCompressionToClient: string | null
  /** kex_algorithms of the server's KEXINIT, comma-separated as sent. */
  readonly serverKexAlgorithms: string | null
  /** server_host_key_algorithms of the server's KEXINIT, comma-separated as sent. */
  readonly serverHostKeyAlgorithms: string | null
  /** encryption_algorithms_client_to_server of the server's KEXINIT, comma-separated as sent. */
  readonly serverEncryptionToServer: string | null
  /** encryption_algorithms_server_to_client of the server's KEXINIT, comma-separated as sent. */
  readonly serverEncryptionToClient: string | null
  /** mac_algorithms_client_to_server of the server's KEXINIT, comma-separated as sent. */
  readonly serverMacToServer: string | null
  /** mac_algorithms_server_to_client of the server's KEXINIT, comma-separated as sent. */
  readonly serverMacToClient: string | null
  /** compression_algorithms_client_to_server of the server's KEXINIT, comma-separated as sent. */
  readonly serverCompressionToServer: string | null
  /** compression_algorithms_server_to_client of the server's KEXINIT, comma-separated as sent. */
  readonly serverCompressionToClient: string | null
  /** first_kex_packet_follows of the client. */
  readonly clientFirstKexPacketFollows: boolean
  /** The reserved field of the client's KEXINIT; 0 by the RFC. */
  readonly clientReserved: number
  /** The client's 16-byte KEXINIT cookie. */
  readonly cookie: Uint8Array | null
  /** MD5 of kex;enc_c2s;mac_c2s;comp_c2s of the client. */
  readonly hassh: string | null
  /** MD5 of kex;enc_s2c;mac_s2c;comp_s2c of the server. */
  readonly hasshServer: string | null
  /** Both sides offered strict key exchange. */
  readonly strictKex: boolean | null
  /** Key exchange method negotiated, where both KEXINITs were seen. */
  readonly kex: string | null
  /** Host key algorithm negotiated. */
  readonly hostKey: string | null
  /** Cipher negotiated, client to server. */
  readonly cipherToServer: string | null
  /** MAC negotiated, client to server; "implicit" with an AEAD cipher. */
  readonly macToServer: string | null
  /** SYN to the client's identification string, milliseconds. */
  readonly bannerDelayMs: number | null
  /** Later of both identification strings to the client's KEXINIT, milliseconds. */
  readonly kexInitDelayMs: number | null
  /** SYN-ACK to ACK as seen at the sensor, milliseconds. */
  readonly rttMs: number | null
}

/** An SSH connection ended. */
export interface SshSession {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** HASSH of the client. */
  readonly hassh: string | null
  /** What became of authentication, inferred from packet sizes where no log tells. */
  readonly result: 'authenticated' | 'not-authenticated' | 'no-authentication' | 'unknown'
  /** Confidence in result, 0 to 1. */
  readonly confidence: number
  /** Authentication attempts inferred. */
  readonly attempts: number
  /** How the connection ended. */
  readonly ended: 'fin' | 'reset' | 'silent' | 'capture-end'
  /** First packet to last, milliseconds. */
  readonly durationMs: number
  /** SYN-ACK to ACK as seen at the sensor, milliseconds. */
  readonly rttMs: number | null
  /** Payload bytes from the client. */
  readonly bytesFromClient: number
  /** Payload bytes from the server. */
  readonly bytesFromServer: number
}

/** A TLS handshake ended: finished, failed, was reset, or fell silent. */
export interface TlsHandshake {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** How the handshake ended. */
  readonly result: 'finished' | 'failed' | 'reset' | 'silent' | 'closed'
  /** ClientHellos seen on the connection. */
  readonly helloCount: number
  /** JA4 of the first hello. */
  readonly ja4: string | null
  /** stableKey of the first hello. */
  readonly stableKey: string | null
  /** server_name of the first hello. */
  readonly sni: string | null
  /** Version the server selected (supported_versions or legacy_version). */
  readonly serverVersion: number | null
  /** Cipher suite the server selected. */
  readonly serverCipher: number | null
  /** Group of the server's key share. */
  readonly serverGroup: number | null
  /** ALPN protocol the server selected, where visible. */
  readonly serverAlpn: string | null
  /** The server sent a HelloRetryRequest. */
  readonly helloRetry: boolean
  /** The server random ends in a downgrade sentinel (RFC 8446 section 4.1.3). */
  readonly downgradeSentinel: boolean
  /** The session was resumed; null where that cannot be told. */
  readonly resumed: boolean | null
  /** The server asked for a client certificate; null where encrypted. */
  readonly certificateRequested: boolean | null
  /** What the client answered, where visible or told by a terminating gate. */
  readonly clientCertificate: 'unknown' | 'none' | 'empty' | 'presented' | 'verified'
  /** Who sent the first fatal alert. */
  readonly alertFrom: 'client' | 'server' | null
  /** AlertDescription of that alert (RFC 8446 section 6). */
  readonly alertDescription: number | null
  /** First hello complete to the client's Finished, milliseconds. */
  readonly handshakeMs: number | null
  /** First packet to this record, milliseconds. */
  readonly durationMs: number
  /** SYN-ACK to ACK as seen at the sensor, milliseconds. */
  readonly rttMs: number | null
  /** Payload bytes from the client so far. */
  readonly bytesFromClient: number
  /** Payload bytes from the server so far. */
  readonly bytesFromServer: number
}

/** One TLS ClientHello, emitted the moment it is complete (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). */
export interface TlsHello {
  /** Hash of record type, connection and ordinal: two sensors seeing one thing give one event. */
  readonly eventId: Uint8Array
  /** Event time at the sensor, microseconds since 1970. */
  readonly observedAt: number
  /** When the record was made, microseconds since 1970; differs from observedAt for imports and late lines. */
  readonly ingestedAt: number
  /** Name of the process that made the record. */
  readonly sensor: string
  /** Name of the place the sensor stands in. */
  readonly site: string
  /** Joins hello, handshake, decision and outcome of one connection, and the same connection seen by tap, balancer and gate; null where only an address is known. */
  readonly connectionId: Uint8Array | null
  /** The protected service: a configured name, else address:port. */
  readonly listener: string
  /** How the sensor came to know. */
  readonly source: 'tap' | 'gate' | 'log' | 'import'
  /** Client address, IPv4 as ::ffff:a.b.c.d; a keyed pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  /** TCP source port; 0 when unknown. */
  readonly clientPort: number
  /** Server address in the same form; all zero when unknown. */
  readonly serverAddress: Uint8Array
  /** TCP destination port; 0 when unknown. */
  readonly serverPort: number
  /** Whether the addresses are real. */
  readonly addressForm: 'clear' | 'pseudonym'
  /** ISO 3166 country of the client, looked up before pseudonymisation. */
  readonly country: string | null
  /** Autonomous system of the client. */
  readonly asn: number | null
  /** Degrees north, of the client. */
  readonly latitude: number | null
  /** Degrees east, of the client. */
  readonly longitude: number | null
  /** Which directions of the connection the sensor saw. */
  readonly coverageDirections: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing from what was captured of the connection so far. */
  readonly coverageLostBytes: number
  /** The client acknowledged the server's sequence number, or a gate talked to it: its address is not spoofed. */
  readonly handshakeProven: boolean
  /** Outermost IEEE 802.1Q VLAN identifier. */
  readonly vlanId: number | null
  /** Encapsulations outside the innermost IP packet, outermost first, joined by "/": vlan, mpls, gre, vxlan ... */
  readonly tunnel: string | null
  /** A PROXY protocol header preceded the hello. */
  readonly proxied: boolean
  /** 0 for the first hello on the connection, 1 for the next. */
  readonly ordinal: number
  /** This hello answers a HelloRetryRequest. */
  readonly answersRetry: boolean
  /** Version field of the first TLS record. */
  readonly recordVersion: number
  /** legacy_version (client_version) of the hello. */
  readonly legacyVersion: number
  /** supported_versions in order, GREASE included. */
  readonly supportedVersions: readonly number[]
  /** cipher_suites in order, GREASE included. */
  readonly cipherSuites: readonly number[]
  /** legacy_compression_methods in order. */
  readonly compressionMethods: readonly number[]
  /** Extension types in order, GREASE included. */
  readonly extensions: readonly number[]
  /** supported_groups in order, GREASE included. */
  readonly supportedGroups: readonly number[]
  /** ec_point_formats in order. */
  readonly ecPointFormats: readonly number[]
  /** Groups of the key shares in order, GREASE included. */
  readonly keyShareGroups: readonly number[]
  /** First 8 bytes of SHA-256 of each key_exchange, in the order of keyShareGroups. */
  readonly keyShareDigests: readonly Uint8Array[]
  /** signature_algorithms in order, GREASE included. */
  readonly signatureAlgorithms: readonly number[]
  /** signature_algorithms_cert in order. */
  readonly signatureAlgorithmsCert: readonly number[]
  /** psk_key_exchange_modes in order. */
  readonly pskModes: readonly number[]
  /** ALPN protocol names in order; bytes outside printable ASCII as \xhh. */
  readonly alpn: readonly string[]
  /** server_name host, lower case as sent otherwise; bytes outside printable ASCII as \xhh. */
  readonly sni: string | null
  /** What the server_name extension holds. */
  readonly sniForm: 'absent' | 'empty' | 'name' | 'address' | 'malformed'
  /** The 32 bytes of ClientHello.random. */
  readonly random: Uint8Array
  /** Length of legacy_session_id, 0 to 32. */
  readonly sessionIdLength: number
  /** First 8 bytes of SHA-256 of legacy_session_id when there is one. */
  readonly sessionIdDigest: Uint8Array | null
  /** pre_shared_key is present. */
  readonly offersPsk: boolean
  /** First 8 bytes of SHA-256 of the first PSK identity. */
  readonly pskIdentityDigest: Uint8Array | null
  /** session_ticket is present and not empty. */
  readonly offersTicket: boolean
  /** early_data is present. */
  readonly offersEarlyData: boolean
  /** status_request (OCSP stapling) is present. */
  readonly statusRequest: boolean
  /** signed_certificate_timestamp is present. */
  readonly signedCertificateTimestamp: boolean
  /** Number of names in certificate_authorities. */
  readonly certificateAuthorities: number
  /** post_handshake_auth is present. */
  readonly postHandshakeAuth: boolean
  /** compress_certificate algorithms in order. */
  readonly compressCertificate: readonly number[]
  /** client_certificate_type values. */
  readonly clientCertificateTypes: readonly number[]
  /** server_certificate_type values. */
  readonly serverCertificateTypes: readonly number[]
  /** encrypted_client_hello: GREASE ECH cannot be told from real ECH on the wire. */
  readonly encryptedClientHello: 'absent' | 'grease-or-real' | 'inner'
  /** The first GREASE cipher suite (RFC 8701). */
  readonly greaseCipher: number | null
  /** GREASE extension types in order. */
  readonly greaseExtensions: readonly number[]
  /** TLS_FALLBACK_SCSV 0x5600 is offered (RFC 7507). */
  readonly fallbackScsv: boolean
  /** JA3 string; null when the hello was cut and cannot be fingerprinted. */
  readonly ja3: string | null
  /** MD5 of the JA3 string, 32 hex digits. */
  readonly ja3Hash: string | null
  /** JA4 TLS client fingerprint. */
  readonly ja4: string | null
  /** JA4 computed without padding, ticket, PSK, early data and cookie extensions: resumption does not change it. */
  readonly stableKey: string | null
  /** Length of the handshake message in bytes. */
  readonly length: number
  /** Milliseconds from the SYN to the first byte of the hello. */
  readonly synToHelloMs: number | null
  /** Milliseconds from the first to the last segment of the hello. */
  readonly helloSpanMs: number
  /** TCP segments that carried the hello. */
  readonly segments: number
  /** Longest silence between two segments of the hello, milliseconds. */
  readonly largestGapMs: number
  /** Shortest silence between two segments of the hello, milliseconds. */
  readonly smallestGapMs: number
  /** SYN-ACK to ACK as seen at the sensor, milliseconds. */
  readonly rttMs: number | null
}

/** Every record by name. */
export interface RecordByName {
  readonly Alert: Alert
  readonly AttackPattern: AttackPattern
  readonly Control: Control
  readonly DeadLetter: DeadLetter
  readonly Decision: Decision
  readonly Habit: Habit
  readonly Outcome: Outcome
  readonly Population: Population
  readonly Reputation: Reputation
  readonly Score: Score
  readonly Served: Served
  readonly Server: Server
  readonly Sighting: Sighting
  readonly Snapshot: Snapshot
  readonly SshAuthAttempt: SshAuthAttempt
  readonly SshConnection: SshConnection
  readonly SshSession: SshSession
  readonly TlsHandshake: TlsHandshake
  readonly TlsHello: TlsHello
}

export type RecordName = keyof RecordByName
