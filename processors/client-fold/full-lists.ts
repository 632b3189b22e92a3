import { eventId } from '../../lib/event-id.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { type FoldOutput } from './fold-output.ts'
import { type Lists } from './lists.ts'

/**
 * The alert that there was no room for an operator's entry. Of many in a row the first, the tenth, the
 * hundredth and so on are told.
 */
export function fullListsAlert(control: Control, { size, leftOut }: Lists): readonly FoldOutput[] {
  if (!/^10*$/.test(String(leftOut))) return []
  const { observedAt, ingestedAt, site, kind, id } = control
  return [
    {
      kind: 'record',
      type: 'Alert',
      record: {
        eventId: eventId('Alert', control.eventId, leftOut),
        ...{ observedAt, ingestedAt, site, sensor: 'client-fold' },
        ...{ kind: 'state-pressure', severity: 'warning', entity: 'lists' },
        message: `no room for ${kind} ${id}: the folds keep ${size} list entries, ${leftOut} were left out so far; scores go on without them`,
        details: JSON.stringify({ size, leftOut, kind, id }),
      },
    },
  ]
}
