import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { ipEntity, ipFpEntity } from '../../../behaviour/entity.ts'
import { challengeKeysOf } from '../../../io/challenge-keys.ts'
import { openSecrets } from '../../../io/secrets.ts'
import { clientEntity, parseAddress } from '../../../lib/client-entity.ts'
import { type Decision, type Outcome, type Score } from '../../../schemas/generated/records.ts'
import { CODEC, run as runApi, testApi, type TestApi } from '../../routing-api/harness.ts'
import { control } from '../../routing-api/decisions/fixtures.ts'
import { exampleRecord } from '../example-record.ts'
import { freePort } from '../free-port.ts'
import { findProgram, temporaryFolder } from '../programs.ts'
import { startGate, type Gate } from '../ssh-gate.ts'
import { startSshd, type Sshd } from '../sshd.ts'

export const BANDS = ['low', 'medium', 'high', 'critical'] as const
export type BandName = (typeof BANDS)[number]
export const MODES = ['proxy', 'spawn'] as const
export type Mode = (typeof MODES)[number]

/** Every connection comes from here, so that clients that cannot choose their address have the same risk as others. */
const CLIENT = '127.0.0.1'
/** Evidence about it in nats, which is risk 50. */
const EVIDENCE = 5
/** At one risk the band is the listener's doing. */
const BANDS_OF: Readonly<Record<BandName, object>> = {
  low: { medium: 60, high: 70, critical: 90 },
  medium: { medium: 30, high: 70, critical: 90 },
  high: { medium: 10, high: 40, critical: 90 },
  critical: { medium: 10, high: 20, critical: 40 },
}
export const PASSWORD = 'correct horse battery staple'
export const BRAKE_MS = 400

/** Real sshd, real step-up sshd, real gate, real routing API; only what the API holds of the client is given. */
export interface BandedGate {
  readonly sshd: Sshd
  readonly gate: Gate
  readonly api: TestApi
  readonly apiUrl: string
  port(mode: Mode, band: BandName): number
  /** Whether this client's programs count as having logged in within 30 days, each that was seen before. */
  known(yes: boolean): void
  /** What was published about connections of a listener since the last call. */
  told(mode: Mode, band: BandName): Told
  stop(): Promise<void>
}

export interface Told {
  readonly decisions: readonly Decision[]
  readonly outcomes: readonly Outcome[]
}

export function listenerName(mode: Mode, band: BandName): string {
  return `${mode}-${band}`
}

export interface BandedOptions {
  /** Another sshd than the system's, with the configuration lines it needs. */
  readonly sshd?: { readonly program: string; readonly config: readonly string[] }
  /** Over the policy's part `ssh`. */
  readonly policy?: object
  /** Over the gate's settings. */
  readonly gate?: object
  /** Starts the step-up server as it is shipped, the gate answering it on a socket; else one that asks for a password. */
  readonly stepUp?: (usual: Sshd, socket: string) => Promise<Sshd>
  /** Lines for the usual sshd's configuration. */
  readonly config?: readonly string[]
}

export async function startBandedGate(options: BandedOptions = {}): Promise<BandedGate> {
  const folder = temporaryFolder('banded')
  const pam = pamPrograms(folder.path, options.sshd?.program)
  const own = [...(options.sshd?.config ?? []), ...(options.config ?? [])]
  // Before everything else: sshd takes the first value it meets.
  const lines = [...own, 'UsePAM yes', 'MaxStartups 200:30:200', 'PerSourceMaxStartups none']
  const sshd = await startSshd({ program: pam.sshd, config: lines })
  const socket = join(folder.path, 'step-up.sock')
  const stepUp = await (options.stepUp?.(sshd, socket) ?? passwordStepUp(sshd, pam.stepUp, lines))
  const dataDir = join(folder.path, 'data')
  const api = testApi({
    challengeKeys: challengeKeysOf(openSecrets(dataDir)),
    freshId: () => new Uint8Array(randomBytes(16)),
    random: Math.random,
  })
  const running = await runApi(api, [], 1_000)
  api.state.applyControl(control('policy', '1-x', { body: policyOf(options.policy) }))
  putScore(api, ipEntity(clientEntity(addressOf(CLIENT)), 'ssh'), 'ip', null)
  const listeners = await listenersFor(sshd, stepUp, pam.sshd)
  const gate = await startGate(
    sshd.port,
    running.url,
    {},
    settingsOf(listeners, running.url, socket, options),
    dataDir,
  )
  const told = tellings(api)
  return {
    sshd,
    gate,
    api,
    apiUrl: running.url,
    port: (mode, band) => listeners.get(listenerName(mode, band))?.port ?? 0,
    known(yes): void {
      const lastSuccessAt = yes ? Date.now() * 1000 : null
      for (const hassh of told.fingerprints()) {
        putScore(
          api,
          ipFpEntity(clientEntity(addressOf(CLIENT)), hassh, 'ssh'),
          'ip-fp',
          lastSuccessAt,
        )
      }
    },
    told: (mode, band) => told.of(listenerName(mode, band)),
    async stop(): Promise<void> {
      await gate.stop()
      await running.close()
      await stepUp.stop()
      await sshd.stop()
      folder.remove()
    },
  }
}

function passwordStepUp(like: Sshd, program: string, lines: readonly string[]): Promise<Sshd> {
  const config = [
    ...lines,
    'AuthenticationMethods publickey,keyboard-interactive:pam',
    'KbdInteractiveAuthentication yes',
  ]
  return startSshd({ program, config, like })
}

function policyOf(over: object = {}): string {
  const named = MODES.flatMap((mode) =>
    BANDS.map((band) => [
      listenerName(mode, band),
      { protocol: 'ssh', ssh: { bands: BANDS_OF[band] } },
    ]),
  )
  return stringify({
    shadow: false,
    ssh: { pass: { connections: 0 }, brakeMs: BRAKE_MS, contact: 'ops@example.org', ...over },
    listeners: Object.fromEntries(named) as object,
  })
}

interface OpenedListener {
  readonly port: number
  readonly settings: object
}

async function listenersFor(
  sshd: Sshd,
  stepUp: Sshd,
  program: string,
): Promise<ReadonlyMap<string, OpenedListener>> {
  const listeners = new Map<string, OpenedListener>()
  for (const mode of MODES) {
    for (const band of BANDS) {
      const port = await freePort()
      const name = listenerName(mode, band)
      const settings = {
        ...{ name, mode, listen: `${CLIENT}:${port}`, upstream: `${CLIENT}:${sshd.port}` },
        ...{ stepUp: `${CLIENT}:${stepUp.port}`, sshd: { program, config: sshd.configPath } },
      }
      listeners.set(name, { port, settings })
    }
  }
  return listeners
}

function settingsOf(
  listeners: ReadonlyMap<string, OpenedListener>,
  url: string,
  socket: string,
  { gate, stepUp }: BandedOptions,
): object {
  return {
    listeners: [...listeners.values()].map(({ settings }) => settings),
    api: { url, timeoutMs: 2_000 },
    // Refused on purpose, again and again, from one address.
    penalties: { exempt: ['127.0.0.0/8'] },
    ...(stepUp === undefined ? {} : { stepUpSocket: socket }),
    ...gate,
  }
}

function putScore(
  api: TestApi,
  entity: string,
  kind: Score['kind'],
  lastSuccessAt: number | null,
): void {
  const now = Date.now() * 1000
  const record = exampleRecord('Score', {
    ...{ entity, kind, protocol: 'ssh', asOf: now, validUntil: now + 86_400e6, halfLifeMs: 1e12 },
    ...{
      evidence: EVIDENCE,
      value: 50,
      lastSuccessAt,
      shared: false,
      cap: null,
      contributions: [],
    },
  })
  api.state.scores.put(record, CODEC.encode('Score', record))
}

function addressOf(text: string): Uint8Array {
  return parseAddress(text) ?? new Uint8Array(16)
}

/** What the API published, by listener, handed out once. */
function tellings(api: TestApi): {
  of: (listener: string) => Told
  fingerprints: () => Set<string>
} {
  const seen = new Map<string, number>()
  const recordsOf = (listener: string): readonly (typeof api.published)[number][] =>
    api.published.filter(({ record }) => 'listener' in record && record.listener === listener)
  return {
    of(listener): Told {
      const all = recordsOf(listener)
      const fresh = all.slice(seen.get(listener) ?? 0)
      seen.set(listener, all.length)
      const decisions: Decision[] = []
      const outcomes: Outcome[] = []
      for (const { type, record } of fresh) {
        if (type === 'Decision') decisions.push(record)
        if (type === 'Outcome') outcomes.push(record)
      }
      return { decisions, outcomes }
    },
    fingerprints: () =>
      new Set(
        api.published.flatMap(({ type, record }) =>
          type === 'SshConnection' && record.hassh !== null ? [record.hassh] : [],
        ),
      ),
  }
}

/**
 * sshd under pam_wrapper (cwrap.org), so that passwords and questions are those of a file of ours and the machine's own
 * accounts stay as they are. The PAM service is the name that sshd was started by.
 */
function pamPrograms(folder: string, sshd = findProgram('sshd')): { sshd: string; stepUp: string } {
  if (sshd === undefined) throw new Error("no sshd on this machine: run 'make setup-test'")
  const user = process.env['USER'] ?? 'root'
  const passwords = join(folder, 'passwords')
  const services = join(folder, 'pam.d')
  mkdirSync(services)
  writeFileSync(passwords, `${user}:${PASSWORD}:sshd\n`)
  const matrix = `${LIBRARIES}/pam_wrapper/pam_matrix.so passdb=${passwords}`
  const rules = `auth required ${matrix}\naccount required pam_permit.so\nsession optional pam_permit.so\n`
  for (const name of ['sshd', 'sshd-stepup', 'other']) writeFileSync(join(services, name), rules)
  const env = `LD_PRELOAD=${LIBRARIES}/libpam_wrapper.so PAM_WRAPPER=1 PAM_WRAPPER_SERVICE_DIR=${services}`
  mkdirSync(join(folder, 'bin'))
  const program = (name: string): string => {
    const path = join(folder, name)
    const named = join(folder, 'bin', name)
    symlinkSync(sshd, named)
    // A look at the configuration asks nobody: pam_wrapper's processes that begin at one time take each other's folder.
    const preloaded = `[ "$1" = -t ] || export ${env}`
    writeFileSync(path, `#!/bin/sh\n${preloaded}\nexec ${named} -E ${path}.log "$@"\n`)
    chmodSync(path, 0o755)
    return path
  }
  return { sshd: program('sshd'), stepUp: program('sshd-stepup') }
}

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
