import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { run, type Ran } from '../run.ts'
import { type OpensshPlace } from './openssh-place.ts'
import { must, type Usage } from './usages.ts'

/** Uses that need programs beside OpenSSH's, or take longer. */
export const MORE_USAGES: readonly Usage[] = [
  { name: 'destination-constrained agent', unasked: true, run: constrainedAgent },
  { name: 'ansible, 50 forks', unasked: true, run: (place) => ansible(place, 50) },
]

/** What only a sshd that sees the client itself can do. */
export const SPAWN_USAGES: readonly Usage[] = [
  { name: 'from= tells the truth', run: fromOption },
  { name: 'last tells the truth', run: lastLogin },
  { name: 'the stamp is signed', run: stamped },
]

/** The key may be used for the gate's server, and from there for the same server again, and nowhere else. */
async function constrainedAgent(place: OpensshPlace): Promise<void> {
  const socket = join(place.folder, 'a')
  const agent = spawnSync('ssh-agent', ['-a', socket], { encoding: 'utf8' })
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent.stdout)?.[1])
  const { sshd } = place.banded
  const env = { SSH_AUTH_SOCK: socket }
  const there = `${place.programs.ssh} -F ${place.keyless} -o BatchMode=yes server echo in`
  const login = (): Promise<Ran> =>
    run(place.programs.ssh, ['-F', place.keyless, '-A', '-o', 'BatchMode=yes', 'gate', there], {
      env,
    })
  const add = (...ways: string[]): Promise<Ran> =>
    run(
      'ssh-add',
      ['-q', '-H', sshd.knownHostsPath, ...ways.flatMap((way) => ['-h', way]), sshd.keyPath],
      { env },
    )
  try {
    const added = await add('127.0.0.1', '127.0.0.1>127.0.0.1')
    if (added.code !== 0) throw new Error(added.stderr)
    const both = await login()
    if (both.stdout !== 'in\n') throw new Error(`the hop that is allowed: ${both.stderr}`)
    await run('ssh-add', ['-q', '-D'], { env })
    await add('127.0.0.1')
    const one = await login()
    if (!one.stderr.includes('Permission denied'))
      throw new Error(`a hop that is not: ${one.stdout}`)
  } finally {
    process.kill(pid, 'SIGTERM')
  }
}

async function ansible(place: OpensshPlace, forks: number): Promise<void> {
  const inventory = join(place.folder, 'inventory')
  const hosts = Array.from({ length: forks }, (_, at) => `host${at} ansible_host=gate\n`)
  writeFileSync(inventory, `[all]\n${hosts.join('')}`)
  const args = `-F ${place.config} -o ControlMaster=no`
  const vars = { ansible_ssh_common_args: args, ansible_ssh_executable: place.programs.ssh }
  const call = [
    'all',
    '-i',
    inventory,
    '-f',
    String(forks),
    '-m',
    'raw',
    '-a',
    'echo in',
    '-o',
    '-e',
    JSON.stringify(vars),
  ]
  const out = await must(place, 'ansible', call)
  const good = out.split('| CHANGED |').length - 1
  if (good !== forks) throw new Error(`${good} of ${forks}: ${out.slice(0, 500)}`)
}

async function fromOption(place: OpensshPlace): Promise<void> {
  const authorized = place.banded.sshd.configPath.replace(/sshd_config$/, 'authorized_keys')
  const key = readFileSync(authorized, 'utf8')
  writeFileSync(authorized, `from="127.0.0.23" ${key}`)
  try {
    const codes = []
    for (const from of ['127.0.0.23', '127.0.0.24']) {
      codes.push((await place.ssh(['-b', from, '-o', 'BatchMode=yes', 'gate', 'true'])).code)
    }
    if (codes.join() !== '0,255') throw new Error(`ended with ${codes.join()}`)
  } finally {
    writeFileSync(authorized, key)
  }
}

async function lastLogin(place: OpensshPlace): Promise<void> {
  const from = `127.0.77.${1 + Math.floor(Math.random() * 250)}`
  const ran = await place.ssh(['-tt', '-b', from, 'gate', 'last -i -n 50'])
  if (!ran.stdout.includes(from)) throw new Error(`no ${from} in: ${ran.stdout}`)
}

async function stamped(place: OpensshPlace): Promise<void> {
  const versions = new Set<string>()
  await eventually('two stamps', async () => {
    const { stderr } = await place.ssh(['-v', 'gate', 'true'])
    const version = /remote software version (\S+ ?.*ts=\d+ mac=\S+)/.exec(stderr)?.[1]
    if (version === undefined) throw new Error('no stamp')
    return versions.add(version).size === 2
  })
}
