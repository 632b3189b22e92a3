import { randomInt } from 'node:crypto'
import { nowUs, sleep } from '../io/clock.ts'
import { openSource } from '../io/capture/open-source.ts'
import { createLogger } from '../io/log.ts'
import { openRecords } from '../io/open-records.ts'
import { openPrivacy } from '../io/privacy.ts'
import { openMetrics } from '../io/metrics-server.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Config } from '../lib/config.ts'
import { createOutbox } from '../lib/outbox.ts'
import { captureLoss } from './capture-loss.ts'
import { publish, runCapture } from './capture.ts'
import { followProxies } from './follow-proxies.ts'
import { createObserver } from './observe.ts'
import { sensorName, type CaptureSource } from './source.ts'

const TICK_MS = 250

/** A capture as a service: packets in, events on the log, until they end or the signal aborts. */
export async function main(
  config: Config,
  source: CaptureSource,
  name: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const logger = createLogger('capture')
  const metrics = await openMetrics(config, signal)
  const about = { sensor: name ?? sensorName(source), site: config.site, now: nowUs }
  const privacy = openPrivacy(config)
  const put = (record: AnyRecord): boolean => outbox.put(record)
  // Before the log: what is wrong with an interface or a file is then said at once.
  const items = await openSource(source, { logger, put, signal, privacy, ...about })
  const { log, codec } = await openRecords(config, { logger })
  const ports = { log, codec, logger, metrics, sleep }
  const outbox = createOutbox({ ...ports, stage: 'capture' })
  const drained = new AbortController()
  const sending = outbox.run(drained.signal)
  const proxies = await followProxies(ports, config.trustedProxies, drained.signal)
  const observer = createObserver({
    ...{ ...about, source: 'tap', addresses: privacy.addresses, hashSeed: randomInt(2 ** 32) },
    trustsProxy: (address) => proxies.trusts(address),
  })
  const tick = setInterval(() => {
    observer.advance(nowUs())
    publish({ observer, put })
  }, TICK_MS)
  const end = await runCapture({
    ...{ items, observer, put, metrics },
    statistics: captureLoss(about, metrics, (record) => put({ type: 'Alert', record })),
  })
  clearInterval(tick)
  drained.abort()
  await sending
  await log.close()
  logger.info('capture ended', { frames: end.frames, sensor: about.sensor })
  if (end.fault !== undefined) throw new Error(end.fault.message)
}
