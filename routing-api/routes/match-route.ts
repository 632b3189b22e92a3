import { type Method, type Route } from './route.ts'

/** What a method and path mean. */
export type Matched =
  | {
      readonly kind: 'route'
      readonly route: Route
      readonly params: ReadonlyMap<string, string>
    }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly Method[] }
  | { readonly kind: 'unknown' }

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
const MAX_PATH = 512

/** Finds the route of a path: fixed paths by one look-up, those with parameters segment by segment. */
export function routeMatcher(routes: readonly Route[]): (method: string, path: string) => Matched {
  const fixed = new Map<string, Route>()
  const patterns: { readonly route: Route; readonly segments: readonly string[] }[] = []
  for (const route of routes) {
    if (/[:*]/.test(route.path)) patterns.push({ route, segments: route.path.split('/') })
    else fixed.set(`${route.method} ${route.path}`, route)
  }
  return (method, path) => {
    const exact = fixed.get(`${method} ${path}`)
    if (exact !== undefined) return { kind: 'route', route: exact, params: NO_PARAMS }
    if (path.length > MAX_PATH) return { kind: 'unknown' }
    const parts = path.split('/')
    const allowed: Method[] = routes.filter((r) => r.path === path).map((r) => r.method)
    for (const { route, segments } of patterns) {
      const params = paramsOf(segments, parts)
      if (params === undefined) continue
      if (route.method === method) return { kind: 'route', route, params }
      allowed.push(route.method)
    }
    return allowed.length > 0 ? { kind: 'wrong-method', allowed } : { kind: 'unknown' }
  }
}

function paramsOf(
  segments: readonly string[],
  parts: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>()
  for (const [i, segment] of segments.entries()) {
    const part = parts[i]
    if (part === undefined) return undefined
    if (segment.startsWith('*')) {
      const rest = decode(parts.slice(i).join('/'))
      return rest === undefined || rest === '' ? undefined : params.set(segment.slice(1), rest)
    }
    if (segment.startsWith(':')) {
      const value = decode(part)
      if (value === undefined || value === '') return undefined
      params.set(segment.slice(1), value)
    } else if (segment !== part) return undefined
  }
  return segments.length === parts.length ? params : undefined
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof Error && error.name === 'URIError') return undefined
    throw error
  }
}
