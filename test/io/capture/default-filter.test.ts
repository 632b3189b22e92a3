import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { DEFAULT_FILTER } from '../../../io/capture/default-filter.ts'
import { openLiveCapture } from '../../../io/capture/open-live-capture.ts'
import { behindHopByHop, ENCAPSULATIONS, fragmented } from '../../support/encapsulations.ts'
import { recordFlows } from '../../support/flow-recorder.ts'
import { mayCapture, mayMakeInterfaces } from '../../support/may-capture.ts'
import { ethernet, ipv4, tcp, udp } from '../../support/packets.ts'

const compiles = mayCapture().kind === 'yes' ? test : test.skip
const wires = mayMakeInterfaces() ? describe : describe.skip

compiles.each(['lo', 'any'])('the default filter compiles for %s', (name) => {
  expect(spawnSync('tcpdump', ['-i', name, '-d', '--', DEFAULT_FILTER]).status).toBe(0)
})

/** Names short enough for the kernel: 15 letters. */
const NEAR = `vstn${process.pid % 100_000}`
const FAR = `vstf${process.pid % 100_000}`

wires('real packets on a pair of interfaces', () => {
  beforeAll(() => {
    ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR)
    ip('link', 'set', NEAR, 'up')
    ip('link', 'set', FAR, 'up')
  })
  afterAll(() => {
    spawnSync('ip', ['link', 'delete', NEAR])
  })

  test('pass the default filter in every encapsulation, fragmented, behind IPv6 options', async () => {
    const stop = new AbortController()
    const capture = await openLiveCapture({ interface: NEAR, signal: stop.signal })
    if ('code' in capture) throw new Error(capture.message)
    const noise = ethernet(ipv4(udp(5000, 53, new Uint8Array(40)), { protocol: 17 }))
    send(FAR, [noise, ...wrapped(), ...fragmented(hello(3), 9), behindHopByHop(hello(4))])
    const { table, flows } = recordFlows()
    const expected = [...ENCAPSULATIONS.keys(), '', ''].sort()
    let noisy = 0
    for await (const item of capture.items) {
      for (const frame of item.kind === 'frames' ? item.frames : []) {
        table.packet(frame)
        if (Buffer.from(noise).equals(frame.bytes)) noisy += 1
      }
      if (flows.length >= expected.length) stop.abort()
    }
    expect(flows.map((flow) => flow.facts.tunnel ?? '').sort()).toEqual(expected)
    expect(noisy).toBe(0)
  }, 20_000)
})

function wrapped(): Uint8Array[] {
  return [...ENCAPSULATIONS.values()].map((wrap, i) => wrap(ipv4(hello(1000 + i))))
}

function hello(sourcePort: number): Uint8Array {
  return tcp({ sourcePort, payload: 'a hello of some length' })
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args)
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.toString()}`)
}

/** Puts frames on a wire, by the addon, in a process of its own (its sessions do not close). */
function send(on: string, frames: readonly Uint8Array[]): void {
  const pcap = createRequire(import.meta.url).resolve('pcap')
  const script = `const pcap = require(${JSON.stringify(pcap)})
    pcap.warningHandler = () => undefined
    const session = pcap.createSession(process.argv[1], { filter: 'tcp port 1' })
    for (const frame of JSON.parse(process.argv[2])) session.inject(Buffer.from(frame, 'hex'))
    process.exit(0)`
  const hex = JSON.stringify(frames.map((frame) => Buffer.from(frame).toString('hex')))
  const { status, stderr } = spawnSync(process.execPath, ['-e', script, on, hex])
  if (status !== 0) throw new Error(stderr.toString())
}
