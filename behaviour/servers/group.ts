/**
 * Behaviour groups: clients that want the same of a server. A group is named by what its members have
 * in common, so that an answer can be read: `h2/bulk/lasting/resumes/low`, `http1/new/raised`.
 */

/** Bytes of a connection: as the sizes of all clients fall apart (size-classes.ts). */
export type Size = 'small' | 'medium' | 'bulk'
/** Whether a connection's time is made of round trips, so that latency is what its client feels. */
export type Pace = 'interactive' | 'lasting'
export type Resumption = 'resumes' | 'fresh'

/** What is known of how a client uses the service; undefined while too few of its connections were seen. */
export interface Habit {
  readonly size: Size
  readonly pace: Pace
  readonly resumption: Resumption
}

/** Application protocols by ALPN (IANA registry "TLS ALPN Protocol IDs"); what is not here is `other`. */
const BY_ALPN: Readonly<Record<string, string>> = {
  h2: 'h2',
  h3: 'h3',
  'http/1.1': 'http1',
  'http/1.0': 'http1',
  'grpc-exp': 'grpc',
  dot: 'dns',
  imap: 'mail',
  pop3: 'mail',
  managesieve: 'mail',
  smtp: 'mail',
  mqtt: 'mqtt',
  postgresql: 'database',
  mysql: 'database',
  'xmpp-client': 'chat',
  'xmpp-server': 'chat',
  irc: 'chat',
  ftp: 'files',
  'acme-tls/1': 'acme',
}
/** First label of the server name, where no ALPN was agreed on. */
const BY_LABEL: Readonly<Record<string, string>> = {
  www: 'web',
  api: 'api',
  mail: 'mail',
  imap: 'mail',
  smtp: 'mail',
  pop: 'mail',
  dns: 'dns',
  mqtt: 'mqtt',
  db: 'database',
  xmpp: 'chat',
  ftp: 'files',
}

/** The application protocol of a connection, of a closed list, by what was agreed and asked for. */
export function applicationOf(alpn: string | null, serverName: string | null): string {
  if (alpn !== null && alpn !== '') {
    const key = alpn.toLowerCase()
    return Object.hasOwn(BY_ALPN, key) ? (BY_ALPN[key] ?? 'other') : 'other'
  }
  const label = serverName?.slice(0, 16).split('.', 1)[0]?.toLowerCase() ?? ''
  return Object.hasOwn(BY_LABEL, label) ? (BY_LABEL[label] ?? 'unknown') : 'unknown'
}

/** The name of a group. `raised`: the client's score is past the lowest band. */
export function groupOf(application: string, habit: Habit | undefined, raised: boolean): string {
  const risk = raised ? 'raised' : 'low'
  if (habit === undefined) return `${application}/new/${risk}`
  return `${application}/${habit.size}/${habit.pace}/${habit.resumption}/${risk}`
}

const GROUP =
  /^[a-z0-9]{1,12}\/(?:new|(?:small|medium|bulk)\/(?:interactive|lasting)\/(?:resumes|fresh))\/(?:low|raised)$/

/** True for what `groupOf` makes: groups come over the wire too. */
export function isGroup(text: string): boolean {
  return text.length <= 64 && GROUP.test(text)
}

/** True where suspicion is raised: what becomes of such clients is not held against a server. */
export function isRaised(group: string): boolean {
  return group.endsWith('/raised')
}

/** The words a group is made of, its risk left out: what servers declare as labels. */
export function wordsOf(group: string): readonly string[] {
  return group.split('/').slice(0, -1)
}

/** Words that exclude one another. */
const DIMENSIONS: readonly (readonly string[])[] = [
  [...new Set([...Object.values(BY_ALPN), ...Object.values(BY_LABEL)])],
  ['small', 'medium', 'bulk'],
  ['interactive', 'lasting'],
  ['resumes', 'fresh'],
]

/**
 * How far a server's labels say that it is for a group, 0 to 1: of the dimensions its labels speak of,
 * the share where one of them is the group's. 0.5 where no label speaks of any.
 */
export function declaredFit(labels: readonly string[], group: string): number {
  const words = wordsOf(group)
  let [asked, met] = [0, 0]
  for (const dimension of DIMENSIONS) {
    const declared = labels.filter((label) => dimension.includes(label))
    const has = words.find((word) => dimension.includes(word))
    if (declared.length === 0 || has === undefined) continue
    asked += 1
    if (declared.includes(has)) met += 1
  }
  return asked === 0 ? 0.5 : met / asked
}
