import {
  doubted,
  isAlarmed,
  NOTHING_KNOWN,
  observed,
  takenBack,
  type Posterior,
} from '../../behaviour/servers/posterior.ts'
import { isRaised } from '../../behaviour/servers/group.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Reputation, type Served } from '../../schemas/generated/records.ts'
import { type FoldOutput } from '../client-fold/fold-output.ts'
import { RecentIds } from '../population-fold/recent-ids.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { loadBytes, partsOf, type PartLoader, type SavedPart } from '../state/saved-part.ts'
import { KnownServer } from './known-server.ts'

const STATE_VERSION = 1
/** Servers with a reputation; the one that was silent longest gives way. */
const MOST_SERVERS = 10_000
/** All groups whose risk is not raised. */
export const OVERALL = '*'

/**
 * The reputation of each server with each behaviour group, from how connections ended. Pure over event
 * time. What clients of raised risk met counts in their own group only: they cannot talk a server down
 * for everybody else.
 */
export class ServerFold {
  /** In the order in which they were heard of last. */
  readonly #servers = new Map<string, KnownServer>()
  readonly #recent = new RecentIds()

  get size(): number {
    return this.#servers.size
  }

  step(any: AnyRecord): readonly FoldOutput[] {
    if (any.type !== 'Served' || !this.#recent.add(any.record.eventId)) return []
    const served = any.record
    const server = this.#open(served.serverId)
    const atMs = served.observedAt / 1000
    const urgent = move(server, served.group, served, atMs)
    const spread = isRaised(served.group) ? false : move(server, OVERALL, served, atMs)
    if (spread) server.doubtAll()
    if (!server.worthTelling(atMs, urgent || spread)) return []
    return [{ kind: 'record', type: 'Reputation', record: reputation(served, server, atMs) }]
  }

  #open(id: string): KnownServer {
    const known = this.#servers.get(id)
    this.#servers.delete(id)
    const server = known ?? new KnownServer()
    this.#servers.set(id, server)
    if (this.#servers.size > MOST_SERVERS) {
      for (const oldest of this.#servers.keys()) {
        this.#servers.delete(oldest)
        break
      }
    }
    return server
  }

  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(STATE_VERSION)
    this.#recent.save(to)
    to.u32(this.#servers.size)
    for (const [id, server] of this.#servers) {
      to.text(id)
      server.save(to)
    }
    return partsOf('servers', to.finish())
  }

  /** Fills a new fold. Throws RangeError on a state of another version: replay from the log then. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const version = from.u32()
    if (version !== STATE_VERSION) throw new RangeError(`state version ${version}`)
    this.#recent.load(from)
    for (let left = from.u32(); left > 0; left -= 1) {
      const server = new KnownServer()
      const id = from.text()
      server.load(from)
      this.#servers.set(id, server)
    }
  }
}

/** Moves one posterior; true when its outcomes have turned bad all of a sudden. */
function move(server: KnownServer, group: string, served: Served, atMs: number): boolean {
  const before = server.groups.get(group) ?? NOTHING_KNOWN
  const after = moved(before, served, atMs)
  const alarmed = isAlarmed(after)
  server.put(group, alarmed ? doubted(after) : after)
  return alarmed
}

function moved(before: Posterior, served: Served, atMs: number): Posterior {
  const weight = Math.min(1, Math.max(0, served.weight))
  if (served.verdict === 'taken-back') return takenBack(before, weight, served.since / 1000, atMs)
  const fit = served.fit === null ? undefined : Math.min(1, Math.max(0, served.fit))
  return observed(before, { success: served.verdict === 'success' ? 1 : 0, fit, weight }, atMs)
}

function reputation(served: Served, server: KnownServer, atMs: number): Reputation {
  const { serverId, observedAt, ingestedAt, site } = served
  return {
    eventId: eventId('Reputation', served.eventId, 0),
    ...{ observedAt, ingestedAt, sensor: 'server-fold', site, serverId },
    groups: server.tell(atMs),
    asOf: observedAt,
  }
}
