import { readFile } from 'node:fs/promises'
import { type BacktestClient } from '../../processors/backtest.ts'
import { labelByLogins, type Label } from '../../processors/evaluate.ts'

/**
 * Labels by client: `logins` (sshd's logs: who ever logged in is benign), or a file of lines
 * `ADDRESS benign|hostile`, or of JSON objects with `client` and `label` ("benign", or what kind of
 * hostile).
 */
export async function readLabels(
  from: string,
): Promise<(client: BacktestClient) => Label | undefined> {
  if (from === 'logins') return labelByLogins
  const labels = new Map<string, Label>()
  const text = await readFile(from, 'utf8').catch((cause: unknown) => {
    throw new Error(`the labels ${from} cannot be read`, { cause })
  })
  for (const line of text.split('\n')) {
    const pair = line.startsWith('{') ? ofJson(line) : ofText(line)
    if (pair !== undefined) labels.set(pair[0], pair[1])
  }
  if (labels.size === 0) throw new Error(`${from} holds no labels: lines "ADDRESS benign|hostile"`)
  return ({ client }) => labels.get(client)
}

function ofText(line: string): readonly [string, Label] | undefined {
  const [client, label] = line.trim().split(/[\s,]+/, 2)
  if (client === undefined || (label !== 'benign' && label !== 'hostile')) return undefined
  return [client, label]
}

function ofJson(line: string): readonly [string, Label] | undefined {
  const value: unknown = JSON.parse(line)
  if (typeof value !== 'object' || value === null || !('client' in value) || !('label' in value)) {
    return undefined
  }
  return [String(value.client), value.label === 'benign' ? 'benign' : 'hostile']
}
