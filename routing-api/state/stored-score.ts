import { type Contribution, type Score } from '../../schemas/generated/records.ts'
import { type ScoreFacts } from '../decisions/score-facts.ts'

/** The numbers of one score as the table holds them; no success is NaN. */
export interface Row {
  readonly value: number
  readonly evidence: number
  readonly asOfMs: number
  readonly halfLifeMs: number
  readonly validUntilMs: number
  readonly lastSuccessAtMs: number
  readonly peak: number
  readonly shared: boolean
  readonly modelVersion: string
}

/** Reads the encoded rest at most once, and only when it is asked for. */
export class StoredScore implements ScoreFacts {
  readonly entity: string
  readonly kind: ScoreFacts['kind']
  readonly protocol: ScoreFacts['protocol']
  readonly value: number
  readonly evidence: number
  readonly asOfMs: number
  readonly halfLifeMs: number
  readonly validUntilMs: number
  readonly lastSuccessAtMs: number | null
  readonly peak: number
  readonly shared: boolean
  readonly modelVersion: string
  readonly #read: () => Score
  #score: Score | undefined

  constructor(entity: string, row: Row, read: () => Score) {
    this.entity = entity
    this.kind = kindOf(entity)
    this.protocol = entity.endsWith('#tls') ? 'tls' : 'ssh'
    this.value = row.value
    this.evidence = row.evidence
    this.asOfMs = row.asOfMs
    this.halfLifeMs = row.halfLifeMs
    this.validUntilMs = row.validUntilMs
    this.lastSuccessAtMs = Number.isNaN(row.lastSuccessAtMs) ? null : row.lastSuccessAtMs
    this.peak = row.peak
    this.shared = row.shared
    this.modelVersion = row.modelVersion
    this.#read = read
  }

  get ground(): Score['ground'] {
    return this.#whole().ground
  }

  get families(): readonly string[] {
    return this.#whole().families
  }

  get cap(): string | null {
    return this.#whole().cap
  }

  readonly contributions = (): readonly Contribution[] => this.#whole().contributions

  #whole(): Score {
    this.#score ??= this.#read()
    return this.#score
  }
}

const KINDS: readonly Score['kind'][] = ['ip', 'net', 'asn', 'fp', 'ip-fp', 'user']

function kindOf(entity: string): Score['kind'] {
  const kind = entity.slice(0, entity.indexOf(':'))
  return KINDS.find((known) => known === kind) ?? 'ip'
}
