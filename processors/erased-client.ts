import { clientEntity, parseAddress } from '../lib/client-entity.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'

/** The client entity that an operator's word erases; undefined for every other record. */
export function erasedClient(any: AnyRecord): string | undefined {
  if (any.type !== 'Control' || any.record.kind !== 'erasure' || any.record.deleted)
    return undefined
  const address = parseAddress(any.record.id.split('/', 1)[0] ?? '')
  return address === undefined ? undefined : clientEntity(address)
}
