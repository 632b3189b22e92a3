import { type TimeZone } from './auth-log/time-zone.ts'

/** Where a producer's packets come from. */
export type CaptureSource =
  | {
      readonly kind: 'interface'
      readonly name: string
      readonly filter: string | undefined
      readonly driver: 'auto' | 'pcap' | 'tcpdump'
    }
  | {
      readonly kind: 'file'
      readonly path: string
      /** Times faster than recorded. */
      readonly speed: number
      /** sshd's log of the same time; the zone is that of stamps which name none. */
      readonly log: { readonly path: string; readonly zone: TimeZone } | undefined
    }

/** Name of the sensor when none was given: a replay is marked as a demonstration. */
export function sensorName(source: CaptureSource): string {
  return source.kind === 'interface' ? source.name : 'demonstration'
}
