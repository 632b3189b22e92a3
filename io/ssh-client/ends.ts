import { spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { connect, Socket } from 'node:net'
import { type Readable, type Writable } from 'node:stream'
import { isatty } from 'node:tty'
import { type Taker } from './lane.ts'

/** One end of the connection: ssh, or the server. */
export interface End {
  readonly writable: Writable
  /** Goes on reading after a taker said false. */
  readonly resume: () => void
}

/** What happens at an end. */
export interface EndHandlers {
  readonly take: Taker
  /** It will send no more. */
  readonly ended: () => void
  /** It cannot be reached, or broke. */
  readonly failed: (error: Error) => void
}

/** What a pipe holds at most; larger reads from TCP do not make it faster. */
const BUFFER_BYTES = 65_536

function onread(take: Taker): {
  buffer: Uint8Array
  callback: (n: number, b: Uint8Array) => boolean
} {
  return {
    buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
    callback: (length, buffer) => take(buffer.subarray(0, length)),
  }
}

/** ssh, at our standard input and output: pipes or sockets, both without blocking, unlike `process.stdout`. */
export function openSsh({ take, ended, failed }: EndHandlers): End {
  for (const fd of [0, 1]) {
    if (!passesBytes(fd)) throw new Error(NOT_A_PROXY)
  }
  const input = new Socket({ fd: 0, readable: true, writable: false, onread: onread(take) })
  const output = new Socket({ fd: 1, readable: false, writable: true })
  input.on('end', ended).on('error', failed)
  output.on('error', failed)
  input.resume()
  return { writable: output, resume: () => input.resume() }
}

const NOT_A_PROXY =
  'standard input and output are not those of ssh: use it as ssh -o ProxyCommand="vestibule ssh-connect %h %p" HOST'

/** Pipes, sockets and terminals; of a file or /dev/null nothing can be waited for. */
function passesBytes(fd: number): boolean {
  const facts = fstatSync(fd)
  return facts.isFIFO() || facts.isSocket() || isatty(fd)
}

/** The server, by TCP. */
export function openTcp(host: string, port: number, { take, ended, failed }: EndHandlers): End {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, onread: onread(take) })
  socket.on('end', ended).on('error', failed)
  socket.resume()
  return { writable: socket, resume: () => socket.resume() }
}

/**
 * The server, through a command that connects its standard input and output to it: a jump host's `ssh -W`, cloudflared,
 * a session manager. It runs in a shell, as OpenSSH runs a ProxyCommand.
 */
export function openVia(command: string, handlers: EndHandlers): End {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const shell = process.env['SHELL'] ?? '/bin/sh'
  const child = spawn(shell, ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'inherit'], env })
  child.on('error', handlers.failed)
  child.stdin.on('error', handlers.failed)
  readWith(child.stdout, handlers)
  process.once('exit', () => child.kill('SIGHUP'))
  return { writable: child.stdin, resume: () => child.stdout.resume() }
}

function readWith(stream: Readable, { take, ended, failed }: EndHandlers): void {
  stream.on('data', (bytes: Buffer) => {
    if (!take(bytes)) stream.pause()
  })
  stream.on('end', ended).on('error', failed)
}
