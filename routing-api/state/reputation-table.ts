import { NOTHING_KNOWN, type Posterior } from '../../behaviour/servers/posterior.ts'
import { type Reputation } from '../../schemas/generated/records.ts'
import { type ReputationView } from '../decisions/server-view.ts'

const MOST_SERVERS = 100_000

/** Reputations of servers as the processors tell them; each record is the whole of one server. */
export class ReputationTable implements ReputationView {
  readonly #servers = new Map<string, { asOf: number; groups: ReadonlyMap<string, Posterior> }>()

  get size(): number {
    return this.#servers.size
  }

  find(serverId: string, group: string): Posterior | undefined {
    return this.#servers.get(serverId)?.groups.get(group)
  }

  /** Groups that a server has a reputation with. */
  groupsOf(serverId: string): readonly string[] {
    return [...(this.#servers.get(serverId)?.groups.keys() ?? [])]
  }

  /** False when there is no room for another server. */
  apply({ serverId, groups, asOf }: Reputation): boolean {
    const known = this.#servers.get(serverId)
    if (known !== undefined && known.asOf > asOf) return true
    if (known === undefined && this.#servers.size >= MOST_SERVERS) return false
    const asOfMs = asOf / 1000
    const posteriors = groups.map(({ group, alpha, beta, fit, fitWeight }) => {
      return [group, { ...NOTHING_KNOWN, alpha, beta, fit, fitWeight, asOfMs }] as const
    })
    this.#servers.set(serverId, { asOf, groups: new Map(posteriors) })
    return true
  }

  remove(serverId: string): void {
    this.#servers.delete(serverId)
  }
}
