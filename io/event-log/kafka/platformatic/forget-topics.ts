import { Admin } from '@platformatic/kafka'
import { TOPIC_NAMES } from '../../../../schemas/topics.ts'
import { type KafkaConnection } from '../connection.ts'
import { rethrown, says } from './faults.ts'
import { baseOptions } from './options.ts'

/** Deletes the topics of an installation with everything in them. What is not there, or not ours to delete, stays. */
export async function forgetTopics(connection: KafkaConnection, prefix: string): Promise<void> {
  const admin = new Admin(baseOptions(connection))
  try {
    const existing = await admin.listTopics()
    const topics = TOPIC_NAMES.map((name) => `${prefix}${name}`)
    const there = topics.filter((topic) => existing.includes(topic))
    if (there.length > 0) await admin.deleteTopics({ topics: there })
  } catch (error) {
    if (!says(error, 'TOPIC_AUTHORIZATION_FAILED')) rethrown(error)
  } finally {
    await admin.close()
  }
}
