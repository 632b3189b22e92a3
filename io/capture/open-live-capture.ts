import { type CaptureFault, captureFault } from '../../protocols/packet/capture-fault.ts'
import { type CaptureItem } from '../../protocols/packet/capture-item.ts'
import { type CaptureDriver } from './capture-driver.ts'
import { DEFAULT_FILTER } from './default-filter.ts'
import { interfaceNames } from './interfaces.ts'
import { liveFault, noSuchInterface } from './live-fault.ts'
import { LiveItems } from './live-items.ts'
import { type LiveCapture, type LiveCaptureOptions, type LiveSettings } from './live-options.ts'
import { startPcap } from './pcap-driver.ts'
import { readCaptureStream } from './read-capture-file.ts'
import { startTcpdump } from './tcpdump-driver.ts'

type DriverName = LiveCapture['driver']

/**
 * Packets from an interface, captured by a process of its own; a fault when it cannot begin. A
 * reader that is too slow loses packets in the kernel's ring, and the statistics say how many.
 */
export async function openLiveCapture(
  options: LiveCaptureOptions,
): Promise<LiveCapture | CaptureFault> {
  const settings = settingsOf(options)
  const names = await interfaceNames()
  if (settings.interface !== 'any' && names.length > 0 && !names.includes(settings.interface)) {
    return noSuchInterface(settings.interface, names)
  }
  const { driver = 'auto' } = options
  if (driver !== 'auto') return start(driver, settings, names, options.signal)
  const first = await start('pcap', settings, names, options.signal)
  if (!('code' in first) || !worthAnother(first)) return first
  const second = await start('tcpdump', settings, names, options.signal)
  if (!('code' in second)) return second
  return first.code === 'no-driver' ? second : first
}

/** tcpdump may be there where the addon is not, and may have rights that Node has not. */
function worthAnother(fault: CaptureFault): boolean {
  return fault.code === 'no-driver' || fault.code === 'not-permitted'
}

function settingsOf(options: LiveCaptureOptions): LiveSettings {
  const filter = options.filter?.trim() ?? ''
  return {
    interface: options.interface,
    filter: filter === '' ? DEFAULT_FILTER : filter,
    snaplen: options.snaplen ?? 65535,
    bufferBytes: options.bufferBytes ?? 64 << 20,
    bufferTimeoutMs: options.bufferTimeoutMs ?? 10,
  }
}

async function start(
  name: DriverName,
  settings: LiveSettings,
  interfaces: readonly string[],
  signal: AbortSignal | undefined,
): Promise<LiveCapture | CaptureFault> {
  const items = new LiveItems()
  const begin = name === 'pcap' ? startPcap : startTcpdump
  const driver = begin(settings, (statistics) => {
    items.publish(statistics)
  })
  const outcome = await driver.started
  switch (outcome.kind) {
    case 'ready':
      return {
        driver: name,
        description: `${settings.interface} by ${name === 'pcap' ? 'libpcap' : 'tcpdump'}, ring ${settings.bufferBytes >> 20} MiB, ${settings.snaplen} bytes a packet`,
        items: itemsOf(driver, items, settings, signal),
      }
    case 'no-driver':
      return captureFault('no-driver', 0, NO_DRIVER[name])
    case 'failed': {
      const program = name === 'pcap' ? process.execPath : '$(command -v tcpdump)'
      const { filter } = settings
      const on = { interface: settings.interface, filter, interfaces, program }
      return liveFault(outcome.text, on)
    }
  }
}

const NO_DRIVER: Readonly<Record<DriverName, string>> = {
  pcap: 'The pcap addon is not installed: install libpcap-dev, g++, make and python3, then run npm rebuild pcap, or install tcpdump.',
  tcpdump:
    'Neither the pcap addon nor tcpdump is installed: live capture needs one of them (apt-get install tcpdump).',
}

async function* itemsOf(
  driver: CaptureDriver,
  items: LiveItems,
  settings: LiveSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<CaptureItem, void, undefined> {
  const closed = new Promise<void>((resolve) => {
    if (driver.child.exitCode !== null) resolve()
    driver.child.once('close', () => {
      resolve()
    })
  })
  let stopping = false
  const stop = (): void => {
    if (!stopping) driver.stop()
    stopping = true
  }
  const leave = (): void => {
    stop()
    driver.output.destroy()
  }
  if (signal?.aborted === true) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const item of items.merge(readCaptureStream(driver.output), leave)) {
      // A stream that ends is the driver's end: what is to say of it is said below.
      if (item.kind !== 'fault') yield item
    }
    await closed
    yield* items.rest()
    if (!signal?.aborted) yield { kind: 'fault', fault: ended(driver, settings) }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function ended(driver: CaptureDriver, settings: LiveSettings): CaptureFault {
  const last = driver.lastWords().trim().split('\n').at(-1) ?? ''
  const why = last === '' ? `its process ended with code ${driver.child.exitCode ?? 0}` : last
  return captureFault('driver-failed', 0, `Capturing on ${settings.interface} ended: ${why}.`)
}
