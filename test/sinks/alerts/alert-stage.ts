import { memoryEventLog } from '../../../io/event-log/memory.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { type EventLog } from '../../../lib/event-log.ts'
import { type Alert, type Control } from '../../../schemas/generated/records.ts'

export const CODEC = singleObjectCodec()
export const NOON_MS = 1_795_305_600_000

/** A log in memory with a policy and alerts on it. */
export interface AlertStage {
  readonly log: EventLog
  policy(text: string): Promise<void>
  alert(entity: string, more?: Partial<Alert>): Promise<void>
}

export function alertStage(nowMs = NOON_MS): AlertStage {
  const log = memoryEventLog()
  let count = 0
  const stamp = { observedAt: nowMs * 1_000, ingestedAt: nowMs * 1_000, sensor: 't', site: 'here' }
  const id = (): Uint8Array => {
    count += 1
    return Buffer.alloc(16, count)
  }
  return {
    log,
    async policy(text): Promise<void> {
      const eventId = id()
      const rest = { kind: 'policy', deleted: false, body: text, actor: 'a', reason: 'r' } as const
      const record: Control = { ...stamp, ...rest, eventId, id: `${count}-x` }
      const value = CODEC.encode('Control', record)
      await log.append('control', [{ key: `policy/${record.id}`, value, timestampMs: nowMs }])
    },
    async alert(entity, more = {}): Promise<void> {
      const what = { kind: 'terminated', severity: 'critical', entity } as const
      const said = { message: `${entity} was terminated`, details: '{"risk":97}' }
      const record: Alert = { ...stamp, ...what, ...said, eventId: id(), ...more }
      const value = CODEC.encode('Alert', record)
      await log.append('alerts', [{ key: entity, value, timestampMs: nowMs }])
    },
  }
}
