import { z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Control, type Outcome } from '../../schemas/generated/records.ts'

const Body = z.object({
  result: z.enum(['incident', 'false-positive']),
  fingerprint: z.string().max(256).optional(),
})

/**
 * An operator's word on the control topic as an outcome. The entry's id begins with the client's
 * address, up to a `|` or the end; its body is `{"result": "incident" | "false-positive",
 * "fingerprint"?}`. A withdrawn entry revokes what `before`, the entry in force till now, said.
 * Undefined where the entry says nothing of this.
 */
export function feedbackOutcome(
  control: Control,
  before: Control | undefined,
): Outcome | undefined {
  const clientAddress = parseAddress(control.id.split('|', 1)[0] ?? '')
  const word = control.deleted ? before : control
  if (clientAddress === undefined || word === undefined) return undefined
  const body = Body.safeParse(jsonOf(word.body))
  if (!body.success) return undefined
  const { observedAt, ingestedAt, sensor, site, actor, reason } = control
  return {
    eventId: outcomeId(control),
    observedAt,
    ingestedAt,
    sensor,
    site,
    connectionId: null,
    listener: '',
    source: 'gate',
    clientAddress,
    clientPort: 0,
    serverAddress: new Uint8Array(16),
    serverPort: 0,
    addressForm: 'clear',
    country: null,
    asn: null,
    latitude: null,
    longitude: null,
    coverageDirections: 'none',
    coverageLostBytes: 0,
    handshakeProven: true,
    decisionId: null,
    result: body.data.result,
    server: null,
    group: null,
    latencyMs: null,
    objectiveMs: null,
    fingerprint: body.data.fingerprint ?? null,
    durationMs: null,
    bytesIn: null,
    bytesOut: null,
    terminationState: null,
    authenticated: false,
    challenges: [],
    actor,
    reason,
    revokes: control.deleted ? outcomeId(word) : null,
  }
}

function outcomeId(control: Control): Uint8Array {
  return eventId('Outcome', control.eventId, 0)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
