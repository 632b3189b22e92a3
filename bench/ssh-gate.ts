import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  attack,
  installedTools,
  wordLists,
  type AttackTool,
} from '../scripts/arena/attack-tools.ts'
import { logIn, ordinaryUsers } from '../scripts/arena/ordinary-users.ts'
import { inOwnNetwork, roadTo } from '../scripts/arena/own-network.ts'
import { addressText } from '../lib/client-entity.ts'
import { type Decision } from '../schemas/generated/records.ts'
import { temporaryFolder } from '../test/support/programs.ts'
import { run as runProgram } from '../test/support/run.ts'
import { matrixHelpers } from '../test/support/ssh-matrix/matrix-helpers.ts'
import { quantile, print } from './print.ts'
import {
  startBare,
  startFail2banTarget,
  startGateTarget,
  type GateTarget,
  type Target,
} from './ssh-gate/targets.ts'

const BENCH = 'ssh-gate'
/** The first part of an attack, and as long after it. */
const SECONDS = Number(process.env['VESTIBULE_BENCH_SECONDS'] ?? 30)
const SOURCES = Number(process.env['VESTIBULE_BENCH_SOURCES'] ?? 1_000)
const ROUNDS = Number(process.env['VESTIBULE_BENCH_ROUNDS'] ?? 30)
const USERS = 20

/**
 * What attackers achieve through the gate, against a bare sshd and against one with fail2ban; what ordinary users beside
 * them notice; and what the gate costs a low-risk login. In a network namespace of its own (root).
 */
export async function run(): Promise<void> {
  const code = await inOwnNetwork()
  if (code !== undefined) {
    if (code !== 0) throw new Error(`the bench in its own network ended with ${code}`)
    return
  }
  const folder = temporaryFolder('bench-ssh-gate')
  const bare = await startBare()
  const fail2ban = await startFail2banTarget(folder.path)
  const gate = await startGateTarget(folder.path)
  const targets = [bare, ...(fail2ban === undefined ? [] : [fail2ban]), gate]
  try {
    await addedTime(gate, folder.path)
    await attacks(targets, gate, folder.path)
    for (const target of targets) await oneTryEach(target)
    await audit(targets)
  } finally {
    for (const target of targets.toReversed()) await target.stop()
    folder.remove()
  }
}

/** Logins of an address that is known, direct and through the gate, interleaved. */
async function addedTime(gate: GateTarget, folder: string): Promise<void> {
  const helper = matrixHelpers(folder).find(({ name }) => name === 'Go')
  const from = '127.3.9.9'
  const proxy = ['-o', `ProxyCommand=${helper?.command ?? ''} 127.0.0.1 ${gate.port}`]
  const ways: readonly (readonly [string, () => ReturnType<typeof logIn>])[] = [
    ['direct', () => logIn(gate.sshd, gate.sshd.port, from)],
    ['gate', () => logIn(gate.sshd, gate.port, from)],
    ...(helper === undefined
      ? []
      : [['gate, Go helper', () => logIn(gate.sshd, gate.port, from, proxy)] as const]),
  ]
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]))
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, way] of ways) {
      const { ms, fault } = await way()
      if (fault !== undefined) throw new Error(fault)
      if (round > 0) times.get(name)?.push(ms)
    }
  }
  const direct = times.get('direct') ?? []
  for (const [name, all] of times) {
    const added = all.map((ms, at) => ms - (direct[at] ?? 0))
    print(BENCH, { what: 'login', way: name, medianMs: median(all), addedMs: median(added) })
  }
}

/** Every tool against every target from an address of its own, with ordinary users beside it. */
async function attacks(
  targets: readonly Target[],
  gate: GateTarget,
  folder: string,
): Promise<void> {
  const stop = new AbortController()
  const decisions: Decision[] = []
  const following = gate.services.follow(
    { decided: (decision) => void decisions.push(decision) },
    stop.signal,
  )
  const users = await ordinaryUsers(gate.sshd, gate.port, USERS, 500)
  const lists = wordLists(folder)
  let road = 1
  for (const tool of installedTools()) {
    const perMinute = new Map<string, number>()
    for (const target of targets) {
      const { first, after, gaveUp } = await oneAttack(tool, target, roadTo(road), lists)
      perMinute.set(target.name, first)
      road += 1
      const ofBare = first / (perMinute.get('bare') ?? first)
      print(BENCH, {
        ...{ what: 'tries per minute', tool: tool.name, target: target.name, seconds: SECONDS },
        ...{ first, after, ofBare: Number(ofBare.toFixed(4)), gaveUp },
      })
    }
  }
  await users.stop()
  await sleep(2_000)
  stop.abort()
  await following
  const theirs = decisions.filter(({ clientAddress }) =>
    users.addresses.includes(addressText(clientAddress)),
  )
  const beyond = theirs.filter(({ band, answer }) => band === 'low' && answer !== 'pass')
  const sorted = users.times().toSorted((a, b) => a - b)
  print(BENCH, {
    ...{
      what: 'ordinary users meanwhile',
      logins: users.logins(),
      refused: users.refused().length,
    },
    ...{
      challengedBeyondBand: beyond.length,
      notLow: theirs.filter(({ band }) => band !== 'low').length,
    },
    ...{ medianMs: median(sorted), p99Ms: Math.round(quantile(sorted, 0.99)) },
  })
  for (const fault of users.refused().slice(0, 3)) console.error(fault)
}

async function oneAttack(
  tool: AttackTool,
  { port, tries }: Target,
  { to }: { readonly to: string },
  lists: ReturnType<typeof wordLists>,
): Promise<{ first: number; after: number; gaveUp: number }> {
  const begun = Date.now()
  const attacker = attack(tool, to, port, lists)
  await sleep(2 * SECONDS * 1_000)
  attacker.stop()
  const middle = begun + SECONDS * 1_000
  const perMinute = (from: number, until: number): number =>
    Number((tries.failures(from, until) / (SECONDS / 60)).toFixed(1))
  return {
    first: perMinute(begun, middle),
    after: perMinute(middle, middle + SECONDS * 1_000),
    gaveUp: attacker.gaveUp(),
  }
}

/** A thousand addresses with one try each: no address does enough to be noticed by itself. */
async function oneTryEach({ name, port, tries }: Target): Promise<void> {
  const begun = Date.now()
  const script = join(import.meta.dirname, 'ssh-gate/one-try-each.py')
  const words = [script, String(port), String(SOURCES), '8']
  const ran = await runProgram('/usr/bin/python3', words, { timeoutMs: 900_000 })
  if (ran.code !== 0) throw new Error(ran.stderr)
  print(BENCH, {
    ...{
      what: 'one try each',
      target: name,
      sources: SOURCES,
      met: JSON.parse(ran.stdout) as object,
    },
    ...{
      heardBySshd: tries.failures(begun, Date.now() + 1_000),
      seconds: Math.round(ran.ms / 1_000),
    },
  })
}

/** What an auditor finds out. */
async function audit(targets: readonly Target[]): Promise<void> {
  for (const { name, port } of targets) {
    const ran = await runProgram('ssh-audit', ['-n', '-p', String(port), '127.0.0.1'])
    const algorithms = ran.stdout.split('\n').filter((line) => /^\((kex|key|enc|mac)\)/.test(line))
    print(BENCH, { what: 'ssh-audit', target: name, algorithms: algorithms.length })
  }
}

function median(values: readonly number[]): number {
  return Number(
    quantile(
      values.toSorted((a, b) => a - b),
      0.5,
    ).toFixed(1),
  )
}
