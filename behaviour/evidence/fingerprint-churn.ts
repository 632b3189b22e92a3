const PER_NEW = 0.7
const FREE = 3
/** Below this share of new fingerprints per connection it is many users, not one scanner. */
const SHARE_OF_CROWD = 0.3

/**
 * A fingerprint (stableKey or HASSH) the client has not shown within the hour: +0.7 nats for each
 * beyond the third, weighed by the churn ratio (distinct - 1) / (connections - 1), range 0 to 0.7
 * (behaviour-models 4.3 t_fp_churn and 4.5). Recordings: nmap 0.98, sslscan 0.97, ordinary programs 0;
 * an office behind one address has many connections per program.
 */
export function fingerprintChurn(distinctInHour: number, connectionsInHour: number): number {
  if (distinctInHour <= FREE) return 0
  const ratio = Math.min(1, (distinctInHour - 1) / Math.max(1, connectionsInHour - 1))
  return ratio < SHARE_OF_CROWD ? 0 : PER_NEW * ratio
}
