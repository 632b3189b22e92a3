import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Ingredient, isUsable, makeCapture } from './make-capture.ts'

const ROOT = join(import.meta.dirname, '..')

/** The captures that readers of files are compared on. */
export const MIXES = {
  /**
   * Six or seven packets a fingerprint, eight TLS connections to one of SSH: what a packet broker that
   * slices flows delivers.
   */
  handshakes: { tls: { times: 8, firstPackets: 6 }, ssh: { times: 1, firstPackets: 12 }, demo: 0 },
  /** Connections from SYN to FIN and the demonstration with its scans: mostly packets that tell nothing new. */
  whole: {
    tls: { times: 1, firstPackets: Infinity },
    ssh: { times: 1, firstPackets: Infinity },
    demo: 1,
  },
} as const

export type Mix = keyof typeof MIXES

/** Writes a capture of about `megabytes` from the recorded fixtures; its number of packets. */
export function makeMix(out: string, mix: Mix, megabytes: number): number {
  const { tls, ssh, demo } = MIXES[mix]
  const ingredients = [...fixtures('tls', tls), ...fixtures('ssh', ssh)]
  if (demo > 0) {
    const path = join(ROOT, 'corpus/demo/demo.pcap.gz')
    ingredients.push({ bytes: gunzipSync(readFileSync(path)), times: demo, firstPackets: Infinity })
  }
  const once = { ingredients, copies: 1 }
  const [packets, bytes] = [makeCapture(out, once), sizeOf(out)]
  const copies = Math.max(1, Math.round((megabytes * 1e6) / bytes))
  return copies === 1 ? packets : makeCapture(out, { ...once, copies })
}

function sizeOf(path: string): number {
  return readFileSync(path).length
}

function fixtures(kind: string, how: Omit<Ingredient, 'bytes'>): Ingredient[] {
  const folder = join(ROOT, 'test/fixtures', kind)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.pcap'))
    .map((file) => ({ bytes: readFileSync(join(folder, file)), ...how }))
    .filter(({ bytes }) => isUsable(bytes))
}
