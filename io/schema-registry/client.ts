import { z } from 'zod'
import { boundedText } from './bounded-text.ts'

const Registered = z.object({ id: z.int().nonnegative() })
const Schema = z.object({ schema: z.string() })
const Version = z.object({ id: z.int().nonnegative(), schema: z.string() })
const Versions = z.array(z.int().positive())
const Compatibility = z.object({
  is_compatible: z.boolean(),
  messages: z.array(z.string()).optional(),
})
const Fault = z.looseObject({ error_code: z.int().optional(), message: z.string().optional() })

/** How to reach a registry and who asks. */
export interface RegistryAccess {
  /** Confluent's API: `http://host:8081`, of Apicurio `http://host:8080/apis/ccompat/v7`. Without user and password. */
  readonly url: string
  /** `user:password`. */
  readonly userInfo?: string | undefined
  readonly token?: string | undefined
  readonly timeoutMs?: number
}

/** The registry answered with an error or something else than its documented API says. */
export class SchemaRegistryError extends Error {
  override readonly name = 'SchemaRegistryError'
  /** 0: no answer. */
  readonly status: number
  /** The registry's own code, as 40401 for a subject that is not there. */
  readonly code: number | undefined

  constructor(status: number, message: string, code?: number, cause?: unknown) {
    super(message, { cause })
    this.status = status
    this.code = code
  }

  /** Whether it may be otherwise in a moment. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export interface StoredSchema {
  readonly id: number
  readonly schema: object
}

/** What a subject's compatibility level makes of a schema. */
export interface Verdict {
  readonly compatible: boolean
  readonly why: string
}

export interface SchemaRegistry {
  /** Id of the schema if it is registered under the subject. */
  lookup(subject: string, schema: object): Promise<number | undefined>
  /** Registers a schema under a subject, or finds it there; answers its id. */
  register(subject: string, schema: object): Promise<number>
  /** Numbers of a subject's versions, oldest first; none of a subject that is not there. */
  versions(subject: string): Promise<readonly number[]>
  version(subject: string, version: number): Promise<StoredSchema>
  schemaOf(id: number): Promise<object>
  /** By the subject's level against its newest version. Compatible when there is no such subject. */
  compatibility(subject: string, schema: object): Promise<Verdict>
}

const TYPE = 'application/vnd.schemaregistry.v1+json'
const TIMEOUT_MS = 5_000
/** Of an answer of the registry; our largest schema takes 20 kB. */
const MOST_BYTES = 2 * 1024 * 1024
const NOT_FOUND = 404

/** A client of Confluent's Schema Registry REST API (its API reference), as far as Vestibule needs it. */
export function schemaRegistry(access: RegistryAccess): SchemaRegistry {
  const base = access.url.replace(/\/+$/, '')
  const headers = { 'content-type': TYPE, accept: TYPE, ...authorization(access) }

  async function call<T>(
    form: z.ZodType<T>,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<T> {
    const request = {
      method,
      headers,
      // A redirect could carry the password elsewhere.
      redirect: 'error',
      signal: AbortSignal.timeout(access.timeoutMs ?? TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    } as const
    try {
      const answer = await fetch(`${base}${path}`, request)
      const text = await boundedText(answer, MOST_BYTES)
      if (!answer.ok) throw refusal(base, answer.status, `${method} ${path}`, text)
      const value = form.safeParse(jsonOr(text))
      if (!value.success) throw noRegistry(base, 200)
      return value.data
    } catch (error) {
      if (error instanceof SchemaRegistryError) throw error
      const why = reasonOf(error)
      const text = `the schema registry at ${base} cannot be reached (${why}): see VESTIBULE_SCHEMA_REGISTRY_URL`
      throw new SchemaRegistryError(0, text, undefined, error)
    }
  }

  return {
    lookup: (subject, schema) =>
      unlessAbsent(
        async () => (await call(Registered, 'POST', under(subject), wrapped(schema))).id,
        undefined,
      ),
    async register(subject, schema) {
      return (await call(Registered, 'POST', `${under(subject)}/versions`, wrapped(schema))).id
    },
    versions: (subject) =>
      unlessAbsent(async () => call(Versions, 'GET', `${under(subject)}/versions`), []),
    async version(subject, version) {
      const stored = await call(Version, 'GET', `${under(subject)}/versions/${version}`)
      return { id: stored.id, schema: schemaFrom(base, stored.schema) }
    },
    async schemaOf(id) {
      return schemaFrom(base, (await call(Schema, 'GET', `/schemas/ids/${id}`)).schema)
    },
    compatibility: (subject, schema) =>
      unlessAbsent(
        async () => {
          const path = `/compatibility${under(subject)}/versions/latest?verbose=true`
          const answer = await call(Compatibility, 'POST', path, wrapped(schema))
          return { compatible: answer.is_compatible, why: (answer.messages ?? []).join('; ') }
        },
        { compatible: true, why: '' },
      ),
  }
}

const wrapped = (schema: object): object => ({ schema: JSON.stringify(schema) })
const under = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`

function authorization({ userInfo, token }: RegistryAccess): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (userInfo === undefined) return {}
  return { authorization: `Basic ${Buffer.from(userInfo).toString('base64')}` }
}

/** The registry's own 404 says that something is not registered; any other, that no registry is there. */
async function unlessAbsent<T>(ask: () => Promise<T>, absent: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const isAbsence =
      error instanceof SchemaRegistryError && error.status === NOT_FOUND && error.code !== undefined
    if (isAbsence) return absent
    throw error
  }
}

function refusal(base: string, status: number, asked: string, text: string): SchemaRegistryError {
  const said = Fault.safeParse(jsonOr(text)).data
  if (status === 401 || status === 403) {
    const how = 'see VESTIBULE_SCHEMA_REGISTRY_USER_INFO and VESTIBULE_SCHEMA_REGISTRY_TOKEN'
    return new SchemaRegistryError(
      status,
      `the schema registry at ${base} refuses ${asked} (${status}): ${how}`,
    )
  }
  if (said?.error_code === undefined && status === NOT_FOUND) return noRegistry(base, status)
  const why = (said?.message ?? text).slice(0, 300)
  const message = `the schema registry at ${base} answers ${asked} with ${status}: ${why}`
  return new SchemaRegistryError(status, message, said?.error_code)
}

function noRegistry(base: string, status: number): SchemaRegistryError {
  const paths = "Confluent's is http://host:8081, Apicurio's http://host:8080/apis/ccompat/v7"
  return new SchemaRegistryError(
    status,
    `no schema registry answers at ${base}: ${paths} (VESTIBULE_SCHEMA_REGISTRY_URL)`,
  )
}

function schemaFrom(base: string, text: string): object {
  const schema = z.looseObject({}).safeParse(jsonOr(text))
  if (schema.success) return schema.data
  throw new SchemaRegistryError(
    200,
    `the schema registry at ${base} holds a schema that is no record`,
    0,
  )
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A word for what went wrong below HTTP; none of them names who asked. */
function reasonOf(error: unknown): string {
  if (said(error, 'name') === 'TimeoutError') return 'no answer in time'
  const cause = property(error, 'cause')
  return said(cause, 'code') ?? said(cause, 'message') ?? said(error, 'message') ?? 'unknown'
}

function said(of: unknown, name: string): string | undefined {
  const value = property(of, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}
