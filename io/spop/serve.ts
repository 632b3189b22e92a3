import { isIP } from 'node:net'
import { type Config } from '../../lib/config.ts'
import { type Api } from '../../routing-api/routes/api.ts'
import { answerNotify } from '../../routing-api/spop/answer-notify.ts'
import { warmUp } from '../../routing-api/spop/warm-up.ts'
import { listenSpop, type SpopServer } from './server.ts'

const NONE: Pick<SpopServer, 'close'> = { close: () => Promise.resolve() }

/**
 * Opens the agent beside the HTTP routes: same state, same functions. Port 0 opens none. SPOP has no
 * authentication of its own: off loopback the log says so.
 */
export async function serveSpop(config: Config, api: Api): Promise<Pick<SpopServer, 'close'>> {
  if (config.spopPort === 0) return NONE
  const { spopHost, spopPort } = config
  const { metrics, logger } = api
  const answer = (notify: Parameters<typeof answerNotify>[0]): Uint8Array =>
    answerNotify(notify, api)
  warmUp(api)
  const server = await listenSpop(spopHost, spopPort, { answer, metrics, logger })
  logger.info(`SPOP agent for HAProxy on ${spopHost}:${server.port}`)
  if (!isLoopback(spopHost)) {
    logger.warn('SPOP has no authentication: let only your load balancers reach its port', {
      host: spopHost,
    })
  }
  return server
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
