import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { connect, type Socket } from 'node:net'
import { browserHelloBytes } from '../../../bench/browser-hello.ts'
import { type SpopServer } from '../../../io/spop/server.ts'
import { startAgent } from '../../routing-api/spop/agent.ts'
import { eventually } from '../../support/eventually.ts'
import { field } from '../../support/haproxy.ts'
import { haproxies } from '../../support/haproxy-versions.ts'
import { hasPrograms } from '../../support/programs.ts'
import { SUSPECT, suspectApi } from '../../support/suspect-api.ts'
import { sendRaw } from '../../support/tls-clients.ts'
import { startTwoTiers, type TwoTiers } from '../../support/two-tiers.ts'

const possible = hasPrograms('haproxy', 'openssl')
/** As front.cfg says, but for the time: nobody wants to wait five seconds. */
const AT_ONCE = 20
const IN_TEN_SECONDS = 100
const TARPIT_MS = 1_000

const message = browserHelloBytes()
const HELLO = Uint8Array.from([0x16, 3, 1, message.length >> 8, message.length & 0xff, ...message])

/** A connection that says hello and stays. */
interface Staying {
  readonly socket: Socket
  answered: boolean
  /** Milliseconds until the other side closed; undefined: it did not. */
  closedAfterMs: number | undefined
}

function stays(port: number, from: string): Staying {
  const startedAt = performance.now()
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  const one: Staying = { socket, answered: false, closedAfterMs: undefined }
  socket.once('connect', () => socket.write(HELLO))
  socket.on('data', () => (one.answered = true))
  socket.on('error', () => undefined)
  socket.once('close', () => (one.closedAfterMs = performance.now() - startedAt))
  return one
}

;(possible ? describe : describe.skip).each(possible ? haproxies() : [])(
  'limits of the mitigation pool, $version',
  ({ program }) => {
    let agent: SpopServer
    let tiers: TwoTiers

    beforeAll(async () => {
      agent = await startAgent(suspectApi())
      tiers = await startTwoTiers({
        ...{ agents: [agent.port], program, processingMs: 250 },
        edit: (name, text) =>
          name === 'front'
            ? text.replace('inspect-delay 5s', `inspect-delay ${TARPIT_MS}ms`)
            : text,
      })
      await eventually('decided', async () => {
        await sendRaw(tiers.port, [HELLO], 0, '127.0.14.1')
        return tiers.front.lines.some((line) => field(line, 'pool') === 'primary')
      })
    }, 30_000)
    afterAll(async () => {
      await tiers.stop()
      await agent.close()
    })

    test('a suspect has twenty connections at once; what is more is held for inspect-delay, then closed', async () => {
      const all = Array.from({ length: AT_ONCE + 5 }, () => stays(tiers.port, SUSPECT))
      const others = Array.from({ length: AT_ONCE + 5 }, () => stays(tiers.port, '127.0.14.2'))
      await eventually('those beyond are closed', () =>
        all
          .filter(({ answered }) => !answered && true)
          .every(({ closedAfterMs }) => closedAfterMs !== undefined),
      )
      const refused = all.filter(({ answered }) => !answered)
      expect(refused).toHaveLength(5)
      // A tarpit: it costs who tries, too.
      for (const { closedAfterMs } of refused)
        expect(closedAfterMs).toBeGreaterThan(TARPIT_MS * 0.8)
      await eventually('the others are all answered', () =>
        others.every(({ answered }) => answered),
      )
      for (const { socket } of [...all, ...others]) socket.destroy()
      const lines = await eventually('told', () => {
        const own = tiers.front.lines.filter((line) => field(line, 'st') === 'PR')
        return own.length >= 5 ? own : undefined
      })
      expect(lines.every((line) => field(line, 'ci') === SUSPECT)).toBe(true)
    }, 20_000)

    test('and a hundred new ones in ten seconds; an ordinary client as many as it wants', async () => {
      const many = async (from: string): Promise<number> => {
        let answered = 0
        for (let n = 0; n < 2 * IN_TEN_SECONDS; n += 10) {
          const ten = Array.from({ length: 10 }, () => sendRaw(tiers.port, [HELLO], 0, from))
          answered += (await Promise.all(ten)).filter(({ length }) => length > 0).length
        }
        return answered
      }
      expect(await many('127.0.14.3')).toBe(2 * IN_TEN_SECONDS)
      const before = tiers.front.lines.length
      await many(SUSPECT)
      const own = await eventually('all are told', () => {
        const lines = tiers.front.lines
          .slice(before)
          .filter((line) => field(line, 'ci') === SUSPECT)
        return lines.length === 2 * IN_TEN_SECONDS ? lines : undefined
      })
      // Who was not decided of is nobody's suspect.
      const moved = own.filter((line) => field(line, 'pool') === 'mitigation')
      const served = moved.filter((line) => field(line, 'st') !== 'PR')
      // HAProxy's window slides in two halves, and the connections of the test before count, too.
      expect(served.length).toBeLessThan(1.2 * IN_TEN_SECONDS)
      expect(moved.length - served.length).toBeGreaterThan(0)
    }, 30_000)
  },
)
