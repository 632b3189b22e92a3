import { type Reason } from '../../schemas/generated/records.ts'
import { type ServerChoice } from './choose-server.ts'
import { reason } from './reason.ts'
import { isHealthy, liveLoad, whyLeftOut, type ServerPool } from './server-view.ts'

/** In pools larger than this the servers that were left out are not looked for. */
const LOOKED_THROUGH = 32
const NAMED = 3

/** Why this handshake server, and why not the others; every answer says so. */
export function serverReasons(
  choice: ServerChoice | undefined,
  wanted: ServerPool,
  nowMs: number,
): readonly Reason[] {
  if (choice === undefined) return [reason('no-server'), ...leftOut(wanted, nowMs)]
  return [chosen(choice, nowMs), ...leftOut(wanted, nowMs)]
}

function chosen({ server, fallback, way, other, km }: ServerChoice, nowMs: number): Reason {
  if (fallback) return reason('server-fallback', server.id)
  if (way === 'nearest') {
    const text = `the nearest with room, ${Math.round(km ?? 0)} km away`
    return reason(
      'server-nearest',
      server.id,
      other === undefined ? text : `${text}, before ${other.id}`,
    )
  }
  if (other === undefined) return reason('server-random', server.id)
  const [less, more] = [liveLoad(server, nowMs), liveLoad(other, nowMs)]
  const text =
    less < more
      ? `of two drawn by capacity the one with less load: ${percent(less)}, and ${other.id} ${percent(more)}`
      : `drawn at random by capacity; ${other.id} has no less load`
  return reason('server-random', server.id, text)
}

/** Who is not healthy, the first few by name. */
export function leftOut({ servers }: ServerPool, nowMs: number): readonly Reason[] {
  if (servers.length > LOOKED_THROUGH) return []
  const out = servers.filter((server) => !isHealthy(server, nowMs))
  if (out.length === 0) return []
  const named = out.slice(0, NAMED).map((server) => whyLeftOut(server, nowMs))
  const more = out.length > NAMED ? ` and ${out.length - NAMED} more` : ''
  return [reason('server-left-out', null, `left out: ${named.join(', ')}${more}`)]
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
