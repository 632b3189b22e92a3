import {
  type Advert,
  LONGEST_ADVERT,
  parseAdvert,
  PROTOCOL_VERSION,
} from '../../../protocols/challenge/advert.ts'
import { connectionBind } from '../../../protocols/challenge/bind.ts'
import {
  encodeExtension,
  EXTENSION_NAME,
  parseExtension,
  SSH_MSG_CHALLENGE,
} from '../../../protocols/challenge/extension-packet.ts'
import { isSignedBy } from '../../../protocols/challenge/signature.ts'
import { cutPacket } from '../../../protocols/ssh/cut-packet.ts'
import { SSH_MSG_KEXINIT } from '../../../protocols/ssh/kex-init.ts'
import { framePacket } from '../../../protocols/ssh/packet-writer.ts'

/** What the shell does next, in order. */
export type ClientEffect =
  | { readonly kind: 'to-server'; readonly bytes: Uint8Array }
  | { readonly kind: 'to-ssh'; readonly bytes: Uint8Array }
  /** There is a gate with these keys: end the connection here if they are not the ones it had before. */
  | { readonly kind: 'advert'; readonly advert: Advert }
  /** Call `say` with the HELLO for the connection with this bind. */
  | { readonly kind: 'hello-wanted'; readonly bind: Buffer }
  /** The gate said this, signed: the body of a CHALLENGE, to be answered by `say`, or of a RESULT. */
  | { readonly kind: 'message'; readonly body: Uint8Array }
  /** From here on bytes pass in both directions as they are. */
  | { readonly kind: 'splice' }
  | { readonly kind: 'fault'; readonly code: ClientFault }

export const CLIENT_FAULTS = [
  'bad-packet',
  'bad-signature',
  'too-many-messages',
  'too-many-lines',
  'too-much-held',
] as const
export type ClientFault = (typeof CLIENT_FAULTS)[number]

/** Bytes of either side that are kept while the dialogue lasts. A client that waits for KEXINIT sends far less. */
export const MOST_HELD = 131_072
const LONGEST_LINE = 1_024
const MOST_LINES = 64
const MOST_MESSAGES = 32
const LF = 0x0a

/**
 * The client's side of the dialogue with a gate, between an SSH client and the network, without either: bytes in,
 * effects out.
 *
 *     first-line      ssh's bytes are held until it is known whether the first line is an advert; if not: splice
 *     identification  lines up to the server's identification string pass to ssh
 *     client-kexinit  ssh's identification string passes, its KEXINIT waits for HELLO to go before it
 *     dialogue        messages of the gate are taken out; the first other packet passes, and then everything
 */
export class ClientDialogue {
  #phase: 'first-line' | 'identification' | 'client-kexinit' | 'dialogue' | 'splice' | 'fault' =
    'first-line'
  #fromServer: Buffer = Buffer.alloc(0)
  #fromSsh: Buffer = Buffer.alloc(0)
  #lines = 0
  #messages = 0
  #gate: Uint8Array | undefined
  #identification: Buffer | undefined
  #kexInit: Buffer | undefined
  #bind: Buffer = Buffer.alloc(0)

  /** Whether the dialogue is over, and the shell passes bytes by itself. */
  get isOver(): boolean {
    return this.#phase === 'splice' || this.#phase === 'fault'
  }

  /** Whether there is a gate that waits for something of ours or we for something of it. */
  get hasGate(): boolean {
    return this.#gate !== undefined
  }

  /** So much of ssh waits that the shell should read no more of it before the splice. */
  get holdsEnough(): boolean {
    return this.#fromSsh.length > MOST_HELD / 4
  }

  /** After the splice bytes still pass, for a shell that had some in hand. */
  fromServer(bytes: Uint8Array): ClientEffect[] {
    if (this.#phase === 'splice') return [{ kind: 'to-ssh', bytes }]
    this.#fromServer = Buffer.concat([this.#fromServer, bytes])
    return this.#advance()
  }

  fromSsh(bytes: Uint8Array): ClientEffect[] {
    if (this.#phase === 'splice') return [{ kind: 'to-server', bytes }]
    this.#fromSsh = Buffer.concat([this.#fromSsh, bytes])
    return this.#advance()
  }

  /** No first line came in the time the shell grants: perhaps a server that waits for its client. */
  giveUpWaiting(): ClientEffect[] {
    return this.#phase === 'first-line' ? this.#splice() : []
  }

  /** Sends the body of a HELLO or RESPONSE. */
  say(body: Uint8Array): ClientEffect[] {
    const packet = framePacket(encodeExtension(body))
    const kexInit = this.#kexInit
    if (kexInit === undefined) return [{ kind: 'to-server', bytes: packet }]
    this.#kexInit = undefined
    this.#phase = 'dialogue'
    // In one write: the gate reads no further than it has to.
    return [{ kind: 'to-server', bytes: Buffer.concat([packet, kexInit]) }, ...this.#advance()]
  }

  #advance(): ClientEffect[] {
    const effects: ClientEffect[] = []
    for (;;) {
      const step = this.#step()
      effects.push(...step)
      if (step.length === 0 || this.isOver) break
    }
    const held = Math.max(this.#fromServer.length, this.#fromSsh.length)
    return this.isOver || held <= MOST_HELD
      ? effects
      : [...effects, ...this.#fault('too-much-held')]
  }

  /** One step, or none while more bytes or words are awaited. */
  #step(): ClientEffect[] {
    switch (this.#phase) {
      case 'first-line':
        return this.#firstLine()
      case 'identification':
        return this.#identificationLine()
      case 'client-kexinit':
        return this.#clientSide()
      case 'dialogue':
        return this.#gatePacket()
      case 'splice':
      case 'fault':
        return []
    }
  }

  #firstLine(): ClientEffect[] {
    const end = this.#fromServer.indexOf(LF)
    if (end < 0) return this.#fromServer.length > LONGEST_ADVERT ? this.#splice() : []
    const advert = parseAdvert(textOfLine(this.#fromServer.subarray(0, end)))
    if (advert?.versions.includes(PROTOCOL_VERSION) !== true) return this.#splice()
    this.#fromServer = this.#fromServer.subarray(end + 1)
    this.#gate = advert.keys.sign
    this.#phase = 'identification'
    return [{ kind: 'advert', advert }]
  }

  #identificationLine(): ClientEffect[] {
    const end = this.#fromServer.indexOf(LF)
    if (end < 0) return this.#fromServer.length > LONGEST_LINE ? this.#fault('too-many-lines') : []
    this.#lines += 1
    if (end > LONGEST_LINE || this.#lines > MOST_LINES) return this.#fault('too-many-lines')
    const line = this.#fromServer.subarray(0, end + 1)
    this.#fromServer = this.#fromServer.subarray(end + 1)
    if (isIdentification(line)) this.#phase = 'client-kexinit'
    return [{ kind: 'to-ssh', bytes: line }]
  }

  #clientSide(): ClientEffect[] {
    if (this.#kexInit !== undefined) return []
    return this.#identification === undefined ? this.#clientIdentification() : this.#clientKexInit()
  }

  #clientIdentification(): ClientEffect[] {
    const end = this.#fromSsh.indexOf(LF)
    if (end < 0) return this.#fromSsh.length > LONGEST_LINE ? this.#splice() : []
    const line = this.#fromSsh.subarray(0, end + 1)
    if (end > LONGEST_LINE || !isIdentification(line)) return this.#splice()
    this.#fromSsh = this.#fromSsh.subarray(end + 1)
    this.#identification = Buffer.from(withoutLineEnd(line))
    return [{ kind: 'to-server', bytes: line }]
  }

  /** What is no KEXINIT is for the server to judge: it passes, and says that there is no helper. */
  #clientKexInit(): ClientEffect[] {
    const cut = cutPacket(this.#fromSsh)
    if (cut === undefined) return []
    if (cut.kind === 'reject' || cut.value.type !== SSH_MSG_KEXINIT) return this.#splice()
    const { raw, payload } = cut.value
    this.#kexInit = Buffer.from(raw)
    this.#fromSsh = this.#fromSsh.subarray(raw.length)
    this.#bind = connectionBind(this.#identification ?? Buffer.alloc(0), payload)
    return [{ kind: 'hello-wanted', bind: this.#bind }]
  }

  #gatePacket(): ClientEffect[] {
    const cut = cutPacket(this.#fromServer)
    if (cut === undefined) return []
    if (cut.kind === 'reject') return this.#fault('bad-packet')
    const { raw, type, payload } = cut.value
    if (type !== SSH_MSG_CHALLENGE) return this.#splice()
    this.#fromServer = this.#fromServer.subarray(raw.length)
    this.#messages += 1
    if (this.#messages > MOST_MESSAGES) return this.#fault('too-many-messages')
    const packet = parseExtension(payload)
    if (packet.kind === 'reject') return this.#fault('bad-packet')
    const { name, body, signature } = packet.value
    // Another extension that shares the number: not for us, and ssh would not bear it.
    if (name !== EXTENSION_NAME) return this.#step()
    const isOfGate = isSignedBy(this.#gate ?? new Uint8Array(32), this.#bind, body, signature)
    return isOfGate ? [{ kind: 'message', body }] : this.#fault('bad-signature')
  }

  #splice(): ClientEffect[] {
    const [toSsh, toServer] = [
      this.#fromServer,
      Buffer.concat([this.#kexInit ?? Buffer.alloc(0), this.#fromSsh]),
    ]
    this.#fromServer = Buffer.alloc(0)
    this.#fromSsh = Buffer.alloc(0)
    this.#phase = 'splice'
    return [
      ...(toServer.length > 0 ? [{ kind: 'to-server', bytes: toServer } as const] : []),
      ...(toSsh.length > 0 ? [{ kind: 'to-ssh', bytes: toSsh } as const] : []),
      { kind: 'splice' },
    ]
  }

  #fault(code: ClientFault): ClientEffect[] {
    this.#phase = 'fault'
    return [{ kind: 'fault', code }]
  }
}

function isIdentification(line: Uint8Array): boolean {
  return textOfLine(line.subarray(0, 4)) === 'SSH-'
}

function textOfLine(line: Uint8Array): string {
  return Buffer.from(withoutLineEnd(line)).toString('latin1')
}

function withoutLineEnd(line: Uint8Array): Uint8Array {
  let end = line.length
  if (line[end - 1] === LF) end -= 1
  return line[end - 1] === 0x0d ? line.subarray(0, end - 1) : line.subarray(0, end)
}
