import { z } from 'zod'

const Registered = z.object({ id: z.int().nonnegative() })
const Schema = z.object({ schema: z.string().max(1_000_000) })
const Compatibility = z.object({
  is_compatible: z.boolean(),
  messages: z.array(z.string()).optional(),
})

/** The registry answered with an error or something else than its documented API says. */
export class SchemaRegistryError extends Error {
  override readonly name = 'SchemaRegistryError'
  readonly status: number

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.status = status
  }
}

export interface SchemaRegistry {
  /** Registers a schema under a subject, or finds it there; returns its id. */
  register(subject: string, schema: object): Promise<number>
  schemaOf(id: number): Promise<object>
  /** Whether readers of the subject's newest version could read what this schema writes. True for a new subject. */
  isCompatible(subject: string, schema: object): Promise<boolean>
}

const TYPE = 'application/vnd.schemaregistry.v1+json'

/** A client of Confluent's schema registry REST API, as far as Vestibule needs it. */
export function schemaRegistry(url: string, timeoutMs = 5_000): SchemaRegistry {
  const base = url.replace(/\/+$/, '')

  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': TYPE, accept: TYPE },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new SchemaRegistryError(0, `schema registry at ${base} cannot be reached`, error)
    })
    const text = await answer.text()
    if (!answer.ok) {
      const said = text.slice(0, 200)
      throw new SchemaRegistryError(answer.status, `schema registry: ${method} ${path}: ${said}`)
    }
    return JSON.parse(text)
  }

  return {
    async register(subject, schema): Promise<number> {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      return Registered.parse(await call('POST', path, { schema: JSON.stringify(schema) })).id
    },
    async schemaOf(id): Promise<object> {
      const parsed: unknown = JSON.parse(
        Schema.parse(await call('GET', `/schemas/ids/${id}`)).schema,
      )
      return z.looseObject({}).parse(parsed)
    },
    async isCompatible(subject, schema): Promise<boolean> {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/latest`
      try {
        const answer = await call('POST', path, { schema: JSON.stringify(schema) })
        return Compatibility.parse(answer).is_compatible
      } catch (error) {
        if (error instanceof SchemaRegistryError && error.status === 404) return true
        throw error
      }
    },
  }
}
