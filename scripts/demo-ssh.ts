import { setTimeout as sleep } from 'node:timers/promises'
import { startGate } from '../test/support/ssh-gate.ts'
import { temporaryFolder } from '../test/support/programs.ts'
import { run } from '../test/support/run.ts'
import { startSshd, type Sshd } from '../test/support/sshd.ts'
import { matrixHelpers } from '../test/support/ssh-matrix/matrix-helpers.ts'
import { startStampedLog } from '../test/support/stamped-log.ts'
import { attack, installedTools, wordLists } from './arena/attack-tools.ts'
import { inOwnNetwork, roadTo } from './arena/own-network.ts'
import { renderScoreboard, Scoreboard, type Participant } from './arena/scoreboard.ts'
import { startServices } from './arena/services.ts'

/** How long it is shown. */
const SECONDS = Number(process.env['DEMO_SECONDS'] ?? 45)
const DRAW_EVERY_MS = 1_000
/** Where there is no terminal to draw on anew. */
const PRINT_EVERY_S = 15
const USER = process.env['USER'] ?? 'root'

const code = await inOwnNetwork().catch((error: unknown) => {
  console.error(`demo-ssh: ${error instanceof Error ? error.message : String(error)}`)
  return 1
})
if (code !== undefined) process.exit(code)

const folder = temporaryFolder('demo-ssh')
const stop = new AbortController()
process
  .on('SIGINT', () => {
    stop.abort()
  })
  .on('SIGTERM', () => {
    stop.abort()
  })

console.log(
  'demo-ssh: sshd, event log, behaviour engine, routing API and SSH gate start in a network of their own ...',
)
const log = await startStampedLog()
const sshd = await startSshd({ program: log.program })
const services = await startServices(folder.path)
const listener = { authLog: log.path }
const gate = await startGate(
  sshd.port,
  services.apiUrl,
  listener,
  {},
  services.config.dataDir,
  '0.0.0.0',
)

interface Player extends Participant {
  /** Where it connects to. */
  readonly to: string
}
let roads = 0
function player(name: string, kind: Participant['kind']): Player {
  roads += 1
  const { to, from } = roadTo(roads)
  return { name, kind, address: from, to }
}

const plain = ['anna (ssh)', 'ben (ssh)'].map((name) => player(name, 'user'))
const copying = player('clara (rsync)', 'user')
const helped = player('dora (with a helper)', 'user')
const tools = installedTools().map((tool) => ({ tool, ...player(tool.name, 'attacker') }))
const board = new Scoreboard([...plain, copying, helped, ...tools])
const following = services.follow(
  {
    decided: (decision) => {
      board.decided(decision)
    },
    attempted: (attempt) => {
      board.attempted(attempt)
    },
  },
  stop.signal,
)

// Those who are known first, as anywhere; then the attackers come.
const [helper] = matrixHelpers(folder.path).toReversed()
const proxy = `ProxyCommand=${helper?.command ?? ''} ${helped.to} ${gate.port}`
const working = [
  ...plain.map((one) => keepDoing(() => ssh(one.to, [], 'true'))),
  keepDoing(() => rsync(copying.to)),
  keepDoing(() => ssh(helped.to, ['-o', proxy], 'true')),
]
console.log('demo-ssh: four people work; in five seconds the attackers come. Ctrl-C ends it.')
await sleep(5_000, undefined, { signal: stop.signal }).catch(() => undefined)
const lists = wordLists(folder.path)
const attacks = tools.map(({ tool, to }) => attack(tool, to, gate.port, lists))
await show()
for (const one of attacks) one.stop()
stop.abort()
await Promise.all(working)
await following
await gate.stop()
await services.stop()
await sshd.stop()
log.stop()
folder.remove()
process.exit(0)

async function show(): Promise<void> {
  const begun = performance.now()
  let drawn = 0
  let printedAt = 0
  for (;;) {
    const seconds = (performance.now() - begun) / 1_000
    const over = seconds >= SECONDS || stop.signal.aborted
    const turnedAway = await gate.metric('ssh_gate_connections_total', 'end="penalised"')
    const lines = renderScoreboard(board.standings, turnedAway, seconds)
    if (process.stdout.isTTY) {
      process.stdout.write(`${drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : ''}${lines.join('\n')}\n`)
      drawn = lines.length
    } else if (over || seconds - printedAt >= PRINT_EVERY_S) {
      printedAt = seconds
      console.log(lines.join('\n'))
    }
    if (over) return
    await sleep(DRAW_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}

async function keepDoing(what: () => Promise<unknown>): Promise<void> {
  while (!stop.signal.aborted) {
    await what()
    await sleep(1_500, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}

function options(of: Sshd): readonly string[] {
  return [
    ...of.clientOptions,
    '-o',
    `HostKeyAlias=[127.0.0.1]:${of.port}`,
    '-o',
    'BatchMode=yes',
    '-p',
    String(gate.port),
  ]
}

function ssh(to: string, more: readonly string[], command: string): ReturnType<typeof run> {
  return run('ssh', [...more, ...options(sshd), `${USER}@${to}`, command])
}

function rsync(to: string): ReturnType<typeof run> {
  const shell = ['ssh', ...options(sshd)].join(' ')
  return run('rsync', ['-e', shell, sshd.configPath, `${USER}@${to}:${folder.path}/copied`])
}
