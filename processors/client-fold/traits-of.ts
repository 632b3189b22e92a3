import { patternKey, signsOf, traitsText, type Traits } from '../../behaviour/traits.ts'
import { type Population } from '../../schemas/generated/records.ts'
import { CLIENT_WORD, WORD } from './layout.ts'
import { speak, type Moment } from './moment.ts'

/** Connections in 10 s of a burst, and in an hour of a steady stream. */
const BURST = 3
const STEADY = 6
/** A client that is judged so has matches of its own making to offer. */
const ENOUGH_NATS = 9.2

/** What a client did so far. */
export function traitsOf(moment: Moment): Traits {
  const { client, protocol, name, pairKey } = moment
  const first = protocol === 'ssh' ? client.integer(CLIENT_WORD.firstName) : 0
  const pace =
    client.number(WORD.fast) >= BURST
      ? 'burst'
      : client.number(WORD.slow) >= STEADY
        ? 'steady'
        : 'slow'
  return {
    program: pairKey?.slice(name.length + 1, -1 - protocol.length) ?? '',
    signs: signsOf(client.weighed()),
    pace,
    name: first === 0 ? '' : first.toString(16).padStart(8, '0'),
  }
}

/** Tells what a client did that became hostile, or that was reported. */
export function sightTraits(moment: Moment, reported: boolean): void {
  const origin = reported ? '&origin=incident' : ''
  moment.sight('pattern', traitsText(traitsOf(moment)) + origin, 'hostile')
}

/**
 * A client that does what hostile clients have in common, while it is not judged hostile itself. A name that
 * somebody here logs in with is nobody's sign.
 */
export function matchPatterns(moment: Moment, user: string | null = null): void {
  const { client, protocol, population } = moment
  if (client.evidence <= 0 || client.evidence >= ENOUGH_NATS) return
  const { program, signs, name } = traitsOf(moment)
  if (program === '') return
  const real = user !== null && (population.find('user', 'ssh', user)?.trusted ?? 0) > 0
  const byName = name === '' || real ? undefined : find(moment, `program=${program}&name=${name}`)
  const bySigns =
    signs.length === 0 ? undefined : find(moment, `program=${program}&signs=${signs.join('+')}`)
  const row = byName ?? bySigns
  if (row === undefined) return
  speak(moment, protocol === 'tls' ? 't_pattern' : 's_pattern', row.weight, row.hostile)
}

function find({ population, protocol }: Moment, pairing: string): Population | undefined {
  return population.find('global', protocol, patternKey(pairing))
}
