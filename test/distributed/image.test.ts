import { beforeAll, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { atTheEnd, ending } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { freshPrefix, sharedBroker } from '../support/kafka.ts'
import { temporaryFolder } from '../support/programs.ts'
import { run, type Ran } from '../support/run.ts'
import { ROOT } from './compose-project.ts'
import { copiedPaths, DOCKERFILE, makeImageTree } from './image-tree.ts'

const Compose = z.object({
  services: z.record(z.string(), z.looseObject({ command: z.array(z.string()).optional() })),
})
const compose = Compose.parse(
  parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }),
)
const OURS = ['process', 'sink', 'serve', 'capture', 'follow-log', 'replay']
const folder = temporaryFolder('image')
atTheEnd(folder.remove)
/** As the image's entry point, but that packages are looked for in the image's own folder. */
const NODE = ['--disable-warning=ExperimentalWarning', '--preserve-symlinks']
const main = join(folder.path, 'cli/main.ts')

function vestibule(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return run(process.execPath, [...NODE, main, ...args], {
    cwd: folder.path,
    timeoutMs: 60_000,
    env: { NODE_OPTIONS: '', VESTIBULE_DATA: join(folder.path, 'data'), ...env },
  })
}

beforeAll(() => {
  makeImageTree(folder.path)
})

describe('the Dockerfile', () => {
  test('copies what is there and is let through by .dockerignore', () => {
    const admitted = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    for (const path of copiedPaths()) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true])
      expect(admitted).toContain(path)
    }
  })

  test("is on the Node that 'make setup' brings, and runs as nobody in particular", () => {
    const [, version] =
      /^NODE_VERSION=(\S+)$/m.exec(readFileSync(join(ROOT, 'scripts/setup.sh'), 'utf8')) ?? []
    expect(DOCKERFILE).toContain(`ARG NODE_IMAGE=node:${version ?? ''}-`)
    for (const stage of DOCKERFILE.split(/^FROM /m).slice(2)) {
      expect([...stage.matchAll(/^USER (.+)$/gm)].at(-1)?.[1]).toBe('10001:10001')
    }
  })

  test('gives the capability to a program of the capture target only', () => {
    const [services, capture] = DOCKERFILE.split(/^FROM services AS capture$/m)
    expect(services).not.toContain('setcap')
    expect(capture).toContain('setcap cap_net_raw=ep /usr/local/bin/node-capture')
    expect(capture).toContain('ENTRYPOINT ["node-capture"')
  })
})

describe("the image's tree, with production packages only", () => {
  test.each(OURS)('has the command of %s, with the options it is given', async (name) => {
    const [command = '', ...args] = compose.services[name]?.command ?? []
    const { code, stdout } = await vestibule([command, '--help'])
    expect([name, code]).toEqual([name, 0])
    for (const option of args.filter((arg) => arg.startsWith('-'))) expect(stdout).toContain(option)
    for (const file of args.filter((arg) => arg.startsWith('corpus/'))) {
      expect(existsSync(join(folder.path, file))).toBe(true)
    }
  })

  test.each(['api-key', 'why', 'history', 'top', 'enforce', 'policy', 'doctor', 'gate'])(
    'has the command %s of the manual',
    async (name) => {
      expect((await vestibule([name, '--help'])).code).toBe(0)
    },
  )
})

const broker = await sharedBroker()
const withBroker = broker === undefined ? describe.skip : describe

withBroker("services from the image's tree over Kafka", () => {
  const settings = {
    VESTIBULE_KAFKA_BROKERS: broker?.brokers ?? '',
    VESTIBULE_KAFKA_PREFIX: freshPrefix(),
    VESTIBULE_METRICS_HOST: '127.0.0.1',
    VESTIBULE_CLICKHOUSE_URL: 'http://127.0.0.1:1',
    VESTIBULE_CLICKHOUSE_PASSWORD: 'none',
  }

  test.each(['process', 'sink', 'serve'])(
    '%s starts, serves its metrics, and ends when told to',
    async (name) => {
      const port = await freePort()
      const child = ending(
        spawn(process.execPath, [...NODE, main, name, '--metrics-port', String(port)], {
          cwd: folder.path,
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {
            ...process.env,
            ...settings,
            NODE_OPTIONS: '',
            VESTIBULE_LOG_LEVEL: 'error',
            VESTIBULE_API_PORT: String(await freePort()),
            VESTIBULE_DATA: join(folder.path, 'data'),
          },
        }),
      )
      const metrics = await eventually(
        `${name} serves its metrics`,
        () =>
          fetch(`http://127.0.0.1:${port}/metrics`).then(
            (answer) => answer.text(),
            () => undefined,
          ),
        40_000,
      )
      expect(metrics).toContain('process_resident_memory_bytes')
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
      expect([name, child.exitCode]).toEqual([name, 0])
    },
    60_000,
  )

  test('capture replays the recording of the image', async () => {
    const { code, stderr } = await vestibule(
      ['capture', '-r', 'corpus/demo/demo.pcap.gz', '--speed', '100'],
      settings,
    )
    expect(code).toBe(0)
    expect(stderr).toContain('"frames":6978')
  }, 60_000)

  test('the API refuses to listen to others without a key, and says how to make one', async () => {
    const { code, stderr } = await vestibule(['serve'], {
      ...settings,
      VESTIBULE_API_HOST: '0.0.0.0',
    })
    expect(code).toBe(1)
    expect(stderr).toContain("make one with 'vestibule api-key create NAME --scope gate'")
  })
})
