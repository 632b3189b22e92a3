import { describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { parseAddress } from '../../../lib/client-entity.ts'
import { pseudonymAddresses } from '../../../lib/pseudonym.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { clientProcessor } from '../../../processors/client-fold/client-processor.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { type Control } from '../../../schemas/generated/records.ts'
import { sshAttempt, T0 } from '../records.ts'

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

const POLICY = 'trustedProxies: [192.0.2.0/28]\nownMachinery: [192.0.2.77]\ndecoyUsers: [oracle]\n'

test('own machinery is no client: nothing it does moves a score, until the policy says otherwise', () => {
  const lists = new Lists()
  const fold = new ClientFold({ population: new PopulationTable(), lists })
  lists.apply(entry('policy', '2-a', POLICY))
  lists.apply(entry('policy', '1-b', ''))
  const failsAt = (client: string): number =>
    fold.step({ type: 'SshAuthAttempt', record: sshAttempt(client, T0, { result: 'failed' }) })
      .length
  expect(['192.0.2.1', '192.0.2.15', '192.0.2.77'].map(failsAt)).toEqual([0, 0, 0])
  expect(fold.unmoved.get('own-machinery')).toBe(3)
  expect(failsAt('192.0.2.16')).toBeGreaterThan(0)
  lists.apply(entry('policy', '3-c', ''))
  expect(failsAt('192.0.2.1')).toBeGreaterThan(0)
  expect([...lists.entries()].map(({ id }) => id)).toEqual(['3-c'])
})

test('own machinery is known by its pseudonym where clients are', () => {
  const addresses = pseudonymAddresses(new Uint8Array(32).fill(7))
  const lists = new Lists(addresses)
  lists.apply(entry('policy', '1-a', POLICY))
  const proxy = parseAddress('192.0.2.9') ?? new Uint8Array(16)
  const other = parseAddress('192.0.2.99') ?? new Uint8Array(16)
  expect(lists.isMachinery(addresses.of(proxy))).toBe(true)
  expect(lists.isMachinery(addresses.of(other))).toBe(false)
})

test('decoy users are those of the policy, too', () => {
  const lists = new Lists()
  lists.apply(entry('policy', '1-a', POLICY))
  expect([lists.isDecoy('oracle'), lists.isDecoy('anna')]).toEqual([true, false])
})

describe('lists that are full', () => {
  const until = (ms: number): string => JSON.stringify({ untilMs: ms })
  const full = (): Lists => {
    const lists = new Lists(undefined, 2)
    lists.apply(entry('deny', '192.0.2.1/32', until(END + 5)))
    lists.apply(entry('deny', '192.0.2.2/32', until(END + 1e9)))
    return lists
  }
  const denied = (lists: Lists, address: string): boolean =>
    lists.denies(parseAddress(address) ?? new Uint8Array(16), END)

  test('take no more, count it, and change and withdraw what they have', () => {
    const lists = full()
    expect(lists.apply(entry('deny', '192.0.2.3/32', '{}'))).toBe(false)
    expect([lists.leftOut, denied(lists, '192.0.2.3')]).toEqual([1, false])
    expect(lists.apply(entry('deny', '192.0.2.2/32', '{}'))).toBe(true)
    expect(lists.apply({ ...entry('deny', '192.0.2.1/32', '{}'), deleted: true })).toBe(true)
    expect(lists.apply(entry('deny', '192.0.2.3/32', '{}'))).toBe(true)
    expect([denied(lists, '192.0.2.1'), denied(lists, '192.0.2.3')]).toEqual([false, true])
  })

  test('make room from entries past their end', () => {
    const lists = full()
    const later = { ...entry('deny', '192.0.2.3/32', '{}'), observedAt: (END + 5) * 1000 }
    expect(lists.apply(later)).toBe(true)
    expect([denied(lists, '192.0.2.1'), denied(lists, '192.0.2.3')]).toEqual([false, true])
    expect(lists.size).toBe(2)
  })

  test('have room for the policy all the same', () => {
    const lists = full()
    lists.apply(entry('policy', '1-a', POLICY))
    expect(lists.isDecoy('oracle')).toBe(true)
  })

  test('are not filled by what clients do', () => {
    const lists = new Lists(undefined, 1)
    lists.apply(entry('tries', '198.51.100.1', '{}'))
    lists.apply(entry('pass', '198.51.100.2', '{}'))
    expect(lists.apply(entry('deny', '192.0.2.3/32', '{}'))).toBe(true)
    expect(lists.size).toBe(1)
  })
})

test('a list entry without room is an alert: the first, the tenth, the hundredth', () => {
  const processor = clientProcessor(singleObjectCodec(), { clients: 10, pairs: 10 }, undefined, 1)
  const messages: string[] = []
  for (let n = 1; n <= 12; n += 1) {
    const record = entry('deny', `192.0.2.${n}/32`, '{}')
    for (const output of processor.inform({ type: 'Control', record })) {
      if (output.kind !== 'record' || output.type !== 'Alert') continue
      expect(output.record).toMatchObject({ kind: 'state-pressure', entity: 'lists' })
      messages.push(output.record.message)
    }
  }
  expect(messages).toEqual([
    'no room for deny 192.0.2.2/32: the folds keep 1 list entries, 1 were left out so far; scores go on without them',
    'no room for deny 192.0.2.11/32: the folds keep 1 list entries, 10 were left out so far; scores go on without them',
  ])
  expect(processor.figures().get('list_entries')).toBe(1)
  expect(processor.figures().get('list_entries_left_out')).toBe(11)
})
