import { describe, expect, test } from '@jest/globals'
import { PatternBook } from '../../../processors/site-fold/pattern-book.ts'
import { ByteReader } from '../../../processors/state/byte-reader.ts'
import { ByteWriter } from '../../../processors/state/byte-writer.ts'

const DAY = 86_400_000
const NOON = 20_000 * DAY + DAY / 2
const TRAITS = 'program=be31&signs=s_fail_inv+s_noauth&pace=burst&name=0000beef'

function told(
  book: PatternBook,
  client: string,
  { traits = TRAITS, at = NOON, reported = false } = {},
) {
  return book.add('ssh', client, traits, at, reported)
}

describe('what hostile clients have in common', () => {
  test('is a pattern from the third client of a third network on', () => {
    const book = new PatternBook()
    expect(told(book, '192.0.2.1')).toEqual([])
    expect(told(book, '198.51.100.1')).toEqual([])
    const news = told(book, '203.0.113.1', { at: NOON + 5 })
    expect(news.map(({ pairing, nats }) => [pairing, nats])).toEqual([
      ['program=be31&name=0000beef', 1.5],
      ['program=be31&signs=s_fail_inv+s_noauth', 1],
      ['signs=s_fail_inv+s_noauth&pace=burst', 0],
    ])
    expect(news[0]).toMatchObject({
      ...{ clients: 3, networks: 3, origin: 'repeated', over: false },
      ...{ firstMs: NOON, lastMs: NOON + 5 },
    })
  })

  test('is none while all of them are of one network, or one client again and again', () => {
    const book = new PatternBook()
    for (let host = 1; host < 200; host += 1) expect(told(book, `192.0.2.${host}`)).toEqual([])
    for (let i = 0; i < 10; i += 1) expect(told(book, '192.0.2.1')).toEqual([])
  })

  test('is a pattern at once when an operator reported an incident', () => {
    const news = told(new PatternBook(), '192.0.2.1', { reported: true })
    expect(news).toHaveLength(3)
    expect(news[0]).toMatchObject({ clients: 1, origin: 'incident' })
  })

  test('is told again when it grew by a quarter, not with every client', () => {
    const book = new PatternBook()
    const counts: number[] = []
    for (let i = 0; i < 40; i += 1) {
      for (const { clients, nats } of told(book, `10.0.${i}.1`))
        if (nats === 1.5) counts.push(clients)
    }
    expect(counts).toEqual([3, 4, 5, 7, 9, 12, 15, 19, 24, 30, 38])
  })

  test('ends when reports are taken back', () => {
    const book = new PatternBook()
    told(book, '192.0.2.1', { reported: true })
    expect(book.size).toBe(3)
    expect(book.retract('192.0.2.1').every(({ over }) => over)).toBe(true)
    expect(book.size).toBe(0)
    expect(book.retract('192.0.2.1')).toEqual([])
  })

  test('ends fourteen days after its clients', () => {
    const book = new PatternBook()
    for (const net of [1, 2, 3]) told(book, `10.0.${net}.1`)
    const other = 'program=aaaa&signs=s_fail&pace=slow&name='
    const news = told(book, '192.0.2.1', { traits: other, at: NOON + 15 * DAY })
    expect(news.filter(({ over }) => over)).toHaveLength(3)
    expect(book.size).toBe(0)
  })

  test('keeps bounds whatever is shown to it', () => {
    const book = new PatternBook()
    for (let i = 0; i < 6_000; i += 1) {
      told(book, `10.${i >> 8}.${i & 255}.1`, {
        traits: `program=${i}&signs=s&pace=slow&name=${i}`,
      })
    }
    const to = new ByteWriter()
    book.save(to)
    expect(new ByteReader(to.finish()).u32()).toBeLessThanOrEqual(4_096)
  })

  test('survives a snapshot', () => {
    const [book, restored] = [new PatternBook(), new PatternBook()]
    told(book, '192.0.2.1')
    told(book, '198.51.100.1', { reported: true })
    const to = new ByteWriter()
    book.save(to)
    restored.load(new ByteReader(to.finish()))
    expect(told(restored, '203.0.113.1')).toEqual(told(book, '203.0.113.1'))
  })
})
