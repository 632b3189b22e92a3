import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Config } from '../../lib/config.ts'
import { type UpService } from './services.ts'

/** One look at whether a service answers. */
export async function isReady(
  service: UpService,
  config: Config,
  saidReady = (): boolean => false,
): Promise<boolean> {
  switch (service.ready) {
    case 'says-so':
      return saidReady()
    case 'started':
      return true
    case 'log-socket':
      return connects(config.logSocket)
    case 'clickhouse-ping':
      return answers(`${config.clickhouseUrl}/ping`)
    case 'api-readyz':
      return answers(`http://${config.apiHost}:${config.apiPort}/readyz`)
  }
}

/** Looks every 50 ms until the service answers, `given up` says it never will, or the time is over. */
export async function waitUntilReady(
  service: UpService,
  config: Config,
  givenUp: () => boolean,
  saidReady: () => boolean,
  timeoutMs = 30_000,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline && !givenUp()) {
    if (await isReady(service, config, saidReady)) return true
    await sleep(50)
  }
  return false
}

function connects(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}
