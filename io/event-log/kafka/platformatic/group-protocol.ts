import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka'
import { spread } from '../../assignment.ts'
import { type Place } from '../kafka-client.ts'

const VERSION = 0
const NO_DATA = Buffer.alloc(0)

/** What a member says of itself when it joins (Kafka's consumer protocol, version 0). */
export function subscriptionOf(topics: readonly string[]): Buffer {
  return encodeConsumerProtocolSubscription({
    version: VERSION,
    topics: [...topics],
    userData: NO_DATA,
  })
}

/**
 * Who gets what, by the member that leads: numbers are spread over members, and partition n of every topic
 * goes with number n.
 */
export function assignmentsOf(
  members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
  partitions: ReadonlyMap<string, number>,
): { memberId: string; assignment: Buffer }[] {
  const count = Math.max(0, ...partitions.values())
  const claimants = members
    .map(({ memberId }) => ({ member: memberId, claims: [] }))
    .sort((a, b) => (a.member < b.member ? -1 : 1))
  const numbers = spread(claimants, count)
  return members.map(({ memberId, metadata }) => {
    const { topics } = decodeConsumerProtocolSubscription(metadata)
    const mine = numbers.get(memberId) ?? []
    const assignedPartitions = topics.map((topic) => {
      const size = partitions.get(topic) ?? 0
      return { topic, partitions: mine.filter((number) => number < size) }
    })
    const assignment = encodeConsumerProtocolAssignment({
      version: VERSION,
      assignedPartitions,
      userData: NO_DATA,
    })
    return { memberId, assignment }
  })
}

export function placesOf(assignment: Buffer): readonly Place[] {
  return decodeConsumerProtocolAssignment(assignment).assignedPartitions.flatMap(
    ({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })),
  )
}
