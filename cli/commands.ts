import { type Command } from 'commander'

/** One command of `vestibule`: its module is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  /** Works, but is of use to `up` and to unit files only. */
  readonly hidden?: boolean
  readonly load: () => Promise<{ readonly register: (program: Command) => void }>
}

/** Every command, in the order a newcomer meets them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'everything on this machine, embedded unless configured otherwise',
    load: () => import('./up.ts'),
  },
  {
    name: 'inspect',
    summary: "a capture's handshakes and SSH connections, no log, no database",
    load: () => import('./inspect.ts'),
  },
  {
    name: 'backtest',
    summary: 'captures, auth logs or events through the very same folds, in memory',
    load: () => import('./backtest.ts'),
  },
  {
    name: 'why',
    summary: 'why a client has its score, or what a reason code means',
    load: () => import('./why.ts'),
  },
  {
    name: 'history',
    summary: 'everything seen of a client, newest first',
    load: () => import('./history.ts'),
  },
  {
    name: 'top',
    summary: 'live table of clients, scores and decisions',
    load: () => import('./top.ts'),
  },
  {
    name: 'doctor',
    summary: 'check the installation and say how to mend it',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'allow',
    summary: 'never suspect an address or network',
    load: () => import('./allow.ts'),
  },
  { name: 'deny', summary: 'always refuse an address or network', load: () => import('./deny.ts') },
  {
    name: 'export',
    summary: 'suspected addresses for nftables, fail2ban or CrowdSec',
    load: () => import('./export.ts'),
  },
  {
    name: 'enforce',
    summary: 'leave shadow mode, after showing whom it would have hurt',
    load: () => import('./enforce.ts'),
  },
  {
    name: 'shadow',
    summary: 'decide and record, but answer as if nothing were wrong',
    load: () => import('./shadow.ts'),
  },
  {
    name: 'policy',
    summary: 'show, check, apply or roll back the policy',
    load: () => import('./policy.ts'),
  },
  {
    name: 'enrol',
    summary: 'questions, one-time codes and client keys that users prove themselves with',
    load: () => import('./enrol.ts'),
  },
  {
    name: 'erase',
    summary: 'forget a client, or withdraw what is kept of a user',
    load: () => import('./erase.ts'),
  },
  {
    name: 'api-key',
    summary: 'make, list or withdraw a key of the routing API',
    load: () => import('./api-key.ts'),
  },
  {
    name: 'ssh-connect',
    summary: "ssh's ProxyCommand: answers the challenges of a gate before the server",
    load: () => import('./ssh-connect.ts'),
  },
  {
    name: 'capture',
    summary: 'producer: an interface or a capture file to events',
    load: () => import('./capture.ts'),
  },
  {
    name: 'follow-log',
    summary: 'producer: an sshd log to events',
    load: () => import('./follow-log.ts'),
  },
  { name: 'log', summary: 'the embedded event log', load: () => import('./log.ts') },
  {
    name: 'process',
    summary: 'processors: events to profiles and scores',
    load: () => import('./process.ts'),
  },
  { name: 'sink', summary: 'sinks: topics to ClickHouse', load: () => import('./sink.ts') },
  { name: 'serve', summary: 'the routing API', load: () => import('./serve.ts') },
  {
    name: 'gate',
    summary: 'gate: stands before sshd and asks the API',
    load: () => import('./gate.ts'),
  },
  { name: 'clickhouse', summary: 'the embedded ClickHouse', load: () => import('./clickhouse.ts') },
]
