import { spawn } from 'node:child_process'
import { type CaptureDriver, lastText, type OnStatistics, type Start } from './capture-driver.ts'
import { type LiveSettings } from './live-options.ts'

const KILL_AFTER_MS = 1000
const STATISTICS_EVERY_MS = 1000

/**
 * tcpdump writing to a pipe, where the addon can't be built. Immediate mode, for otherwise packets
 * come up to a second late; its ring then has slots of `snaplen` bytes, so it holds fewer packets.
 */
export function startTcpdump(settings: LiveSettings, onStatistics: OnStatistics): CaptureDriver {
  const child = spawn('tcpdump', argumentsOf(settings), { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = lastText(child.stderr)
  let polling: NodeJS.Timeout | undefined
  child.stderr.on('data', (said: string) => {
    const statistics = statisticsIn(said)
    if (statistics !== undefined) onStatistics(statistics)
  })
  child.once('exit', () => {
    clearInterval(polling)
  })
  const started = new Promise<Start>((resolve) => {
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      resolve(missing ? { kind: 'no-driver' } : { kind: 'failed', text: error.message })
    })
    child.once('close', () => {
      resolve({ kind: 'failed', text: text() })
    })
    child.stderr.on('data', () => {
      if (polling !== undefined || !text().includes('listening on')) return
      polling = setInterval(() => child.kill('SIGUSR1'), STATISTICS_EVERY_MS)
      resolve({ kind: 'ready' })
    })
  })
  return {
    child,
    output: child.stdout,
    started,
    lastWords: text,
    stop() {
      clearInterval(polling)
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
      child.once('exit', () => {
        clearTimeout(timer)
      })
    },
  }
}

function argumentsOf(settings: LiveSettings): string[] {
  return [
    '-i',
    settings.interface,
    '-n',
    '-U',
    '--immediate-mode',
    '-s',
    String(settings.snaplen),
    '-B',
    String(Math.ceil(settings.bufferBytes / 1024)),
    '-w',
    '-',
    '--',
    settings.filter,
  ]
}

/** What tcpdump prints on SIGUSR1 and at its end. */
function statisticsIn(text: string) {
  const received = /(\d+) packets received by filter/.exec(text)?.[1]
  const dropped = /(\d+) packets dropped by kernel/.exec(text)?.[1]
  if (received === undefined || dropped === undefined) return undefined
  const byInterface = /(\d+) packets dropped by interface/.exec(text)?.[1] ?? '0'
  return {
    received: Number(received),
    dropped: Number(dropped),
    interfaceDropped: Number(byInterface),
  }
}
