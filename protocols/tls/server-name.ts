import { type Cursor } from '../../lib/cursor.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { printable } from '../printable.ts'

/** What server_name holds (RFC 6066 section 3). IP literals are forbidden there and sent all the same. */
export type ServerName =
  | { readonly form: 'absent' }
  | { readonly form: 'empty' }
  | { readonly form: 'malformed' }
  | { readonly form: 'name'; readonly name: string }
  | { readonly form: 'address'; readonly name: string }

const HOST_NAME = 0

/**
 * Reads the extension body:
 *
 *     struct { uint8 name_type = 0; opaque host_name<1..2^16-1>; } ServerName;
 *     ServerName server_name_list<1..2^16-1>;
 *
 * The first name counts. Throws OutOfBytes when a length runs past the body.
 */
export function readServerName(body: Cursor): ServerName {
  if (body.remaining === 0) return { form: 'empty' }
  const list = body.slice(body.u16())
  if (list.remaining === 0) return { form: 'empty' }
  if (list.u8() !== HOST_NAME) return { form: 'malformed' }
  const bytes = list.take(list.u16())
  if (bytes.length === 0) return { form: 'empty' }
  const name = printable(bytes, 255).toLowerCase()
  return { form: looksLikeAddress(name) ? 'address' : 'name', name }
}

function looksLikeAddress(name: string): boolean {
  const last = name.charCodeAt(name.length - 1)
  const endsInDigit = last >= 0x30 && last <= 0x39
  if (!endsInDigit && !name.includes(':')) return false
  return parseAddress(name) !== undefined
}
