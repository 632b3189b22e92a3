import { describe, expect, test } from '@jest/globals'
import { isCampaignOn } from '../../../behaviour/campaign.ts'
import { eventId } from '../../../lib/event-id.ts'
import { type FoldOutput } from '../../../processors/client-fold/fold-output.ts'
import { SiteFold } from '../../../processors/site-fold/site-fold.ts'
import { type Alert, type Population } from '../../../schemas/generated/records.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { bytesOf, loadAll } from '../saved.ts'

const HOUR = 3_600_000_000
const START = Date.UTC(2026, 2, 1) * 1000
const HASSH = '0f1e2d3c000000000000000000000001'

interface Try {
  readonly at: number
  readonly client: string
  readonly program?: string
  readonly verdict?: 'seen' | 'trusted'
  readonly proven?: boolean
  readonly site?: string
}

function run(fold: SiteFold, tries: readonly Try[]): FoldOutput[] {
  return tries.flatMap(
    ({ at, client, program = '', verdict = 'seen', proven = true, site = 'here' }) => {
      const record = exampleRecord('Sighting', {
        eventId: eventId('Sighting', `${client} ${at} ${verdict}`, 0),
        ...{ observedAt: at, ingestedAt: at, site, kind: 'attempt', key: program },
        ...{ protocol: 'ssh', client, verdict, proven, amount: 1 },
      })
      return [...fold.step({ type: 'Sighting', record })]
    },
  )
}

/** Ten days in which every third hour somebody unknown fails once. */
function quietDays(days = 10): Try[] {
  return Array.from({ length: days * 8 }, (_, i) => ({
    at: START + i * 3 * HOUR,
    client: `198.51.${i >> 8}.${i & 255}`,
  }))
}

/** `perHour` sources an hour, each of a network of its own. */
function campaign(from: number, hours: number, perHour: number, program = HASSH): Try[] {
  return Array.from({ length: hours * perHour }, (_, i) => ({
    at: from + Math.floor((i * HOUR) / perHour),
    client: `100.64.${i}.1`,
    program,
  }))
}

function alerts(outputs: readonly FoldOutput[]): Alert[] {
  return outputs.flatMap((o) => (o.kind === 'record' && o.type === 'Alert' ? [o.record] : []))
}

function rows(outputs: readonly FoldOutput[]): Population[] {
  return outputs.flatMap((o) => (o.kind === 'record' && o.type === 'Population' ? [o.record] : []))
}

const TENTH_DAY = START + 240 * HOUR

describe('a site', () => {
  test('is quiet while strangers fail as often as they always do', () => {
    expect(run(new SiteFold(), quietDays(30))).toEqual([])
  })

  test('sees a campaign of sources that try once each, within hours', () => {
    const fold = new SiteFold()
    run(fold, quietDays())
    const outputs = run(fold, campaign(TENTH_DAY, 12, 2))
    const [first] = alerts(outputs)
    expect(first).toMatchObject({ kind: 'campaign', severity: 'warning', entity: 'site:here' })
    expect(first?.message).toMatch(
      /^Campaign on here: \d+ unknown clients of \d+ networks failed to log in within \d+ h, where [\d.]+ are usual\.$/,
    )
    expect(((first?.observedAt ?? 0) - TENTH_DAY) / HOUR).toBeLessThanOrEqual(6)
    expect(JSON.parse(first?.details ?? '')).toMatchObject({ program: HASSH, programShare: 1 })
  })

  test('says every hour that the campaign lasts, and once that it is over', () => {
    const fold = new SiteFold()
    run(fold, quietDays())
    const during = run(fold, campaign(TENTH_DAY, 24, 2))
    expect(alerts(during)).toHaveLength(1)
    expect(rows(during).length).toBeGreaterThan(15)
    const [row] = rows(during)
    expect(isCampaignOn(row, (row?.asOf ?? 0) / 1000 + 7_000_000)).toBe(true)
    expect(isCampaignOn(row, (row?.asOf ?? 0) / 1000 + 4 * 3_600_000)).toBe(false)
    const late = run(fold, [{ at: TENTH_DAY + 120 * HOUR, client: '203.0.113.9' }])
    expect(alerts(late).map(({ severity }) => severity)).toEqual(['notice'])
    expect(late).toContainEqual(
      expect.objectContaining({ kind: 'withdraw', key: 'global:campaign/here#ssh' }),
    )
  })

  test('takes back who logs in after all', () => {
    const fold = new SiteFold()
    run(fold, quietDays())
    const outputs = campaign(TENTH_DAY, 12, 2).flatMap((one) =>
      run(fold, [one, { ...one, at: one.at + 1_000_000, verdict: 'trusted' }]),
    )
    expect(outputs).toEqual([])
  })

  test('does not take two busy networks for a campaign', () => {
    const fold = new SiteFold()
    run(fold, quietDays())
    const near = campaign(TENTH_DAY, 12, 4).map((one, i) => ({ ...one, client: `100.64.1.${i}` }))
    expect(run(fold, near)).toEqual([])
  })

  test('sees the campaign of one program among the noise of others', () => {
    const noise = Array.from({ length: 40 * 24 * 6 }, (_, i) => ({
      at: START + (i * HOUR) / 6,
      client: `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.7`,
      program: '0f1e2d3c000000000000000000000002',
    }))
    const from = START + 20 * 24 * HOUR
    const tries = [...noise, ...campaign(from, 24, 1)].sort((a, b) => a.at - b.at)
    const [first] = alerts(run(new SiteFold(), tries))
    expect(JSON.parse(first?.details ?? '')).toMatchObject({ stream: HASSH, program: HASSH })
    expect(((first?.observedAt ?? 0) - from) / HOUR).toBeLessThanOrEqual(24)
  })

  test('is told nothing by addresses nobody proved', () => {
    const fold = new SiteFold()
    run(fold, quietDays())
    const forged = campaign(TENTH_DAY, 24, 4).map((one) => ({ ...one, proven: false }))
    expect(run(fold, forged)).toEqual([])
  })

  test('beyond the 64th is not watched', () => {
    const fold = new SiteFold()
    run(
      fold,
      Array.from({ length: 100 }, (_, i) => ({ at: START, client: '192.0.2.1', site: `s${i}` })),
    )
    expect(fold.figures.get('sites')).toBe(64)
  })

  test('forgets a client, and withdraws the pattern that lived of it', () => {
    const fold = new SiteFold()
    const traits = `program=${HASSH}&signs=s_fail+s_noauth&pace=burst&name=0000beef&origin=incident`
    const sighting = exampleRecord('Sighting', {
      ...{ kind: 'pattern', key: traits, protocol: 'ssh', client: '192.0.2.1', site: 'here' },
      ...{ verdict: 'hostile', proven: true, amount: 1, observedAt: START, ingestedAt: START },
    })
    expect(fold.step({ type: 'Sighting', record: sighting })).not.toEqual([])
    const later = { ...sighting, observedAt: START + HOUR }
    const gone = fold.erase('192.0.2.1', later)
    expect(gone.every(({ kind }) => kind === 'withdraw')).toBe(true)
    expect(gone.length).toBeGreaterThan(3)
    expect(fold.figures.get('patterns')).toBe(0)
  })

  test('goes on from a snapshot as if there had been no stop', () => {
    const [whole, first, second] = [new SiteFold(), new SiteFold(), new SiteFold()]
    const tries = [...quietDays(), ...campaign(TENTH_DAY, 24, 2)]
    const expected = run(whole, tries)
    const cut = tries.length - 20
    const before = run(first, tries.slice(0, cut))
    loadAll(second.load(), bytesOf(first.save()))
    expect([...before, ...run(second, tries.slice(cut))]).toEqual(expected)
  })
})
