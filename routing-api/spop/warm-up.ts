import { NO_METRICS } from '../../lib/metrics.ts'
import { SILENT } from '../../lib/logger.ts'
import { type SpopMessage } from '../../protocols/spop/notify.ts'
import { text, type TypedData } from '../../protocols/spop/typed-data.ts'
import { HelloReader } from '../decisions/hello-in-hand.ts'
import { type Api } from '../routes/api.ts'
import { recentDecisions } from '../state/recent-decisions.ts'
import { answerNotify } from './answer-notify.ts'

const ROUNDS = 300

/**
 * Answers questions that nobody asked, into nowhere. The first answers of a process take ten times as
 * long as later ones, longer than a load balancer waits: without this a restart begins with default answers.
 */
export function warmUp(api: Api): void {
  const nowhere: Api = {
    ...api,
    hellos: new HelloReader(),
    recent: recentDecisions(1),
    metrics: { ...NO_METRICS, text: () => Promise.resolve(''), contentType: '' },
    logger: SILENT,
    put: (_type, make) => void make(),
    append: () => Promise.resolve(),
    tombstone: () => Promise.resolve(),
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    answerNotify({ streamId: 1, frameId: round, messages: messages(round) }, nowhere)
  }
}

/** TEST-NET-1 (RFC 5737): nobody's address. */
const CLIENT = { kind: 'ipv4', value: Uint8Array.of(192, 0, 2, 1) } as const

function messages(round: number): readonly SpopMessage[] {
  const common: readonly (readonly [string, TypedData])[] = [
    ['client', CLIENT],
    ['port', { kind: 'int64', value: BigInt(1 + round) }],
    ['listener', text('warm-up')],
  ]
  const hello = { kind: 'binary', value: helloRecord(round) } as const
  return [
    { name: 'handshake', args: new Map([...common, ['hello', hello]]) },
    { name: 'data-server', args: new Map([...common, ['version', text('TLSv1.3')]]) },
  ]
}

/** A small TLS 1.3 ClientHello in its record. */
function helloRecord(round: number): Uint8Array {
  const random = Array.from({ length: 32 }, (_, i) => (i * 7 + round) & 0xff)
  const extensions = [
    ...[0, 43, 0, 3, 2, 3, 4],
    ...[0, 10, 0, 4, 0, 2, 0, 29],
    ...[0, 13, 0, 4, 0, 2, 4, 3],
    ...[0, 51, 0, 38, 0, 36, 0, 29, 0, 32, ...random],
  ]
  const suites = [0, 4, 0x13, 0x01, 0x13, 0x02]
  const body = [3, 3, ...random, 0, ...suites, 1, 0, 0, extensions.length, ...extensions]
  const message = [1, 0, 0, body.length, ...body]
  return Uint8Array.from([0x16, 3, 1, 0, message.length, ...message])
}
