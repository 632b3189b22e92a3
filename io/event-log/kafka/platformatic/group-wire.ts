import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  offsetCommitV8,
  syncGroupV5,
  type Connection,
} from '@platformatic/kafka'
import { REBALANCE_MS, SESSION_MS, type KafkaConnection } from '../connection.ts'
import { type Place } from '../kafka-client.ts'
import {
  claimsFromBytes,
  claimsToBytes,
  type GroupWire,
  type Joined,
  type Joiner,
} from '../wires.ts'
import { Coordinator } from './coordinator.ts'
import { says } from './faults.ts'

const PROTOCOL = 'vestibule'
/** Kafka's consumer protocol: what a member says of itself, and what it is given. */
const VERSION = 0
const NO_DATA = Buffer.alloc(0)

/** The requests of a group's members, to the broker that coordinates it. */
export function groupWire(connection: KafkaConnection, group: string): GroupWire {
  const coordinator = new Coordinator(connection, 'group', group)

  return {
    join: (self) => coordinator.ask((to) => joinOnce(to, group, self)),
    async sync({ memberId, generation }, assignments) {
      const given = [...assignments].map(encoded)
      const synced = await coordinator.ask((to) =>
        syncGroupV5.api.async(
          ...([to, group, generation, memberId, null, 'consumer', PROTOCOL] as const),
          given,
        ),
      )
      const { assignedPartitions } = decodeConsumerProtocolAssignment(synced.assignment)
      return assignedPartitions.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => ({ topic, partition })),
      )
    },
    heartbeat: (generation, memberId) =>
      coordinator.ask(async (to) => {
        try {
          await heartbeatV4.api.async(to, group, generation, memberId)
          return 'holds'
        } catch (error) {
          if (says(error, 'REBALANCE_IN_PROGRESS')) return 'rebalances'
          throw error
        }
      }),
    async commit(generation, memberId, offsets) {
      const topics = topicsOf(offsets)
      await coordinator.ask((to) =>
        offsetCommitV8.api.async(to, group, generation, memberId, null, topics),
      )
    },
    async leave(memberId) {
      await coordinator.ask((to) => leaveGroupV5.api.async(to, group, [{ memberId }]))
    },
    close() {
      coordinator.close()
    },
  }
}

async function joinOnce(
  to: Connection,
  group: string,
  { topics, claims, memberId: id }: Joiner,
): Promise<Joined> {
  const said = { version: VERSION, topics: [...topics], userData: claimsToBytes(claims) }
  const metadata = encodeConsumerProtocolSubscription(said)
  const protocols = [{ name: PROTOCOL, metadata }]
  const times = [SESSION_MS, REBALANCE_MS] as const
  const ask = (memberId: string): ReturnType<typeof joinGroupV9.api.async> =>
    joinGroupV9.api.async(to, group, ...times, memberId, null, 'consumer', protocols)
  const answer = await ask(id).catch((error: unknown) => {
    const given = memberIdIn(error)
    if (given === undefined) throw error
    return ask(given)
  })
  const members = answer.leader === answer.memberId ? answer.members : []
  return {
    memberId: answer.memberId,
    generation: answer.generationId,
    members: members.map(({ memberId, metadata: of }) => {
      const { topics: wanted, userData } = decodeConsumerProtocolSubscription(of)
      return { memberId, topics: wanted, claims: claimsFromBytes(userData) }
    }),
  }
}

function encoded([memberId, places]: readonly [string, readonly Place[]]): {
  memberId: string
  assignment: Buffer
} {
  const byTopic = Map.groupBy(places, ({ topic }) => topic)
  const assignedPartitions = [...byTopic].map(([topic, some]) => {
    return { topic, partitions: some.map(({ partition }) => partition) }
  })
  const said = { version: VERSION, assignedPartitions, userData: NO_DATA }
  return { memberId, assignment: encodeConsumerProtocolAssignment(said) }
}

function topicsOf(
  offsets: Parameters<GroupWire['commit']>[2],
): Parameters<typeof offsetCommitV8.api.async>[5] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, places]) => ({
    name,
    partitions: places.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
    })),
  }))
}

/** The broker answers the first join with an id to join with (KIP-394). */
function memberIdIn(error: unknown): string | undefined {
  if (!(error instanceof Error) || !says(error, 'MEMBER_ID_REQUIRED')) return undefined
  const response: unknown = 'response' in error ? error.response : undefined
  const id =
    typeof response === 'object' && response !== null && 'memberId' in response
      ? response.memberId
      : undefined
  return typeof id === 'string' ? id : undefined
}
