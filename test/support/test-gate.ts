import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { formatAdvert } from '../../protocols/challenge/advert.ts'
import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { connectionBind } from '../../protocols/challenge/bind.ts'
import { encodeExtension, parseExtension } from '../../protocols/challenge/extension-packet.ts'
import { gateKeys, type GateKeys } from '../../protocols/challenge/gate-keys.ts'
import {
  type Challenge,
  type ChallengeStep,
  encodeMessage,
  type GateMessage,
  type Hello,
  parseClientMessage,
  type Response,
} from '../../protocols/challenge/messages.ts'
import { checkSolution, puzzlePrefix } from '../../protocols/challenge/puzzle.ts'
import { type SealPurpose, unseal } from '../../protocols/challenge/seal.ts'
import { signMessage } from '../../protocols/challenge/signature.ts'
import { isFresh, isSameMac, stampMac } from '../../protocols/challenge/stamp-mac.ts'
import { cutPacket } from '../../protocols/ssh/cut-packet.ts'
import { frameDisconnect, framePacket } from '../../protocols/ssh/packet-writer.ts'

/** How a gate for tests of the client side behaves. */
export interface TestGateOptions {
  /** sshd behind it. */
  readonly upstreamPort: number
  readonly keys?: GateKeys
  /** The steps of each round; none: HELLO alone. */
  readonly rounds?: readonly (readonly ChallengeStep[])[]
  /** Text that every question and code must be answered with. */
  readonly answer?: string
  /** Key of every enrolled client. */
  readonly enrolmentKey?: Uint8Array
  /** Last word to who passed. */
  readonly message?: string
  /** Spoils what the gate sends, to see what the client makes of it. */
  readonly spoil?: (packet: Buffer) => Buffer
}

/** A gate for tests: no risk, no API, the protocol alone. */
export interface TestGate {
  readonly port: number
  readonly keys: GateKeys
  readonly hellos: readonly Hello[]
  readonly responses: readonly Response[]
  /** First packets of connections without HELLO. */
  readonly unaware: () => number
  /** What sealed values held, as `purpose:text`. */
  readonly unsealed: readonly string[]
  readonly stop: () => void
}

export async function startTestGate(options: TestGateOptions): Promise<TestGate> {
  const keys = options.keys ?? gateKeys({ sign: randomBytes(32), seal: randomBytes(32) })
  const seen: Seen = { hellos: [], responses: [], unsealed: [], unaware: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay(true))
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    serve(socket, { ...options, keys }, seen).catch(() => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: isAddress(address) ? address.port : 0,
    keys,
    ...seen,
    unaware: () => seen.unaware,
    stop: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

interface Seen {
  readonly hellos: Hello[]
  readonly responses: Response[]
  readonly unsealed: string[]
  unaware: number
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

type Gate = TestGateOptions & { readonly keys: GateKeys }

async function serve(client: Socket, gate: Gate, seen: Seen): Promise<void> {
  const upstream = connect({ port: gate.upstreamPort, host: '127.0.0.1', noDelay: true })
  upstream.on('error', () => client.destroy())
  client.on('close', () => upstream.destroy())
  const [fromServer, fromClient] = [new Intake(upstream), new Intake(client)]
  const serverLine = await fromServer.line()
  client.write(Buffer.concat([Buffer.from(formatAdvert(gate.keys.public)), serverLine]))
  const clientLine = await fromClient.line()
  const held = [clientLine]
  const first = await fromClient.packet()
  const hello = first.type === 192 ? parsedClient(first.payload) : undefined
  if (hello?.type === 'hello') seen.hellos.push(hello)
  else seen.unaware += 1
  const kexInit = first.type === 192 ? await fromClient.packet() : first
  held.push(kexInit.raw)
  const identification = Buffer.from(clientLine.toString('latin1').trimEnd(), 'latin1')
  const bind = connectionBind(identification, kexInit.payload)
  if (hello?.type === 'hello') {
    const dialogue = new GateDialogue(client, fromClient, gate, seen, bind)
    dialogue.readHello(hello)
    for (const [at, steps] of (gate.rounds ?? []).entries()) {
      const why = await dialogue.round(at + 1, steps)
      if (why === undefined) continue
      dialogue.send({
        type: 'result',
        v: 1,
        outcome: 'refused',
        code: 'TEST-1',
        message: why,
        contact: 'the tests',
      })
      client.end(frameDisconnect(11, `challenge failed: ${why}`))
      return
    }
    const { message } = gate
    dialogue.send({
      type: 'result',
      v: 1,
      outcome: 'proceed',
      ...(message === undefined ? {} : { message }),
    })
  }
  for (const bytes of [...held, fromClient.rest()]) upstream.write(bytes)
  client.write(fromServer.rest())
  client.pipe(upstream)
  upstream.pipe(client)
}

class GateDialogue {
  readonly #client: Socket
  readonly #intake: Intake
  readonly #gate: Gate
  readonly #seen: Seen
  readonly #bind: Buffer

  constructor(client: Socket, intake: Intake, gate: Gate, seen: Seen, bind: Buffer) {
    this.#client = client
    this.#intake = intake
    this.#gate = gate
    this.#seen = seen
    this.#bind = bind
  }

  send(message: GateMessage): void {
    const body = encodeMessage(message)
    const packet = encodeExtension(body, signMessage(this.#gate.keys.sign, this.#bind, body))
    this.#client.write(framePacket(this.#gate.spoil?.(packet) ?? packet))
  }

  readHello(hello: Hello): void {
    if (hello.sealedUsername !== undefined)
      this.#open('username', Buffer.alloc(0), hello.sealedUsername)
  }

  /** One round: undefined when every answer is right, else why not. */
  async round(round: number, steps: readonly ChallengeStep[]): Promise<string | undefined> {
    const nonce = randomBytes(32)
    const issuedAt = Date.now()
    const token = `round-${round}`
    const challenge: Challenge = {
      type: 'challenge',
      v: 1,
      round,
      nonce: toBase64Url(nonce),
      issuedAt,
      expiresAt: issuedAt + 30_000,
      token,
      steps: [...steps],
    }
    this.send(challenge)
    const packet = await this.#intake.packet()
    const response = packet.type === 192 ? parsedClient(packet.payload) : undefined
    if (response?.type !== 'response') return 'no response'
    this.#seen.responses.push(response)
    if (response.token !== token || response.nonce !== challenge.nonce)
      return 'not for this challenge'
    if (response.answers.length !== steps.length) return 'not an answer for each step'
    const wrong = steps.find((step, at) => !this.#isRight(step, response, at, nonce))
    return wrong === undefined ? undefined : `wrong ${wrong.kind}`
  }

  #isRight(step: ChallengeStep, response: Response, at: number, nonce: Buffer): boolean {
    const answer = response.answers[at]
    switch (step.kind) {
      case 'mac': {
        if (answer?.kind !== 'mac' || !isFresh(answer.timestamp, Date.now())) return false
        const input = { nonce, timestamp: answer.timestamp, bind: this.#bind }
        const mac = stampMac(this.#gate.enrolmentKey ?? Buffer.alloc(32), input)
        return isSameMac(mac, fromBase64Url(answer.tag) ?? Buffer.alloc(0))
      }
      case 'cookie':
        return answer?.kind === 'cookie' && answer.cookie === step.cookie
      case 'puzzle': {
        if (answer?.kind !== 'puzzle') return false
        const prefix = puzzlePrefix({ nonce, bind: this.#bind, token: response.token })
        const solution = fromBase64Url(answer.solution) ?? Buffer.alloc(0)
        return checkSolution(prefix, step, solution).kind === 'solved'
      }
      case 'question':
        return (
          answer?.kind === 'question' &&
          this.#open('answer', nonce, answer.sealed) === this.#gate.answer
        )
      case 'totp':
        return (
          answer?.kind === 'totp' && this.#open('totp', nonce, answer.sealed) === this.#gate.answer
        )
      case 'device':
        return (
          answer?.kind === 'device' &&
          this.#open('device', nonce, answer.sealed, 'hex')?.length === 64
        )
    }
  }

  #open(
    purpose: SealPurpose,
    nonce: Buffer,
    sealed: string,
    as: 'utf8' | 'hex' = 'utf8',
  ): string | undefined {
    const context = { purpose, bind: this.#bind, nonce }
    const text = unseal(this.#gate.keys.seal, context, fromBase64Url(sealed) ?? Buffer.alloc(0))
    if (text !== undefined) this.#seen.unsealed.push(`${purpose}:${text.toString(as)}`)
    return text?.toString(as)
  }
}

function parsedClient(payload: Uint8Array): Hello | Response | undefined {
  const packet = parseExtension(payload)
  const message = packet.kind === 'emit' ? parseClientMessage(packet.value.body) : undefined
  return message?.kind === 'emit' ? message.value : undefined
}

/** What came in and was not taken yet. */
class Intake {
  #bytes: Buffer = Buffer.alloc(0)
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  async line(): Promise<Buffer> {
    return this.#take(() => {
      const end = this.#bytes.indexOf(0x0a) + 1
      return end === 0 ? undefined : { value: this.#bytes.subarray(0, end), length: end }
    })
  }

  async packet(): Promise<{
    readonly type: number
    readonly raw: Buffer
    readonly payload: Buffer
  }> {
    return this.#take(() => {
      const cut = cutPacket(this.#bytes)
      if (cut === undefined) return undefined
      if (cut.kind === 'reject') throw new Error(cut.code)
      const { type, raw, payload } = cut.value
      return {
        value: { type, raw: Buffer.from(raw), payload: Buffer.from(payload) },
        length: raw.length,
      }
    })
  }

  /** What is left, for a splice. */
  rest(): Buffer {
    const rest = this.#bytes
    this.#bytes = Buffer.alloc(0)
    return rest
  }

  async #take<T>(
    cut: () => { readonly value: T; readonly length: number } | undefined,
  ): Promise<T> {
    for (;;) {
      const part = cut()
      if (part !== undefined) {
        this.#bytes = this.#bytes.subarray(part.length)
        return part.value
      }
      const more: unknown = this.#socket.read()
      if (Buffer.isBuffer(more)) this.#bytes = Buffer.concat([this.#bytes, more])
      else if (this.#socket.readableEnded || this.#socket.destroyed) throw new Error('ended')
      else await Promise.race([once(this.#socket, 'readable'), once(this.#socket, 'close')])
    }
  }
}
