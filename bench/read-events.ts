import { readCaptureFile } from '../io/capture/read-capture-file.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { recordKey } from '../lib/record-key.ts'
import { createObserver } from '../producers/observe.ts'

/** `node bench/read-events.ts FILE`: packets to encoded records, as a producer makes them; prints counts. */
const [path = ''] = process.argv.slice(2)
const observer = createObserver({ sensor: 'bench', site: 'bench', source: 'import' })
const codec = singleObjectCodec()
const counts = { records: 0, bytes: 0, ja3: 0, hassh: 0, hasshServer: 0 }

function encode(): void {
  for (const any of observer.take()) {
    counts.records += 1
    counts.bytes += codec.encode(any.type, any.record, recordKey(any)).length
    if (any.type === 'TlsHello' && any.record.ja3Hash !== null) counts.ja3 += 1
    if (any.type !== 'SshConnection') continue
    if (any.record.hassh !== null) counts.hassh += 1
    if (any.record.hasshServer !== null) counts.hasshServer += 1
  }
}

let lastAt = 0
for await (const item of readCaptureFile(path)) {
  if (item.kind === 'fault') throw new Error(item.fault.message)
  if (item.kind !== 'frames') continue
  for (const frame of item.frames) observer.packet(frame)
  lastAt = item.frames.at(-1)?.capturedAt ?? lastAt
  encode()
}
observer.end(lastAt)
encode()
console.log(JSON.stringify(counts))
