/**
 * P(a second program within the minute | hostile), P(... | benign), assumed: of eight recorded tools
 * two do so (ssh-audit shows 3 HASSH, nmap's ssh2-enum-algos 2), one of ten would be seen at random;
 * two users behind one address begin within one minute of each other in about one of fifty.
 */
const SECOND = Math.log(0.1 / 0.02)
/** As for TLS (behaviour-models 4.5). */
const FURTHER = 0.7
/** Colleagues behind an address that somebody logged in from. */
const FREE_WHERE_TRUSTED = 3

/**
 * A HASSH an address has not shown within the hour, with `distinctInMinute` of them (this one
 * included) shown within the last minute: +1.61 nats for the second, +0.7 for each further one
 * (behaviour-models 4.4, s_hassh_churn). SSH has few programs, and each of them one HASSH that
 * no resumption or padding changes, so that the free allowance of TLS would hide every scanner.
 * Where a login succeeded lately, three are free.
 */
export function hasshChurn(distinctInMinute: number, trusted: boolean): number {
  if (distinctInMinute < 2) return 0
  if (trusted) return distinctInMinute > FREE_WHERE_TRUSTED ? FURTHER : 0
  return distinctInMinute === 2 ? SECOND : FURTHER
}
