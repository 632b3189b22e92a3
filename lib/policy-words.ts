import { parseDocument } from 'yaml'
import { z } from 'zod'
import { type Control } from '../schemas/generated/records.ts'

const Texts = z.array(z.string()).default([])
const Words = z.object({ trustedProxies: Texts, ownMachinery: Texts, decoyUsers: Texts })

/** What a policy says that the folds keep to. */
export type PolicyWords = z.infer<typeof Words> & { readonly counter: number }

/**
 * Reads it from a policy of the control topic, which was checked before it was put there. Undefined
 * for one that cannot be read: then the one before stays in force, as in the routing API.
 */
export function policyWords({ id, body }: Control): PolicyWords | undefined {
  const counter = Number(/^\d{1,9}/.exec(id)?.[0] ?? NaN)
  const parsed = Words.safeParse(plain(body))
  return parsed.success && Number.isInteger(counter) ? { ...parsed.data, counter } : undefined
}

function plain(text: string): unknown {
  const document = parseDocument(text)
  if (document.errors.length > 0) return undefined
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    if (error instanceof Error && error.name === 'ReferenceError') return undefined
    throw error
  }
}
