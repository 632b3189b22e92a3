import { z } from 'zod'
import { parseNetwork } from './network-table.ts'

/** What every service is told. Read once, from the environment and the command line, by `readConfig`. */
const Config = z.strictObject({
  /** Folder of the embedded log, the embedded ClickHouse, secrets and the seed policy. */
  dataDir: z.string().min(1),
  site: z.string().min(1),
  /** Comma-separated Kafka brokers; undefined: the embedded event log. */
  kafkaBrokers: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'wants host:port, several with commas between')
    .optional(),
  /** Put before the names of topics, groups and transactional ids: several installations on one cluster. */
  kafkaPrefix: z.string().regex(/^[\w.-]{0,100}$/, 'wants letters, digits, dots, - and _'),
  kafkaCompression: z.enum(['none', 'gzip', 'zstd']),
  /** `on`: TLS to the brokers; a CA file and a client's certificate with its key are PEM files. */
  kafkaTls: z.enum(['off', 'on']),
  kafkaTlsCa: z.string().optional(),
  kafkaTlsCert: z.string().optional(),
  kafkaTlsKey: z.string().optional(),
  kafkaSaslMechanism: z.enum(['none', 'plain', 'scram-sha-256', 'scram-sha-512']),
  kafkaSaslUsername: z.string().optional(),
  kafkaSaslPassword: z.string().optional(),
  /** Confluent's schema registry API; undefined: values are in Avro single-object encoding. */
  schemaRegistryUrl: z
    .url({ protocol: /^https?$/ })
    .refine(
      (url) => !/^\w+:\/\/[^/]*@/.test(url),
      'wants user and password in VESTIBULE_SCHEMA_REGISTRY_USER_INFO',
    )
    .optional(),
  schemaRegistryUserInfo: z
    .string()
    .regex(/^[^:]+:/, 'wants user:password')
    .optional(),
  schemaRegistryToken: z.string().optional(),
  /** Socket of the embedded event log's owner process. */
  logSocket: z.string().min(1),
  clickhouseUrl: z.url(),
  /** The account sinks write with; its password is in the secrets file when embedded. */
  clickhouseUser: z.string(),
  clickhousePassword: z.string().optional(),
  apiHost: z.string(),
  apiPort: z.int().min(0).max(65535),
  /** Where HAProxy reaches the agent; SPOP has no authentication, so loopback unless told otherwise. */
  spopHost: z.string(),
  /** 0 = no agent. */
  spopPort: z.int().min(0).max(65535),
  /** Runtime sockets of HAProxies whose verdict map is kept current, comma-separated: `/PATH` or `tcp://HOST:PORT`. */
  pushSockets: z
    .string()
    .regex(
      /^(\/|tcp:\/\/)[^\s,]+(,(\/|tcp:\/\/)[^\s,]+)*$/,
      'wants /PATH or tcp://HOST:PORT, several with commas between',
    )
    .optional(),
  /** The map as HAProxy's configuration names it. */
  pushMap: z.string().regex(/^[\x21-\x7e]{1,255}$/, 'wants a path without spaces'),
  /** The listener whose rules the pushed verdicts follow. */
  pushListener: z.string().min(1),
  /** Where every service serves /metrics, the API too, without a key: loopback unless told otherwise. */
  metricsHost: z.string(),
  /** 0 = none; the API has them on its own port as well, for who has a key. */
  metricsPort: z.int().min(0).max(65535),
  policyFile: z.string().optional(),
  /** Whose PROXY headers a sensor believes until it knows a policy: networks, several with commas between. */
  trustedProxies: z
    .string()
    .refine(isNetworks, 'wants addresses or networks such as 192.0.2.0/24, with commas between'),
  retentionDays: z.int().positive(),
  /** Durability of the embedded log: `process` survives kill -9, `full` also power loss. */
  fsync: z.enum(['process', 'full']),
  /** IANA name of the zone of logs whose stamps name none; undefined: the machine's. */
  timezone: z.string().optional(),
  /** Whether records carry client addresses and user names as they are, or keyed pseudonyms. */
  privacy: z.enum(['clear', 'pseudonym']),
})

export type Config = z.infer<typeof Config>

export type ConfigResult =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'fault'; readonly message: string }

/** Environment variables by the setting they set. Flags of the command line come as `overrides`. */
export const ENVIRONMENT = {
  VESTIBULE_DATA: 'dataDir',
  VESTIBULE_SITE: 'site',
  VESTIBULE_KAFKA_BROKERS: 'kafkaBrokers',
  VESTIBULE_KAFKA_PREFIX: 'kafkaPrefix',
  VESTIBULE_KAFKA_COMPRESSION: 'kafkaCompression',
  VESTIBULE_KAFKA_TLS: 'kafkaTls',
  VESTIBULE_KAFKA_TLS_CA: 'kafkaTlsCa',
  VESTIBULE_KAFKA_TLS_CERT: 'kafkaTlsCert',
  VESTIBULE_KAFKA_TLS_KEY: 'kafkaTlsKey',
  VESTIBULE_KAFKA_SASL_MECHANISM: 'kafkaSaslMechanism',
  VESTIBULE_KAFKA_SASL_USERNAME: 'kafkaSaslUsername',
  VESTIBULE_KAFKA_SASL_PASSWORD: 'kafkaSaslPassword',
  VESTIBULE_SCHEMA_REGISTRY_URL: 'schemaRegistryUrl',
  VESTIBULE_SCHEMA_REGISTRY_USER_INFO: 'schemaRegistryUserInfo',
  VESTIBULE_SCHEMA_REGISTRY_TOKEN: 'schemaRegistryToken',
  VESTIBULE_LOG_SOCKET: 'logSocket',
  VESTIBULE_CLICKHOUSE_URL: 'clickhouseUrl',
  VESTIBULE_CLICKHOUSE_USER: 'clickhouseUser',
  VESTIBULE_CLICKHOUSE_PASSWORD: 'clickhousePassword',
  VESTIBULE_API_HOST: 'apiHost',
  VESTIBULE_API_PORT: 'apiPort',
  VESTIBULE_SPOP_HOST: 'spopHost',
  VESTIBULE_SPOP_PORT: 'spopPort',
  VESTIBULE_PUSH_SOCKETS: 'pushSockets',
  VESTIBULE_PUSH_MAP: 'pushMap',
  VESTIBULE_PUSH_LISTENER: 'pushListener',
  VESTIBULE_METRICS_HOST: 'metricsHost',
  VESTIBULE_METRICS_PORT: 'metricsPort',
  VESTIBULE_POLICY: 'policyFile',
  VESTIBULE_TRUSTED_PROXIES: 'trustedProxies',
  VESTIBULE_RETENTION_DAYS: 'retentionDays',
  VESTIBULE_FSYNC: 'fsync',
  VESTIBULE_PRIVACY: 'privacy',
  VESTIBULE_TIMEZONE: 'timezone',
} as const

const NUMBERS: readonly string[] = ['apiPort', 'spopPort', 'metricsPort', 'retentionDays']

/** Settings from the environment over the defaults, flags over both. The fault is one sentence for people. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  overrides: Partial<Config> = {},
): ConfigResult {
  const given = Object.entries(ENVIRONMENT).flatMap(([variable, setting]) => {
    const text = environment[variable]
    if (text === undefined || text === '') return []
    return [[setting, NUMBERS.includes(setting) ? Number(text) : text] as const]
  })
  const settings: Record<string, unknown> = { ...Object.fromEntries(given), ...overrides }
  const dataDir = typeof settings['dataDir'] === 'string' ? settings['dataDir'] : 'data'
  const parsed = Config.safeParse({
    dataDir,
    site: 'default',
    logSocket: `${dataDir}/log.sock`,
    clickhouseUrl: 'http://127.0.0.1:8123',
    clickhouseUser: 'vestibule',
    apiHost: '127.0.0.1',
    apiPort: 8787,
    spopHost: '127.0.0.1',
    spopPort: 0,
    pushMap: '/etc/haproxy/vestibule/verdicts.map',
    pushListener: 'shop',
    metricsHost: '127.0.0.1',
    metricsPort: 0,
    retentionDays: 30,
    fsync: 'process',
    privacy: 'clear',
    trustedProxies: '',
    kafkaPrefix: '',
    kafkaCompression: 'none',
    kafkaTls: 'off',
    kafkaSaslMechanism: 'none',
    ...settings,
  })
  if (parsed.success) return { kind: 'config', config: parsed.data }
  const issue = parsed.error.issues[0]
  const setting = String(issue?.path[0] ?? '')
  const variable = Object.entries(ENVIRONMENT).find(([, name]) => name === setting)?.[0]
  return {
    kind: 'fault',
    message: `setting ${setting}${variable === undefined ? '' : ` (${variable})`}: ${issue?.message ?? 'invalid'}`,
  }
}

function isNetworks(text: string): boolean {
  return text === '' || text.split(',').every((one) => parseNetwork(one) !== undefined)
}
