import { netOf } from '../../behaviour/entity.ts'
import { type PopulationView } from '../../behaviour/population-view.ts'
import { type Calibration } from '../../behaviour/scoring/conformal.ts'
import {
  calibrationKey,
  stratumOf as stratum,
  type Stratum,
} from '../../behaviour/scoring/stratum.ts'
import { eventId } from '../../lib/event-id.ts'
import { type RecordName, type Sighting } from '../../schemas/generated/records.ts'
import { type ClientEvent } from './event-facts.ts'
import { type FoldOutput } from './fold-output.ts'
import { stateOf } from './hidden-state.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { FLAG, TIME, WORD } from './layout.ts'
import { type Moment } from './moment.ts'
import { firstToday } from './prove-good.ts'
import { sightTraits } from './traits-of.ts'
import {
  countOf,
  isQuiet,
  judge,
  newlyCritical,
  worthPublishing,
  writeScore,
  type ScoreFrame,
} from './write-score.ts'

/** S without fingerprints from which a client counts as hostile: the alarm at 1e-4. */
const HOSTILE_NATS = 9.2
const DAY_MS = 86_400_000
/** A day's greatest evidence is told again when it grew by this, nats. */
const DAY_STEP = 0.5

/** Outputs of one event; their ids follow from the event's id and their ordinal. */
export class Emission {
  readonly outputs: FoldOutput[] = []
  readonly #event: ClientEvent
  #ordinal = 0

  constructor(event: ClientEvent) {
    this.#event = event
  }

  sight(
    sighting: Pick<Sighting, 'kind' | 'key' | 'verdict' | 'protocol' | 'client' | 'proven'>,
    amount = 1,
  ): void {
    const record = { ...this.#stamp('Sighting'), ...sighting, amount }
    this.outputs.push({ kind: 'record', type: 'Sighting', record })
  }

  alertClock(aheadMs: number): void {
    const { sensor } = this.#event.record
    this.#alert('clock', 'warning', sensor, `The clock of ${sensor} is ahead.`, { aheadMs })
  }

  /** More than 5 minutes ahead: nothing is believed. */
  refuse(aheadMs: number, alert: boolean): readonly FoldOutput[] {
    const { sensor, clientAddress } = this.#event.record
    const record = {
      ...this.#stamp('DeadLetter'),
      sensor,
      code: 'clock-ahead',
      place: `${Math.round(aheadMs)} ms ahead`,
      topic: 'client-events',
      clientAddress,
      firstBytes: new Uint8Array(),
      length: 0,
    }
    this.outputs.push({ kind: 'record', type: 'DeadLetter', record })
    if (alert)
      this.#alert('clock', 'critical', sensor, `The clock of ${sensor} is far ahead.`, { aheadMs })
    return this.outputs
  }

  /** What the moved profiles have to tell: sightings, scores, alerts. */
  conclude(moment: Moment, client: string): void {
    const { pairKey } = moment
    this.#tellPopulation(moment, client)
    this.#tellDay(moment, client)
    const frame = this.#frame(moment)
    this.#score(moment.client, { ...frame, kind: 'ip', key: client })
    if (moment.pair === undefined || pairKey === undefined) return
    const key = pairKey.slice(0, pairKey.lastIndexOf('#'))
    this.#score(moment.pair, { ...frame, kind: 'ip-fp', key })
  }

  #tellPopulation(moment: Moment, client: string): void {
    const { pair, pairKey, atMs, protocol } = moment
    if (firstToday(moment.client, WORD.seenDay, atMs)) moment.sight('net', netOf(client), 'seen')
    this.#tellHostile(moment.client, () => {
      moment.sight('net', netOf(client), 'hostile')
      sightTraits(moment, false)
    })
    if (pair === undefined || pairKey === undefined) return
    const fingerprint = pairKey.slice(client.length + 1, -1 - protocol.length)
    if (firstToday(pair, WORD.seenDay, atMs)) moment.sight('fp', fingerprint, 'seen')
    if (pair.time(TIME.success) === atMs && firstToday(pair, WORD.trustedDay, atMs)) {
      moment.sight('fp', fingerprint, 'trusted')
    }
    this.#tellHostile(pair, () => {
      moment.sight('fp', fingerprint, 'hostile')
    })
  }

  /** The day of a client that logged in on it: what calibrates the scores of those like it. */
  #tellDay({ client: profile, protocol, atMs }: Moment, client: string): void {
    const most = greatestToday(profile, atMs)
    if (profile.time(TIME.success) < Math.floor(atMs / DAY_MS) * DAY_MS) return
    if (most - profile.number(WORD.dayTold) < DAY_STEP) return
    profile.setNumber(WORD.dayTold, most)
    const key = calibrationKey(stratumOf(profile))
    const sighting = {
      kind: 'global',
      key,
      verdict: 'trusted',
      protocol,
      client,
      proven: true,
    } as const
    this.sight(sighting, most)
  }

  #tellHostile(profile: JudgedProfile, tell: () => void): void {
    if (profile.has(FLAG.hostileTold) || profile.evidence < HOSTILE_NATS / 2) return
    if (profile.evidenceWithout('fingerprint') < HOSTILE_NATS) return
    profile.mark(FLAG.hostileTold)
    tell()
  }

  #score(profile: JudgedProfile, frame: ScoreFrame): void {
    if (isQuiet(profile)) return
    const judged = judge(profile, frame)
    const alarmed = newlyCritical(profile, judged)
    if (!worthPublishing(profile, judged)) return
    const record = writeScore(profile, { ...frame, eventId: this.#id('Score') })
    this.outputs.push({ kind: 'record', type: 'Score', record })
    if (!alarmed) return
    const { entity, value, evidence } = record
    this.#alert('critical-risk', 'critical', entity, `${frame.key} became critical.`, {
      value,
      evidence,
    })
  }

  #frame({ client, population, protocol, lists, atMs }: Moment): Omit<ScoreFrame, 'kind' | 'key'> {
    const { observedAt, ingestedAt, site, clientAddress, eventId: id } = this.#event.record
    return {
      eventId: id,
      observedAt,
      ingestedAt,
      site,
      population: population.find('global', protocol, protocol)?.total ?? 0,
      shared: client.has(FLAG.shared),
      lastSuccessMs: client.time(TIME.success),
      denied: lists.denies(clientAddress, atMs),
      calibration: calibrationFor(client, population),
      stratum: stratumOf(client),
      state: () => stateOf(client),
    }
  }

  #alert(
    kind: 'clock' | 'critical-risk',
    severity: 'warning' | 'critical',
    entity: string,
    message: string,
    details: object,
  ): void {
    const record = {
      ...this.#stamp('Alert'),
      kind,
      severity,
      entity,
      message,
      details: JSON.stringify(details),
    }
    this.outputs.push({ kind: 'record', type: 'Alert', record })
  }

  #stamp(
    type: RecordName,
  ): Pick<Sighting, 'eventId' | 'observedAt' | 'ingestedAt' | 'sensor' | 'site'> {
    const { observedAt, ingestedAt, site } = this.#event.record
    return { eventId: this.#id(type), observedAt, ingestedAt, sensor: 'client-fold', site }
  }

  #id(type: RecordName): Uint8Array {
    this.#ordinal += 1
    return eventId(type, this.#event.record.eventId, this.#ordinal)
  }
}

/** The greatest S of a client's day so far. */
function greatestToday(profile: JudgedProfile, atMs: number): number {
  const day = Math.floor(atMs / DAY_MS)
  if (profile.integer(WORD.day) === day) {
    const most = Math.max(profile.number(WORD.dayMost), profile.evidence)
    profile.setNumber(WORD.dayMost, most)
    return most
  }
  profile.setInteger(WORD.day, day)
  profile.setNumber(WORD.dayMost, profile.evidence)
  profile.setNumber(WORD.dayTold, -Infinity)
  return profile.evidence
}

function stratumOf(profile: JudgedProfile): Stratum {
  return stratum(countOf(profile), profile.has(FLAG.shared))
}

function calibrationFor(
  profile: JudgedProfile,
  population: PopulationView,
): Calibration | undefined {
  const row = population.find('global', profile.protocol, calibrationKey(stratumOf(profile)))
  return row === undefined ? undefined : { n: row.weight, knots: row.quantiles }
}
