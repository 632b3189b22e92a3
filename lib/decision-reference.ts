/** What a tier tells the next one of a decision, so that no instance of the API has to remember it. */
export interface DecisionReference {
  /** 32 hex digits. */
  readonly decisionId: string
  /** 32 hex digits; null when the client's port or hello was unknown. */
  readonly connectionId: string | null
  /** stableKey of the client's hello. */
  readonly fingerprint: string | null
}

const FORM = /^([0-9a-f]{32})-([0-9a-f]{32})?-([a-z0-9_]{1,64})?$/

/** At most 130 characters of `[0-9a-z_-]`; a stableKey makes it 102: HAProxy's unique ids hold 127. */
export function referenceText({
  decisionId,
  connectionId,
  fingerprint,
}: DecisionReference): string {
  return `${decisionId}-${connectionId ?? ''}-${fingerprint ?? ''}`
}

/** Undefined for what is no reference: it came through a load balancer and may be anything. */
export function parseReference(text: string): DecisionReference | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, decisionId = '', connectionId = null, fingerprint = null] = match
  return { decisionId, connectionId, fingerprint }
}
