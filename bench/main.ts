/** `npm run bench -- NAME...`: JSON lines of measurements; without a name, all of them. */
const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
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
  latency: () => import('./latency.ts'),
  puzzle: () => import('./puzzle.ts'),
  'ssh-gate': () => import('./ssh-gate.ts'),
  'ssh-connect': () => import('./ssh-connect.ts'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0 || wanted.includes('--help')) {
  console.error(
    `bench: no such bench: ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`,
  )
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
  const load = BENCHES[name]
  if (load !== undefined) await (await load()).run()
}
process.exit(0)
