import { type Command } from 'commander'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { parseGateConfig, type GateConfig } from '../gates/ssh/gate-config.ts'
import { createLogger } from '../io/log.ts'
import { apiUrl } from './api-client.ts'
import { configFrom, runUntilSignal, serviceOptions } from './run-service.ts'
import { UsageError } from './usage-error.ts'

interface GateFlags {
  readonly config?: string
  readonly listen?: string
  readonly upstream?: string
  readonly stepUp?: string
  readonly stepUpSocket?: string
  readonly name: string
  readonly mode: string
  readonly authLog?: string
  readonly breakGlass?: string
  readonly api?: string
  readonly data?: string
  readonly site?: string
  readonly metricsPort?: number
}

export function register(program: Command): void {
  const gate = program.command('gate').description('What stands in the traffic and asks the API.')
  serviceOptions(
    gate
      .command('ssh')
      .description(
        'Stands before sshd: challenges, brakes or refuses clients before the key exchange.',
      )
      .option('--config <file>', 'YAML with listeners, limits, penalties (gates/ssh/README.md)')
      .option('--listen <place>', 'host:port to listen on')
      .option('--upstream <place>', 'host:port of the sshd behind')
      .option('--step-up <place>', 'host:port of the sshd that asks for one more proof')
      .option('--step-up-socket <path>', 'where the PAM module of that sshd asks')
      .option('--name <listener>', "the listener's name in the policy", 'ssh')
      .option(
        '--mode <mode>',
        'proxy, or spawn: known good clients get a sshd of their own',
        'proxy',
      )
      .option('--auth-log <file>', "sshd's log: who logged in, who failed to")
      .option('--break-glass <place>', 'a second listener that never asks the API')
      .option('--api <url>', 'the routing API; else VESTIBULE_API_URL, else port 8787 here'),
  ).action(async (flags: GateFlags) => {
    const config = configFrom(flags)
    const settings = settingsOf(flags)
    const { isKeeper, keepServing } = await import('../io/ssh-gate/gate-processes.ts')
    if (isKeeper()) {
      let code = 0
      await runUntilSignal(async (signal) => {
        code = await keepServing(createLogger('gate-ssh'), signal)
      })
      process.exit(code)
    }
    const { authLogs } = await import('./gate/auth-logs.ts')
    const { main } = await import('../gates/ssh/main.ts')
    await runUntilSignal((signal) => main(config, settings, authLogs, signal))
  })
}

/** The file's settings, or those of a single listener that the flags describe. */
function settingsOf(flags: GateFlags): GateConfig {
  const given = flags.config === undefined ? fromFlags(flags) : fromFile(flags.config, flags)
  const result = parseGateConfig(given)
  if (result.kind === 'fault') throw new UsageError(result.message)
  return result.config
}

function fromFlags(flags: GateFlags): object {
  const { listen, upstream, stepUp, name, mode, authLog, breakGlass } = flags
  if (listen === undefined || upstream === undefined) {
    throw new UsageError('gate ssh: give --listen and --upstream, or --config FILE')
  }
  const servers = { upstream, ...(authLog === undefined ? {} : { authLog }) }
  return {
    listeners: [
      { name, listen, mode, ...servers, ...(stepUp === undefined ? {} : { stepUp }) },
      ...(breakGlass === undefined
        ? []
        : [{ name: `${name}-break-glass`, listen: breakGlass, breakGlass: true, ...servers }]),
    ],
    api: { url: flags.api ?? apiUrl(process.env) },
    ...(flags.stepUpSocket === undefined ? {} : { stepUpSocket: flags.stepUpSocket }),
  }
}

function fromFile(path: string, flags: GateFlags): unknown {
  if (flags.listen !== undefined || flags.upstream !== undefined) {
    throw new UsageError('gate ssh: --config and --listen do not go together')
  }
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(
      `gate ssh: cannot read ${path}: ${error instanceof Error ? error.message : ''}`,
    )
  }
  const url = flags.api ?? apiUrl(process.env)
  const file = value !== null && typeof value === 'object' ? value : {}
  return 'api' in file ? file : { ...file, api: { url } }
}
