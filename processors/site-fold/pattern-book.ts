import { netOf } from '../../behaviour/entity.ts'
import { pairingsOf } from '../../behaviour/traits.ts'
import { type Protocol } from '../../behaviour/population-view.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const DAY_MS = 86_400_000
const WINDOW_MS = 14 * DAY_MS
/** Pairs of traits counted; what nobody showed for longest gives way. */
const MOST_PAIRINGS = 4_096
/** Clients of a pair that are remembered; more count no more. */
const MOST_CLIENTS = 256
/** Hostile clients, of so many networks, that make what they share a pattern. */
const LEAST = { clients: 3, networks: 3 } as const
/** Pairs one sighting may bring. */
const NEW_AT_MOST = 3
/** Pairs looked at for age with every sighting. */
const LOOKED_AT = 4

interface Entry {
  readonly protocol: Protocol
  readonly pairing: string
  readonly nats: number
  readonly firstMs: number
  lastMs: number
  /** Milliseconds of the newest sight by client; negative for one that was reported. */
  readonly clients: Map<string, number>
  /** Clients when it was told last; 0 = it is no pattern. */
  told: number
}

/** A pattern as it stands, or stands no longer. */
export interface PatternNews {
  readonly protocol: Protocol
  readonly pairing: string
  readonly nats: number
  readonly clients: number
  readonly networks: number
  readonly origin: 'repeated' | 'incident'
  readonly firstMs: number
  readonly lastMs: number
  readonly over: boolean
}

/**
 * What hostile clients have in common: pairs of traits counted over distinct clients of 14 days. Three
 * clients of three networks make a pattern, a reported incident makes one at once (an operator's word).
 */
export class PatternBook {
  readonly #entries = new Map<string, Entry>()

  get size(): number {
    let patterns = 0
    for (const { told } of this.#entries.values()) if (told > 0) patterns += 1
    return patterns
  }

  /** A client became hostile, or was reported. */
  add(
    protocol: Protocol,
    client: string,
    traits: string,
    atMs: number,
    reported: boolean,
  ): readonly PatternNews[] {
    const news = this.#age(atMs)
    for (const { key, nats } of pairingsOf(traits)) {
      const entry = this.#open(protocol, key, nats, atMs)
      const known = entry.clients.get(client)
      if (known === undefined && entry.clients.size >= MOST_CLIENTS) continue
      const stays = reported || (known !== undefined && known < 0)
      entry.clients.set(client, stays ? -atMs : atMs)
      entry.lastMs = Math.max(entry.lastMs, atMs)
      news.push(...this.#tell(entry))
    }
    return news
  }

  /** It was not so: a false positive, or a report taken back; what it did later stands. */
  retract(client: string, untilMs = Infinity): readonly PatternNews[] {
    const news: PatternNews[] = []
    for (const entry of this.#entries.values()) {
      const seen = entry.clients.get(client)
      if (seen === undefined || Math.abs(seen) > untilMs) continue
      entry.clients.delete(client)
      news.push(...this.#tell(entry))
    }
    return news
  }

  #open(protocol: Protocol, pairing: string, nats: number, atMs: number): Entry {
    const key = `${protocol}|${pairing}`
    const known = this.#entries.get(key)
    this.#entries.delete(key)
    const empty = { protocol, pairing, nats, firstMs: atMs, lastMs: atMs, told: 0 }
    const entry = known ?? { ...empty, clients: new Map<string, number>() }
    this.#entries.set(key, entry)
    return entry
  }

  /** Those nobody showed for longest, and what has no room any more. */
  #age(atMs: number): PatternNews[] {
    const news: PatternNews[] = []
    let looks = 0
    for (const [key, entry] of this.#entries) {
      const full = this.#entries.size + NEW_AT_MOST > MOST_PAIRINGS
      if (looks >= LOOKED_AT && !full) break
      looks += 1
      for (const [client, seen] of entry.clients) {
        if (Math.abs(seen) < atMs - WINDOW_MS) entry.clients.delete(client)
      }
      if (entry.clients.size > 0 && !full) continue
      this.#entries.delete(key)
      entry.clients.clear()
      news.push(...this.#tell(entry))
    }
    return news
  }

  /** When it becomes one, when it has grown by a quarter, and when it is none any more. */
  #tell(entry: Entry): readonly PatternNews[] {
    const networks = new Set([...entry.clients.keys()].map(netOf)).size
    const reported = [...entry.clients.values()].some((seen) => seen < 0)
    const clients = entry.clients.size
    const repeated = clients >= LEAST.clients && networks >= LEAST.networks
    const is = repeated || reported
    const worth = is ? clients >= 1.25 * entry.told || clients < 0.75 * entry.told : entry.told > 0
    if (!worth) return []
    entry.told = is ? clients : 0
    const { protocol, pairing, nats, firstMs, lastMs } = entry
    const origin = repeated ? 'repeated' : 'incident'
    return [{ protocol, pairing, nats, clients, networks, origin, firstMs, lastMs, over: !is }]
  }

  save(to: ByteWriter): void {
    to.u32(this.#entries.size)
    for (const entry of this.#entries.values()) {
      to.u8(entry.protocol === 'tls' ? 1 : 0)
      to.text(entry.pairing)
      to.f64(entry.nats)
      to.f64(entry.firstMs)
      to.f64(entry.lastMs)
      to.u32(entry.told)
      to.u32(entry.clients.size)
      for (const [client, seen] of entry.clients) {
        to.text(client)
        to.f64(seen)
      }
    }
  }

  load(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      const entry: Entry = {
        protocol: from.u8() === 1 ? 'tls' : 'ssh',
        pairing: from.text(),
        nats: from.f64(),
        firstMs: from.f64(),
        lastMs: from.f64(),
        told: from.u32(),
        clients: new Map(),
      }
      for (let clients = from.u32(); clients > 0; clients -= 1) {
        entry.clients.set(from.text(), from.f64())
      }
      this.#entries.set(`${entry.protocol}|${entry.pairing}`, entry)
    }
  }
}
