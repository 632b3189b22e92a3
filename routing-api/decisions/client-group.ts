import { applicationOf, groupOf, type Habit } from '../../behaviour/servers/group.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { type HabitView } from './server-view.ts'

/** What a connection says of the group its client falls into. */
export interface GroupFacts {
  readonly address: Uint8Array
  readonly fingerprint: string | null
  /** Agreed on in the handshake. */
  readonly alpn: string | null
  readonly serverName: string | null
  /** The score is past the lowest band. */
  readonly raised: boolean
}

/** A client in its behaviour group, and what it is kept at its place by. */
export interface GroupedClient {
  readonly group: string
  readonly habit: Habit | undefined
  /** Client, with its program where that is known: many who share an address are not one. */
  readonly sticky: string
}

/** The group of a client: what it asks for now, and how it was before. Client and program speak first. */
export function groupedClient(facts: GroupFacts, habits: HabitView): GroupedClient {
  const client = clientEntity(facts.address)
  const { fingerprint, alpn, serverName, raised } = facts
  const pair = fingerprint === null ? undefined : habits.find(`ip-fp:${client}|${fingerprint}`)
  const habit = pair ?? habits.find(`ip:${client}`)
  const sticky = fingerprint === null ? client : `${client}|${fingerprint}`
  return { group: groupOf(applicationOf(alpn, serverName), habit, raised), habit, sticky }
}
