import { createConnection } from 'node:net'
import { AGENT_BYTES } from '../routing-api/loads/agent-check.ts'
import { type Heard } from '../routing-api/loads/follow-loads.ts'
import { exchange } from './exchange.ts'

const TIMEOUT_MS = 2_000

/** Connects to a server's agent and takes what it writes until its line ends. */
export function askAgent(host: string, port: number, signal: AbortSignal): Promise<Heard> {
  return exchange(createConnection({ host, port }), {
    ...{ send: '', maxBytes: AGENT_BYTES, timeoutMs: TIMEOUT_MS, signal },
    done: (text) => /[\r\n]/.test(text),
  })
}
