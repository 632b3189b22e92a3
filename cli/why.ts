import { type Command } from 'commander'
import { z } from 'zod'
import { parseAddress } from '../lib/client-entity.ts'
import { ClientResponse, ReasonResponse } from '../routing-api/routes/response-schemas.ts'
import { openAddresses } from '../io/privacy.ts'
import { LOOKING } from '../routing-api/policy/active-policy.ts'
import { apiClient } from './api-client.ts'
import { historyClient, rowsOf } from './history-client.ts'
import { rangeOf } from './history.ts'
import { printable } from './printable.ts'
import { configFrom } from './run-service.ts'
import { MOVES_QUERY, moveLines, MoveRow } from './why/moves.ts'

type Client = z.infer<typeof ClientResponse>
type ScoreOf = Client['scores'][number]

export function register(program: Command): void {
  program
    .command('why <client-or-code>')
    .description('Why a client has its score, or what a reason code means and how to release it.')
    .option('--json', 'the API answer as it is')
    .option('--all', 'every score, not only the client and its worst fingerprints')
    .action(async (asked: string, flags: { json?: true; all?: true }) => {
      const isAddress = parseAddress(asked) !== undefined
      const path = `${isAddress ? '/v1/clients/' : '/v1/reasons/'}${encodeURIComponent(asked)}`
      const answer = await apiClient().call('GET', path)
      const lines =
        flags.json === true
          ? [JSON.stringify(answer)]
          : isAddress
            ? clientLines(ClientResponse.parse(answer), flags.all === true ? Infinity : SHOWN)
            : reasonLines(ReasonResponse.parse(answer))
      const moves = isAddress && flags.json !== true ? await movesOf(asked) : []
      process.stdout.write(`${[...lines, ...moves].join('\n')}\n`)
    })
}

/** What history tells of the last day; a line that says why where it tells nothing. */
async function movesOf(ip: string): Promise<readonly string[]> {
  const config = configFrom({})
  const range = rangeOf(ip, openAddresses(config))
  if (range === undefined) return []
  const client = historyClient(config)
  try {
    const rows = await rowsOf(client, MOVES_QUERY, { ...range, looking: LOOKING })
    const lines = moveLines(rows.map((row) => MoveRow.parse(row)))
    return lines.length === 0 ? [] : ['', 'where it was served (UTC):', ...lines].map(printable)
  } catch (error) {
    return ['', printable(error instanceof Error ? error.message : 'history cannot be read')]
  } finally {
    await client.close()
  }
}

function reasonLines({ code, meaning, release }: z.infer<typeof ReasonResponse>): string[] {
  return [code, `  meaning: ${meaning}`, `  release: ${release}`]
}

/** Scores of client|fingerprint shown beside those of the client itself. */
const SHOWN = 2

/** A client for people: the verdict first, then what it is made of, then what would change it. */
export function clientLines(client: Client, most = SHOWN): string[] {
  const worstFirst = client.scores.toSorted((a, b) => share(b) - share(a))
  const own = worstFirst.filter(({ kind }) => kind !== 'ip-fp')
  const byFingerprint = worstFirst.filter(({ kind }) => kind === 'ip-fp')
  const left = byFingerprint.length - Math.min(most, byFingerprint.length)
  return [
    headline(client),
    ...(client.list === null
      ? []
      : [`  on the ${client.list.list} list by ${client.list.actor}: ${client.list.reason}`]),
    ...(client.ownMachinery ? ['  own machinery: never scored'] : []),
    ...(client.shared
      ? ['  a shared address: what is known only of it never goes past medium']
      : []),
    ...[...own, ...byFingerprint.slice(0, most)].flatMap(scoreLines),
    ...(left === 0 ? [] : ['', `and ${left} more fingerprints of this client (--all)`]),
    ...(client.wouldChange.length > 0 ? ['', 'what would change the answer:'] : []),
    ...client.wouldChange.map(({ what, effect }) => `  ${what}: ${effect}`),
  ].map(printable)
}

function headline({ client, scores }: Client): string {
  if (scores.length === 0)
    return `${client}: no score; nothing was seen of it, or it is too long ago`
  const worst = scores.toSorted((a, b) => share(b) - share(a))[0]
  return `${client}: ${worst?.band ?? ''} (${scores.length} score${scores.length > 1 ? 's' : ''})`
}

function scoreLines(score: ScoreOf): string[] {
  const age = `${Math.round(score.ageMs / 1000)} s ago`
  const scale = score.protocol === 'tls' ? score.value.toFixed(2) : score.value.toFixed(0)
  const notes = [
    score.ground,
    `${score.evidence.toFixed(1)} nats`,
    ...(score.cap === null ? [] : [`held down by ${score.cap}`]),
    ...(score.valid ? [] : ['too old to count']),
    age,
  ]
  return [
    '',
    score.entity,
    `  ${score.protocol} ${scale} ${score.band} (${notes.join(', ')})`,
    ...score.contributions.filter(({ nats }) => Math.abs(nats) >= 0.05).map(contributionLine),
  ]
}

function contributionLine(part: ScoreOf['contributions'][number]): string {
  const usual = part.baseline === null ? '' : `, usually ${Number(part.baseline.toPrecision(3))}`
  const rare = part.oneIn === null ? '' : `, one in ${Math.round(part.oneIn)}`
  const value = `${Number(part.value.toPrecision(3))} ${part.unit}`
  const points = `${part.nats >= 0 ? '+' : ''}${part.nats.toFixed(1)} nats`
  return `  ${points.padStart(11)}  ${part.text} (${part.feature}: ${value}${usual}${rare})`
}

function share({ protocol, value }: ScoreOf): number {
  return protocol === 'tls' ? value : value / 100
}
