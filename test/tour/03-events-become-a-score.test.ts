import { beforeAll, describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../behaviour/population-table.ts'
import { addressText } from '../../lib/client-entity.ts'
import { type ClientEvent } from '../../processors/client-fold/event-facts.ts'
import { ClientFold } from '../../processors/client-fold/client-fold.ts'
import { Lists } from '../../processors/client-fold/lists.ts'
import { CURL, eventsOf, scoreOf, SSLSCAN } from './demonstration.ts'

/**
 * Chapter 3. A fold (processors/client-fold) reads the events of a client in their order and keeps a
 * profile of some hundred bytes. Each feature adds evidence in nats: the logarithm of how much likelier a
 * hostile client is to do this than an ordinary one. Their sum is S, which decays with time; the value is
 * a fixed map of S (behaviour/scoring/score-map.ts). So a score is a sum, and can be taken apart again.
 */
const newFold = () => new ClientFold({ population: new PopulationTable(), lists: new Lists() })
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

describe('sslscan against curl, as the demonstration recorded them', () => {
  let events: ClientEvent[]
  beforeAll(async () => {
    events = await eventsOf(CURL, SSLSCAN)
  })

  test('eight requests of curl are worth nothing', () => {
    const fold = newFold()
    const curl = scoreOf(
      events.flatMap((event) => fold.step(event)),
      CURL,
    )
    expect(curl).toMatchObject({ value: 0, evidence: 0, band: 'low', contributions: [] })
  })

  test('sslscan is suspected at its third event, before it finished a handshake', () => {
    const fold = newFold()
    const course = events
      .filter(({ record }) => addressText(record.clientAddress) === SSLSCAN)
      .map((event) => scoreOf(fold.step(event), SSLSCAN)?.band)
    // Undefined where the score moved too little to be told again.
    expect(course.slice(0, 3)).toEqual(['medium', undefined, 'high'])
  })

  test('its contributions sum to S, and their points to the value', () => {
    const fold = newFold()
    const score = scoreOf(
      events.flatMap((event) => fold.step(event)),
      SSLSCAN,
    )
    const contributions = score?.contributions ?? []
    expect(contributions.slice(0, 3).map(({ feature }) => feature)).toEqual([
      't_rand_dup',
      't_fp_churn',
      't_fail',
    ])
    expect(sum(contributions.map(({ nats }) => nats))).toBeCloseTo(score?.evidence ?? 0, 3)
    expect(sum(contributions.map(({ points }) => points))).toBeCloseTo(score?.value ?? 0, 3)
    expect(contributions[0]?.text).toBe('sends the same client random on different connections')
    // `assumed`: the map is stated, not calibrated on this installation's own traffic.
    expect(score).toMatchObject({ value: 1, band: 'critical', ground: 'assumed' })
  })

  test('the same events give the same scores: a fold reads no clock and draws nothing', () => {
    const [one, other] = [newFold(), newFold()]
    const outputs = events.flatMap((event) => one.step(event))
    expect(events.flatMap((event) => other.step(event))).toEqual(outputs)
  })
})
