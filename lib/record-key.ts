import { type AnyRecord } from './codec/codec.ts'
import { clientEntity } from './client-entity.ts'
import { TOPIC_NAMES, TOPICS, type TopicName } from '../schemas/topics.ts'
import { type RecordName } from '../schemas/generated/records.ts'

const TOPIC_OF = new Map<RecordName, TopicName>(
  TOPIC_NAMES.flatMap((topic) => TOPICS[topic].records.map((name) => [name, topic] as const)),
)

/** The topic a record travels on: each record type has one. */
export function topicOf(type: RecordName): TopicName {
  const topic = TOPIC_OF.get(type)
  if (topic === undefined) throw new Error(`no topic carries ${type}`)
  return topic
}

/** The key a record is stored under: what shares it keeps its order and its partition. */
export function recordKey(any: AnyRecord): string {
  switch (any.type) {
    case 'TlsHello':
    case 'TlsHandshake':
    case 'SshConnection':
    case 'SshSession':
    case 'SshAuthAttempt':
    case 'Outcome':
    case 'Decision':
      return clientEntity(any.record.clientAddress)
    case 'Sighting':
    case 'Population':
      return `${any.record.kind}:${any.record.key}#${any.record.protocol}`
    case 'Score':
    case 'Alert':
      return any.record.entity
    case 'Snapshot':
      return `${any.record.group}/${any.record.partition}/${any.record.chunk}`
    case 'Control':
      return `${any.record.kind}/${any.record.id}`
    case 'AttackPattern':
      return PATTERN + any.record.patternId
    case 'Habit':
      return habitKey(any.record.entity)
    case 'Served':
      return `server:${any.record.serverId}`
    case 'Server':
      return any.record.serverId
    case 'Reputation':
      return reputationKey(any.record.serverId)
    case 'DeadLetter':
      return any.record.sensor
  }
}

const HABIT = 'habit:'

/** Key of a client's habit on the topic of the population. */
export function habitKey(entity: string): string {
  return HABIT + entity
}

/** The entity of a habit's key; undefined for the key of a value. */
export function entityOfHabit(key: string): string | undefined {
  return key.startsWith(HABIT) ? key.slice(HABIT.length) : undefined
}

const PATTERN = 'pattern:'

/** The pattern of a key on the topic of the population; undefined for the key of anything else. */
export function patternOfKey(key: string): string | undefined {
  return key.startsWith(PATTERN) ? key.slice(PATTERN.length) : undefined
}

const REPUTATION = 'reputation '

/** No id of a server has a space. */
export function reputationKey(serverId: string): string {
  return REPUTATION + serverId
}

/** The server of a reputation's key; undefined for the key of a server. */
export function serverOfReputation(key: string): string | undefined {
  return key.startsWith(REPUTATION) ? key.slice(REPUTATION.length) : undefined
}
