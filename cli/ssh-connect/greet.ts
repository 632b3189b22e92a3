import { randomBytes } from 'node:crypto'
import { findConsent } from '../../gates/ssh/client/device-consent.ts'
import { type Enrolment, findEnrolment } from '../../gates/ssh/client/enrolment-file.ts'
import { helloOf } from '../../gates/ssh/client/hello.ts'
import { gateName } from '../../gates/ssh/client/known-gates.ts'
import { chooseAsker } from '../../gates/ssh/client/choose-asker.ts'
import { readState, stateFiles } from '../../io/ssh-client/state-files.ts'
import { hasTerminal } from '../../io/ssh-client/has-terminal.ts'
import { type SshConnectOptions } from './options.ts'

/** Whatever a HELLO and the answers after it need to know of this user. */
export function enrolmentOf(options: SshConnectOptions): Enrolment | undefined {
  const name = gateName(options.host, options.port)
  return findEnrolment(readState(stateFiles(options.state).enrolments), name)
}

/** The body of the HELLO for this connection. */
export function greeting(
  bind: Uint8Array,
  sealKey: Uint8Array,
  options: SshConnectOptions,
): Buffer {
  const hello = helloOf({
    client: 'vestibule/0.1.0',
    bind,
    sealKey,
    interactive: isInteractive(options),
    consent: consentOf(options),
    username: options.user,
    enrolment: enrolmentOf(options),
    now: Date.now(),
    ephemeralSeed: randomBytes(32),
  })
  return Buffer.from(JSON.stringify(hello))
}

function isInteractive(options: SshConnectOptions): boolean {
  return !options.batch && chooseAsker(process.env, hasTerminal()).kind !== 'nobody'
}

function consentOf(options: SshConnectOptions): 'given' | 'refused' | 'unasked' {
  if (options.consent !== 'ask') return options.consent
  const name = gateName(options.host, options.port)
  return findConsent(readState(stateFiles(options.state).consents), name)?.answer ?? 'unasked'
}
