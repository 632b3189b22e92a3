-- Views for people: addresses as text, ids in hex, no row twice (FINAL). Filter client_timeline and the
-- event tables by clientAddress (an IPv6 value: toIPv6('192.0.2.1') works for IPv4 too) where speed
-- matters: it is the sort key.

CREATE OR REPLACE VIEW vestibule.client_timeline AS
WITH replaceRegexpOne(toString(clientAddress), '^::ffff:(\\d+\\.\\d+\\.\\d+\\.\\d+)$', '\\1') AS address
SELECT
  observedAt,
  address AS client,
  kind,
  listener,
  what,
  fingerprint,
  outcome,
  details,
  sensor,
  source,
  clientPort,
  lower(hex(connectionId)) AS connection,
  lower(hex(eventId)) AS event,
  clientAddress
FROM
(
  SELECT observedAt, clientAddress, clientPort, 'TLS hello' AS kind, listener, ifNull(sni, '') AS what,
    ifNull(ja4, '') AS fingerprint, '' AS outcome,
    concat('alpn ', arrayStringConcat(alpn, ','), if(proxied, ', proxied', '')) AS details,
    sensor, source, connectionId, eventId
  FROM vestibule.tls_hello FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'TLS handshake', listener, ifNull(sni, ''), ifNull(ja4, ''), result,
    concat(toString(round(durationMs)), ' ms, ', toString(bytesFromClient), ' bytes in, ', toString(bytesFromServer), ' out'),
    sensor, source, connectionId, eventId
  FROM vestibule.tls_handshake FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'SSH connection', listener, ifNull(clientIdentification, ''), ifNull(hassh, ''), stage,
    ifNull(kex, ''), sensor, source, connectionId, eventId
  FROM vestibule.ssh_connection FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'SSH session', listener, '', ifNull(hassh, ''), result,
    concat(toString(attempts), ' attempts, ', toString(round(durationMs)), ' ms, ended: ', ended),
    sensor, source, connectionId, eventId
  FROM vestibule.ssh_session FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'SSH attempt', listener, ifNull(user, ''), '', result, method,
    sensor, source, connectionId, eventId
  FROM vestibule.ssh_auth_attempt FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'Decision', listener, kind, ifNull(fingerprint, ''), answer,
    concat('score ', toString(round(score, 3)), ' of ', toString(round(threshold, 3)), ', by ', decidedBy, if(shadow, ', shadow', '')),
    sensor, source, connectionId, eventId
  FROM vestibule.decision FINAL
  UNION ALL
  SELECT observedAt, clientAddress, clientPort, 'Outcome', listener, ifNull(server, ''), ifNull(fingerprint, ''), result, ifNull(reason, ''),
    sensor, source, connectionId, eventId
  FROM vestibule.outcome FINAL
)
ORDER BY observedAt DESC;

CREATE OR REPLACE VIEW vestibule.latest_score AS
SELECT
  entity, kind, protocol, value, band, p, ground, evidence, families, contributions, cap, connections,
  attempts, lastSuccessAt, shared, coverage, asOf, halfLifeMs, validUntil, validUntil < now64(6) AS expired,
  modelVersion, observedAt, sensor, site, lower(hex(eventId)) AS event
FROM vestibule.score FINAL
ORDER BY asOf DESC, observedAt DESC
LIMIT 1 BY entity;

CREATE OR REPLACE VIEW vestibule.profile AS
SELECT
  replaceRegexpOne(toString(clientAddress), '^::ffff:(\\d+\\.\\d+\\.\\d+\\.\\d+)$', '\\1') AS client,
  min(observedAt) AS firstSeen,
  max(observedAt) AS lastSeen,
  uniqExactIf(ifNull(connectionId, eventId), kind IN ('tls', 'ssh')) AS connections,
  groupUniqArrayIf(16)(listener, listener != '') AS listeners,
  uniqExactIf(fingerprint, fingerprint != '') AS fingerprintCount,
  topKIf(5)(fingerprint, fingerprint != '') AS fingerprints,
  countIf(kind = 'attempt') AS sshAttempts,
  countIf(kind = 'attempt' AND result = 'accepted') AS sshAccepted,
  uniqExactIf(user, kind = 'attempt' AND user != '') AS sshUsers,
  countIf(kind = 'decision') AS decisions,
  argMaxIf(result, observedAt, kind = 'decision') AS lastAnswer,
  countIf(kind = 'outcome' AND result = 'incident') AS incidents,
  any(tls.value) AS tlsScore,
  any(tls.band) AS tlsBand,
  any(ssh.value) AS sshRisk,
  any(ssh.band) AS sshBand,
  clientAddress
FROM
(
  SELECT observedAt, clientAddress, 'tls' AS kind, listener, ifNull(stableKey, '') AS fingerprint, '' AS user, '' AS result, connectionId, eventId
  FROM vestibule.tls_hello FINAL
  UNION ALL
  SELECT observedAt, clientAddress, 'ssh', listener, ifNull(hassh, ''), '', stage, connectionId, eventId
  FROM vestibule.ssh_connection FINAL
  UNION ALL
  SELECT observedAt, clientAddress, 'attempt', listener, '', ifNull(user, ''), result, connectionId, eventId
  FROM vestibule.ssh_auth_attempt FINAL
  UNION ALL
  SELECT observedAt, clientAddress, 'decision', listener, '', '', answer, connectionId, eventId
  FROM vestibule.decision FINAL
  UNION ALL
  SELECT observedAt, clientAddress, 'outcome', listener, '', '', result, connectionId, eventId
  FROM vestibule.outcome FINAL
) AS seen
LEFT JOIN (SELECT entity, value, band FROM vestibule.latest_score WHERE kind = 'ip' AND protocol = 'tls') AS tls
  ON tls.entity = concat('ip:', if(isIPAddressInRange(toString(clientAddress), '::ffff:0:0/96'), replaceOne(toString(clientAddress), '::ffff:', ''), concat(toString(cutIPv6(IPv6StringToNum(toString(clientAddress)), 8, 0)), '/64')), '#tls')
LEFT JOIN (SELECT entity, value, band FROM vestibule.latest_score WHERE kind = 'ip' AND protocol = 'ssh') AS ssh
  ON ssh.entity = concat('ip:', if(isIPAddressInRange(toString(clientAddress), '::ffff:0:0/96'), replaceOne(toString(clientAddress), '::ffff:', ''), concat(toString(cutIPv6(IPv6StringToNum(toString(clientAddress)), 8, 0)), '/64')), '#ssh')
GROUP BY clientAddress;

CREATE OR REPLACE VIEW vestibule.fingerprint_prevalence AS
SELECT
  key AS fingerprint,
  protocol,
  weight * exp2(-age / (7 * 86400)) AS clientDays,
  fastWeight * exp2(-age / 3600) AS clientHours,
  if(total > 0, weight / total, 0) AS share,
  hostile * exp2(-age / (14 * 86400)) AS hostileClients,
  trusted * exp2(-age / (30 * 86400)) AS trustedClients,
  distinct AS fingerprintsKnown,
  asOf,
  greatest(dateDiff('second', asOf, now64(6)), 0) AS age
FROM vestibule.population FINAL
WHERE kind = 'fp';

CREATE OR REPLACE VIEW vestibule.decision_outcome AS
SELECT
  decided.observedAt AS decidedAt,
  replaceRegexpOne(toString(decided.clientAddress), '^::ffff:(\\d+\\.\\d+\\.\\d+\\.\\d+)$', '\\1') AS client,
  decided.listener AS listener,
  decided.kind AS kind,
  decided.answer AS answer,
  decided.wouldBe AS wouldBe,
  decided.shadow AS shadow,
  decided.score AS score,
  decided.threshold AS threshold,
  decided.band AS band,
  decided.decidedBy AS decidedBy,
  arrayMap(reason -> reason.code, decided.reasons) AS reasonCodes,
  decided.policyVersion AS policyVersion,
  decided.modelVersion AS modelVersion,
  ended.observedAt AS outcomeAt,
  ended.result AS result,
  ended.server AS server,
  ended.durationMs AS durationMs,
  ended.bytesIn AS bytesIn,
  ended.bytesOut AS bytesOut,
  ended.authenticated AS authenticated,
  ended.actor AS actor,
  lower(hex(decided.decisionId)) AS decision,
  decided.clientAddress AS clientAddress
FROM (SELECT * FROM vestibule.decision FINAL) AS decided
LEFT JOIN
(
  SELECT * FROM vestibule.outcome FINAL
  WHERE decisionId IS NOT NULL AND eventId NOT IN (SELECT assumeNotNull(revokes) FROM vestibule.outcome FINAL WHERE revokes IS NOT NULL)
) AS ended ON ended.decisionId = decided.decisionId
SETTINGS join_use_nulls = 1;
