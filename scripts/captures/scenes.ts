import { type BandName } from '../../test/support/ssh-matrix/banded-gate.ts'

/** What somebody types, and answers to what. */
export interface Scene {
  readonly title: string
  readonly band: BandName
  /** Logged in within 30 days with this program. */
  readonly known?: true
  readonly helper?: true
  /** Forgets the gate and what was consented to before. */
  readonly fresh?: true
  /** The gate's keys are others than those that were pinned. */
  readonly otherKeys?: true
  readonly command: readonly string[]
  readonly plays: readonly (readonly [prompt: string, answer: string])[]
}

export const QUESTION = 'Which house did you grow up in?'
export const ANSWER = 'The Yellow One'

const SSH = ['ssh', 'bastion', 'echo welcome']
const right = [QUESTION, 'the yellow one\n'] as const
const consents = (word: string): readonly [string, string] => ['(yes or no)', `${word}\n`]

export const SCENES: readonly (readonly [part: string, scenes: readonly Scene[]])[] = [
  [
    'Without a helper',
    [
      { title: 'low: nothing', band: 'low', command: SSH, plays: [] },
      {
        title:
          'medium, logged in with this program within 30 days: nothing, 1.5 s later than usual',
        ...{ band: 'medium', known: true, command: SSH, plays: [] },
      },
      {
        title: 'medium or high, ssh: one more proof, by the step-up server, after the key exchange',
        ...{ band: 'high', command: SSH, plays: [right] },
      },
      {
        title: 'the same, answered wrong, then right',
        ...{ band: 'high', command: SSH, plays: [[QUESTION, 'the red one\n'], right] },
      },
      {
        title: 'the same with scp',
        ...{ band: 'high', command: ['scp', 'notes.txt', 'bastion:'], plays: [right] },
      },
      {
        title: 'the same with nobody to ask (BatchMode)',
        ...{ band: 'high', command: ['ssh', '-o', 'BatchMode=yes', ...SSH.slice(1)], plays: [] },
      },
      { title: 'critical: refused, with a reason', band: 'critical', command: SSH, plays: [] },
    ],
  ],
  [
    'With a helper',
    [
      {
        title: 'low, the first time: the gate is pinned',
        ...{ band: 'low', helper: true, fresh: true, command: SSH, plays: [] },
      },
      { title: 'low: nothing', band: 'low', helper: true, command: SSH, plays: [] },
      {
        title:
          'medium: a puzzle of a fraction of a second, and once the question about this device',
        ...{ band: 'medium', helper: true, command: SSH, plays: [consents('yes')] },
      },
      { title: 'medium, later', band: 'medium', helper: true, command: SSH, plays: [] },
      {
        title: 'medium, the device not to be told',
        ...{ band: 'medium', helper: true, fresh: true, command: SSH, plays: [consents('no')] },
      },
      {
        title: 'high: a harder puzzle and the question, before the key exchange',
        ...{ band: 'high', helper: true, command: SSH, plays: [right] },
      },
      {
        title: 'high, answered wrong, then right',
        ...{
          band: 'high',
          helper: true,
          command: SSH,
          plays: [[QUESTION, 'the red one\n'], right],
        },
      },
      { title: 'critical', band: 'critical', helper: true, command: SSH, plays: [] },
      {
        title: 'somebody in between, or a gate with new keys',
        ...{ band: 'low', helper: true, otherKeys: true, command: SSH, plays: [] },
      },
    ],
  ],
]
