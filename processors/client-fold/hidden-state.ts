import {
  forward,
  gapOf,
  likeliest,
  SSH_STATES,
  type Posterior,
  type SshSymbolKind,
} from '../../behaviour/models/ssh-hmm.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { CLIENT_WORD } from './layout.ts'
import { type Moment } from './moment.ts'

/** A state is worth a place on the path when it is likelier than all others together. */
const CERTAIN = 0.5
const PATH_BITS = 4

/** One thing an SSH client did, and what that says of who it is. */
export function noteSymbol({ client, atMs }: Moment, kind: SshSymbolKind): void {
  const now = Math.floor(atMs / 1000)
  const last = client.integer(CLIENT_WORD.symbolAt)
  const gap = gapOf(last === 0 ? undefined : Math.max(0, now - last) * 1000)
  const posterior = forward(posteriorOf(client), kind, gap)
  posterior.forEach((p, j) => {
    client.setNumber(CLIENT_WORD.states + j, p)
  })
  client.setInteger(CLIENT_WORD.symbolAt, now)
  const { state, p } = likeliest(posterior)
  if (p > CERTAIN) lengthenPath(client, 1 + SSH_STATES.indexOf(state))
}

/** What the client's course says of it: `reconnaissance, then brute force (0.98)`; null before anything was seen. */
export function stateOf(client: JudgedProfile): string | null {
  if (client.protocol !== 'ssh') return null
  const posterior = posteriorOf(client)
  if (posterior === undefined) return null
  const { state, p } = likeliest(posterior)
  const path = pathOf(client)
  if (path.at(-1) !== state) path.push(state)
  return `${path.join(', then ')} (${p.toFixed(2)})`
}

function posteriorOf(client: JudgedProfile): Posterior | undefined {
  if (client.integer(CLIENT_WORD.symbolAt) === 0) return undefined
  const at = (j: number): number => client.number(CLIENT_WORD.states + j)
  return [at(0), at(1), at(2), at(3)]
}

/** Newest state in the lowest bits; eight of them fit. */
function lengthenPath(client: JudgedProfile, state: number): void {
  const path = client.integer(CLIENT_WORD.path)
  if ((path & 0xf) === state) return
  client.setInteger(CLIENT_WORD.path, (path << PATH_BITS) | state)
}

function pathOf(client: JudgedProfile): string[] {
  const path: string[] = []
  for (let bits = client.integer(CLIENT_WORD.path); bits !== 0; bits >>>= PATH_BITS) {
    const state = SSH_STATES[(bits & 0xf) - 1]
    if (state !== undefined) path.unshift(state)
  }
  return path
}
