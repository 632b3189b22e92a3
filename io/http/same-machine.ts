import { type IncomingHttpHeaders } from 'node:http'
import { problem, type Reply } from '../../routing-api/routes/route.ts'

const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(?::\d{1,5})?$/

/** Addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)
}

/**
 * Without keys a web page in the operator's browser must not be able to ask: a page's request carries
 * an Origin, and a rebound name is not a loopback Host.
 */
export function refusedOrigin(headers: IncomingHttpHeaders): Reply | undefined {
  if (headers.origin !== undefined) {
    return problem(403, 'origin-refused', 'without API keys, web pages are not answered')
  }
  if (headers.host !== undefined && !LOOPBACK.test(headers.host)) {
    return problem(403, 'host-refused', 'without API keys, only a loopback Host is answered')
  }
  return undefined
}
