import { createHmac, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { z } from 'zod'

const Secret = z.string().regex(/^[0-9a-f]{64}$/)
const Secrets = z.strictObject({
  /** Names the set: what was hashed with it can only be compared with what was hashed with it too. */
  keyId: z.string(),
  /** Password of the embedded ClickHouse's writing account. */
  clickhousePassword: Secret,
  /** Key of hashed user names that exist on no host. */
  nameKey: Secret,
  /** Key of sketches and of whatever else must not be predictable from outside. */
  sketchKey: Secret,
  /** Key of pseudonymous addresses. */
  addressKey: Secret,
  /** Seeds of the gate's Ed25519 and X25519 keys, whose public halves clients pin. */
  gateSign: Secret,
  gateSeal: Secret,
  /** Signs what webhooks are sent, in hex for their receivers to check it with. */
  webhookKey: Secret,
  /** Seals what is enrolled (questions, TOTP secrets, client keys) before it goes on the log. */
  enrolmentKey: Secret,
  /**
   * Keys of connection tokens, stamps and cookies. The first makes them, all are accepted: to change it, put
   * a new one in front and take the old one away when the longest token has expired.
   */
  tokenKeys: z
    .array(z.strictObject({ id: z.string().regex(/^[0-9a-z]{1,16}$/), key: Secret }))
    .min(1)
    .max(8),
})

export type Secrets = z.infer<typeof Secrets>

/**
 * The secrets of an installation, in one 0600 file of its data folder. Made at the first start; several
 * services may start at once, and all read what the first one made.
 */
export function openSecrets(dataDir: string): Secrets {
  openDataFolder(dataDir)
  const file = join(dataDir, 'secrets.json')
  const existing = read(file)
  if (existing !== undefined) return existing
  const fresh = JSON.stringify({
    keyId: randomBytes(4).toString('hex'),
    clickhousePassword: freshKey(),
    nameKey: freshKey(),
    sketchKey: freshKey(),
    addressKey: freshKey(),
    gateSign: freshKey(),
    gateSeal: freshKey(),
    webhookKey: freshKey(),
    enrolmentKey: freshKey(),
    tokenKeys: [{ id: randomBytes(4).toString('hex'), key: freshKey() }],
  } satisfies Secrets)
  const draft = drafted(file, fresh)
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
  const made = read(file)
  if (made === undefined) throw new Error(`secrets file ${file} vanished while it was made`)
  return made
}

function read(file: string): Secrets | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') {
      return undefined
    }
    throw error
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  const parsed = Secrets.safeParse(completed(file, JSON.parse(text)))
  if (!parsed.success)
    throw new Error(`secrets file ${file} is not as it was made: restore it from a backup`)
  return parsed.data
}

/** What files of earlier versions lack. */
const LATER = {
  addressKey: true,
  gateSign: true,
  gateSeal: true,
  webhookKey: true,
  enrolmentKey: true,
  tokenKeys: true,
} as const

/**
 * Files of earlier versions are completed: what they lack is made of a key they have, so that services which
 * add it at the same time add the same.
 */
function completed(file: string, json: unknown): unknown {
  if (Secrets.safeParse(json).success) return json
  const older = Secrets.partial(LATER).safeParse(json)
  if (!older.success) return json
  const { sketchKey } = older.data
  const derived = (label: string): string =>
    createHmac('sha256', sketchKey).update(label).digest('hex')
  const { data } = older
  const whole: Secrets = {
    ...data,
    addressKey: data.addressKey ?? derived('addressKey'),
    gateSign: data.gateSign ?? derived('gateSign'),
    gateSeal: data.gateSeal ?? derived('gateSeal'),
    webhookKey: data.webhookKey ?? derived('webhookKey'),
    enrolmentKey: data.enrolmentKey ?? derived('enrolmentKey'),
    tokenKeys: data.tokenKeys ?? [{ id: '0', key: derived('tokenKeys') }],
  }
  renameSync(drafted(file, JSON.stringify(whole)), file)
  return whole
}

function drafted(file: string, text: string): string {
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'w', 0o600)
  writeSync(handle, text)
  closeSync(handle)
  return draft
}

function freshKey(): string {
  return randomBytes(32).toString('hex')
}
