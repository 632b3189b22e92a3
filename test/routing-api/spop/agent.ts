import { connect, type Socket } from 'node:net'
import { listenSpop, type SpopServer } from '../../../io/spop/server.ts'
import { Cursor } from '../../../lib/cursor.ts'
import { SILENT } from '../../../lib/logger.ts'
import { FRAME, parseFrame } from '../../../protocols/spop/frame.ts'
import { FrameSplitter } from '../../../protocols/spop/frame-splitter.ts'
import { readName } from '../../../protocols/spop/key-values.ts'
import { readTypedData, type TypedData } from '../../../protocols/spop/typed-data.ts'
import { answerNotify } from '../../../routing-api/spop/answer-notify.ts'
import { warmUp } from '../../../routing-api/spop/warm-up.ts'
import { type Api } from '../../../routing-api/routes/api.ts'
import { eventually } from '../../support/eventually.ts'
import { haproxyHello } from '../../protocols/spop/haproxy-side.ts'

/** The agent over an API in memory, on a free port. */
export function startAgent(api: Api, maxConnections = 100): Promise<SpopServer> {
  warmUp(api)
  return listenSpop('127.0.0.1', 0, {
    answer: (notify) => answerNotify(notify, api),
    metrics: api.metrics,
    logger: SILENT,
    maxConnections,
  })
}

/** HAProxy's side of one connection: what was answered, by `stream/frame`. */
export interface Balancer {
  readonly socket: Socket
  readonly acks: Map<string, ReadonlyMap<string, TypedData>>
  readonly types: number[]
  ask(bytes: Uint8Array, id: string): Promise<ReadonlyMap<string, TypedData>>
}

export async function connectBalancer(port: number): Promise<Balancer> {
  const socket = connect(port, '127.0.0.1')
  const splitter = new FrameSplitter(1 << 20)
  const acks = new Map<string, ReadonlyMap<string, TypedData>>()
  const types: number[] = []
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    for (const bytes of splitter.push(chunk).frames) {
      const frame = parseFrame(bytes)
      if (frame.kind !== 'emit') throw new Error(frame.code)
      types.push(frame.value.type)
      if (frame.value.type !== FRAME.ack) continue
      acks.set(`${frame.value.streamId}/${frame.value.frameId}`, variablesOf(frame.value.payload))
    }
  })
  socket.write(haproxyHello())
  await eventually('AGENT-HELLO', () => types.includes(FRAME.agentHello))
  return {
    socket,
    acks,
    types,
    ask(bytes, id): Promise<ReadonlyMap<string, TypedData>> {
      socket.write(bytes)
      return eventually(`ACK ${id}`, () => acks.get(id))
    },
  }
}

function variablesOf(payload: Uint8Array): ReadonlyMap<string, TypedData> {
  const cursor = new Cursor(payload)
  const variables = new Map<string, TypedData>()
  while (cursor.remaining > 0) {
    cursor.skip(3)
    const name = readName(cursor)
    const value = readTypedData(cursor)
    if (name !== undefined && value !== undefined) variables.set(name, value)
  }
  return variables
}

/** A text variable as text. */
export function textOf(variables: ReadonlyMap<string, TypedData>, name: string): string {
  const data = variables.get(name)
  return data?.kind === 'string' ? Buffer.from(data.value).toString() : ''
}
