import { expect } from '@jest/globals'
import fc from 'fast-check'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY_POPULATION } from '../../behaviour/population-view.ts'
import { parseEventLine } from '../../lib/codec/event-line.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { encoded } from '../../lib/encoded.ts'
import { privacyOf } from '../../lib/pseudonym.ts'
import { createAuthLog } from '../../producers/auth-log/auth-log.ts'
import { UTC } from '../../producers/auth-log/time-zone.ts'
import { createObserver } from '../../producers/observe.ts'
import { createCaptureParser } from '../../protocols/packet/capture-parser.ts'
import { type Frame } from '../../protocols/packet/frame.ts'
import { HelloReader } from '../../routing-api/decisions/hello-in-hand.ts'
import { tlsHello, T0 } from '../processors/records.ts'
import { BROWSER, helloMessage } from '../support/tls-bytes.ts'
import { drawnSeed, setting, soak } from './soak.ts'

const ROOT = join(import.meta.dirname, '../..')
const codec = singleObjectCodec()
const captures = globSync('test/fixtures/{tls,ssh}/*.pcap', { cwd: ROOT })
  .sort()
  .map((file) => readFileSync(join(ROOT, file)))
const logLines = readFileSync(join(ROOT, 'corpus/demo/demo.auth.log'), 'utf8').trim().split('\n')
const address = tlsHello('192.0.2.1', T0).clientAddress

/** Real input with a few places overwritten, and perhaps an end that comes too early. */
function broken(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const place = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) })
  const cut = fc.option(fc.nat(), { nil: undefined })
  return fc.tuple(whole, fc.array(place, { maxLength: 12 }), cut).map(([bytes, places, end]) => {
    const copy = Uint8Array.from(bytes)
    for (const { at, byte } of places) copy[at % copy.length] = byte
    return end === undefined ? copy : copy.subarray(0, end % (copy.length + 1))
  })
}

/** Capture file to records: faults are values, every record can go on the log. */
function readCapture(bytes: Uint8Array): void {
  const parser = createCaptureParser()
  const observer = createObserver({ sensor: 'fuzz', site: 'fuzz', source: 'import' })
  const frames: readonly Frame[] = parser.push(bytes)
  for (const frame of frames) observer.packet(frame)
  observer.end(frames.at(-1)?.capturedAt ?? 0)
  parser.end()
  const records = observer.take()
  expect(records.length).toBeLessThan(10 * frames.length + 10)
  for (const any of records)
    expect(codec.decode(encoded(any, codec).value ?? bytes).kind).toBe('record')
}

function presentHello(bytes: Uint8Array): void {
  const connection = {
    clientAddress: address,
    clientPort: 4000,
    listener: 'l',
    gate: 'g',
    site: 's',
  }
  const at = { ...connection, addressForm: 'clear' as const, nowMs: T0 / 1000 }
  const hello = new HelloReader().read(bytes, at, EMPTY_POPULATION)
  if (hello.kind === 'hello') encoded({ type: 'TlsHello', record: hello.record() }, codec)
}

function followLog(bytes: Uint8Array): void {
  const about = { sensor: 'fuzz', site: 'fuzz', listener: 'ssh' }
  const log = createAuthLog({ ...about, privacy: privacyOf('fuzz', undefined), zone: UTC })
  const records = [...log.line(Buffer.from(bytes).toString('utf8'), 0, T0), ...log.flush(T0)]
  for (const record of records) encoded({ type: 'SshAuthAttempt', record }, codec)
}

const wholeHello = helloMessage(BROWSER)
const wholeValue = codec.encode('TlsHello', tlsHello('192.0.2.1', T0))
const wholeLine = Buffer.from(
  JSON.stringify({ type: 'Score', record: { entity: 'ip:x', value: 1 } }),
)

const TARGETS: readonly (readonly [string, fc.Arbitrary<Uint8Array>, (b: Uint8Array) => void])[] = [
  ['captures', fc.constantFrom(...captures), readCapture],
  ['hellos at the API', fc.constant(wholeHello), presentHello],
  ['log lines', fc.constantFrom(...logLines.map((line) => Buffer.from(line))), followLog],
  ['values of the log', fc.constant(wholeValue), (bytes) => void codec.decode(bytes)],
  ['event lines', fc.constant(wholeLine), (b) => void parseEventLine(Buffer.from(b).toString())],
]
const seconds = setting('VESTIBULE_SOAK_FUZZ_SECONDS', 120)

for (const [name, whole, read] of TARGETS) {
  soak(
    `broken ${name} never throw`,
    () => {
      const seed = drawnSeed(name)
      const limit = { interruptAfterTimeLimit: (seconds * 1000) / TARGETS.length, seed }
      const run = fc.check(fc.property(broken(whole), read), { ...limit, numRuns: 100_000_000 })
      process.stderr.write(`${name}: ${run.numRuns} inputs\n`)
      // An error only when an input failed, not when the time was up.
      if (run.failed && !run.interrupted) throw new Error(fc.defaultReportMessage(run))
      expect(run.numRuns).toBeGreaterThan(0)
    },
    seconds * 1000 + 60_000,
  )
}
