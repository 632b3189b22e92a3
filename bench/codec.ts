import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { exampleRecord } from '../test/support/example-record.ts'
import { print } from './print.ts'

/** A TlsHello as a browser's would be: real list lengths, all fields filled. */
function browserHello() {
  const u16 = (n: number): number[] => Array.from({ length: n }, (_, i) => 0x1301 + i)
  return exampleRecord('TlsHello', {
    cipherSuites: u16(16),
    extensions: u16(18),
    supportedGroups: u16(5),
    signatureAlgorithms: u16(9),
    supportedVersions: u16(3),
    keyShareGroups: u16(3),
    keyShareDigests: [1, 2, 3].map((n) => Buffer.alloc(8, n)),
    ja3: '771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-18-51-45-43-27-17513-21,29-23-24,0',
  })
}

/** Encode and decode rates of a TlsHello, one core, median of five rounds. */
export function run(): Promise<void> {
  const codec = singleObjectCodec()
  const record = browserHello()
  const value = codec.encode('TlsHello', record)
  const work = {
    encode: () => codec.encode('TlsHello', record),
    decode: () => codec.decode(value),
    peek: () => codec.peek(value),
  }
  for (const [way, step] of Object.entries(work)) {
    const rates = Array.from({ length: 5 }, () => {
      const startedAt = process.hrtime.bigint()
      for (let i = 0; i < 100_000; i += 1) step()
      return 100_000 / (Number(process.hrtime.bigint() - startedAt) / 1e9)
    }).sort((a, b) => a - b)
    print('codec', {
      way,
      perSecond: Math.round(rates[2] ?? 0),
      bytes: value.length,
      fields: Object.keys(record).length,
    })
  }
  return Promise.resolve()
}
