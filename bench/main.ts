import { type BenchOptions } from './bench-options.ts'

/**
 * `npm run bench -- NAME...`: JSON lines of measurements; without a name, all of them. `--kafka`: what can run
 * over Kafka does (latency).
 */
const BENCHES: Readonly<
  Record<string, () => Promise<{ run(options: BenchOptions): Promise<void> }>>
> = {
  capture: () => import('./capture.ts'),
  'capture-live': () => import('./capture-live.ts'),
  'capture-walk': () => import('./capture-walk.ts'),
  'client-hello': () => import('./client-hello.ts'),
  codec: () => import('./codec.ts'),
  'event-log': () => import('./event-log.ts'),
  sink: () => import('./sink.ts'),
  'history-lag': () => import('./history-lag.ts'),
  fold: () => import('./fold.ts'),
  'fold-million': () => import('./fold-million.ts'),
  decision: () => import('./decision.ts'),
  api: () => import('./api.ts'),
  balance: () => import('./balance.ts'),
  spop: () => import('./spop.ts'),
  haproxy: () => import('./haproxy.ts'),
  'fail-open': () => import('./fail-open.ts'),
  latency: () => import('./latency.ts'),
  puzzle: () => import('./puzzle.ts'),
  'ssh-gate': () => import('./ssh-gate.ts'),
  'ssh-connect': () => import('./ssh-connect.ts'),
}

const given = process.argv.slice(2)
const options: BenchOptions = { kafka: given.includes('--kafka') }
const wanted = given.filter((word) => word !== '--kafka')
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0 || wanted.includes('--help')) {
  console.error(
    `bench: no such bench: ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}; --kafka: latency over Kafka`,
  )
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
  const load = BENCHES[name]
  if (load !== undefined) await (await load()).run(options)
}
process.exit(0)
