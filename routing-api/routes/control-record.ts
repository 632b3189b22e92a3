import { eventId } from '../../lib/event-id.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { type Api } from './api.ts'

/** Who says it, and why: every word of an operator is audited. */
export interface Word {
  readonly caller: string
  readonly actor?: string | undefined
  readonly reason: string
}

/** A record for the control topic. With keys the actor is the key's name, whatever was claimed. */
export function controlRecord(
  kind: Control['kind'],
  id: string,
  body: string,
  deleted: boolean,
  word: Word,
  api: Pick<Api, 'now' | 'freshId' | 'site'>,
): Control {
  const observedAt = Math.round(api.now() * 1000)
  const actor = word.caller === 'local' ? (word.actor ?? word.caller) : word.caller
  return {
    eventId: eventId('Control', api.freshId(), 0),
    observedAt,
    ingestedAt: observedAt,
    sensor: 'routing-api',
    site: api.site,
    kind,
    id,
    deleted,
    body,
    actor,
    reason: word.reason,
  }
}

/** Appends the word, then takes it in here at once: other instances read it from the topic. */
export async function decree(control: Control, api: Api): Promise<void> {
  await api.append({ type: 'Control', record: control })
  api.state.applyControl(control)
}
