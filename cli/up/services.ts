import { join } from 'node:path'
import { ENVIRONMENT, type Config } from '../../lib/config.ts'
import { type ServiceSpec } from '../../io/supervisor.ts'

/** What `up` runs beside the services: packets from here. */
export interface UpSources {
  readonly interfaces: readonly string[]
  readonly replay: readonly string[]
  readonly replayLog: string | undefined
  /** Times faster than recorded; 1 when absent. */
  readonly speed?: number
  readonly followLogs: readonly string[]
}

/** A service, and how `up` knows that it is ready. */
export interface UpService {
  readonly spec: ServiceSpec
  readonly title: string
  /** The others are of use without it: `up` goes on, and says what is wrong with it. */
  readonly optional: boolean
  readonly ready: 'log-socket' | 'clickhouse-ping' | 'api-readyz' | 'says-so' | 'started'
}

/** The services of one machine in the order they start; they stop in the opposite one. */
export function servicesOf(config: Config, sources: UpSources): readonly UpService[] {
  const embeddedLog = config.kafkaBrokers === undefined
  const embeddedClickhouse = config.clickhouseUrl.startsWith('http://127.0.0.1:')
  const service = (
    name: string,
    title: string,
    ready: UpService['ready'],
    args: readonly string[],
    restart: ServiceSpec['restart'] = 'always',
  ): UpService => {
    const optional = ready === 'says-so' || ready === 'started'
    return { title, ready, optional, spec: specOf(config, name, args, restart) }
  }
  const services = [
    ...(embeddedLog ? [service('log', 'event log', 'log-socket', ['log'])] : []),
    ...(embeddedClickhouse
      ? [service('clickhouse', 'ClickHouse', 'clickhouse-ping', ['clickhouse'])]
      : []),
    service('sink', 'sinks', 'started', ['sink']),
    service('process', 'processors', 'started', ['process']),
    service('serve', 'routing API', 'api-readyz', ['serve']),
    ...sources.interfaces.map((name) =>
      service(`capture-${name}`, `capture on ${name}`, 'says-so', ['capture', '-i', name]),
    ),
    ...sources.followLogs.map((file, n) =>
      service(`follow-log-${n}`, `log ${file}`, 'started', ['follow-log', file]),
    ),
    ...sources.replay.map((file, n) =>
      service(`replay-${n}`, `replay of ${file}`, 'started', replayArgs(file, n, sources), 'no'),
    ),
  ]
  return services.map((one, n) => withMetricsPort(one, config.metricsPort, n))
}

/** Each process of one machine serves its metrics on a port of its own: the first one's, and upwards. */
function withMetricsPort(service: UpService, first: number, n: number): UpService {
  const port = first === 0 ? 0 : first + n
  const env = { ...service.spec.env, VESTIBULE_METRICS_PORT: String(port) }
  return { ...service, spec: { ...service.spec, env } }
}

function replayArgs(file: string, n: number, sources: UpSources): readonly string[] {
  const log = n === 0 ? sources.replayLog : undefined
  const speed = String(sources.speed ?? 1)
  return [
    'capture',
    '-r',
    file,
    '--speed',
    speed,
    ...(log === undefined ? [] : ['--replay-log', log]),
  ]
}

function specOf(
  config: Config,
  name: string,
  args: readonly string[],
  restart: ServiceSpec['restart'],
): ServiceSpec {
  return {
    name,
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, '../main.ts'),
      ...args,
    ],
    env: environmentOf(config),
    logFile: join(config.dataDir, 'logs', `${name}.log`),
    restart,
  }
}

function environmentOf(config: Config): Record<string, string> {
  return {
    VESTIBULE_DATA: config.dataDir,
    VESTIBULE_SITE: config.site,
    VESTIBULE_LOG_SOCKET: config.logSocket,
    VESTIBULE_CLICKHOUSE_URL: config.clickhouseUrl,
    VESTIBULE_API_HOST: config.apiHost,
    VESTIBULE_API_PORT: String(config.apiPort),
    VESTIBULE_SPOP_HOST: config.spopHost,
    VESTIBULE_SPOP_PORT: String(config.spopPort),
    VESTIBULE_METRICS_HOST: config.metricsHost,
    VESTIBULE_RETENTION_DAYS: String(config.retentionDays),
    VESTIBULE_FSYNC: config.fsync,
    VESTIBULE_PRIVACY: config.privacy,
    VESTIBULE_TRUSTED_PROXIES: config.trustedProxies,
    ...kafkaEnvironment(config),
    ...(config.timezone === undefined ? {} : { VESTIBULE_TIMEZONE: config.timezone }),
    ...(config.policyFile === undefined ? {} : { VESTIBULE_POLICY: config.policyFile }),
    UV_THREADPOOL_SIZE: '24',
  }
}

/** Whatever is set of Kafka and the schema registry; a password too, as it came: in the environment. */
function kafkaEnvironment(config: Config): Record<string, string> {
  const variables = Object.entries(ENVIRONMENT).filter(([variable]) =>
    /^VESTIBULE_(KAFKA|SCHEMA_REGISTRY)_/.test(variable),
  )
  return Object.fromEntries(
    variables.flatMap(([variable, setting]) => {
      const value = config[setting]
      return value === undefined ? [] : [[variable, String(value)]]
    }),
  )
}
