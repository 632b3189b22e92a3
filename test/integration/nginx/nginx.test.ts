import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { browserHelloBytes } from '../../../bench/browser-hello.ts'
import { startSlowLink, startStranger, type Meddler } from '../../support/agent-processes.ts'
import { startApiProcess, type ApiProcess } from '../../support/api-process.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/free-port.ts'
import { startNginx, type Nginx } from '../../support/nginx.ts'
import { hasPrograms } from '../../support/programs.ts'

// Its time limit is 25 ms: a machine that does other things is given another look, and it is told.
jest.retryTimes(2, { logErrorsBeforeRetry: true })

const DENIED = '127.0.0.66'
const MESSAGE = browserHelloBytes()
/** In its record. */
const HELLO = Buffer.concat([
  Buffer.from([22, 3, 1, MESSAGE.length >> 8, MESSAGE.length & 255]),
  MESSAGE,
])
const describeIf = hasPrograms('nginx') ? describe : describe.skip

/** Answers with its name and how many bytes came behind the PROXY header. */
async function named(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let data = Buffer.alloc(0)
    socket.on('data', (part: Buffer) => {
      data = Buffer.concat([data, part])
      const end = data.indexOf('\r\n') + 2
      // The PROXY header may come alone.
      if (data.length === end) return
      socket.end(
        `${name} ${data.subarray(0, end).toString().split(' ')[2] ?? ''} ${data.length - end}`,
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** What the server behind answered to these pieces. */
function ask(port: number, pieces: readonly Uint8Array[], from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true })
    let answer = ''
    socket.on('data', (data: Buffer) => (answer += data.toString()))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      resolve(answer)
    })
    const send = (left: readonly Uint8Array[]): void => {
      const [piece, ...rest] = left
      if (piece === undefined) return
      socket.write(piece)
      setTimeout(() => {
        send(rest)
      }, 20)
    }
    send(pieces)
  })
}

describeIf('nginx as gates/nginx has it', () => {
  let api: ApiProcess
  let link: Meddler
  let nginx: Nginx
  let linkPort: number
  const pools: Server[] = []

  beforeAll(async () => {
    api = await startApiProcess('shadow: false\n')
    linkPort = await freePort()
    link = await startSlowLink(api.config.apiPort, 0, linkPort)
    pools.push(await named('primary'), await named('mitigation'))
    const [primary = 0, mitigation = 0] = pools.map(portOf)
    nginx = await startNginx({ apiUrl: `http://127.0.0.1:${linkPort}`, primary, mitigation })
    const word = { reason: 'test', actor: 'test' }
    await eventually('the deny list holds it', async () => {
      return (await api.call('PUT', `/v1/lists/deny/${DENIED}%2F32`, word)).status === 200
    })
    await eventually('it decides', async () => {
      return (await ask(nginx.tlsPort, [HELLO], DENIED)).startsWith('mitigation')
    })
  }, 60_000)
  afterAll(async () => {
    await nginx.stop()
    await link.stop()
    await api.stop()
    for (const pool of pools) pool.close()
  }, 30_000)

  test('the hello reaches API and server whole, in one piece and in four', async () => {
    const length = HELLO.length
    expect(await ask(nginx.tlsPort, [HELLO])).toBe(`primary 127.0.0.1 ${length}`)
    const cuts = [HELLO.subarray(0, 3), HELLO.subarray(3, 60), HELLO.subarray(60, 200)]
    expect(await ask(nginx.tlsPort, [...cuts, HELLO.subarray(200)], DENIED)).toBe(
      `mitigation ${DENIED} ${length}`,
    )
    const decisionId = /decision=([0-9a-f]{32}) /.exec(nginx.lines().at(-1) ?? '')?.[1]
    expect(decisionId).toBeDefined()
  })

  test('what is not TLS is asked about by its address', async () => {
    expect(await ask(nginx.tlsPort, [Buffer.from('GET / HTTP/1.0\r\n\r\n')], DENIED)).toMatch(
      /^mitigation /,
    )
    expect(await ask(nginx.tcpPort, [Buffer.from('hello')], DENIED)).toBe(`mitigation ${DENIED} 5`)
    expect(await ask(nginx.tcpPort, [Buffer.from('hello')])).toBe('primary 127.0.0.1 5')
  })

  test.each([
    ['late', (): Promise<Meddler> => startSlowLink(api.config.apiPort, 200, linkPort)],
    ['silent', (): Promise<Meddler> => startStranger(undefined, linkPort)],
    ['garbage', (): Promise<Meddler> => startStranger(Buffer.from('no HTTP\r\n\r\n'), linkPort)],
    ['gone', undefined],
  ])(
    'an API that is %s: the default pool, within the time limit',
    async (_what, meddle) => {
      await link.stop()
      const meddler = await meddle?.()
      const startedAt = performance.now()
      const answers = [
        await ask(nginx.tlsPort, [HELLO], DENIED),
        await ask(nginx.tcpPort, [Buffer.from('hello')], DENIED),
      ]
      const tookMs = performance.now() - startedAt
      await meddler?.stop()
      link = await startSlowLink(api.config.apiPort, 0, linkPort)
      expect(answers).toEqual([`primary ${DENIED} ${HELLO.length}`, `primary ${DENIED} 5`])
      expect(tookMs).toBeLessThan(1_000)
    },
    20_000,
  )
})
