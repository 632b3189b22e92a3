import { type FlowFacts } from '../protocols/packet/flow-handler.ts'
import { endpointText } from './records/envelope.ts'

export type ListenerProtocol = 'tls' | 'ssh'

type Server = Pick<FlowFacts, 'serverAddress' | 'serverPort'>

/** Which listeners speak what: told by their own servers, else by configured ports. */
export interface KnownListeners {
  learn(server: Server, protocol: ListenerProtocol): void
  protocolOf(server: Server): ListenerProtocol | undefined
}

/**
 * Remembers at most `limit` listeners: when half as many have been learnt anew, those not met since
 * are forgotten.
 */
export function createKnownListeners(
  sshPorts: ReadonlySet<number>,
  tlsPorts: ReadonlySet<number>,
  limit: number,
): KnownListeners {
  let young = new Map<string, ListenerProtocol>()
  let old = new Map<string, ListenerProtocol>()
  const keyOf = (facts: Server): string => endpointText(facts.serverAddress, facts.serverPort)

  return {
    learn(facts, protocol) {
      const key = keyOf(facts)
      if (young.get(key) === protocol) return
      if (young.size >= limit / 2) {
        old = young
        young = new Map()
      }
      young.set(key, protocol)
    },
    protocolOf(facts) {
      const key = keyOf(facts)
      const known = young.get(key) ?? old.get(key)
      if (known !== undefined) return known
      if (sshPorts.has(facts.serverPort)) return 'ssh'
      return tlsPorts.has(facts.serverPort) ? 'tls' : undefined
    },
  }
}
