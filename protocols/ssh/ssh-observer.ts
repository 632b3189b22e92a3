import { latin1 } from '../printable.ts'
import { type Direction, type StreamChunk, type StreamEnd, type StreamObserver } from '../stream.ts'
import { AuthInference } from './auth-inference.ts'
import { parseKexInit, SSH_MSG_KEXINIT } from './kex-init.ts'
import { negotiate, type Negotiated, senderOf } from './negotiation.ts'
import { type SshPacket } from './packet-reader.ts'
import { type SshAuthentication, type SshFact, type SshFault, type SshStage } from './ssh-facts.ts'
import { isVersion1, SshSide } from './ssh-side.ts'

const NEWKEYS = 21
/** First messages of every key exchange: 30 and 34 are the client's, 31 and 33 the server's. */
const CLIENT_KEX = [30, 34]
const SERVER_KEX = [31, 33]
const FIRST_BYTES = 32

export interface SshObserverOptions {
  /** False when client and server were guessed: then what they send decides before anything is said. */
  readonly rolesKnown: boolean
}

/**
 * Observes one SSH connection from its first byte on: the connection once both KEXINITs are there (or
 * one side has gone on without the other's being captured, or it ended before), `done` when the rest
 * tells nothing more, the session at the end.
 */
export function createSshObserver(options: SshObserverOptions): StreamObserver<SshFact> {
  return new SshObserver(options.rolesKnown)
}

class SshObserver implements StreamObserver<SshFact> {
  #client = new SshSide()
  #server = new SshSide()
  #rolesKnown: boolean
  #negotiated: Negotiated | undefined
  #authentication: AuthInference | undefined
  #said = false
  #done = false
  #facts: SshFact[] = []

  constructor(rolesKnown: boolean) {
    this.#rolesKnown = rolesKnown
  }

  data(chunk: StreamChunk): readonly SshFact[] {
    if (this.#done) return []
    this.#facts = []
    const side = this.#side(chunk.direction)
    side.captured = true
    this.#feed(side, chunk.bytes, chunk.capturedAt)
    return this.#facts
  }

  gap(direction: Direction, length: number, capturedAt: number): readonly SshFact[] {
    if (this.#done) return []
    this.#facts = []
    const side = this.#side(direction)
    if (side.phase === 'packets') {
      const packet = side.packets.gap(length)
      if (packet !== undefined) this.#packet(side, packet, capturedAt)
      if (side.packets.lost === 'gap') this.#lose(side)
    } else {
      if (side.phase === 'identification') this.#lose(side)
      this.#authentication?.lost()
    }
    return this.#facts
  }

  end(how: StreamEnd, at: number): readonly SshFact[] {
    this.#facts = []
    this.#tellSilence(at)
    this.#say(this.#stageAtEnd(), at)
    this.#facts.push({ kind: 'session', ended: how, at, authentication: this.#conclude(how) })
    return this.#facts
  }

  #feed(side: SshSide, bytes: Uint8Array, at: number): void {
    let rest = bytes
    if (side.phase === 'identification') {
      const next = this.#identify(side, bytes, at)
      if (next === undefined) return
      rest = bytes.subarray(next)
    }
    let offset = 0
    while (side.phase === 'packets' && offset < rest.length) {
      const step = side.packets.push(rest, offset)
      offset = step.next
      if (step.packet !== undefined) this.#packet(side, step.packet, at)
      if (side.packets.lost !== 'no') this.#badPacket(side, rest, at)
    }
    if (side.phase === 'encrypted' && offset < rest.length) this.#sealed(side, rest.length - offset)
  }

  /** Where the bytes after the identification string begin; undefined while it is not there. */
  #identify(side: SshSide, bytes: Uint8Array, at: number): number | undefined {
    const result = side.identification.push(bytes)
    if (result.kind === 'incomplete') return undefined
    if (result.kind === 'refused') {
      side.malformed = true
      this.#fault(result.code, side, side.identification.firstBytes, bytes.length, at)
      this.#lose(side)
      return undefined
    }
    side.identified = result.text
    side.identifiedAt = at
    side.phase = 'packets'
    if (result.linesBefore > 0) this.#learnRole(side, 'server')
    if (isVersion1(result.text)) this.#version1(side, at)
    return result.next
  }

  #version1(side: SshSide, at: number): void {
    side.phase = 'lost'
    const other = side === this.#client ? this.#server : this.#client
    if (other.identified === undefined && other.phase !== 'lost') return
    this.#say('version-1', at)
    this.#finish()
  }

  #packet(side: SshSide, packet: SshPacket, at: number): void {
    const { type } = packet
    if (type === SSH_MSG_KEXINIT && side.kexInit === undefined && !side.kexInitLost) {
      this.#kexInit(side, packet, at)
      return
    }
    if (type !== undefined && CLIENT_KEX.includes(type)) this.#learnRole(side, 'client')
    if (type !== undefined && SERVER_KEX.includes(type)) this.#learnRole(side, 'server')
    if (type === NEWKEYS) side.phase = 'encrypted'
    if (this.#goesOn(side, type)) {
      side.wentOn = true
      if (this.#client.kexInit !== undefined || side === this.#server) this.#say('kexinit', at)
    }
  }

  /**
   * A side that goes on with the key exchange has the other's KEXINIT, whether that was captured or
   * not. A guessed packet (first_kex_packet_follows) tells nothing, nor do IGNORE, DEBUG, DISCONNECT.
   */
  #goesOn(side: SshSide, type: number | undefined): boolean {
    if (type === NEWKEYS) return true
    if (side.kexInit === undefined) return side.kexInitLost && (type ?? NEWKEYS) > NEWKEYS
    return !side.kexInit.firstKexPacketFollows && (type ?? NEWKEYS) > NEWKEYS
  }

  #kexInit(side: SshSide, packet: SshPacket, at: number): void {
    const parsed = packet.holed ? undefined : parseKexInit(packet.payload)
    if (parsed?.kind !== 'emit') {
      side.kexInitLost = true
      const code =
        parsed === undefined ? 'holed' : parsed.code === 'not-a-kexinit' ? 'truncated' : parsed.code
      if (parsed !== undefined) side.malformed = true
      this.#fault(`kexinit-${code}`, side, packet.payload, packet.payload.length, at, parsed?.at)
      return
    }
    side.kexInit = parsed.value
    side.kexInitAt = at
    const sender = senderOf(parsed.value)
    if (sender !== undefined) this.#learnRole(side, sender)
    const { kexInit: client } = this.#client
    const { kexInit: server } = this.#server
    if (client === undefined || server === undefined || !this.#rolesKnown) return
    this.#say('kexinit', at)
  }

  #learnRole(side: SshSide, role: Direction): void {
    if (this.#rolesKnown || this.#said) return
    this.#rolesKnown = true
    if ((side === this.#client) === (role === 'client')) return
    const client = this.#client
    this.#client = this.#server
    this.#server = client
    this.#facts.push({ kind: 'roles-reversed' })
  }

  #sealed(side: SshSide, size: number): void {
    if (this.#client.phase !== 'encrypted' || this.#server.phase !== 'encrypted') return
    this.#authentication?.sealed(side === this.#client ? 'client' : 'server', size)
    if (this.#authentication?.settled !== false) this.#finish()
  }

  #badPacket(side: SshSide, bytes: Uint8Array, at: number): void {
    side.malformed = true
    // Servers answer a client that speaks no SSH in plain text: the fault is not theirs.
    const blameless = side === this.#server && this.#client.identified === undefined
    if (!blameless) this.#fault('bad-packet-length', side, bytes, bytes.length, at)
    this.#lose(side)
  }

  /** A client that sent something, but never an identification string. */
  #tellSilence(at: number): void {
    const { captured, identified, phase, identification } = this.#client
    if (!captured || identified !== undefined || phase !== 'identification') return
    const { firstBytes } = identification
    this.#fault('not-ssh', this.#client, firstBytes, firstBytes.length, at)
  }

  #lose(side: SshSide): void {
    side.phase = 'lost'
    this.#authentication?.lost()
    if (this.#client.phase === 'lost' && this.#server.phase === 'lost') this.#finish()
  }

  #stageAtEnd(): SshStage {
    const client = this.#client
    if (client.kexInit !== undefined || this.#server.wentOn) return 'kexinit'
    if (client.malformed) return 'malformed'
    if (client.identified === undefined) return client.captured ? 'malformed' : 'half-open'
    return isVersion1(client.identified) ? 'version-1' : 'identification'
  }

  #say(stage: SshStage, at: number): void {
    if (this.#said) return
    this.#said = true
    const { kexInit: client } = this.#client
    const { kexInit: server } = this.#server
    const both = client !== undefined && server !== undefined
    this.#negotiated = both ? negotiate(client, server) : undefined
    const identification = latin1(this.#client.identified ?? new Uint8Array())
    if (this.#negotiated !== undefined) {
      this.#authentication = new AuthInference(this.#negotiated, identification)
    }
    this.#facts.push({
      kind: 'connection',
      stage,
      at,
      clientIdentification: this.#client.identified,
      serverIdentification: this.#server.identified,
      preBannerLines: this.#server.identification.lines,
      client,
      server,
      negotiated: this.#negotiated,
      clientIdentifiedAt: this.#client.identifiedAt,
      serverIdentifiedAt: this.#server.identifiedAt,
      clientKexInitAt: this.#client.kexInitAt,
    })
  }

  #conclude(how: StreamEnd): SshAuthentication {
    const bothSeen = this.#client.captured && this.#server.captured
    const encrypted = this.#client.phase === 'encrypted' && this.#server.phase === 'encrypted'
    if (encrypted && this.#authentication !== undefined) {
      return this.#authentication.conclude(how, bothSeen)
    }
    const broken = this.#client.phase === 'lost' || this.#server.phase === 'lost'
    if (!this.#server.captured || broken || how === 'capture-end') {
      return { result: 'unknown', confidence: 0, attempts: 0 }
    }
    return { result: 'no-authentication', confidence: 1, attempts: 0 }
  }

  #finish(): void {
    if (this.#done) return
    this.#done = true
    this.#facts.push({ kind: 'done' })
  }

  #fault(
    code: SshFault,
    side: SshSide,
    bytes: Uint8Array,
    length: number,
    at: number,
    place = 'byte 0',
  ): void {
    const direction = side === this.#client ? 'client' : 'server'
    const firstBytes = bytes.slice(0, FIRST_BYTES)
    this.#facts.push({ kind: 'fault', code, direction, place, firstBytes, length, at })
  }

  #side(direction: Direction): SshSide {
    return direction === 'client' ? this.#client : this.#server
  }
}
