import { type Command } from 'commander'
import { existsSync, statfsSync } from 'node:fs'
import { apiClient, ApiError } from './api-client.ts'
import { checkAlerts } from './doctor/alerts.ts'
import { bad, good, warning, type Finding } from './doctor/check.ts'
import { checkKafka } from './doctor/kafka.ts'
import { checkHistory, checkMachinery, checkMirror, checkProxies } from './doctor/history.ts'
import {
  checkCapturePermission,
  checkDataFolder,
  checkNode,
  checkSecrets,
} from './doctor/machine.ts'
import { historyClient } from './history-client.ts'
import { printable } from './printable.ts'
import { configFrom } from './run-service.ts'

const SIGN = { good: 'ok  ', warning: 'note', bad: 'BAD ' } as const

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Check the installation and say how to mend it.')
    .option('--data <dir>', 'data folder')
    .option('--json', 'one JSON object per finding')
    .action(async (flags: { data?: string; json?: true }) => {
      const findings = await examine(flags.data)
      for (const finding of findings) {
        process.stdout.write(`${flags.json === true ? JSON.stringify(finding) : text(finding)}\n`)
      }
      if (findings.some(({ state }) => state === 'bad')) process.exitCode = 1
    })
}

async function examine(data: string | undefined): Promise<readonly Finding[]> {
  const config = configFrom(data === undefined ? {} : { data })
  const findings = [
    checkNode(process.version),
    checkDataFolder(config),
    checkSecrets(config),
    checkCapturePermission(),
    ...(await checkKafka(config)),
    await checkApi(`http://${config.apiHost}:${config.apiPort}`),
  ]
  const client = historyClient(config)
  const disk = statfsSync(existsSync(config.dataDir) ? config.dataDir : '.')
  const history = await checkHistory(client, disk.bavail * disk.bsize)
  findings.push(history)
  if (history.state !== 'bad') {
    const checks = [checkMirror, checkMachinery, checkProxies, checkAlerts]
    for (const check of checks) findings.push(...(await check(client)))
  }
  await client.close()
  return findings
}

async function checkApi(url: string): Promise<Finding> {
  try {
    await apiClient(process.env['VESTIBULE_API_URL'] ?? url).call('GET', '/readyz')
    return good('api', `ready at ${url}`)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.status === 0) return bad('api', `nothing answers at ${url}`, "'vestibule serve'")
    return warning('api', 'not caught up with its topics', 'wait, or look at its log')
  }
}

function text({ name, state, text: found, mend }: Finding): string {
  const advice = mend === undefined ? '' : `\n       ${printable(mend)}`
  return `${SIGN[state]}  ${printable(name).padEnd(16)} ${printable(found)}${advice}`
}
