import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort, isListening } from './free-port.ts'
import { findProgram, temporaryFolder } from './programs.ts'

const GATE = join(import.meta.dirname, '../../gates/nginx')

/** nginx on gates/nginx as it is, but for addresses, ports and folders. */
export interface Nginx {
  /** Where hellos are asked about, and where the address alone is. */
  readonly tlsPort: number
  readonly tcpPort: number
  /** Lines of its access log. */
  lines(): readonly string[]
  stop(): Promise<void>
}

export interface NginxOptions {
  readonly apiUrl: string
  readonly primary: number
  readonly mitigation: number
}

export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = temporaryFolder('nginx')
  const [tlsPort, tcpPort] = [await freePort(), await freePort()]
  const conf = readFileSync(join(GATE, 'nginx.conf'), 'utf8')
    .replaceAll('/etc/nginx/vestibule', folder.path)
    .replace('worker_processes auto;', 'worker_processes 1;\ndaemon off;')
    .replace('pid nginx.pid', `pid ${folder.path}/pid`)
    .replace('access_log access.log', `access_log ${folder.path}/access.log`)
    .replace('server 10.0.0.11:443;', `server 127.0.0.1:${options.primary};`)
    .replace('    server 10.0.0.12:443;\n', '')
    .replace('server 10.0.0.21:443;', `server 127.0.0.1:${options.mitigation};`)
    .replace('listen 443;', `listen 127.0.0.1:${tlsPort};`)
    .replace('listen 8443;', `listen 127.0.0.1:${tcpPort};`)
  const script = readFileSync(join(GATE, 'vestibule.js'), 'utf8')
  writeFileSync(join(folder.path, 'nginx.conf'), conf)
  writeFileSync(
    join(folder.path, 'vestibule.js'),
    script.replace('http://127.0.0.1:8787', options.apiUrl),
  )
  const args = ['-p', folder.path, '-c', join(folder.path, 'nginx.conf'), '-e', 'stderr']
  const program = findProgram('nginx') ?? 'nginx'
  execFileSync(program, [...args, '-t'], { stdio: 'pipe' })
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
  await eventually('nginx listens', async () => {
    if (ended()) throw new Error(`nginx ended: ${said}`)
    return (await isListening(tlsPort)) && (await isListening(tcpPort))
  })
  return {
    tlsPort,
    tcpPort,
    lines: () => readFileSync(join(folder.path, 'access.log'), 'utf8').trim().split('\n'),
    async stop(): Promise<void> {
      child.kill('SIGTERM')
      await eventually('nginx ends', ended)
      folder.remove()
    },
  }
}
