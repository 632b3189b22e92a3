import { type Flow, type FlowHandler } from '../../protocols/packet/flow-handler.ts'
import {
  createFlowTable,
  type FlowTable,
  type FlowTableOptions,
} from '../../protocols/packet/flow-table.ts'

/** A flow table whose flows write down what happens to them, as words. */
export function recordFlows(options: Partial<FlowTableOptions> = {}): {
  readonly table: FlowTable
  readonly story: string[]
  readonly flows: Flow[]
} {
  const story: string[] = []
  const flows: Flow[] = []
  const open = (flow: Flow): FlowHandler => {
    flows.push(flow)
    return {
      data: (chunk) => {
        story.push(`${chunk.direction}: ${Buffer.from(chunk.bytes).toString('latin1')}`)
      },
      gap: (direction, length) => {
        story.push(`${direction} lost ${length}`)
      },
      end: (how) => {
        story.push(`end ${how}`)
      },
    }
  }
  return { table: createFlowTable({ open, ...options }), story, flows }
}
