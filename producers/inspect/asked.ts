import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type FlowFacts } from '../../protocols/packet/flow-handler.ts'
import { type Judgement, type Undecided } from '../judgement.ts'
import { type ListenerProtocol } from '../known-listeners.ts'

type DeadLetter = Extract<AnyRecord, { type: 'DeadLetter' }>['record']

/** A question to the judge as one message: plain data that owns its bytes, so that it can be cloned. */
export type Asked =
  | {
      readonly kind: 'learn'
      readonly server: Pick<FlowFacts, 'serverAddress' | 'serverPort'>
      readonly protocol: ListenerProtocol
    }
  | { readonly kind: 'undecided'; readonly connection: Undecided }
  | { readonly kind: 'letter'; readonly letter: DeadLetter }

/** Learning the same again within so many lessons tells the judge nothing. */
const LESSONS = 512

/** A judge that passes every question on. */
export function askingJudge(ask: (asked: Asked) => void): Judgement {
  let lessons = new Map<string, ListenerProtocol>()
  return {
    learn({ serverAddress, serverPort }, protocol) {
      const key = `${serverPort} ${String.fromCharCode(...serverAddress)}`
      if (lessons.get(key) === protocol) return
      if (lessons.size >= LESSONS) lessons = new Map()
      lessons.set(key, protocol)
      ask({ kind: 'learn', server: { serverAddress: own(serverAddress), serverPort }, protocol })
    },
    undecided({ facts, proxy, pending, how, at }) {
      const chunks = pending.map((chunk) => ({ ...chunk, bytes: own(chunk.bytes) }))
      const source = proxy?.source
      const said =
        source === undefined ? proxy : { source: { ...source, address: own(source.address) } }
      ask({
        kind: 'undecided',
        connection: { facts: copyOf(facts), proxy: said, pending: chunks, how, at },
      })
    },
    letter(letter) {
      const { eventId, clientAddress, firstBytes } = letter
      ask({
        kind: 'letter',
        letter: {
          ...letter,
          eventId: own(eventId),
          clientAddress: clientAddress === null ? null : own(clientAddress),
          firstBytes: own(firstBytes),
        },
      })
    },
  }
}

/** Puts a question to the judge it was meant for. */
export function putTo(judgement: Judgement, asked: Asked): void {
  switch (asked.kind) {
    case 'learn':
      judgement.learn(asked.server, asked.protocol)
      break
    case 'undecided':
      judgement.undecided(asked.connection)
      break
    case 'letter':
      judgement.letter(asked.letter)
      break
  }
}

/** A Buffer may be a small view of a large pool, all of which would be cloned with it. */
function own(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

/** A live view's values now. */
function copyOf(facts: FlowFacts): FlowFacts {
  return {
    clientAddress: own(facts.clientAddress),
    clientPort: facts.clientPort,
    serverAddress: own(facts.serverAddress),
    serverPort: facts.serverPort,
    vlanId: facts.vlanId,
    tunnel: facts.tunnel,
    roleKnown: facts.roleKnown,
    startedAt: facts.startedAt,
    synAt: facts.synAt,
    rttMs: facts.rttMs,
    directions: facts.directions,
    lostBytes: facts.lostBytes,
    proven: facts.proven,
    bytesFromClient: facts.bytesFromClient,
    bytesFromServer: facts.bytesFromServer,
  }
}
