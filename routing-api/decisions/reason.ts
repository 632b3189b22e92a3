import { type Contribution, type Reason } from '../../schemas/generated/records.ts'
import { REASONS, type ReasonCode } from './reason-codes.ts'

/** A reason of the house: a code of the closed list, with its meaning as text unless more can be said. */
export function reason(
  code: ReasonCode,
  entity: string | null = null,
  text: string = REASONS[code][0],
): Reason {
  return { code, text, entity, nats: 0, points: 0 }
}

/** A contribution of the engine as a reason; its code is the feature. */
export function reasonOf(contribution: Contribution, entity: string | null): Reason {
  const { feature, text, nats, points } = contribution
  return { code: feature, text, entity, nats, points }
}
