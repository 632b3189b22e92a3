import { expect, test } from '@jest/globals'
import { parseAddress } from '../../../lib/client-entity.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Control } from '../../../schemas/generated/records.ts'
import { T0 } from '../records.ts'

const END = T0 / 1000

function entry(kind: Control['kind'], id: string, body: string): Control {
  const stamp = { observedAt: T0, ingestedAt: T0, sensor: 'test', site: 'here' }
  const word = { actor: 'me', reason: '', deleted: false }
  return { ...stamp, ...word, eventId: new Uint8Array(16), kind, id, body }
}

test('an entry of a list says nothing after its end', () => {
  const lists = new Lists()
  lists.apply(entry('allow', '192.0.2.0/24', JSON.stringify({ untilMs: END })))
  lists.apply(entry('deny', '198.51.100.7/32', JSON.stringify({ untilMs: END })))
  lists.apply(entry('allow', '203.0.113.0/24', JSON.stringify({ untilMs: null })))
  const allowed = parseAddress('192.0.2.1') ?? new Uint8Array(16)
  const denied = parseAddress('198.51.100.7') ?? new Uint8Array(16)
  const always = parseAddress('203.0.113.9') ?? new Uint8Array(16)
  expect([lists.allows(allowed, END - 1), lists.allows(allowed, END)]).toEqual([true, false])
  expect([lists.denies(denied, END - 1), lists.denies(denied, END)]).toEqual([true, false])
  expect(lists.allows(always, END + 1e12)).toBe(true)
})
