import { WORD } from './layout.ts'
import { type ClientEvent } from './event-facts.ts'
import { type Moment } from './moment.ts'
import { observeOutcome } from './observe-outcome.ts'
import { observeSshAttempt, observeSshConnection, observeSshSession } from './observe-ssh.ts'
import { observeTlsHandshake, observeTlsHello } from './observe-tls.ts'
import { endSshEpisode } from './ssh-challenges.ts'
import { endTlsEpisode } from './tls-check.ts'

/** Moves the profiles of a moment by its event. */
export function observe(moment: Moment, event: ClientEvent): void {
  noteCoverage(moment, event)
  endTlsEpisode(moment)
  endSshEpisode(moment)
  switch (event.type) {
    case 'TlsHello':
      observeTlsHello(moment, event.record)
      return
    case 'TlsHandshake':
      observeTlsHandshake(moment, event.record)
      return
    case 'SshConnection':
      observeSshConnection(moment, event.record)
      return
    case 'SshSession':
      observeSshSession(moment, event.record)
      return
    case 'SshAuthAttempt':
      observeSshAttempt(moment, event.record)
      return
    case 'Outcome':
      observeOutcome(moment, event.record)
  }
}

/** Running mean of how much of the client's traffic was captured: both directions without loss is 1. */
function noteCoverage(moment: Moment, { record }: ClientEvent): void {
  if (record.source !== 'tap') return
  const directions = record.coverageDirections === 'both' ? 1 : 0.5
  const covered = record.coverageLostBytes > 0 ? 0.5 * directions : directions
  for (const profile of [moment.client, moment.pair]) {
    if (profile === undefined) continue
    const mean = profile.number(WORD.coverage)
    profile.setNumber(WORD.coverage, mean + 0.1 * (covered - mean))
  }
}
