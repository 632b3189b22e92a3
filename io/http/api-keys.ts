import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openDataFolder } from '../data-folder.ts'
import { z } from 'zod'
import { type Logger } from '../../lib/logger.ts'
import { type Scope } from '../../routing-api/routes/route.ts'
import { watchFile } from '../watch-file.ts'
import { isLoopback } from './same-machine.ts'

const KeyFile = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,64}$/),
        scope: z.enum(['gate', 'read', 'operator']),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(10_000),
})

export type ApiKey = z.infer<typeof KeyFile>['keys'][number]

/** Who asks, and whether he may. */
export type Access =
  | { readonly kind: 'granted'; readonly caller: string }
  | {
      readonly kind: 'refused'
      readonly status: 401 | 403
      readonly code: string
      readonly message: string
    }

/** `api-keys.json` in the data folder. */
export function keyFile(dataDir: string): string {
  return join(dataDir, 'api-keys.json')
}

/**
 * Reads the hashed keys; none when there is no file. Keys are 256 random bits, so one SHA-256 is as
 * good as a slow hash: there is nothing to guess.
 */
export function readApiKeys(file: string): readonly ApiKey[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
  return KeyFile.parse(JSON.parse(text)).keys
}

/** The keys to listen on `host` with; one clear sentence when others could reach it and there are none. */
export function keysFor(host: string, file: string): readonly ApiKey[] {
  const keys = readApiKeys(file)
  if (keys.length > 0 || isLoopback(host)) return keys
  throw new Error(
    `the API does not listen on ${host} without API keys: make one with 'vestibule api-key create NAME --scope gate', or listen on 127.0.0.1`,
  )
}

/** Makes a key, stores its hash (file mode 0600) and gives the key: it cannot be read back later. */
export async function createApiKey(
  file: string,
  id: string,
  scope: ApiKey['scope'],
): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  const key: ApiKey = { id, scope, sha256: digest(secret).toString('hex') }
  const keys = [...readApiKeys(file).filter((known) => known.id !== id), key]
  await writeKeys(file, keys)
  return `vestibule.${id}.${secret}`
}

/** Takes a key out of the file; false when there was none of this name. */
export async function removeApiKey(file: string, id: string): Promise<boolean> {
  const known = readApiKeys(file)
  const keys = known.filter((key) => key.id !== id)
  if (keys.length < known.length) await writeKeys(file, keys)
  return keys.length < known.length
}

async function writeKeys(file: string, keys: readonly ApiKey[]): Promise<void> {
  KeyFile.parse({ keys })
  openDataFolder(dirname(file))
  await writeFile(`${file}.new`, `${JSON.stringify({ keys }, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/** Who may ask now. */
export interface KeyRing {
  /**
   * Decides by the Authorization header. Without any keys (loopback only) everybody on the machine is
   * `local`. A key is `vestibule.ID.SECRET`, sent as a bearer token.
   */
  readonly access: (authorization: string | undefined, scope: Scope) => Access
  /** There never were keys: only programs of this machine may ask, and no web page. */
  readonly keyless: () => boolean
  /** Other keys from now on. When the last one is taken away nobody may ask: it never opens again. */
  readonly replace: (keys: readonly ApiKey[]) => void
}

export function keyRing(keys: readonly ApiKey[]): KeyRing {
  let keyless = keys.length === 0
  let check = keyChecker(keys, keyless)
  return {
    access: (authorization, scope) => check(authorization, scope),
    keyless: () => keyless,
    replace(others): void {
      keyless &&= others.length === 0
      check = keyChecker(others, keyless)
    },
  }
}

/**
 * Keeps a ring as its file says until the signal aborts; within a second of a change. A file that
 * cannot be read as keys, or is away, changes nothing.
 */
export async function followKeys(
  ring: KeyRing,
  file: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for await (const text of watchFile(file, signal)) {
    try {
      const { keys } = KeyFile.parse(JSON.parse(text))
      ring.replace(keys)
      logger.info('API keys read', { keys: keys.length })
    } catch (error) {
      logger.error(`${file} holds no keys that can be read: those known before stay`, { error })
    }
  }
}

function keyChecker(keys: readonly ApiKey[], keyless: boolean): KeyRing['access'] {
  const byId = new Map(keys.map((key) => [key.id, { key, hash: Buffer.from(key.sha256, 'hex') }]))
  const accepted = new Map<string, ApiKey>()
  return (authorization, scope) => {
    if (scope === 'public') return { kind: 'granted', caller: 'public' }
    if (keyless) return { kind: 'granted', caller: 'local' }
    const key = accepted.get(authorization ?? '') ?? verified(authorization, byId)
    if (key === undefined) {
      const message = 'send a valid key as "Authorization: Bearer vestibule.ID.SECRET"'
      return { kind: 'refused', status: 401, code: 'unauthorized', message }
    }
    // A header that was verified once is known by itself: no hash on every request.
    if (accepted.size < 1_000) accepted.set(authorization ?? '', key)
    if (key.scope === scope || key.scope === 'operator') return { kind: 'granted', caller: key.id }
    const message = `key ${key.id} has scope ${key.scope}, this needs ${scope}`
    return { kind: 'refused', status: 403, code: 'forbidden', message }
  }
}

function verified(
  authorization: string | undefined,
  byId: ReadonlyMap<string, { readonly key: ApiKey; readonly hash: Buffer }>,
): ApiKey | undefined {
  const parts = /^Bearer vestibule\.([a-z0-9-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(
    authorization ?? '',
  )
  const known = byId.get(parts?.[1] ?? '')
  const given = digest(parts?.[2] ?? '')
  // The comparison is made for unknown ids too, so that its time tells nothing.
  const same = timingSafeEqual(given, known?.hash ?? digest('no such key'))
  return same ? known?.key : undefined
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isCode(error: unknown, code: string): boolean {
  return error !== null && typeof error === 'object' && 'code' in error && error.code === code
}
