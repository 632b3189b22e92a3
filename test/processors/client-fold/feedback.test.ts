import { describe, expect, test } from '@jest/globals'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { eventId } from '../../../lib/event-id.ts'
import { partitionOf } from '../../../lib/murmur2.ts'
import { clientProcessor } from '../../../processors/client-fold/client-processor.ts'
import { type FoldOutput } from '../../../processors/client-fold/fold-output.ts'
import { type Processor } from '../../../processors/processor.ts'
import { type Control, type Outcome, type Score } from '../../../schemas/generated/records.ts'
import { bytesOf, loadAll } from '../saved.ts'
import { outcome, SECOND, sshAttempt, sshConnection, T0 } from '../records.ts'

const CLIENT = '192.0.2.1'
const HASSH = '00000000000000000000000000000001'
const IP = `ip:${CLIENT}#ssh`
const PAIR = `ip-fp:${CLIENT}|${HASSH}#ssh`
const UNIT = partitionOf(CLIENT, 4)
const codec = singleObjectCodec()

function newProcessor(): Processor {
  return clientProcessor(codec, { clients: 100, pairs: 100 })
}

function evidence(outputs: readonly FoldOutput[]): Map<string, number> {
  const scores = outputs.flatMap((output): Score[] =>
    output.kind === 'record' && output.type === 'Score' ? [output.record] : [],
  )
  return new Map(scores.map(({ entity, evidence: nats }) => [entity, Number(nats.toFixed(2))]))
}

/** A guesser of one invalid name, with its greeting. */
function guesses(): readonly AnyRecord[] {
  const record = sshConnection(CLIENT, T0, { clientPort: 4000, hassh: HASSH })
  const attempt = { clientPort: 4000, userExists: false }
  return [
    { type: 'SshConnection', record },
    { type: 'SshAuthAttempt', record: sshAttempt(CLIENT, T0 + SECOND, attempt) },
  ]
}

function suspected(): Processor {
  const processor = newProcessor()
  for (const any of guesses()) processor.step(UNIT, any)
  return processor
}

function told(fields: Partial<Outcome>, at = T0 + 2 * SECOND): Outcome {
  return outcome(CLIENT, at, { fingerprint: HASSH, ...fields })
}

function feedback(fields: Partial<Control>, at = T0 + 2 * SECOND): AnyRecord {
  const record: Control = {
    eventId: eventId('Control', `${fields.body ?? ''}${at}`, 0),
    observedAt: at,
    ingestedAt: at,
    sensor: 'api',
    site: 'here',
    kind: 'feedback',
    id: CLIENT,
    deleted: false,
    body: JSON.stringify({ result: 'false-positive', fingerprint: HASSH }),
    actor: 'ops',
    reason: 'our own scanner',
    ...fields,
  }
  return { type: 'Control', record }
}

describe('an outcome', () => {
  test('of an incident counts 6.9 nats, and its revocation takes them back once', () => {
    const processor = suspected()
    const incident = told({ result: 'incident' })
    const after = processor.step(UNIT, { type: 'Outcome', record: incident })
    expect(evidence(after)).toEqual(
      new Map([
        [IP, 11.6],
        [PAIR, 11.6],
      ]),
    )
    const revocation = { result: 'incident', revokes: incident.eventId, fingerprint: null } as const
    const revoked = told(revocation, T0 + 3 * SECOND)
    const back = processor.step(UNIT, { type: 'Outcome', record: revoked })
    expect(evidence(back)).toEqual(
      new Map([
        [IP, 4.7],
        [PAIR, 4.7],
      ]),
    )
    const again = told(revocation, T0 + 4 * SECOND)
    expect(processor.step(UNIT, { type: 'Outcome', record: again })).toEqual([])
  })

  test('revoked after 72 hours takes back the half that is left of it', () => {
    const processor = suspected()
    const incident = told({ result: 'incident' })
    processor.step(UNIT, { type: 'Outcome', record: incident })
    const at = incident.observedAt + 72 * 3600 * SECOND
    const revoked = told({ result: 'incident', revokes: incident.eventId }, at)
    const back = processor.step(UNIT, { type: 'Outcome', record: revoked })
    expect(evidence(back).get(IP)).toBeCloseTo(4.7 / 2, 2)
  })

  test('a false positive that was none brings the evidence back', () => {
    const processor = suspected()
    const mistaken = told({ result: 'false-positive' })
    expect(evidence(processor.step(UNIT, { type: 'Outcome', record: mistaken })).get(IP)).toBe(0)
    const revoked = told({ result: 'false-positive', revokes: mistaken.eventId }, T0 + 3 * SECOND)
    const back = processor.step(UNIT, { type: 'Outcome', record: revoked })
    expect(evidence(back)).toEqual(
      new Map([
        [IP, 4.7],
        [PAIR, 4.7],
      ]),
    )
  })

  test('a revoked login is no success any more', () => {
    const processor = suspected()
    const login = told({ result: 'completed', authenticated: true })
    expect(evidence(processor.step(UNIT, { type: 'Outcome', record: login })).get(IP)).toBe(1.81)
    const revoked = told({ result: 'completed', revokes: login.eventId }, T0 + 3 * SECOND)
    const [back] = processor.step(UNIT, { type: 'Outcome', record: revoked })
    expect(back).toMatchObject({ type: 'Score', record: { lastSuccessAt: null } })
  })

  test('can be revoked after a restart', () => {
    const processor = suspected()
    const incident = told({ result: 'incident' })
    processor.step(UNIT, { type: 'Outcome', record: incident })
    const twin = newProcessor()
    loadAll(twin.load(UNIT), bytesOf(processor.save(UNIT)))
    const revoked = told({ result: 'incident', revokes: incident.eventId }, T0 + 3 * SECOND)
    const back = twin.step(UNIT, { type: 'Outcome', record: revoked })
    expect(evidence(back).get(IP)).toBe(4.7)
  })
})

describe('feedback on the control topic', () => {
  test('of a false positive resets the client and its fingerprint', () => {
    const outputs = suspected().inform(feedback({}))
    expect(evidence(outputs)).toEqual(
      new Map([
        [IP, 0],
        [PAIR, 0],
      ]),
    )
  })

  test('of an incident counts, and its withdrawal takes it back', () => {
    const processor = suspected()
    const body = JSON.stringify({ result: 'incident' })
    expect(evidence(processor.inform(feedback({ body }))).get(IP)).toBe(11.6)
    const withdrawn = feedback({ deleted: true, body: '' }, T0 + 3 * SECOND)
    expect(evidence(processor.inform(withdrawn)).get(IP)).toBe(4.7)
  })

  test('that is no feedback changes nothing', () => {
    const processor = suspected()
    for (const fields of [{ body: 'null' }, { body: '{' }, { id: 'nobody' }, { deleted: true }]) {
      expect(processor.inform(feedback(fields))).toEqual([])
    }
  })
})
