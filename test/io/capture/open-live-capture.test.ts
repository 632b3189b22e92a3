import { describe, expect, test } from '@jest/globals'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { openLiveCapture } from '../../../io/capture/open-live-capture.ts'
import { type LiveCapture } from '../../../io/capture/live-options.ts'
import { ending } from '../../support/endings.ts'
import { recordFlows } from '../../support/flow-recorder.ts'
import { mayCapture } from '../../support/may-capture.ts'

const drivers = ['pcap', 'tcpdump'] as const
const permitted = mayCapture()
const live = permitted.kind === 'yes' ? test : test.skip

function opened(capture: Awaited<ReturnType<typeof openLiveCapture>>): LiveCapture {
  if ('code' in capture) throw new Error(capture.message)
  return capture
}

async function echoServer(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end('from the server'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

async function visit(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.write('from the client')
  socket.resume()
  await once(socket, 'close')
}

describe.each(drivers)('live capture by %s', (driver) => {
  live(
    'tells a real connection on loopback, and ends cleanly on a now idle interface',
    async () => {
      const { server, port } = await echoServer()
      const stop = new AbortController()
      const filter = `tcp port ${port}`
      const capture = opened(
        await openLiveCapture({ interface: 'lo', filter, driver, signal: stop.signal }),
      )
      expect(capture.driver).toBe(driver)
      const { table, story, flows } = recordFlows()
      const kinds = new Set<string>()
      void visit(port)
      let stoppedAt = 0
      for await (const item of capture.items) {
        kinds.add(item.kind)
        if (item.kind === 'frames') for (const frame of item.frames) table.packet(frame)
        if (stoppedAt > 0 || !story.includes('end fin') || !kinds.has('statistics')) continue
        stoppedAt = Date.now()
        stop.abort()
      }
      server.close()
      expect([...story].sort()).toEqual([
        'client: from the client',
        'end fin',
        'server: from the server',
      ])
      expect(flows[0]?.facts).toMatchObject({ serverPort: port, roleKnown: true, proven: true })
      expect([...kinds].sort()).toEqual(['frames', 'statistics'])
      expect(Date.now() - stoppedAt).toBeLessThan(2500)
    },
  )

  live('refuses a bad filter in one sentence', async () => {
    const fault = await openLiveCapture({ interface: 'lo', filter: 'tcp porq 4', driver })
    expect(fault).toMatchObject({
      code: 'bad-filter',
      message: expect.stringContaining('The filter "tcp porq 4" is not valid') as unknown,
    })
  })

  live('ends without waiting for a packet when its signal comes at once', async () => {
    const capture = opened(
      await openLiveCapture({ interface: 'lo', driver, signal: AbortSignal.abort() }),
    )
    for await (const item of capture.items) expect(item.kind).not.toBe('fault')
  })
})

test('an interface that is not there is told with those that are', async () => {
  const fault = await openLiveCapture({ interface: 'nope0' })
  expect(fault).toMatchObject({
    code: 'no-such-interface',
    message: expect.stringMatching(
      /^There is no interface nope0; there are .*lo.*, any\.$/,
    ) as unknown,
  })
})

describe('the default filter', () => {
  live('lets TCP through on the pseudo-device any', async () => {
    const { server, port } = await echoServer()
    const stop = new AbortController()
    const capture = opened(await openLiveCapture({ interface: 'any', signal: stop.signal }))
    const { table, flows } = recordFlows({ serverPorts: new Set([port]) })
    void visit(port)
    for await (const item of capture.items) {
      if (item.kind === 'frames') for (const frame of item.frames) table.packet(frame)
      if (flows.some((flow) => flow.facts.serverPort === port)) stop.abort()
    }
    server.close()
    expect(flows.find((flow) => flow.facts.serverPort === port)?.facts.proven).toBe(true)
  })
})

describe('a capture process', () => {
  const module = new URL('../../../io/capture/open-live-capture.ts', import.meta.url).href

  live('ends when its parent is killed, though no packet comes', async () => {
    const script = `
      import { openLiveCapture } from ${JSON.stringify(module)}
      const capture = await openLiveCapture({ interface: 'lo', filter: 'tcp port 1', driver: 'pcap' })
      console.log('ready')
      for await (const item of capture.items) item.kind`
    const parent = ending(spawn(process.execPath, ['--input-type=module', '-e', script]))
    await once(parent.stdout, 'data')
    const { stdout } = spawnSync('pgrep', ['-P', String(parent.pid)])
    const child = Number(stdout.toString().trim())
    expect(child).toBeGreaterThan(1)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect(gone(child)).resolves.toBe(true)
  })

  live('counts what is lost when its reader is too slow', async () => {
    const { server, port } = await echoServer()
    const stop = new AbortController()
    const capture = opened(
      await openLiveCapture({
        interface: 'lo',
        filter: `udp port ${port}`,
        driver: 'pcap',
        bufferBytes: 256 << 10,
        signal: stop.signal,
      }),
    )
    spawnSync(process.execPath, ['-e', flood(port)])
    let dropped = 0
    for await (const item of capture.items) {
      if (item.kind === 'statistics') dropped = item.statistics.dropped
      if (dropped > 0) stop.abort()
    }
    server.close()
    expect(dropped).toBeGreaterThan(0)
  })
})

/** Ten thousand datagrams of 1400 bytes: far more than a small ring and two pipes can hold. */
function flood(port: number): string {
  return `const s = require('node:dgram').createSocket('udp4')
    let left = 10000
    const next = () => left-- > 0 ? s.send(Buffer.alloc(1400), ${port}, '127.0.0.1', next) : s.close()
    next()`
}

/** True once no process has the id; false after a few seconds of waiting. */
async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (spawnSync('kill', ['-0', String(pid)]).status !== 0) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}
