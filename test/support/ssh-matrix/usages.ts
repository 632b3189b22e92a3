import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../eventually.ts'
import { freePort } from '../free-port.ts'
import { run } from '../run.ts'
import { background } from './background.ts'
import { PASSWORD } from './banded-gate.ts'
import { digestOf, type OpensshPlace } from './openssh-place.ts'

/** Something that people do with OpenSSH; it throws, or rejects, with what went wrong. */
export interface Usage {
  readonly name: string
  /** It cannot answer the step-up server: it wants no key, or nobody is there. */
  readonly unasked?: true
  run(place: OpensshPlace): Promise<void>
}

export const USAGES: readonly Usage[] = [
  { name: 'password login', unasked: true, run: passwordLogin },
  { name: 'terminal', run: (place) => said(place, ['-tt', 'gate', 'tty'], /^\/dev\/pts\//) },
  { name: 'standard input to its end', run: standardInput },
  { name: 'scp', run: (place) => scp(place, []) },
  { name: 'scp, old protocol', run: (place) => scp(place, ['-O']) },
  { name: 'sftp', run: sftp },
  { name: 'rsync', run: rsync },
  { name: 'git', run: git },
  { name: 'forwarding -L', run: (place) => forwarded(place, '-L') },
  { name: 'forwarding -R', run: (place) => forwarded(place, '-R') },
  { name: 'forwarding -D', run: (place) => forwarded(place, '-D') },
  { name: 'ControlMaster', run: controlMaster },
  { name: 'ProxyJump over it', run: (place) => said(place, ['jumped', 'echo in'], /^in$/m) },
  { name: 'behind a jump host', run: behindJump },
  { name: 'rekeying', run: rekeying },
  { name: 'strict key exchange', run: strictKex },
  { name: 'chacha20-poly1305', run: (place) => ciphered(place, 'chacha20-poly1305@openssh.com') },
  { name: 'AES-CTR, HMAC', run: (place) => ciphered(place, 'aes128-ctr', 'hmac-sha2-256') },
  { name: 'AES-GCM', run: (place) => ciphered(place, 'aes256-gcm@openssh.com') },
  {
    name: 'AES-CTR, HMAC-ETM',
    run: (place) => ciphered(place, 'aes256-ctr', 'hmac-sha2-512-etm@openssh.com'),
  },
  { name: 'compression', run: compressed },
]

async function said(place: OpensshPlace, args: readonly string[], expected: RegExp): Promise<void> {
  const ran = await place.ssh(args)
  if (ran.code !== 0 || !expected.test(ran.stdout)) throw new Error(JSON.stringify(ran))
}

function passwordLogin(place: OpensshPlace): Promise<void> {
  const only = ['-o', 'PreferredAuthentications=password', '-o', 'PubkeyAuthentication=no']
  return said(place, [...only, 'gate', 'echo in'], /^in$/m)
}

async function standardInput(place: OpensshPlace): Promise<void> {
  const ran = await place.ssh(['gate', 'sha256sum'], { input: readFileSync(place.file) })
  if (!ran.stdout.startsWith(place.digest)) throw new Error(JSON.stringify(ran))
}

/** A megabyte up and down. */
async function copied(place: OpensshPlace, args: readonly string[]): Promise<string> {
  const ran = await place.ssh([...args, 'gate', 'cat'], { input: readFileSync(place.file) })
  const arrived = Buffer.from(ran.stdout, 'latin1')
  if (!arrived.equals(readFileSync(place.file))) throw new Error(`not what was sent: ${ran.stderr}`)
  return ran.stderr
}

async function compressed(place: OpensshPlace): Promise<void> {
  await copied(place, ['-C'])
}

async function scp(place: OpensshPlace, args: readonly string[]): Promise<void> {
  const { config, file, folder, programs } = place
  const [there, back] = [join(folder, 'there'), join(folder, 'back')]
  const call = ['-q', '-S', programs.ssh, '-F', config, ...args]
  await must(place, programs.scp, [...call, file, `gate:${there}`])
  await must(place, programs.scp, [...call, `gate:${there}`, back])
  same(place, back)
}

async function sftp(place: OpensshPlace): Promise<void> {
  const { config, file, folder, programs } = place
  const [there, back] = [join(folder, 'there'), join(folder, 'back')]
  const batch = `put ${file} ${there}\nget ${there} ${back}\n`
  // No -b: it would turn BatchMode on, and nobody could be asked.
  await must(place, programs.sftp, ['-q', '-S', programs.ssh, '-F', config, 'gate'], batch)
  same(place, back)
}

async function rsync(place: OpensshPlace): Promise<void> {
  const back = join(place.folder, 'back')
  const shell = `${place.programs.ssh} -F ${place.config}`
  await must(place, 'rsync', ['-e', shell, place.file, `gate:${back}`])
  same(place, back)
}

async function git(place: OpensshPlace): Promise<void> {
  const { folder } = place
  const [bare, work] = [join(folder, 'bare.git'), join(folder, 'work')]
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
  await must(place, 'git', ['init', '-q', '--bare', bare])
  await must(place, 'git', ['clone', '-q', `gate:${bare}`, work])
  await must(place, 'git', ['-C', work, ...identity, 'commit', '-q', '--allow-empty', '-m', 'one'])
  await must(place, 'git', ['-C', work, 'push', '-q', 'origin', 'HEAD:main'])
  const log = await must(place, 'git', ['-C', bare, 'log', '--format=%s', 'main'])
  if (log !== 'one\n') throw new Error(log)
}

async function forwarded(place: OpensshPlace, how: '-L' | '-R' | '-D'): Promise<void> {
  const server = createServer((_request, response) => response.end('through'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  const to = how === '-D' ? '' : `:127.0.0.1:${portOf(server)}`
  const session = background(place, [
    '-N',
    '-o',
    'ExitOnForwardFailure=yes',
    how,
    `127.0.0.1:${port}${to}`,
    'gate',
  ])
  const asked = how === '-D' ? ['--socks5', `127.0.0.1:${port}`] : []
  const url = how === '-D' ? portOf(server) : port
  try {
    await eventually(
      'the forwarding works',
      async () => {
        if (session.ended()) throw new Error(session.said())
        const ran = await run('curl', [
          '-sS',
          '--max-time',
          '10',
          ...asked,
          `http://127.0.0.1:${url}/`,
        ])
        return ran.stdout === 'through'
      },
      30_000,
    )
  } finally {
    session.stop()
    server.close()
    server.closeAllConnections()
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Two sessions over one connection: the gate sees one. */
async function controlMaster(place: OpensshPlace): Promise<void> {
  const socket = join(place.folder, 'c')
  const { banded, mode, band } = place
  banded.told(mode, band)
  const master = background(place, ['-M', '-N', '-S', socket, 'gate'])
  try {
    await eventually(
      'the master is there',
      async () => {
        if (master.ended()) throw new Error(master.said())
        return (await place.ssh(['-S', socket, '-O', 'check', 'gate'])).code === 0
      },
      30_000,
    )
    const asked = banded.told(mode, band).decisions.length
    for (const word of ['one', 'two']) {
      await said(
        place,
        ['-S', socket, '-o', 'ControlMaster=no', 'gate', `echo ${word}`],
        new RegExp(word),
      )
    }
    const more = banded.told(mode, band).decisions.length
    if (asked === 0 || more > 0) throw new Error(`${asked} decisions, then ${more} more`)
  } finally {
    master.stop()
  }
}

async function behindJump(place: OpensshPlace): Promise<void> {
  const { banded, mode, band, helper, config, programs } = place
  const port = banded.port(mode, band)
  const jump = `${programs.ssh} -F ${config} -W 127.0.0.1:${port} server`
  const proxy = helper === undefined ? jump : `${helper} --via "${jump}" 127.0.0.1 ${port}`
  await said(place, ['-o', `ProxyCommand=${proxy}`, 'gate', 'echo in'], /^in$/m)
}

async function rekeying(place: OpensshPlace): Promise<void> {
  const log = await copied(place, ['-v', '-o', 'RekeyLimit=512K'])
  const count = log.split('SSH2_MSG_NEWKEYS sent').length - 1
  if (count < 3) throw new Error(`${count} key exchanges`)
}

async function strictKex(place: OpensshPlace): Promise<void> {
  const { stderr } = await place.ssh(['-vvv', 'gate', 'true'])
  if (!stderr.includes('will use strict KEX ordering')) throw new Error('no strict key exchange')
}

async function ciphered(place: OpensshPlace, cipher: string, mac?: string): Promise<void> {
  const macs = mac === undefined ? [] : ['-m', mac]
  const log = await copied(place, ['-v', '-c', cipher, ...macs])
  if (!log.includes(`cipher: ${cipher} MAC: ${mac ?? '<implicit>'}`)) throw new Error(log)
}

export async function must(
  place: OpensshPlace,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const askpass = join(place.folder, 'askpass')
  writeFileSync(askpass, `#!/bin/sh\necho '${PASSWORD}'\n`, { mode: 0o755 })
  const env = {
    ...{ SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', GIT_CONFIG_GLOBAL: '/dev/null' },
    GIT_SSH_COMMAND: `${place.programs.ssh} -F ${place.config}`,
  }
  const ran = await run(program, args, {
    timeoutMs: 60_000,
    env,
    ...(input === undefined ? {} : { input }),
  })
  if (ran.code !== 0) throw new Error(`${program} ended with ${ran.code}: ${ran.stderr}`)
  return ran.stdout
}

function same({ digest }: OpensshPlace, file: string): void {
  if (digestOf(file) !== digest) throw new Error(`${file} is not what was sent`)
}
