import { SSH_MSG_CHALLENGE } from '../../protocols/challenge/extension-packet.ts'
import { type GateKeys } from '../../protocols/challenge/gate-keys.ts'
import { type Challenge, type GateMessage, type Hello } from '../../protocols/challenge/messages.ts'
import { parseKexInit, SSH_MSG_KEXINIT } from '../../protocols/ssh/kex-init.ts'
import { frameDisconnect } from '../../protocols/ssh/packet-writer.ts'
import { readMessage, signedMessage } from './challenge-packets.ts'
import { cutClearPacket } from './clear-packet.ts'
import { readClientIdentification } from './client-identification.ts'
import { farewellOf, type ConnectionEnd, type Farewell } from './connection-end.ts'
import { EarlyPackets } from './early-packets.ts'
import { type GateDecision, type GateVerdict } from './gate-decision.ts'
import {
  type ClientOpening,
  type GateCommand,
  type GateEvent,
  type GateTimer,
} from './gate-events.ts'
import { HeldBytes } from './held-bytes.ts'
import { refusal } from './refusal.ts'

export interface GateSettings {
  /** V_S as the server behind says it, without line end. */
  readonly serverIdentification: string
  /** The line before it that clients which know gates look for, CR LF included; undefined: nothing is challenged. */
  readonly advert: string | undefined
  readonly keys: GateKeys | undefined
  /** From accept to KEXINIT, milliseconds. */
  readonly handshakeMs: number
  readonly hasStepUp: boolean
  /** What becomes of a medium client when there is no step-up server: its brake, milliseconds. */
  readonly noStepUpBrakeMs: number
}

type Phase =
  'identification' | 'kexinit' | 'deciding' | 'challenged' | 'braking' | 'opening' | 'over'

const MOST_ROUNDS = 16

/**
 * One connection through the gate, from accept to splice: events in, commands out, no socket, no clock.
 *
 *     identification → kexinit → deciding ─┬─────────────→ braking → opening → (spliced)
 *                       │ HELLO            ├→ challenged ⇄ deciding
 *                       └──────────────────┴→ over
 *
 * The first binary packet tells who knows gates: 192 does, 20 does not. No timer, no guess. What goes upstream are the
 * client's own bytes, identification and KEXINIT and an early packet, so that the exchange hash stays what both ends
 * compute; packets of the challenge protocol are on this side only.
 */
export class GatedConnection {
  readonly #settings: GateSettings
  readonly #held = new HeldBytes()
  readonly #early = new EarlyPackets()
  #phase: Phase = 'identification'
  #identification: Uint8Array = new Uint8Array()
  #lead: Uint8Array[] = []
  #hello: Hello | undefined
  #opening: ClientOpening | undefined
  #decision: GateDecision | undefined
  #challenge:
    { readonly round: number; readonly nonce: string; readonly sentAtMs: number } | undefined
  /** Of a challenge whose time was up: an answer to it may still be on its way, and is no fault. */
  #expiredNonce: string | undefined
  #rounds = 0
  #toStepUp = false
  #timedOut = false

  constructor(settings: GateSettings) {
    this.#settings = settings
  }

  get decision(): GateDecision | undefined {
    return this.#decision
  }

  get opening(): ClientOpening | undefined {
    return this.#opening
  }

  get aware(): boolean {
    return this.#hello !== undefined
  }

  /** A client is there: it is greeted before it says anything, as every SSH server does. */
  start(): readonly GateCommand[] {
    const { advert, serverIdentification, handshakeMs } = this.#settings
    const greeting = Buffer.from(`${advert ?? ''}${serverIdentification}\r\n`, 'latin1')
    return [
      { kind: 'send', bytes: greeting },
      { kind: 'timer', timer: 'handshake', ms: handshakeMs },
    ]
  }

  on(event: GateEvent, nowMs: number): readonly GateCommand[] {
    if (this.#phase === 'over') return []
    switch (event.kind) {
      case 'bytes':
        return this.#held.push(event.bytes) ? this.#read(nowMs) : this.#end('unexpected-packet')
      case 'decision':
        return this.#phase === 'deciding' ? this.#decided(event.decision, nowMs) : []
      case 'verdict':
        return this.#phase === 'deciding' ? this.#verified(event.verdict, nowMs) : []
      case 'timer':
        return this.#timer(event.timer, nowMs)
      case 'open-failed':
        return this.#end('upstream-unavailable')
      case 'client-left':
        return this.#end('client-left')
    }
  }

  /** Nobody answered: the API is told, and says whether there is another try. */
  #challengeExpired(nowMs: number): readonly GateCommand[] {
    const opening = this.#opening
    if (this.#phase !== 'challenged' || opening === undefined) return []
    this.#phase = 'deciding'
    this.#timedOut = true
    this.#expiredNonce = this.#challenge?.nonce
    const elapsedMs = nowMs - (this.#challenge?.sentAtMs ?? nowMs)
    return [{ kind: 'verify', opening, response: undefined, elapsedMs }]
  }

  #timer(timer: GateTimer, nowMs: number): readonly GateCommand[] {
    const early = this.#phase === 'identification' || this.#phase === 'kexinit'
    if (timer === 'handshake') return early ? this.#end('handshake-timeout') : []
    if (timer === 'challenge') return this.#challengeExpired(nowMs)
    return this.#phase === 'braking' ? this.#open() : []
  }

  #read(nowMs: number): readonly GateCommand[] {
    if (this.#phase === 'identification') {
      const read = readClientIdentification(this.#held.bytes)
      if (read.kind === 'incomplete') return []
      if (read.kind === 'refused') return this.#end(read.code)
      this.#identification = read.text.slice()
      this.#lead.push(this.#held.take(read.next))
      this.#phase = 'kexinit'
    }
    for (;;) {
      const packet = cutClearPacket(this.#held.bytes)
      if (packet.kind === 'incomplete') return []
      if (packet.kind === 'refused') return this.#end(packet.code)
      const payload = packet.payload.slice()
      const commands = this.#packet(packet.type, payload, this.#held.take(packet.next), nowMs)
      if (commands.length > 0) return commands
    }
  }

  #packet(
    type: number,
    payload: Uint8Array,
    raw: Uint8Array,
    nowMs: number,
  ): readonly GateCommand[] {
    if (type === SSH_MSG_CHALLENGE) return this.#message(payload, nowMs)
    if (type === SSH_MSG_DISCONNECT) return this.#end('client-left')
    if (this.#phase === 'kexinit' && type === SSH_MSG_KEXINIT) return this.#kexInit(payload, raw)
    if (this.#phase === 'kexinit') return this.#end('unexpected-packet')
    // Between KEXINIT and the splice: a guessed first packet of the key exchange (dropbear, libssh) waits.
    return this.#early.take(type, raw) ? [] : this.#end('unexpected-packet')
  }

  #kexInit(payload: Uint8Array, raw: Uint8Array): readonly GateCommand[] {
    const init = parseKexInit(payload)
    if (init.kind !== 'emit') return this.#end('bad-kexinit')
    this.#lead.push(raw)
    this.#early.allowGuess(init.value.firstKexPacketFollows)
    const opening = { identification: this.#identification, kexInit: payload, hello: this.#hello }
    this.#opening = opening
    this.#phase = 'deciding'
    return [{ kind: 'ask', opening }]
  }

  #message(payload: Uint8Array, nowMs: number): readonly GateCommand[] {
    const message = readMessage(payload)
    if (message === undefined || this.#settings.keys === undefined) return this.#end('bad-message')
    if (message.type === 'hello') {
      if (this.#phase !== 'kexinit' || this.#hello !== undefined) return this.#end('bad-message')
      this.#hello = message
      return []
    }
    if (message.nonce === this.#expiredNonce) return []
    const [asked, opening] = [this.#challenge, this.#opening]
    const fits =
      this.#phase === 'challenged' &&
      message.round === asked?.round &&
      message.nonce === asked.nonce
    if (!fits || opening === undefined) return this.#end('bad-message')
    this.#phase = 'deciding'
    const elapsedMs = nowMs - asked.sentAtMs
    return [{ kind: 'verify', opening, response: message, elapsedMs }]
  }

  #decided(decision: GateDecision, nowMs: number): readonly GateCommand[] {
    this.#decision = decision
    switch (decision.action) {
      case 'pass':
        return this.#goOn(decision.delayMs)
      case 'challenge':
        if (decision.challenge !== undefined && this.aware) {
          return this.#ask(decision.challenge, nowMs)
        }
        return decision.band === 'low' ? this.#goOn(decision.delayMs) : this.#stepUp(decision)
      case 'step-up':
        return this.#stepUp(decision)
      case 'terminate':
        return this.#refused('terminated', decision)
    }
  }

  /** To the server that asks for more; without one, a brake for the medium band and a refusal for the high one. */
  #stepUp(decision: GateDecision | GateVerdict): readonly GateCommand[] {
    const { hasStepUp, noStepUpBrakeMs } = this.#settings
    this.#toStepUp = hasStepUp
    if (hasStepUp) return this.#goOn(decision.delayMs)
    if (decision.band === 'high') return this.#end('no-step-up', refusal('no-step-up', decision))
    return this.#goOn(Math.max(decision.delayMs, noStepUpBrakeMs))
  }

  #verified(verdict: GateVerdict, nowMs: number): readonly GateCommand[] {
    switch (verdict.action) {
      case 'proceed':
        return [...this.#proceed(), ...this.#goOn(verdict.delayMs)]
      case 'step-up':
        return [...this.#proceed(), ...this.#stepUp(verdict)]
      case 'challenge':
        return verdict.challenge === undefined
          ? this.#end('challenge-failed')
          : this.#ask(verdict.challenge, nowMs)
      case 'terminate':
        return this.#refused(this.#timedOut ? 'challenge-timeout' : 'challenge-failed', verdict)
    }
  }

  #ask(challenge: Challenge, nowMs: number): readonly GateCommand[] {
    this.#rounds += 1
    if (this.#rounds > MOST_ROUNDS) return this.#end('challenge-failed')
    this.#challenge = { round: challenge.round, nonce: challenge.nonce, sentAtMs: nowMs }
    this.#phase = 'challenged'
    const ms = Math.max(0, challenge.expiresAt - challenge.issuedAt)
    return [
      ...this.#say(challenge),
      { kind: 'timer', timer: 'challenge', ms },
      ...this.#read(nowMs),
    ]
  }

  #goOn(delayMs: number): readonly GateCommand[] {
    if (delayMs <= 0) return this.#open()
    this.#phase = 'braking'
    return [{ kind: 'timer', timer: 'brake', ms: delayMs }]
  }

  #open(): readonly GateCommand[] {
    this.#phase = 'opening'
    const lead = [...this.#lead, ...this.#early.raw, this.#held.takeAll()]
    return [{ kind: 'open', to: this.#toStepUp ? 'step-up' : 'usual', lead }]
  }

  #proceed(): readonly GateCommand[] {
    return this.#say({ type: 'result', v: 1, outcome: 'proceed' })
  }

  /** A message to a client that knows gates, signed for this connection. */
  #say(message: GateMessage): readonly GateCommand[] {
    const { keys } = this.#settings
    const opening = this.#opening
    if (keys === undefined || opening === undefined || !this.aware) return []
    return [{ kind: 'send', bytes: signedMessage(keys, opening, message) }]
  }

  #refused(
    how: ConnectionEnd,
    why: Pick<GateDecision, 'message' | 'code' | 'contact'>,
  ): readonly GateCommand[] {
    const { message, code, contact } = why
    const words = {
      ...(message && { message }),
      ...(code && { code }),
      ...(contact && { contact }),
    }
    const result = this.#say({ type: 'result', v: 1, outcome: 'refused', ...words })
    return [...result, ...this.#end(how, refusal(how, why))]
  }

  #end(
    how: ConnectionEnd,
    farewell: Farewell | undefined = farewellOf(how),
  ): readonly GateCommand[] {
    this.#phase = 'over'
    const bytes =
      farewell === undefined ? undefined : frameDisconnect(farewell.code, farewell.sentence)
    return [{ kind: 'end', how, bytes: how === 'not-ssh' ? INVALID : bytes }]
  }
}

const SSH_MSG_DISCONNECT = 1
/** As sshd says it to whoever does not speak SSH. */
const INVALID = Buffer.from('Invalid SSH identification string.\r\n')
