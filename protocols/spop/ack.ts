import { encodeFrame, FIN, FRAME } from './frame.ts'
import { type TypedData, writeTypedData } from './typed-data.ts'

/** Where a variable lives in HAProxy. */
export type VariableScope = 'proc' | 'sess' | 'txn' | 'req' | 'res'

/** What an agent asks HAProxy to do (doc/SPOE.txt section 3.4). Names get the engine's `var-prefix`. */
export type SpopAction =
  | {
      readonly kind: 'set-var'
      readonly scope: VariableScope
      readonly name: string
      readonly value: TypedData
    }
  | { readonly kind: 'unset-var'; readonly scope: VariableScope; readonly name: string }

const SCOPES: readonly VariableScope[] = ['proc', 'sess', 'txn', 'req', 'res']

/** ACK of one NOTIFY, with its actions: [ uint8 type, uint8 number of arguments, arguments ]*. */
export function encodeAck(
  streamId: number,
  frameId: number,
  actions: readonly SpopAction[],
): Uint8Array {
  const head = { type: FRAME.ack, flags: FIN, streamId, frameId }
  return encodeFrame(head, (to) => {
    for (const action of actions) {
      to.u8(action.kind === 'set-var' ? 1 : 2)
      to.u8(action.kind === 'set-var' ? 3 : 2)
      to.u8(SCOPES.indexOf(action.scope))
      to.string(action.name)
      if (action.kind === 'set-var') writeTypedData(to, action.value)
    }
  })
}
