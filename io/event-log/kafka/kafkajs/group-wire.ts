import kafkajs from 'kafkajs'
import { REBALANCE_MS, SESSION_MS, type KafkaConnection } from '../connection.ts'
import { type Place } from '../kafka-client.ts'
import { claimsFromBytes, claimsToBytes, type GroupWire } from '../wires.ts'
import { clusterOf, rawBroker, type RawBroker } from './cluster.ts'
import { rethrown } from './faults.ts'

const PROTOCOL = 'vestibule'
const VERSION = 0
const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

/** The requests of a group's members, to the broker that coordinates it. */
export function groupWire(connection: KafkaConnection, groupId: string): GroupWire {
  const cluster = clusterOf(connection)

  const ask = async <T>(request: (to: RawBroker) => Promise<T>): Promise<T> => {
    try {
      if (!cluster.isConnected()) await cluster.connect()
      return await request(rawBroker(await cluster.findGroupCoordinator({ groupId })))
    } catch (error) {
      return rethrown(error)
    }
  }

  return {
    join: ({ topics, claims, memberId }) =>
      ask(async (to) => {
        const metadata = MemberMetadata.encode({
          ...{ version: VERSION, topics: [...topics], userData: claimsToBytes(claims) },
        })
        const joined = await to.joinGroup({
          ...{ groupId, memberId, sessionTimeout: SESSION_MS, rebalanceTimeout: REBALANCE_MS },
          groupProtocols: [{ name: PROTOCOL, metadata }],
        })
        const members = joined.leaderId === joined.memberId ? joined.members : []
        return {
          memberId: joined.memberId,
          generation: joined.generationId,
          members: members.map((one) => {
            const said = MemberMetadata.decode(one.memberMetadata)
            const claimed = claimsFromBytes(said?.userData)
            return { memberId: one.memberId, topics: said?.topics ?? [], claims: claimed }
          }),
        }
      }),
    sync: ({ memberId, generation: generationId }, assignments) =>
      ask(async (to) => {
        const groupAssignment = [...assignments].map(encoded)
        const synced = await to.syncGroup({ groupId, generationId, memberId, groupAssignment })
        const mine = MemberAssignment.decode(synced.memberAssignment)?.assignment ?? {}
        return Object.entries(mine).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        )
      }),
    heartbeat: (groupGenerationId, memberId) =>
      ask((to) => beatOnce(to, { groupId, groupGenerationId, memberId })),
    commit: (groupGenerationId, memberId, offsets) =>
      ask(async (to) => {
        const topics = topicsOf(offsets)
        await to.offsetCommit({ groupId, groupGenerationId, memberId, topics })
      }),
    leave: (memberId) =>
      ask(async (to) => {
        await to.leaveGroup({ groupId, memberId })
      }),
    close() {
      cluster.disconnect().catch(() => undefined)
    },
  }
}

async function beatOnce(to: RawBroker, beat: object): Promise<'holds' | 'rebalances'> {
  try {
    await to.heartbeat(beat)
    return 'holds'
  } catch (error) {
    const type = error instanceof Error && 'type' in error ? error.type : ''
    if (type === 'REBALANCE_IN_PROGRESS') return 'rebalances'
    throw error
  }
}

function encoded([memberId, places]: readonly [string, readonly Place[]]): object {
  const byTopic = [...Map.groupBy(places, ({ topic }) => topic)]
  const assignment = Object.fromEntries(
    byTopic.map(([topic, some]) => [topic, some.map(({ partition }) => partition)]),
  )
  const given = { version: VERSION, assignment, userData: Buffer.alloc(0) }
  return { memberId, memberAssignment: MemberAssignment.encode(given) }
}

function topicsOf(offsets: Parameters<GroupWire['commit']>[2]): readonly object[] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, places]) => ({
    topic,
    partitions: places.map(({ partition, offset }) => ({ partition, offset: `${offset}` })),
  }))
}
