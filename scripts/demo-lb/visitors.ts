import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../test/support/programs.ts'
import { visit } from '../../test/support/tls-clients.ts'
import { type Relay, startRelay } from './relay.ts'

/** Who visits the stage: an ordinary client, or a tool of those who look for a way in. */
export interface Visitor {
  readonly name: string
  readonly kind: 'ordinary' | 'hostile'
  /** Its own on the loopback. */
  readonly address: string
  /** The data server whose strength it wants; undefined where that is not asked. */
  readonly wants?: string
  /** Comes back until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export interface Visited {
  readonly port: number
  readonly folder: string
  /** Keeps relays, to be stopped at the end. */
  readonly relays: Relay[]
}

/** Every visitor whose program is installed; the names of the others. */
export function visitorsOf(visited: Visited): {
  readonly visitors: readonly Visitor[]
  readonly absent: readonly string[]
} {
  const all = [
    inProcess(visited, { name: 'node', address: '127.0.11.1', wants: 'data-1' }, '/'),
    inProcess(visited, { name: 'node api', address: '127.0.11.2', wants: 'data-1' }, '/2000'),
    ...[...ordinary(visited.folder), ...hostile(visited.folder)].map((one) =>
      through(visited, one),
    ),
  ]
  const missing = ({ program }: Installed): boolean =>
    program !== undefined && findProgram(program) === undefined
  return {
    visitors: all.filter((one) => !missing(one)),
    absent: all.filter(missing).map(({ name }) => name),
  }
}

/** A visitor, and the program it needs. */
type Installed = Visitor & { readonly program?: string }

function ordinary(folder: string): readonly Program[] {
  const java = join(folder, 'Visit.java')
  writeFileSync(java, JAVA)
  const profile = `--user-data-dir=${join(folder, 'chromium')}`
  const curl = (name: string, address: string, wants: string, version: string, path: string) => ({
    ...{ name, address, wants, program: 'curl' },
    args: (port: number) => ['-sk', version, url(port, path), '-o', '/dev/null'],
  })
  const made: readonly Omit<Program, 'kind'>[] = [
    curl('curl', '127.0.11.3', 'data-1', '--http1.1', ''),
    curl('curl bulk', '127.0.11.4', 'data-2', '--http1.1', '8000000'),
    curl('curl h2', '127.0.11.5', 'data-3', '--http2', '60000'),
    {
      ...{ name: 'python', address: '127.0.11.6', wants: 'data-1', program: 'python3' },
      args: (port) => ['-c', PYTHON, url(port, '')],
    },
    {
      ...{ name: 'java', address: '127.0.11.7', wants: 'data-3', program: 'javac' },
      ...{ command: 'java', args: (port) => [java, url(port, '30000')] },
    },
    {
      ...{ name: 'chromium', address: '127.0.11.8', wants: 'data-3', program: 'chromium' },
      args: (port) => [...CHROMIUM, profile, url(port, '')],
    },
  ]
  return made.map((one) => ({ ...one, kind: 'ordinary' }))
}

function hostile(folder: string): readonly Program[] {
  const words = join(folder, 'words.txt')
  writeFileSync(words, Array.from({ length: 200 }, (_, n) => `w${n}`).join('\n'))
  const nmap = ['-Pn', '-n', '--script', 'ssl-enum-ciphers', '-p']
  const testssl = ['--quiet', '--color', '0', '-p', '-E']
  const tools: readonly (readonly [string, string, Program['args']])[] = [
    ['sslscan', '127.0.12.1', (port) => ['--no-colour', `127.0.0.1:${port}`]],
    ['nmap', '127.0.12.2', (port) => [...nmap, String(port), '127.0.0.1']],
    ['testssl', '127.0.12.3', (port) => [...testssl, `127.0.0.1:${port}`]],
    ['ffuf', '127.0.12.4', (port) => ['-s', '-w', words, '-u', url(port, 'FUZZ'), '-t', '20']],
  ]
  return tools.map(([name, address, args]) => ({
    ...{ name, address, args, program: name },
    kind: 'hostile',
  }))
}

/** Between two visits of an ordinary client, milliseconds. */
const PAUSE_MS = 350
/** The longest one visit of a program may take. */
const LONGEST_MS = 60_000
const CHROMIUM = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--ignore-certificate-errors'],
  ...['--disable-background-networking', '--dump-dom'],
]

function url(port: number, path: string): string {
  return `https://localhost:${port}/${path}`
}

function inProcess(
  { port }: Visited,
  who: { readonly name: string; readonly address: string; readonly wants: string },
  path: string,
): Installed {
  return {
    ...who,
    kind: 'ordinary',
    async run(signal): Promise<void> {
      while (!signal.aborted) {
        await visit({ port, from: who.address, path })
        await rest(PAUSE_MS, signal)
      }
    },
  }
}

interface Program {
  readonly name: string
  readonly address: string
  readonly kind: Visitor['kind']
  readonly wants?: string
  /** What must be installed. */
  readonly program: string
  /** What is run, where that is another. */
  readonly command?: string
  readonly args: (port: number) => readonly string[]
}

/** A program that comes through a relay, time and again. */
function through(visited: Visited, one: Program): Installed {
  const { args, command = one.program, ...who } = one
  return {
    ...who,
    async run(signal): Promise<void> {
      const relay = await startRelay(one.address, visited.port)
      visited.relays.push(relay)
      while (!signal.aborted) {
        await ran(findProgram(command) ?? command, args(relay.port), signal)
        await rest(PAUSE_MS, signal)
      }
    },
  }
}

function ran(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  // The whole group: testssl and chromium have children of their own.
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }
  const late = setTimeout(end, LONGEST_MS)
  signal.addEventListener('abort', end, { once: true })
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(late)
      signal.removeEventListener('abort', end)
      resolve()
    }
    child.once('error', over)
    child.once('exit', over)
  })
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

const PYTHON = `import ssl, sys, time, urllib.request
context = ssl._create_unverified_context()
for n in range(20):
    urllib.request.urlopen(sys.argv[1], context=context).read()
    time.sleep(0.4)
`

const JAVA = `import java.net.URI;
import java.net.http.*;
import java.security.cert.X509Certificate;
import javax.net.ssl.*;

public class Visit {
  public static void main(String[] args) throws Exception {
    System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
    TrustManager all = new X509ExtendedTrustManager() {
      public void checkClientTrusted(X509Certificate[] c, String a) {}
      public void checkServerTrusted(X509Certificate[] c, String a) {}
      public void checkClientTrusted(X509Certificate[] c, String a, java.net.Socket s) {}
      public void checkServerTrusted(X509Certificate[] c, String a, java.net.Socket s) {}
      public void checkClientTrusted(X509Certificate[] c, String a, SSLEngine e) {}
      public void checkServerTrusted(X509Certificate[] c, String a, SSLEngine e) {}
      public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {all}, null);
    for (int n = 0; n < 20; n++) {
      HttpClient client = HttpClient.newBuilder().sslContext(context).build();
      client.send(HttpRequest.newBuilder(URI.create(args[0])).build(), HttpResponse.BodyHandlers.ofString());
      client.close();
      Thread.sleep(400);
    }
  }
}
`
