import { chmodSync, renameSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type KnownConnection } from '../../gates/ssh/known-connections.ts'
import {
  ALLOW_LINE,
  askLine,
  denyLine,
  LONGEST_LINE,
  readAnswer,
  readLogin,
  type StepUpLogin,
} from '../../gates/ssh/step-up-lines.ts'
import { readStepUpVerdict, type StepUpVerdict } from '../../gates/ssh/step-up-verdict.ts'
import { type GateWorld } from './gate-world.ts'
import { boundedLines } from './bounded-lines.ts'

/** A person thinks this long at the most; sshd's LoginGraceTime usually ends it before. */
const THINKING_MS = 600_000
/** Scrypt over an answer takes its time; longer than this nobody waits. */
const ANSWER_WITHIN_MS = 5_000
const MOST_AT_ONCE = 256
const MOST_INTRODUCTION = 8
const MOST_ROUNDS = 8

/**
 * Listens for the step-up server's PAM module at a path that root and the gate alone may open. A process that takes over
 * puts its own socket there; that of the one before is reached by nobody any more. Rejects with a sentence.
 */
export async function listenForStepUp(world: GateWorld, path: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    void serve(world, socket).finally(() => {
      socket.end()
    })
  })
  server.maxConnections = MOST_AT_ONCE
  // Made under another name and moved: what is at the path is replaced at once, and closing this one later removes nothing.
  const made = `${path}.${process.pid}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new Error(`cannot listen at ${path}: ${error.message}`, { cause: error }))
    })
    // Of this process alone: the keeper must not hold what only the serving process can answer.
    server.listen({ path: made, exclusive: true }, resolve)
  })
  chmodSync(made, 0o600)
  renameSync(made, path)
  server.unref()
  return server
}

async function serve(world: GateWorld, socket: Socket): Promise<void> {
  socket.setTimeout(THINKING_MS, () => socket.destroy())
  const lines = boundedLines(socket, LONGEST_LINE)
  const result = await converse(world, socket, lines)
  world.metrics.count('ssh_gate_step_ups_total', 1, { result })
}

type Result = 'allowed' | 'denied' | 'left' | 'malformed' | 'unknown-peer' | 'no-verdict'

async function converse(
  world: GateWorld,
  socket: Socket,
  lines: AsyncIterator<string>,
): Promise<Result> {
  const login = await introduction(lines)
  if (login === undefined) return denied(socket, 'malformed', 'This login cannot be read.')
  const known = world.known.find(login.peer.address, login.peer.port)
  if (known === undefined) {
    world.logger.warn('a step-up login of a connection that did not come through this gate', {
      port: login.peer.port,
      service: login.service,
    })
    return denied(socket, 'unknown-peer', 'This login did not come through the gate. Try again.')
  }
  const { client } = known
  let verdict = await verdictOf(world, {
    ...{ client: { ip: client.ip, port: client.port }, listener: client.listener },
    ...{ user: login.user, service: login.service },
  })
  for (let round = 0; verdict?.action === 'ask' && round < MOST_ROUNDS; round += 1) {
    const { token, prompt, echo, kind } = verdict
    const askedAt = world.now()
    socket.write(askLine(prompt, echo))
    const next = await lines.next()
    const answer = next.done === true ? undefined : readAnswer(next.value)
    if (answer === undefined) {
      known.stepUp.push({ kind, result: 'timeout', elapsedMs: world.now() - askedAt })
      return 'left'
    }
    verdict = await verdictOf(world, { token, answer: answer.slice(0, 256) })
    remember(known, kind, verdict, world.now() - askedAt)
  }
  return closing(socket, verdict)
}

function closing(socket: Socket, verdict: StepUpVerdict | undefined): Result {
  if (verdict?.action === 'allow') {
    socket.write(ALLOW_LINE)
    return 'allowed'
  }
  if (verdict?.action === 'deny') {
    const code = verdict.code === undefined ? '' : ` (${verdict.code})`
    return denied(socket, 'denied', `${verdict.message ?? 'Access denied.'}${code}`)
  }
  const sentence = 'Nobody can be asked whether to let you in. Try again in a minute.'
  return denied(socket, 'no-verdict', sentence)
}

function denied(socket: Socket, result: Result, sentence: string): Result {
  socket.write(denyLine(sentence))
  return result
}

async function introduction(lines: AsyncIterator<string>): Promise<StepUpLogin | undefined> {
  const said: string[] = []
  while (said.length < MOST_INTRODUCTION) {
    const next = await lines.next()
    if (next.done === true) return undefined
    if (next.value === '') return readLogin(said)
    said.push(next.value)
  }
  return undefined
}

/** Undefined when the API gives none: a fault lets nobody past a question. */
async function verdictOf(world: GateWorld, body: object): Promise<StepUpVerdict | undefined> {
  const { api, logger, metrics } = world.ask
  const answer = await api.post('/v1/ssh/step-up', body, ANSWER_WITHIN_MS)
  const verdict = answer.kind === 'answer' ? readStepUpVerdict(answer.body) : undefined
  if (verdict !== undefined) return verdict
  metrics.count('ssh_gate_static_total', 1, { reason: 'step-up' })
  const why = answer.kind === 'answer' ? { status: answer.status } : { code: answer.code }
  logger.warn('the routing API gave no verdict on a step-up login', why)
  return undefined
}

function remember(
  known: KnownConnection,
  kind: 'question' | 'totp',
  verdict: StepUpVerdict | undefined,
  elapsedMs: number,
): void {
  if (verdict === undefined || known.stepUp.length >= MOST_ROUNDS) return
  const result = verdict.action === 'allow' ? 'passed' : 'wrong'
  known.stepUp.push({ kind, result, elapsedMs })
}
