import { Cursor } from '../../lib/cursor.ts'
import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../parsed.ts'
import { type PayloadCode, readKeyValue, readName, total } from './key-values.ts'
import { type TypedData } from './typed-data.ts'

/** One message of a NOTIFY, as `spoe-message` names it, with its arguments by name. */
export interface SpopMessage {
  readonly name: string
  readonly args: ReadonlyMap<string, TypedData>
}

/** Messages of one NOTIFY beyond this are refused: HAProxy groups a handful. */
const MOST_MESSAGES = 32

/**
 * The payload of NOTIFY, LIST-OF-MESSAGES (doc/SPOE.txt section 3.2.6):
 *
 *     [ varint-length name, uint8 number of arguments, KV-LIST ]*
 *
 * An argument without a name is found under its place, `0`, `1` ...
 */
export function parseNotify(payload: Uint8Array): Parsed<readonly SpopMessage[], PayloadCode> {
  const cursor = new Cursor(payload)
  const messages: SpopMessage[] = []
  return total(() => {
    while (cursor.remaining > 0) {
      if (messages.length === MOST_MESSAGES) {
        return reject('bad-name', `more than ${MOST_MESSAGES} messages`)
      }
      const message = readMessage(cursor)
      if (message.kind === 'reject') return message
      messages.push(message.value)
    }
    return emit(messages)
  })
}

function readMessage(cursor: Cursor): Parsed<SpopMessage, PayloadCode> {
  const name = readName(cursor)
  if (name === undefined) return reject('bad-name', `byte ${cursor.offset}`)
  const count = cursor.u8()
  const args = new Map<string, TypedData>()
  for (let n = 0; n < count; n += 1) {
    const item = readKeyValue(cursor)
    if (item.kind === 'reject') return item
    args.set(item.value.name === '' ? String(n) : item.value.name, item.value.data)
  }
  return emit({ name, args })
}
