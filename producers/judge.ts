import { type Judgement } from './judgement.ts'
import { createKnownListeners } from './known-listeners.ts'
import { createNuisanceLimit } from './nuisance-limit.ts'
import { concludeUndecided, countAsNothing } from './observe-connection.ts'
import { type ObserverContext } from './observer-context.ts'

/** The judge of an observer: remembers listeners, holds findings that cost their sender nothing to a rate. */
export function createJudge(
  shared: Omit<ObserverContext, 'judgement'>,
  sshPorts: ReadonlySet<number>,
  tlsPorts: ReadonlySet<number>,
): Judgement {
  const { limits, counters } = shared
  const listeners = createKnownListeners(sshPorts, tlsPorts, limits.maxListeners)
  const emptyConnections = createNuisanceLimit(limits.nuisances)
  const letters = createNuisanceLimit(limits.nuisances)
  const judgement: Judgement = {
    learn: (server, protocol) => {
      listeners.learn(server, protocol)
    },
    undecided(connection) {
      const { facts, pending, at } = connection
      const protocol = listeners.protocolOf(facts)
      if (protocol === undefined) countAsNothing(counters, pending)
      else if (!emptyConnections.admits(facts.clientAddress, at)) counters.ignored.flood += 1
      else concludeUndecided({ ...shared, judgement }, connection, protocol)
    },
    letter(record) {
      const { clientAddress, observedAt } = record
      if (clientAddress !== null && !letters.admits(clientAddress, observedAt)) {
        counters.deadLettersCapped += 1
      } else {
        shared.emit({ type: 'DeadLetter', record })
      }
    },
  }
  return judgement
}
