import { describe, expect, test } from '@jest/globals'
import { memoryEventLog } from '../../../io/event-log/memory.ts'
import { SchemaRegistryError } from '../../../io/schema-registry/client.ts'
import { learningLog } from '../../../io/schema-registry/learning-log.ts'
import { SILENT } from '../../../lib/logger.ts'

const framed = (id: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, id, 1)
const single = Uint8Array.of(0xc3, 1, 0, 0, 0, 9, 9, 9, 9, 9, 9)

/** What happened, in order. */
async function play(
  values: readonly (Uint8Array | null)[],
  faults: number,
): Promise<readonly string[]> {
  const said: string[] = []
  const known = new Set([7])
  let left = faults
  const inner = memoryEventLog()
  const records = values.map((value, n) => ({ key: 'k', value, timestampMs: n }))
  await inner.append('alerts', records)
  const stop = new AbortController()
  const log = learningLog(inner, {
    logger: SILENT,
    sleep(ms) {
      said.push(`waits ${ms}`)
      if (said.length > 20) stop.abort()
      return Promise.resolve()
    },
    schemas: {
      isSettled: (id) => known.has(id),
      learn(id) {
        said.push(`asks ${id}`)
        left -= 1
        if (left >= 0) return Promise.reject(new SchemaRegistryError(0, 'away'))
        known.add(id)
        return Promise.resolve()
      },
    },
  })
  const options = { group: 'g', topics: ['alerts'] as const, signal: stop.signal }
  for await (const batch of log.consume(options)) {
    said.push(`gives ${batch.records.length}`)
    await batch.commit()
    stop.abort()
  }
  await log.close()
  return said
}

describe('a log that learns schemas', () => {
  test('asks for an unknown id once, before it gives the batch', async () => {
    expect(await play([framed(7), framed(8), framed(8), framed(9)], 0)).toEqual([
      'asks 8',
      'asks 9',
      'gives 4',
    ])
  })

  test('asks for nothing in deletions, other encodings and what is too short', async () => {
    expect(await play([null, single, Uint8Array.of(0, 0, 0), new Uint8Array()], 0)).toEqual([
      'gives 4',
    ])
  })

  test('keeps the batch while the registry is away', async () => {
    expect(await play([framed(8)], 2)).toEqual([
      ...['asks 8', 'waits 100', 'asks 8', 'waits 250', 'asks 8'],
      'gives 1',
    ])
  })

  test('ends without giving it when told to stop meanwhile', async () => {
    const said = await play([framed(8)], Infinity)
    expect(said).not.toContain('gives 1')
    expect(said.at(-1)).toBe('waits 5000')
  })
})
