import { z } from 'zod'
import { cidrText, mapCidr, parseCidr, type Cidr } from '../lists/cidr.ts'
import { LIST_NAMES, MAX_LIST_ENTRIES, type ListName } from '../lists/operator-lists.ts'
import { type Api } from './api.ts'
import { controlRecord, decree } from './control-record.ts'
import { ListEntry, Problem } from './response-schemas.ts'
import { ok, problem, query, route, type RawCall, type Reply } from './route.ts'
import { ListRequest } from './schemas.ts'

const PATH = '/v1/lists/:list/*cidr'
const MOST_SHOWN = 1_000

/** Entries of a list, the first thousand. */
export const listEntries = query({
  method: 'GET',
  path: '/v1/lists/:list',
  scope: 'read',
  summary: 'Entries of the allow, deny or decoy list, the first thousand',
  responses: {
    200: z.strictObject({ total: z.number(), entries: z.array(ListEntry) }),
    404: Problem,
  },
  handle(call, { state }): Reply {
    const list = listOf(call)
    if (list === undefined) return noList()
    const entries = []
    for (const entry of state.lists.entries(list)) {
      if (entries.push(entry) >= MOST_SHOWN) break
    }
    return ok({ total: state.lists.count(list), entries })
  },
})

/** One entry, by exactly its prefix. */
export const getListEntry = query({
  method: 'GET',
  path: PATH,
  scope: 'read',
  summary: 'One entry of a list',
  responses: { 200: ListEntry, 400: Problem, 404: Problem },
  handle(call, api): Reply {
    const { state } = api
    const found = target(call, api)
    if ('reply' in found) return found.reply
    const entry = state.lists.get(found.list, found.cidr)
    return entry === undefined ? noEntry() : ok(entry)
  },
})

/** Puts a prefix on a list; in force within a second everywhere, here at once. */
export const putListEntry = route<z.infer<typeof ListRequest>>({
  method: 'PUT',
  path: PATH,
  scope: 'operator',
  summary: 'Put a prefix on a list, with actor and reason',
  request: ListRequest,
  responses: { 200: ListEntry, 400: Problem, 404: Problem, 507: Problem },
  async handle(call, api): Promise<Reply> {
    const found = target(call, api)
    if ('reply' in found) return found.reply
    const { list, cidr } = found
    if (api.state.lists.size >= MAX_LIST_ENTRIES && api.state.lists.get(list, cidr) === undefined) {
      return problem(507, 'list-full', `the lists hold ${MAX_LIST_ENTRIES} entries: no room`)
    }
    const { actor, reason, untilMs = null } = call.input
    const word = { caller: call.caller, actor, reason }
    const body = JSON.stringify({ untilMs })
    await decree(controlRecord(list, cidrText(cidr), body, false, word, api), api)
    return ok(api.state.lists.get(list, cidr))
  },
})

/** Takes a prefix off a list; `?reason=` and `?actor=` are kept with it. */
export const deleteListEntry = query({
  method: 'DELETE',
  path: PATH,
  scope: 'operator',
  summary: 'Take a prefix off a list; ?reason= and ?actor= are audited',
  query: z.object({ reason: z.string().optional(), actor: z.string().optional() }),
  responses: { 200: ListEntry, 400: Problem, 404: Problem },
  async handle(call, api): Promise<Reply> {
    const found = target(call, api)
    if ('reply' in found) return found.reply
    const entry = api.state.lists.get(found.list, found.cidr)
    if (entry === undefined) return noEntry()
    await decree(controlRecord(found.list, entry.cidr, '{}', true, wordOf(call), api), api)
    return ok(entry)
  },
})

/** Actor and reason of a request without a body. */
export function wordOf(call: RawCall): { caller: string; actor?: string; reason: string } {
  const actor = call.query.get('actor')?.slice(0, 128)
  const reason = call.query.get('reason')?.slice(0, 1000) ?? 'none given'
  return { caller: call.caller, reason, ...(actor === undefined ? {} : { actor }) }
}

type Target = { readonly list: ListName; readonly cidr: Cidr } | { readonly reply: Reply }

/** Clients stand on lists in the form in which they are judged; decoys are addresses of one's own. */
function target(call: RawCall, { addresses }: Api): Target {
  const list = listOf(call)
  if (list === undefined) return { reply: noList() }
  const text = call.params.get('cidr') ?? ''
  const cidr = parseCidr(text)
  if (cidr !== undefined) {
    return { list, cidr: list === 'decoy' ? cidr : mapCidr(cidr, addresses) }
  }
  const shown = text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
  return { reply: problem(400, 'invalid', `${shown} is no address or CIDR`, 'cidr') }
}

function listOf(call: RawCall): ListName | undefined {
  return LIST_NAMES.find((name) => name === call.params.get('list'))
}

function noList(): Reply {
  return problem(404, 'unknown-list', `lists are ${LIST_NAMES.join(', ')}`, 'list')
}

function noEntry(): Reply {
  return problem(404, 'not-listed', 'the list has no entry of exactly this prefix', 'cidr')
}
