import { type Command } from 'commander'
import { resolve } from 'node:path'
import { type CaptureSource } from '../producers/source.ts'
import { TIME_ZONE_OPTION, zoneFor } from './time-zone-option.ts'
import { UsageError } from './usage-error.ts'
import { configFrom, runUntilSignal, serviceOptions } from './run-service.ts'

interface CaptureFlags {
  readonly interface?: string
  readonly read?: string
  readonly filter?: string
  readonly driver: string
  readonly speed: number
  readonly replayLog?: string
  readonly timezone?: string
  readonly sensor?: string
  readonly data?: string
  readonly site?: string
  readonly metricsPort?: number
}

const DRIVERS = ['auto', 'pcap', 'tcpdump'] as const

export function register(program: Command): void {
  serviceOptions(
    program
      .command('capture')
      .description(
        'Packets of an interface, or of a file replayed in real time, to events on the log.',
      )
      .option('-i, --interface <name>', 'capture on this interface')
      .option('-r, --read <file>', 'replay this capture file (pcap, pcapng, gzip), shifted to now')
      .option(
        '--filter <expression>',
        'kernel filter; default: TCP, IP fragments, encapsulated traffic',
      )
      .option('--driver <name>', 'pcap, tcpdump, or auto', 'auto')
      .option('--speed <times>', 'replay this many times faster', Number, 1)
      .option('--replay-log <file>', "sshd's log of the same time as the file")
      .option(...TIME_ZONE_OPTION)
      .option('--sensor <name>', 'name of this sensor; default: the interface, or demonstration'),
  ).action(async (flags: CaptureFlags) => {
    const config = configFrom(flags)
    const source = sourceOf(flags, flags.timezone ?? config.timezone)
    const { main } = await import('../producers/main.ts')
    await runUntilSignal((signal) => main(config, source, flags.sensor, signal))
  })
}

function sourceOf(flags: CaptureFlags, timezone: string | undefined): CaptureSource {
  const { interface: name, read, filter, speed } = flags
  if ((name === undefined) === (read === undefined)) {
    throw new UsageError('say either -i INTERFACE or -r FILE')
  }
  const driver = DRIVERS.find((known) => known === flags.driver)
  if (driver === undefined)
    throw new UsageError(`no driver ${flags.driver}: say ${DRIVERS.join(', ')}`)
  if (!(speed > 0)) throw new UsageError('--speed must be greater than 0')
  if (name !== undefined) return { kind: 'interface', name, filter, driver }
  const path = flags.replayLog === undefined ? undefined : resolve(flags.replayLog)
  const log = path === undefined ? undefined : { path, zone: zoneFor(timezone) }
  return { kind: 'file', path: read ?? '', speed, log }
}
