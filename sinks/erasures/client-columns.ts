/** Where history names a client. */
export interface ClientColumn {
  readonly table: string
  readonly column: string
  /** An address, a client entity, or the entity of a score (`ip:CLIENT#ssh`, `ip-fp:CLIENT|...`). */
  readonly holds: 'address' | 'client' | 'entity'
}

const BY_ADDRESS = [
  'tls_hello',
  'tls_handshake',
  'ssh_connection',
  'ssh_session',
  'ssh_auth_attempt',
  'outcome',
  'decision',
  'dead_letter',
]

/** Every column of history that names a client; a test holds it against the schemas. */
export const CLIENT_COLUMNS: readonly ClientColumn[] = [
  ...BY_ADDRESS.map((table) => ({ table, column: 'clientAddress', holds: 'address' }) as const),
  { table: 'sighting', column: 'client', holds: 'client' },
  { table: 'score', column: 'entity', holds: 'entity' },
  { table: 'habit', column: 'entity', holds: 'entity' },
  { table: 'alert', column: 'entity', holds: 'entity' },
]
