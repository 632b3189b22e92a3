import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../../test/support/run.ts'
import { type Sshd } from '../../test/support/sshd.ts'

/** What happened to people who log in with their keys, each from an address of its own, while somebody attacks. */
export interface OrdinaryUsers {
  readonly addresses: readonly string[]
  readonly logins: () => number
  /** Logins that did not come about, with what ssh said. */
  readonly refused: () => readonly string[]
  /** How long the last ones took, milliseconds. */
  readonly times: () => readonly number[]
  stop(): Promise<void>
}

const USER = process.env['USER'] ?? 'root'

/** Logs one user in; undefined when it worked. */
export async function logIn(
  sshd: Sshd,
  port: number,
  from: string,
  more: readonly string[] = [],
): Promise<{ ms: number; fault: string | undefined }> {
  const alias = ['-o', `HostKeyAlias=[${sshd.address}]:${sshd.port}`, '-o', 'BatchMode=yes']
  const source = more.length > 0 ? more : ['-b', from]
  const options = [...sshd.clientOptions, ...alias, ...source, '-p', String(port)]
  const ran = await run('ssh', [...options, `${USER}@127.0.0.1`, 'true'], { timeoutMs: 60_000 })
  return { ms: ran.ms, fault: ran.code === 0 ? undefined : `${from}: ${ran.stderr.trim()}` }
}

/** Each has logged in before it begins, as ordinary users have. */
export async function ordinaryUsers(
  sshd: Sshd,
  port: number,
  count: number,
  everyMs: number,
): Promise<OrdinaryUsers> {
  const addresses = Array.from({ length: count }, (_, at) => `127.3.0.${at + 1}`)
  for (const from of addresses) await logIn(sshd, port, from)
  const stop = new AbortController()
  const [times, refused]: [number[], string[]] = [[], []]
  const working = (async () => {
    for (let at = 0; !stop.signal.aborted; at += 1) {
      const { ms, fault } = await logIn(sshd, port, addresses[at % count] ?? '')
      times.push(ms)
      if (fault !== undefined) refused.push(fault)
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return {
    addresses,
    logins: () => times.length,
    refused: () => refused,
    times: () => times,
    async stop(): Promise<void> {
      stop.abort()
      await working
    },
  }
}
