import { type Control } from '../../schemas/generated/records.ts'
import {
  openEnrolment,
  ORGANISATION,
  type EnrolledQuestion,
  type Enrolment,
  type EnrolmentKind,
} from './enrolment.ts'

/** Enrolments of all kinds together; what is beyond is refused and counted. */
export const MAX_ENROLMENTS = 200_000
const MAX_WAITING = 10_000

/** One enrolment without what it holds. */
export interface EnrolmentEntry {
  readonly id: string
  readonly kind: EnrolmentKind
  /** Hash of the user name, `*` for the organisation, name of a key. */
  readonly subject: string
  readonly actor: string
  readonly reason: string
  readonly sinceMs: number
}

interface Stored extends EnrolmentEntry {
  readonly body: string
}

/** A user's consent to something. */
export interface Consent {
  readonly text: string
  readonly atMs: number
  readonly actor: string
}

/**
 * What users and clients enrolled, and what users consented to, as the control topic tells it. Ids are
 * `kind/subject` or `kind/subject/part`. Bodies stay sealed until somebody asks.
 */
export class EnrolmentStore {
  readonly #stored = new Map<string, Stored>()
  readonly #bySubject = new Map<string, Set<string>>()
  readonly #consents = new Map<string, Consent>()
  /** Devices whose login has not succeeded yet, by their decision. */
  readonly #waiting = new Map<string, string>()

  get size(): number {
    return this.#stored.size
  }

  /** False when there is no room, or the id is none. */
  applyEnrolment(control: Control): boolean {
    const { id, deleted, body, actor, reason, observedAt } = control
    const [kind, subject, decision] = parts(id)
    if (kind === undefined || subject === undefined) return false
    if (deleted) {
      this.removeEnrolment(id)
      return true
    }
    if (!this.#stored.has(id) && this.#stored.size >= MAX_ENROLMENTS) return false
    this.#stored.set(id, { id, kind, subject, actor, reason, body, sinceMs: observedAt / 1000 })
    const known = this.#bySubject.get(subject) ?? new Set()
    this.#bySubject.set(subject, known.add(id))
    if (decision !== undefined) this.#wait(decision, id)
    return true
  }

  applyConsent(control: Control): boolean {
    const { id, deleted, body, actor, observedAt } = control
    if (deleted) this.removeConsent(id)
    else if (this.#consents.size < MAX_ENROLMENTS) {
      this.#consents.set(id, { text: body, atMs: observedAt / 1000, actor })
    } else return false
    return true
  }

  /** The device that came with a decision and waits for its login. */
  ofDecision(decisionId: string): string | undefined {
    return this.#waiting.get(decisionId)
  }

  /** Those that wait longest give way: most logins come within minutes, or never. */
  #wait(decision: string, id: string): void {
    this.#waiting.set(decision, id)
    if (this.#waiting.size <= MAX_WAITING) return
    const [oldest] = this.#waiting
    if (oldest === undefined) return
    this.#waiting.delete(oldest[0])
    this.removeEnrolment(oldest[1])
  }

  removeEnrolment(id: string): void {
    const [, , decision] = parts(id)
    if (decision !== undefined) this.#waiting.delete(decision)
    const subject = this.#stored.get(id)?.subject
    this.#stored.delete(id)
    if (subject === undefined) return
    const known = this.#bySubject.get(subject)
    known?.delete(id)
    if (known?.size === 0) this.#bySubject.delete(subject)
  }

  removeConsent(id: string): void {
    this.#consents.delete(id)
  }

  /** `what/subject`, for instance `directory/USER`. */
  consent(what: 'directory' | 'device', subject: string): Consent | undefined {
    return this.#consents.get(`${what}/${subject}`)
  }

  /** Ids of everything kept of a subject, consents included as `consent:ID`. */
  entries(subject?: string): readonly EnrolmentEntry[] {
    const ids = subject === undefined ? this.#stored.keys() : (this.#bySubject.get(subject) ?? [])
    return [...ids].flatMap((id) => {
      const stored = this.#stored.get(id)
      if (stored === undefined) return []
      const { body: _sealed, ...entry } = stored
      return [entry]
    })
  }

  consentsOf(subject: string): readonly string[] {
    return [`directory/${subject}`, `device/${subject}`].filter((id) => this.#consents.has(id))
  }

  find(id: string, key: Uint8Array): Enrolment | undefined {
    const stored = this.#stored.get(id)
    return stored === undefined ? undefined : openEnrolment(stored.body, id, key)
  }

  has(id: string): boolean {
    return this.#stored.has(id)
  }

  /** The key of an enrolled client. */
  clientKey(name: string, key: Uint8Array): Uint8Array | undefined {
    const found = this.find(`key/${name}`, key)
    return found?.kind === 'key' ? Buffer.from(found.key, 'base64url') : undefined
  }

  /**
   * Ids of the questions a user can be asked: the user's own, else the organisation's. Those of a directory only
   * where the policy wants them and the user consented.
   */
  questions(
    user: string,
    key: Uint8Array,
    directory: boolean,
  ): readonly { readonly id: string; readonly question: EnrolledQuestion }[] {
    const agreed = directory && this.consent('directory', user) !== undefined
    const of = (subject: string): readonly { id: string; question: EnrolledQuestion }[] =>
      this.entries(subject).flatMap(({ id, kind }) => {
        const found = kind === 'question' ? this.find(id, key) : undefined
        if (found?.kind !== 'question') return []
        return found.source === 'directory' && !agreed ? [] : [{ id, question: found }]
      })
    const own = of(user)
    return own.length > 0 ? own : of(ORGANISATION)
  }
}

const KINDS: readonly EnrolmentKind[] = ['question', 'totp', 'key', 'device']

/** Kind, subject, and of a device that waits the decision it waits for. */
function parts(
  id: string,
): readonly [EnrolmentKind | undefined, string | undefined, string | undefined] {
  const [kind, subject, _part, decision] = id.split('/')
  return [KINDS.find((known) => known === kind), subject === '' ? undefined : subject, decision]
}
