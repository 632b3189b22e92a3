import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { connect, type Socket } from 'node:net'
import { formatSyslog, octetCounted, type SyslogMessage } from '../../protocols/syslog/message.ts'
import { printable } from '../log.ts'
import { type SendSyslog } from '../../sinks/alerts/receiver.ts'

const WITHIN_MS = 5_000
/** Unix datagram sockets are what /dev/log is and what Node cannot open: logger(1) can, and is part of every Debian. */
const LOGGER = 'logger'

/** Sends lines to this machine's log, over UDP, or over one kept TCP connection. */
export function syslogSender(): { readonly send: SendSyslog; readonly close: () => void } {
  let kept: { readonly to: string; readonly socket: Socket } | undefined

  async function overTcp(line: string, to: string): Promise<void> {
    if (kept?.to !== to || kept.socket.destroyed || !kept.socket.writable) {
      kept?.socket.destroy()
      kept = { to, socket: await connected(to) }
    }
    const { socket } = kept
    await within(
      new Promise<void>((resolve, reject) => {
        socket.write(octetCounted(line), (error) => {
          if (error) reject(error)
          else resolve()
        })
      }),
      () => {
        socket.destroy()
      },
    )
  }

  return {
    send(message, { to, facility }): Promise<void> {
      if (to === 'local') return toLocalLog(message, facility)
      const line = formatSyslog(message)
      return to.startsWith('tcp:') ? overTcp(line, to) : overUdp(line, to)
    },
    close(): void {
      kept?.socket.destroy()
    },
  }
}

function placeOf(to: string): { readonly host: string; readonly port: number } {
  const at = to.lastIndexOf(':')
  const host = to.slice('udp://'.length, at).replace(/^\[|\]$/g, '')
  return { host, port: Number(to.slice(at + 1)) }
}

function connected(to: string): Promise<Socket> {
  const socket = connect({ ...placeOf(to), noDelay: true, keepAlive: true })
  // A syslog receiver says nothing; what it says all the same is dropped, and its end is the end.
  socket.resume()
  socket.on('end', () => {
    socket.destroy()
  })
  const opened = new Promise<Socket>((resolve, reject) => {
    socket.on('error', reject)
    socket.once('connect', () => {
      resolve(socket)
    })
  })
  return within(opened, () => {
    socket.destroy()
  })
}

async function overUdp(line: string, to: string): Promise<void> {
  const { host, port } = placeOf(to)
  const { address, family } = await lookup(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.send(line, port, address, (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  } finally {
    socket.close()
  }
}

/** The local log wants a short form of its own, which logger(1) writes. */
function toLocalLog({ severity, text }: SyslogMessage, facility: string): Promise<void> {
  const priority = `${facility}.${SEVERITY_NAMES[severity] ?? 'notice'}`
  const socket = process.env['VESTIBULE_DEV_LOG']
  const where = socket === undefined ? [] : ['--socket', socket]
  const args = [
    ...where,
    '--socket-errors=on',
    '-p',
    priority,
    '-t',
    'vestibule',
    '--',
    printable(text),
  ]
  return new Promise((resolve, reject) => {
    const done = (error: Error | null): void => {
      if (error === null) resolve()
      else reject(error)
    }
    execFile(LOGGER, args, { timeout: WITHIN_MS }, done)
  })
}

const SEVERITY_NAMES: Readonly<Record<number, string>> = { 2: 'crit', 4: 'warning', 5: 'notice' }

async function within<T>(work: Promise<T>, late: () => void): Promise<T> {
  const clock = setTimeout(late, WITHIN_MS)
  try {
    return await work
  } finally {
    clearTimeout(clock)
  }
}
