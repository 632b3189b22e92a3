import { openChallengeKeys } from '../io/challenge-keys.ts'
import { freshId } from '../io/fresh-id.ts'
import { followServerLoads } from '../io/follow-server-loads.ts'
import { followKeys, keyFile, keyRing, keysFor } from '../io/http/api-keys.ts'
import { close, listen } from '../io/http/listen.ts'
import { createHttpServer } from '../io/http/server.ts'
import { createLogger } from '../io/log.ts'
import { openMetrics } from '../io/metrics-server.ts'
import { openRecords } from '../io/open-records.ts'
import { policyFileOf } from '../io/policy-file.ts'
import { openAddresses } from '../io/privacy.ts'
import { openSecrets } from '../io/secrets.ts'
import { slowHash } from '../io/slow-hash.ts'
import { sleep } from '../io/sleep.ts'
import { preparePush } from '../io/serve-push.ts'
import { serveSpop } from '../io/spop/serve.ts'
import { watchFile } from '../io/watch-file.ts'
import { type Config } from '../lib/config.ts'
import { buildApi } from './build-api.ts'
import { keepPolicy } from './policy/seed.ts'
import { ROUTES } from './routes/table.ts'
import { sweepControl } from './state/sweep-control.ts'
import { followState } from './state/follow-state.ts'

/** The routing API: serves from memory, follows the log, and publishes what it decided. */
export async function main(config: Config, signal: AbortSignal): Promise<void> {
  const keyPath = keyFile(config.dataDir)
  const keys = keyRing(keysFor(config.apiHost, keyPath))
  const logger = createLogger('routing-api')
  const [metrics, world] = [await openMetrics(config, signal), { now: Date.now, sleep }]
  const { log, codec } = await openRecords(config, { logger, unavailableAfterMs: 5_000 })
  const { api, outbox } = buildApi({
    ...{ log, codec, metrics, logger, site: config.site },
    addresses: openAddresses(config),
    ...{ ...world, monotonic: () => performance.now(), random: Math.random, freshId },
    key: openSecrets(config.dataDir).sketchKey,
    ...{ challengeKeys: openChallengeKeys(config), slowHash: slowHash() },
  })
  const server = createHttpServer({ routes: ROUTES, api, logger, metrics, keys })
  const { apiHost, apiPort } = config
  logger.info(`routing API on http://${apiHost}:${await listen(server, apiHost, apiPort)}`)
  const [agent, push] = [await serveSpop(config, api), preparePush(config, api)]
  const failed = new AbortController()
  const running = AbortSignal.any([signal, failed.signal])
  const file = policyFileOf(config)
  try {
    await Promise.all([
      followState(api.state, { ...world, ...push, log, logger, metrics }, running),
      outbox.run(running),
      ...[push.run(running), followServerLoads(api, running)],
      sweepControl(api, sleep, running),
      followKeys(keys, keyPath, logger, running),
      keepPolicy(watchFile(file, running), file, api, (ms) => sleep(ms, running), running),
    ])
  } finally {
    failed.abort()
    await Promise.all([close(server), agent.close()]).then(() => outbox.run(running))
    await log.close()
  }
}
