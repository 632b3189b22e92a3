import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { countLogins, type LoginCounter } from '../../scripts/arena/login-counter.ts'
import { startServices, type ArenaServices } from '../../scripts/arena/services.ts'
import { findProgram } from '../../test/support/programs.ts'
import { startGate, type Gate } from '../../test/support/ssh-gate.ts'
import { startSshd, type Sshd } from '../../test/support/sshd.ts'
import { startStampedLog } from '../../test/support/stamped-log.ts'
import { startFail2ban } from './fail2ban.ts'

/** Something to attack: a sshd, with something before it or nothing. */
export interface Target {
  readonly name: 'bare' | 'fail2ban' | 'gate'
  readonly port: number
  readonly sshd: Sshd
  readonly tries: LoginCounter
  stop(): Promise<void>
}

export interface GateTarget extends Target {
  readonly gate: Gate
  readonly services: ArenaServices
}

/** Listens on every address of the network namespace. */
async function bareTarget(name: Target['name']): Promise<Target & { readonly log: string }> {
  const log = await startStampedLog()
  const sshd = await startSshd({ program: log.program, address: '0.0.0.0' })
  return {
    ...{ name, sshd, port: sshd.port, tries: countLogins(log), log: log.path },
    async stop(): Promise<void> {
      await sshd.stop()
      log.stop()
    },
  }
}

export async function startBare(): Promise<Target> {
  return bareTarget('bare')
}

/** Undefined where fail2ban or nftables is not installed. */
export async function startFail2banTarget(folder: string): Promise<Target | undefined> {
  if (findProgram('fail2ban-server') === undefined || findProgram('nft') === undefined)
    return undefined
  const own = join(folder, 'f2b')
  mkdirSync(own)
  const target = await bareTarget('fail2ban')
  const fail2ban = await startFail2ban(own, target.log)
  return {
    ...target,
    async stop(): Promise<void> {
      await fail2ban.stop()
      await target.stop()
    },
  }
}

/** The gate as it is set up by its README, the API enforcing the default policy. */
export async function startGateTarget(folder: string): Promise<GateTarget> {
  const own = join(folder, 'gate')
  mkdirSync(own)
  const bare = await bareTarget('gate')
  const services = await startServices(own)
  const listener = { authLog: bare.log }
  const { dataDir } = services.config
  const gate = await startGate(bare.port, services.apiUrl, listener, {}, dataDir, '0.0.0.0')
  return {
    ...{ ...bare, gate, services, port: gate.port },
    async stop(): Promise<void> {
      await gate.stop()
      await services.stop()
      await bare.stop()
    },
  }
}
