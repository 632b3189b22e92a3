import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTerminal } from '../../test/integration/ssh-client/helpers.ts'
import { type BandedGate } from '../../test/support/ssh-matrix/banded-gate.ts'
import { type Scene } from './scenes.ts'

const USER = process.env['USER'] ?? 'root'

/** Where scenes are played: a person's folder, and a helper's command without its options. */
export interface Stage {
  readonly banded: BandedGate
  readonly folder: string
  readonly helper: string
}

/** Plays a scene on a terminal; what was on it, with what differs from run to run made the same. */
export async function playScene(scene: Scene, stage: Stage): Promise<string> {
  const { banded, folder, helper } = stage
  const { band, command, plays } = scene
  banded.known(scene.known === true)
  const port = banded.port('proxy', band)
  const state = join(folder, 'ssh')
  if (scene.fresh === true) rmSync(state, { recursive: true, force: true })
  mkdirSync(state, { recursive: true })
  const [gates, consents] = [join(state, 'known_gates'), join(state, 'gate_consents')]
  // One gate to its user, whatever port its bands have; and with keys of another where the scene wants them.
  for (const file of [gates, consents]) if (existsSync(file)) rename(file, `[127.0.0.1]:${port}`)
  if (scene.otherKeys === true) swapKeys(gates)
  const config = join(folder, 'config')
  const proxy = `ProxyCommand ${helper} --state ${state} --user ${USER} %h %p`
  const { sshd } = banded
  const lines = [
    ...['Host bastion', 'HostName 127.0.0.1', `Port ${port}`, `User ${USER}`],
    ...(scene.helper === true ? [proxy] : []),
    ...[`HostKeyAlias 127.0.0.1`, `UserKnownHostsFile ${sshd.knownHostsPath}`],
    ...[`IdentityFile ${sshd.keyPath}`, 'IdentitiesOnly yes', 'IdentityAgent none', ''],
  ]
  writeFileSync(config, lines.join('\n'))
  writeFileSync(join(folder, 'notes.txt'), 'notes\n')
  const [program = '', ...args] = command.map((word) => real(word, folder))
  const { stdout } = await onTerminal([program, '-F', config, ...args], plays)
  const typed = command.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')
  return [`$ ${typed}`, ...tidy(stdout, folder, port)].join('\n')
}

/** Gives every line of a helper's file this name. */
function rename(file: string, name: string): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  writeFileSync(file, lines.map((line) => `${line.replace(/^\S+/, name)}\n`).join(''))
}

function swapKeys(file: string): void {
  const [name = '', sign = '', seal = ''] = readFileSync(file, 'utf8').trim().split(/\s+/)
  writeFileSync(file, `${name} ${seal} ${sign}\n`)
}

function real(word: string, folder: string): string {
  if (word === 'notes.txt') return join(folder, 'notes.txt')
  return word === 'bastion:' ? `bastion:${folder}/copied` : word
}

function tidy(shown: string, folder: string, port: number): readonly string[] {
  return shown
    .split('\n')
    .map((line) => lastWritten(line))
    .map((line) =>
      line
        .replaceAll(join(folder, 'ssh'), '~/.ssh')
        .replaceAll(folder, '~')
        .replaceAll(`[127.0.0.1]:${port}`, 'bastion')
        .replaceAll(`port ${port}`, 'port 22')
        .replaceAll(`(${process.env['USER'] ?? 'root'}@127.0.0.1)`, '(you@bastion)')
        .replaceAll(`${process.env['USER'] ?? 'root'}@127.0.0.1`, 'you@bastion')
        .replaceAll('127.0.0.1', 'bastion')
        .replace(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:...')
        .replace(/\d+ (%|percent)/, '100 %')
        .replace(/ +\d+\.\d[KM]?B\/s.*/, '')
        .trimEnd(),
    )
    .filter((line, at, all) => line !== '' || (at > 0 && at < all.length - 1 && all[at - 1] !== ''))
}

/** Of a line that was written over, what stands there in the end. */
function lastWritten(line: string): string {
  const parts = line.split('\r').map((part) => part.replace(ESCAPES, ''))
  return parts.filter((part) => part.trim() !== '').at(-1) ?? ''
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g
