import { expect } from '@jest/globals'
import { fullHandshake, rawHello } from '../../bench/haproxy/connections.ts'
import { ASKED, startGround } from '../../bench/haproxy/ground.ts'
import { openLoop, quantiles, type Times } from '../../bench/haproxy/open-loop.ts'
import { setting, soak } from './soak.ts'

const FOR_S = setting('VESTIBULE_SOAK_SECONDS', 60)
const HELLOS_PER_SECOND = setting('VESTIBULE_SOAK_HELLOS', 1_000)
const SHARE = 0.7
/** Handshakes at once, whose rate is the capacity. */
const CLOSED = 16

soak(
  `${HELLOS_PER_SECOND} raw hellos a second through passthrough for ${FOR_S} s: none fails`,
  async () => {
    const ground = await startGround('front')
    try {
      const way = { name: 'asked', port: ground.asking.port, from: [ASKED] }
      const times = (await openLoop(rawHello, [way], HELLOS_PER_SECOND, FOR_S * 1_000)).get('asked')
      tell('passthrough', HELLOS_PER_SECOND, times, ground.asking.count())
      expect(times?.failed).toBe(0)
    } finally {
      await ground.stop()
    }
  },
  (FOR_S + 120) * 1_000,
)

soak(
  `full handshakes at ${SHARE} of the capacity measured here, for ${FOR_S} s: none fails`,
  async () => {
    const ground = await startGround('primary')
    try {
      const { port } = ground.asking
      const capacity = await capacityOf(port)
      const perSecond = Math.floor(capacity * SHARE)
      ground.asking.count()
      const way = { name: 'asked', port, from: [ASKED] }
      const times = (await openLoop(fullHandshake, [way], perSecond, FOR_S * 1_000)).get('asked')
      process.stderr.write(
        `capacity: ${capacity.toFixed(0)} handshakes a second, one client process\n`,
      )
      tell('terminating', perSecond, times, ground.asking.count())
      expect(times?.failed).toBe(0)
    } finally {
      await ground.stop()
    }
  },
  (FOR_S + 120) * 1_000,
)

/** Handshakes a second when each of a few clients begins its next one at once. */
async function capacityOf(port: number): Promise<number> {
  const forMs = 5_000
  const startedAt = performance.now()
  let done = 0
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      if ((await fullHandshake(port, ASKED)) !== undefined) done += 1
    }
  }
  await Promise.all(Array.from({ length: CLOSED }, client))
  return (done / (performance.now() - startedAt)) * 1_000
}

function tell(
  part: string,
  perSecond: number,
  times: Times | undefined,
  { logged, undecided }: { readonly logged: number; readonly undecided: number },
): void {
  if (times === undefined) return
  const { failed, sorted } = times
  const reached = Math.round(sorted.length / FOR_S)
  const counts = { part, perSecond, reached, failed, ...quantiles(times), logged, undecided }
  process.stderr.write(`${JSON.stringify(counts)}\n`)
}
