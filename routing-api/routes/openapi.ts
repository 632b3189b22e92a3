import { z } from 'zod'
import { type Route } from './route.ts'

/** The document for a route table: OpenAPI 3.1, whose schemas are JSON Schema 2020-12 as zod makes it. */
export function openApiOf(routes: readonly Route[]): object {
  const paths = new Map<string, Map<string, object>>()
  for (const route of routes) {
    const path = route.path.replace(/[:*](\w+)/g, '{$1}')
    const operations = paths.get(path) ?? new Map<string, object>()
    operations.set(route.method.toLowerCase(), operationOf(route))
    paths.set(path, operations)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vestibule routing API',
      version: '1',
      description: 'Which server takes a handshake, how hard an SSH client is challenged, and why.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths: Object.fromEntries(
      [...paths].map(([path, operations]) => [path, Object.fromEntries(operations)]),
    ),
  }
}

function operationOf(route: Route): object {
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()}${route.path.replace(/\W+(\w)/g, (_all, c: string) => c.toUpperCase())}`,
    'x-scope': route.scope,
    security: route.scope === 'public' ? [] : [{ key: [] }],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.request === undefined
      ? {}
      : { requestBody: { required: true, content: json(route.request, 'input') } }),
    responses: Object.fromEntries(
      Object.entries(route.responses).map(([status, schema]) => [
        status,
        { description: DESCRIPTIONS.get(status) ?? 'answered', content: json(schema, 'output') },
      ]),
    ),
  }
}

const DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['202', 'taken in; published without waiting'],
  ['400', 'the request is at fault; field says where'],
  ['401', 'no valid key'],
  ['404', 'there is no such thing'],
  ['501', 'not built yet'],
  ['503', 'not ready'],
  ['507', 'no room'],
])

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  const media = schema instanceof z.ZodString ? 'text/plain' : 'application/json'
  return { [media]: { schema: jsonSchema(schema, io) } }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function pathParameters(route: Route): readonly object[] {
  return [...route.path.matchAll(/[:*](\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(route: Route): readonly object[] {
  if (!(route.query instanceof z.ZodObject)) return []
  return Object.keys(route.query.shape).map((name) => ({
    name,
    in: 'query',
    required: false,
    schema: { type: 'string' },
  }))
}
