import { createFingerprintMemo } from '../protocols/tls/fingerprint-memo.ts'
import { fingerprint } from '../protocols/tls/fingerprint.ts'
import { helloFields } from '../protocols/tls/hello-fields.ts'
import { parseClientHello } from '../protocols/tls/client-hello.ts'

const DISTINCT = 20_000
const ROUNDS = 5

/**
 * ClientHello bytes → facts, JA3, JA4 and stable key, one core: with distinct hellos and no memo,
 * and with a memo on a mix of 64 clients (Zipf, s = 1) of which 1 in 10 permutes its extensions.
 * Prints JSON lines.
 */
export function run(): Promise<void> {
  const random = mulberry32(7)
  const clients = Array.from({ length: 64 }, () => template(random))
  const distinct = Array.from({ length: DISTINCT }, () => hello(template(random), random, true))
  const weights = clients.map((_, i) => 1 / (i + 1))
  const mix = (): readonly Uint8Array[] =>
    Array.from({ length: DISTINCT }, () => {
      const client = clients[pick(weights, random)] ?? clients[0] ?? template(random)
      return hello(client, random, random() < 0.1)
    })
  const meanBytes = Math.round(distinct.reduce((sum, each) => sum + each.length, 0) / DISTINCT)

  report(
    'client-hello facts only',
    () => distinct,
    () => 1,
  )
  report('client-hello distinct, no memo', () => distinct, fingerprint)
  report(
    'client-hello distinct, no memo, with record fields and digests',
    () => distinct,
    (each) => [fingerprint(each), helloFields(each)],
  )
  const memo = createFingerprintMemo(4096)
  report('client-hello memo, 64 clients Zipf, 10 % permuted', mix, (each) => memo.fingerprint(each))
  print({
    bench: 'client-hello input',
    meanBytes,
    distinct: DISTINCT,
    memoHitRate: Number((memo.hits / (memo.hits + memo.misses)).toFixed(3)),
  })
  return Promise.resolve()
}

function report(
  bench: string,
  make: () => readonly Uint8Array[],
  last: (hello: Parsed) => unknown,
): void {
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const hellos = make()
    const start = process.hrtime.bigint()
    let made = 0
    for (const each of hellos) {
      const parsed = parseClientHello(each)
      if (parsed.kind === 'emit' && last(parsed.value) !== undefined) made += 1
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9
    if (made !== hellos.length) throw new Error(`${hellos.length - made} hellos were not read`)
    if (round > 0) rates.push(made / seconds)
  }
  rates.sort((a, b) => a - b)
  print({
    bench,
    perSecond: Math.round(rates[ROUNDS >> 1] ?? 0),
    best: Math.round(rates.at(-1) ?? 0),
  })
}

type Parsed = Extract<ReturnType<typeof parseClientHello>, { kind: 'emit' }>['value']

interface Template {
  readonly suites: readonly number[]
  readonly extensions: readonly (readonly [number, readonly number[]])[]
}

const POOL = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c,
  0x9d, 0x2f, 0x35, 0x0a, 0xc023, 0xc027, 0xc009, 0xc00a, 0x67, 0x6b,
]

function template(random: () => number): Template {
  const suites = [0x0a0a, ...POOL.filter(() => random() < 0.7)]
  const name = Buffer.from(`host-${Math.floor(random() * 1e6)}.example.test`)
  const list16 = (...values: number[]): number[] => values.flatMap((v) => [v >> 8, v & 255])
  const with16 = (body: readonly number[]): number[] => [...list16(body.length), ...body]
  const share = Array.from({ length: 32 }, () => Math.floor(random() * 256))
  const all: (readonly [number, readonly number[]])[] = [
    [0, with16([0, ...with16([...name])])],
    [23, []],
    [0xff01, [0]],
    [10, with16(list16(0x1a1a, 0x11ec, 29, 23, 24))],
    [11, [1, 0]],
    [35, []],
    [16, with16([2, 0x68, 0x32, 8, ...Buffer.from('http/1.1')])],
    [5, [1, 0, 0, 0, 0]],
    [13, with16(list16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))],
    [18, []],
    [51, with16([...list16(29), ...with16(share)])],
    [45, [1, 1]],
    [43, [6, 0x3a, 0x3a, 3, 4, 3, 3]],
    [27, [2, 0, 2]],
    [21, Array.from({ length: 128 }, () => 0)],
  ]
  return {
    suites,
    extensions: [[0x2a2a, []], ...all.filter(([type]) => type === 43 || random() < 0.9)],
  }
}

function hello(client: Template, random: () => number, permuted: boolean): Uint8Array {
  const extensions = permuted ? client.extensions.toSorted(() => random() - 0.5) : client.extensions
  const block = extensions.flatMap(([type, body]) => [
    type >> 8,
    type & 255,
    body.length >> 8,
    body.length & 255,
    ...body,
  ])
  const body = [
    3,
    3,
    ...Array.from({ length: 32 }, () => Math.floor(random() * 256)),
    32,
    ...Array.from({ length: 32 }, () => Math.floor(random() * 256)),
    (client.suites.length * 2) >> 8,
    (client.suites.length * 2) & 255,
    ...client.suites.flatMap((v) => [v >> 8, v & 255]),
    1,
    0,
    block.length >> 8,
    block.length & 255,
    ...block,
  ]
  return Uint8Array.from([
    1,
    body.length >> 16,
    (body.length >> 8) & 255,
    body.length & 255,
    ...body,
  ])
}

function pick(weights: readonly number[], random: () => number): number {
  let left = random() * weights.reduce((sum, each) => sum + each, 0)
  return weights.findIndex((each) => (left -= each) < 0)
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
