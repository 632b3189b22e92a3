const TUNNELS = [
  'vlan',
  'mpls',
  'pppoe',
  'gre',
  'ipip',
  '6in4',
  'vxlan',
  'geneve',
  'erspan',
  'gtp',
  'ppp',
  'etherip',
] as const

export type Tunnel = (typeof TUNNELS)[number]

/** A path of encapsulations as one number, so that the walk over packets builds no strings. */
export const NO_TUNNEL = 0

/** Deeper packets are refused: 16^12 still counts exactly in a double. */
export const MAX_TUNNELS = 12

const DIGITS: ReadonlyMap<Tunnel, number> = new Map(TUNNELS.map((name, i) => [name, i + 1]))

export const VLAN = digit('vlan')
export const MPLS = digit('mpls')
export const PPPOE = digit('pppoe')
export const GRE = digit('gre')
export const IPIP = digit('ipip')
export const SIX_IN_FOUR = digit('6in4')
export const VXLAN = digit('vxlan')
export const GENEVE = digit('geneve')
export const ERSPAN = digit('erspan')
export const GTP = digit('gtp')
export const PPP = digit('ppp')
export const ETHERIP = digit('etherip')

function digit(name: Tunnel): number {
  return DIGITS.get(name) ?? 0
}

/** The path with one more encapsulation inside. */
export function enter(path: number, tunnel: number): number {
  return path * 16 + tunnel
}

/** Outermost first, joined by "/"; null for a packet in no tunnel. */
export function tunnelText(path: number): string | null {
  const names: string[] = []
  for (let rest = path; rest >= 1; rest = Math.floor(rest / 16)) {
    const name = TUNNELS[(rest % 16) - 1]
    if (name !== undefined) names.unshift(name)
  }
  return names.length === 0 ? null : names.join('/')
}
