import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  isPassed,
  type Offer,
  type SequenceStep,
} from '../../../routing-api/challenges/due-steps.ts'
import { natsOfRisk } from '../../../routing-api/challenges/risk-nats.ts'
import {
  advance,
  begin,
  riskOf,
  type Advance,
  type AnswerVerdict,
  type JudgedStep,
  type Sequence,
  type SequenceRules,
} from '../../../routing-api/challenges/sequence.ts'
import { nextOf, SEQUENCE_TABLE } from '../../../routing-api/challenges/sequence-table.ts'
import { SshPolicy } from '../../../routing-api/policy/ssh-policy.ts'

const ALL: Offer = { question: 'ask', totp: 'ask', device: 'ask', puzzle: 'ask', mac: 'ask' }
const POLICY: SequenceRules = SshPolicy.parse({})

function fresh(risk: number, over: Partial<Sequence> = {}): Sequence {
  return {
    baseNats: natsOfRisk(risk),
    ceiling: 100,
    standing: 'stranger',
    offer: ALL,
    enrolled: false,
    raised: 0,
    proven: 0,
    worked: 0,
    rounds: 0,
    mistakes: 0,
    passed: [],
    owed: [],
    pending: [],
    ...over,
  }
}

/** Evidence of an answer, as `answer-evidence.ts` gives it. */
function judged(step: SequenceStep, verdict: AnswerVerdict, quick = true): JudgedStep {
  const program = step.kind === 'puzzle'
  const nats = { wrong: 1.5, late: 0.35, absent: 0.7, declined: 0, right: quick ? -2.5 : 0.35 }
  return { step, verdict, nats: nats[verdict], by: program ? 'work' : 'proof' }
}

function answer(at: Advance, verdicts: Record<string, AnswerVerdict>, nats?: number): Advance {
  const answers = at.sequence.pending.map((step) => ({
    ...judged(step, verdicts[step.kind] ?? 'right'),
    ...(nats === undefined ? {} : { nats }),
  }))
  return advance(at.sequence, answers, POLICY)
}

const asked = ({ sequence }: Advance): readonly string[] =>
  sequence.pending.map(({ kind, level }) => `${kind}${level}`)

describe('what is asked', () => {
  test.each([
    [0, ['mac0']],
    [29.9, ['mac0']],
    [30, ['mac0', 'puzzle1']],
    [69.9, ['mac0', 'puzzle1']],
    [70, ['mac0', 'puzzle2']],
    [90, ['mac0', 'puzzle2']],
  ])('at risk %d', (risk, expected) => {
    expect(asked(begin(fresh(risk), POLICY))).toEqual(expected)
  })

  test('a person is asked when the programs have answered, whatever work was done', () => {
    const first = begin(fresh(75), POLICY)
    const second = answer(first, {}, 0)
    expect([second.next, asked(second)]).toEqual(['ask', ['question0']])
    const worked = advance(
      first.sequence,
      first.sequence.pending.map((step) => ({ ...judged(step, 'right'), by: 'work' as const })),
      POLICY,
    )
    expect(riskOf(worked.sequence)).toBeLessThan(70)
    expect([worked.next, asked(worked)]).toEqual(['ask', ['question0']])
    expect(answer(worked, {}).next).toBe('proceed')
  })

  test('an enrolled key is asked first and spares what its proof leaves undue', () => {
    const first = begin(fresh(40, { enrolled: true }), POLICY)
    expect(asked(first)).toEqual(['mac0'])
    const second = answer(first, {}, -1.5)
    expect(second.next).toBe('proceed')
  })

  test('an enrolled key at the top of the high band spares nothing', () => {
    const first = begin(fresh(90, { enrolled: true }), POLICY)
    const second = answer(first, {}, -1.5)
    expect([second.next, asked(second)]).toEqual(['ask', ['puzzle2']])
  })

  test('without a store a harder puzzle stands in for the question', () => {
    const offer: Offer = { ...ALL, question: 'puzzle' }
    const first = begin(fresh(80, { offer }), POLICY)
    expect(asked(first)).toEqual(['mac0', 'puzzle3'])
    expect(answer(first, {}, 0).next).toBe('proceed')
  })

  test('who can only be asked elsewhere goes to the step-up server, not on', () => {
    const offer: Offer = { ...ALL, question: 'elsewhere' }
    const first = begin(fresh(80, { offer }), POLICY)
    expect(answer(first, {}, 0).next).toBe('step-up')
  })

  test('a wrong answer of a person raises the risk, hardens the puzzle and asks again', () => {
    const rules = {
      ...POLICY,
      challenges: { ...POLICY.challenges, medium: ['question' as const, 'puzzle' as const] },
    }
    const first = begin(fresh(68), rules)
    const second = advance(
      first.sequence,
      first.sequence.pending.map((step) => ({ ...judged(step, 'right'), nats: 0 })),
      rules,
    )
    expect([second.next, asked(second)]).toEqual(['ask', ['question0']])
    const third = advance(
      second.sequence,
      second.sequence.pending.map((step) => judged(step, 'wrong')),
      rules,
    )
    expect([third.next, asked(third)]).toEqual(['ask', ['mac0', 'puzzle2']])
    expect(riskOf(third.sequence)).toBeGreaterThan(riskOf(second.sequence))
  })

  test('a wrong MAC or puzzle ends it; of an address that logged in lately, at the step-up server', () => {
    const first = begin(fresh(50), POLICY)
    expect(answer(first, { puzzle: 'wrong' }).next).toBe('fail')
    expect(answer(first, { mac: 'wrong' }).next).toBe('fail')
    const known = begin(fresh(50, { standing: 'known', ceiling: 89 }), POLICY)
    expect(answer(known, { puzzle: 'wrong' }).next).toBe('step-up')
  })

  test('solving takes at most 2.5 nats off, and what it adds stays below 4', () => {
    const first = begin(fresh(85), POLICY)
    const solved = answer(first, {}, -9)
    expect(natsOfRisk(riskOf(solved.sequence))).toBeCloseTo(natsOfRisk(85) - 2.5, 3)
    const low = begin(fresh(5), POLICY)
    const failed = answer(low, { mac: 'wrong' }, 9)
    expect(natsOfRisk(riskOf(failed.sequence))).toBeCloseTo(4, 3)
  })
})

const VERDICTS: readonly AnswerVerdict[] = ['right', 'wrong', 'late', 'absent', 'declined']
const POLICIES: readonly SequenceRules[] = [
  POLICY,
  SshPolicy.parse({
    challenges: {
      low: [],
      medium: ['device', 'puzzle'],
      high: ['mac', 'device', 'puzzle', 'question', 'totp'],
    },
    sequence: { rounds: 4, tries: 2 },
  }),
  SshPolicy.parse({
    challenges: { low: ['question'], medium: ['totp', 'mac'], high: ['question', 'puzzle'] },
    sequence: { rounds: 8, tries: 5 },
    bands: { medium: 10, high: 20, critical: 30 },
  }),
]
const OFFERS: readonly Offer[] = [
  ALL,
  { ...ALL, question: 'puzzle', device: 'leave' },
  { ...ALL, question: 'elsewhere' },
  { ...ALL, totp: 'elsewhere', puzzle: 'elsewhere' },
]
const RISKS = [5, 29, 30, 50, 69, 70, 80, 90]

/** All answers a round can get: each pending step any verdict, right ones quick or slow. */
function* rounds(pending: readonly SequenceStep[]): Generator<readonly JudgedStep[]> {
  const [step, ...rest] = pending
  if (step === undefined) {
    yield []
    return
  }
  for (const verdict of VERDICTS) {
    for (const quick of verdict === 'right' ? [true, false] : [true]) {
      for (const others of rounds(rest)) yield [judged(step, verdict, quick), ...others]
    }
  }
}

interface Explored {
  states: number
  edges: number
  deepest: number
  readonly ends: Map<string, number>
}

/** Walks every path from a beginning; what must hold is held at every edge. */
function explore(
  start: Sequence,
  rules: SequenceRules,
  seen: Map<string, true>,
  found: Explored,
): void {
  const first = begin(start, rules)
  if (first.next !== 'ask') return
  const waiting: Sequence[] = [first.sequence]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const key = JSON.stringify(at)
    if (seen.has(key)) continue
    seen.set(key, true)
    found.states += 1
    found.deepest = Math.max(found.deepest, at.rounds)
    for (const answers of rounds(at.pending)) {
      const after = advance(at, answers, rules)
      found.edges += 1
      found.ends.set(after.next, (found.ends.get(after.next) ?? 0) + 1)
      holds(at, answers, after, rules)
      if (after.next === 'ask') waiting.push(after.sequence)
    }
  }
}

/** Throws on an edge that must not be. Written without `expect`: there are hundreds of thousands. */
function holds(
  before: Sequence,
  answers: readonly JudgedStep[],
  after: Advance,
  rules: SequenceRules,
): void {
  const must = (sentence: string, held: boolean): void => {
    if (!held) throw new Error(`${sentence}: ${JSON.stringify({ before, answers, after })}`)
  }
  const wrong = answers.some(({ verdict }) => verdict === 'wrong')
  const { next, sequence } = after
  must('a wrong answer does not lead on', !(wrong && next === 'proceed'))
  const forged = answers.some(
    ({ step, verdict }) => verdict === 'wrong' && step.kind !== 'question' && step.kind !== 'totp',
  )
  must('a forged answer ends the sequence', !(forged && next === 'ask'))
  must('who proceeds owes nothing', !(next === 'proceed' && sequence.owed.length > 0))
  must('a question is about something', next !== 'ask' || sequence.pending.length > 0)
  must('rounds are bounded', sequence.rounds <= rules.sequence.rounds)
  must('each round counts', next !== 'ask' || sequence.rounds === before.rounds + 1)
  must('mistakes are bounded', sequence.mistakes <= rules.sequence.tries + answers.length)
  must('the ceiling holds', riskOf(sequence) <= sequence.ceiling)
  must(
    'nobody known is shut out',
    !(sequence.standing === 'known' && (next === 'fail' || next === 'refuse')),
  )
  if (next !== 'proceed') return
  const absent = answers.some(({ step, verdict }) => verdict !== 'right' && step.kind !== 'device')
  must('only right answers lead on', !absent)
  for (const step of before.pending)
    must('what was asked is passed', isPassed(step, sequence.passed))
}

describe('the state machine', () => {
  test('every situation has its row, and no wrong answer one that leads on', () => {
    const values = {
      answers: ['right', 'late', 'mistaken', 'absent', 'forged'],
      risk: ['open', 'critical'],
      left: ['nothing', 'steps', 'elsewhere'],
      budget: ['left', 'spent'],
      standing: ['stranger', 'known'],
    } as const
    const led = new Set<string>()
    let situations = 0
    for (const answers of values.answers)
      for (const risk of values.risk)
        for (const left of values.left)
          for (const budget of values.budget)
            for (const standing of values.standing) {
              situations += 1
              const next = nextOf({ answers, risk, left, budget, standing })
              if (next === 'proceed') led.add(`${answers} ${risk} ${left}`)
            }
    expect(situations).toBe(120)
    expect([...led]).toEqual(['right open nothing'])
    expect(SEQUENCE_TABLE.at(-1)).toEqual(['*', '*', '*', '*', 'stranger', 'fail'])
    expect(SEQUENCE_TABLE.at(-2)).toEqual(['*', '*', '*', '*', 'known', 'step-up'])
  })

  test('explored whole: every path ends, none from a wrong answer goes on', () => {
    const found: Explored = { states: 0, edges: 0, deepest: 0, ends: new Map() }
    for (const rules of POLICIES) {
      for (const offer of OFFERS) {
        const seen = new Map<string, true>()
        for (const risk of RISKS) {
          for (const over of [
            {},
            { enrolled: true },
            { standing: 'known' as const, ceiling: 69 },
          ]) {
            explore(fresh(risk, { offer, ...over }), rules, seen, found)
          }
        }
      }
    }
    expect(found.deepest).toBeLessThanOrEqual(8)
    expect(found.states).toBeGreaterThan(1_000)
    expect([...found.ends.keys()].sort()).toEqual(['ask', 'fail', 'proceed', 'refuse', 'step-up'])
    process.stdout.write(
      `sequence: ${found.states} states, ${found.edges} edges, deepest ${found.deepest}, ${JSON.stringify([...found.ends])}\n`,
    )
  })

  test('of any policy and risk every path ends within its rounds', () => {
    const kinds = fc.uniqueArray(fc.constantFrom('mac', 'puzzle', 'question', 'totp', 'device'), {
      maxLength: 5,
    })
    const how = fc.constantFrom('ask' as const, 'puzzle' as const, 'elsewhere' as const)
    const bands = fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 3, maxLength: 3 })
      .map((three) => three.sort((a, b) => a - b))
    fc.assert(
      fc.property(
        fc.record({ low: kinds, medium: kinds, high: kinds }),
        bands,
        fc.integer({ min: 1, max: 8 }),
        fc.double({ min: 0, max: 90, noNaN: true }),
        fc.record({ question: how, totp: how }),
        fc.array(
          fc.tuple(fc.constantFrom(...VERDICTS), fc.double({ min: -3, max: 3, noNaN: true })),
          { minLength: 60, maxLength: 60 },
        ),
        (challenges, [medium, high, critical], most, risk, offer, script) => {
          const rules = SshPolicy.parse({
            challenges,
            bands: { medium, high, critical },
            sequence: { rounds: most },
          })
          let at = begin(fresh(risk, { offer: { ...ALL, ...offer } }), rules)
          let turn = 0
          for (let round = 0; at.next === 'ask'; round += 1) {
            if (round > most) throw new Error('no end')
            const answers = at.sequence.pending.map((step): JudgedStep => {
              const [verdict, nats] = script[turn++ % script.length] ?? ['absent' as const, 0]
              const sign = verdict === 'right' ? nats : Math.abs(nats)
              return { step, verdict, nats: sign, by: step.kind === 'puzzle' ? 'work' : 'proof' }
            })
            const after = advance(at.sequence, answers, rules)
            holds(at.sequence, answers, after, rules)
            at = after
          }
          return true
        },
      ),
      { numRuns: 500 },
    )
  })
})
