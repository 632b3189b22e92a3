import { type z } from 'zod'
import { type Api } from './api.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What a caller may do. `operator` may everything; `public` asks for no key. */
export type Scope = 'public' | 'gate' | 'read' | 'operator'

/** One request, read and bounded by the server, as a route sees it. */
export interface RawCall {
  readonly params: ReadonlyMap<string, string>
  readonly query: URLSearchParams
  /** Parsed JSON; undefined when there was no body. */
  readonly body: unknown
  /** Name of the key, or `local` on a loopback without keys. */
  readonly caller: string
  readonly requestId: string
}

export interface Call<T> extends RawCall {
  readonly input: T
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  /** Sent as text of this type instead of JSON. */
  readonly contentType?: string
}

/** A refusal; `field` names the part of the request at fault. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly field: string | null
}

/** One line of the route table: requests are routed, checked and documented from it. */
export interface Route {
  readonly method: Method
  /** Segments starting with `:` are parameters; a last one starting with `*` takes the rest. */
  readonly path: string
  readonly scope: Scope
  readonly summary: string
  /** Answered ahead of express and never with an error of ours: a fault gives the default. */
  readonly decision: boolean
  readonly maxBodyBytes: number
  readonly request: z.ZodType | undefined
  readonly query: z.ZodType | undefined
  readonly responses: Readonly<Record<number, z.ZodType>>
  run(call: RawCall, api: Api): Reply | Promise<Reply>
}

export interface RouteSpec<T> extends Omit<
  Route,
  'run' | 'request' | 'query' | 'decision' | 'maxBodyBytes'
> {
  readonly request: z.ZodType<T>
  readonly maxBodyBytes?: number
  readonly handle: (call: Call<T>, api: Api) => Reply | Promise<Reply>
}

/** A decision: what is answered when the handling itself fails is part of it. */
export interface DecisionSpec<T> extends RouteSpec<T> {
  readonly handle: (call: Call<T>, api: Api) => Reply | Promise<Reply>
  readonly fallback: (call: Call<T>, api: Api) => Reply
}

const MAX_BODY = 65_536

/** A route with a body: the input is checked before it is handled. */
export function route<T>(spec: RouteSpec<T>): Route {
  return {
    ...described(spec),
    run(call, api): Reply | Promise<Reply> {
      const parsed = spec.request.safeParse(call.body)
      if (!parsed.success) return invalid(parsed.error)
      return spec.handle({ ...call, input: parsed.data }, api)
    },
  }
}

/** A decision route (architecture 6.8): any fault inside becomes the configured default. */
export function decisionRoute<T>(spec: DecisionSpec<T>): Route {
  return {
    ...described(spec),
    decision: true,
    run(call, api): Reply | Promise<Reply> {
      const parsed = spec.request.safeParse(call.body)
      if (!parsed.success) return invalid(parsed.error)
      const checked = { ...call, input: parsed.data }
      const failed = (error: unknown): Reply => {
        api.metrics.count('decision_faults_total', 1, { path: spec.path })
        api.logger.error('a decision failed: the default was answered', {
          error,
          requestId: call.requestId,
        })
        return spec.fallback(checked, api)
      }
      try {
        const reply = spec.handle(checked, api)
        return reply instanceof Promise ? reply.catch(failed) : reply
      } catch (error) {
        return failed(error)
      }
    },
  }
}

/** A route without a body. */
export function query(
  spec: Omit<Route, 'run' | 'request' | 'query' | 'decision' | 'maxBodyBytes'> & {
    readonly query?: z.ZodType
    readonly handle: (call: RawCall, api: Api) => Reply | Promise<Reply>
  },
): Route {
  const { handle, ...rest } = spec
  return {
    ...rest,
    decision: false,
    maxBodyBytes: MAX_BODY,
    request: undefined,
    query: spec.query,
    run: handle,
  }
}

export function ok(body: unknown, status = 200): Reply {
  return { status, body }
}

export function problem(
  status: number,
  code: string,
  message: string,
  field: string | null = null,
): Reply {
  return { status, body: { code, message, field } satisfies Problem }
}

/** 400 with the first thing that is wrong. */
export function invalid(error: z.ZodError): Reply {
  const issue = error.issues[0]
  const path = (issue?.path ?? []).map(String)
  const field = issue?.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path
  const name = field.length === 0 ? null : field.join('.')
  return problem(400, 'invalid', issue?.message ?? 'invalid request', name)
}

function described<T>(spec: RouteSpec<T>): Omit<Route, 'run'> {
  const { method, path, scope, summary, responses, request } = spec
  const maxBodyBytes = spec.maxBodyBytes ?? MAX_BODY
  return {
    method,
    path,
    scope,
    summary,
    responses,
    request,
    maxBodyBytes,
    query: undefined,
    decision: false,
  }
}
