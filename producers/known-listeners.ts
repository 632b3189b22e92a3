import { type FlowFacts } from '../protocols/packet/flow-handler.ts'
import { endpointText } from './records/envelope.ts'

export type ListenerProtocol = 'tls' | 'ssh'

/** Which listeners speak what: told by their own servers, else by configured ports. */
export interface KnownListeners {
  learn(facts: FlowFacts, protocol: ListenerProtocol): void
  protocolOf(facts: FlowFacts): ListenerProtocol | undefined
}

/** Remembers at most `limit` listeners; the one learnt longest ago is forgotten first. */
export function createKnownListeners(
  sshPorts: ReadonlySet<number>,
  tlsPorts: ReadonlySet<number>,
  limit: number,
): KnownListeners {
  const learnt = new Map<string, ListenerProtocol>()
  const keyOf = (facts: FlowFacts): string => endpointText(facts.serverAddress, facts.serverPort)

  return {
    learn(facts, protocol) {
      const key = keyOf(facts)
      if (learnt.get(key) === protocol) return
      learnt.delete(key)
      for (const oldest of learnt.keys()) {
        if (learnt.size < limit) break
        learnt.delete(oldest)
      }
      learnt.set(key, protocol)
    },
    protocolOf(facts) {
      const known = learnt.get(keyOf(facts))
      if (known !== undefined) return known
      if (sshPorts.has(facts.serverPort)) return 'ssh'
      return tlsPorts.has(facts.serverPort) ? 'tls' : undefined
    },
  }
}
