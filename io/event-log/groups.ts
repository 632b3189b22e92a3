import { gather, spread } from './assignment.ts'
import { type StoredLease } from './store.ts'

/** What a member asks for when it joins; `resume` is the lease it believes it still has. */
export interface Joining {
  readonly group: string
  readonly member: string
  readonly topics: readonly string[]
  /** Partition numbers 0..count-1 are spread over the group. */
  readonly count: number
  /** All numbers go to one member. */
  readonly whole?: boolean
  readonly resume?: { readonly generation: number; readonly numbers: readonly number[] }
}

/** What the owner has to tell members; a grant is told once it is durable. */
export type GroupAction =
  | {
      readonly kind: 'grant'
      readonly member: string
      readonly group: string
      readonly numbers: readonly number[]
      readonly generation: number
    }
  | {
      readonly kind: 'resumed' | 'revoke' | 'lost'
      readonly member: string
      readonly group: string
    }

interface Member {
  readonly id: string
  /** 'absent': it held a lease when the owner went down and may come back for it. */
  state: 'idle' | 'holding' | 'revoking' | 'absent'
  numbers: readonly number[]
  /** When a revoking or absent member's numbers are taken from it. */
  deadlineMs: number
}

interface Slot {
  generation: number
  holder: string | undefined
}

interface Group {
  readonly name: string
  topics: string
  count: number
  whole: boolean
  generation: number
  readonly slots: Map<number, Slot>
  readonly members: Map<string, Member>
}

/**
 * Who reads what: exclusive leases of partition numbers, by group. A change of members first takes
 * back what must move (`revoke`, answered by `released` or ended by the deadline), then grants it
 * with a higher generation. Members whose numbers stay are left alone.
 */
export class Groups {
  readonly #groups = new Map<string, Group>()
  readonly #patienceMs: number

  constructor(stored: readonly StoredLease[], nowMs: number, patienceMs: number) {
    this.#patienceMs = patienceMs
    for (const lease of stored) this.#restore(lease, nowMs)
  }

  #restore({ group: name, number, generation, member }: StoredLease, nowMs: number): void {
    const group = this.#group(name)
    group.generation = Math.max(group.generation, generation)
    group.slots.set(number, { generation, holder: member ?? undefined })
    if (member === null) return
    const numbers = [...(group.members.get(member)?.numbers ?? []), number]
    const deadlineMs = nowMs + this.#patienceMs
    group.members.set(member, { id: member, state: 'absent', numbers, deadlineMs })
  }

  #group(name: string): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const slots = new Map<number, Slot>()
    const members = new Map<string, Member>()
    const group = { name, topics: '', count: 0, whole: false, generation: 0, slots, members }
    this.#groups.set(name, group)
    return group
  }

  /** The actions, or a sentence why this member cannot join. */
  join(joining: Joining, nowMs: number): readonly GroupAction[] | string {
    const group = this.#group(joining.group)
    const topics = [...joining.topics].sort().join(' ')
    const present = [...group.members.values()].some((m) => m.state !== 'absent')
    if (present && group.topics !== topics) {
      return `group ${joining.group} is being read with other topics (${group.topics})`
    }
    group.topics = topics
    group.count = joining.count
    group.whole = joining.whole ?? false
    if (this.#resume(group, joining)) {
      const resumed = { kind: 'resumed', member: joining.member, group: group.name } as const
      return [resumed, ...this.#rebalance(group, nowMs)]
    }
    const gone = joining.resume === undefined ? [] : [revokeOf(joining)]
    this.#free(group, joining.member)
    const claims = { id: joining.member, state: 'idle', numbers: [], deadlineMs: 0 } as const
    group.members.set(joining.member, { ...claims })
    return [...gone, ...this.#rebalance(group, nowMs)]
  }

  #resume(group: Group, { member, resume, count }: Joining): boolean {
    if (resume === undefined || resume.numbers.length === 0) return false
    const still = resume.numbers.every((number) => {
      const slot = group.slots.get(number)
      const vacant = slot?.holder === undefined || slot.holder === member
      return number < count && vacant && slot?.generation === resume.generation
    })
    if (!still) return false
    for (const number of resume.numbers) {
      group.slots.set(number, { generation: resume.generation, holder: member })
    }
    const numbers = [...resume.numbers]
    group.members.set(member, { id: member, state: 'holding', numbers, deadlineMs: 0 })
    return true
  }

  /** The member is gone: it left, or its socket closed. */
  leave(group: string, member: string, nowMs: number): readonly GroupAction[] {
    const known = this.#groups.get(group)
    if (known === undefined) return []
    this.#free(known, member)
    return this.#rebalance(known, nowMs)
  }

  /** The member has stopped using what was revoked and waits for its next lease. */
  released(name: string, member: string, nowMs: number): readonly GroupAction[] {
    const group = this.#groups.get(name)
    const known = group?.members.get(member)
    if (group === undefined || known?.state !== 'revoking') return []
    this.#vacate(group, known)
    known.state = 'idle'
    return this.#rebalance(group, nowMs)
  }

  /** The member was not heard of for too long. It must join again. */
  dismiss(group: string, member: string, nowMs: number): readonly GroupAction[] {
    const known = this.#groups.get(group)?.members.has(member) ?? false
    const actions = this.leave(group, member, nowMs)
    return known ? [{ kind: 'lost', member, group }, ...actions] : actions
  }

  /** Takes back what deadlines passed for. */
  expire(nowMs: number): readonly GroupAction[] {
    const late: GroupAction[] = []
    for (const group of this.#groups.values()) {
      for (const member of [...group.members.values()]) {
        const bound = member.state === 'revoking' || member.state === 'absent'
        if (bound && nowMs >= member.deadlineMs) {
          late.push(...this.dismiss(group.name, member.id, nowMs))
        }
      }
    }
    return late
  }

  /** Whether this lease is the current one of all its numbers. */
  holds(name: string, numbers: readonly number[], generation: number): boolean {
    const group = this.#groups.get(name)
    return numbers.every((number) => {
      const slot = group?.slots.get(number)
      return slot?.holder !== undefined && slot.generation === generation
    })
  }

  /** What to store of a group, so that a restarted owner knows its holders. */
  stored(name: string): readonly StoredLease[] {
    const slots = this.#groups.get(name)?.slots ?? new Map<number, Slot>()
    return [...slots].map(([number, { generation, holder }]) => {
      return { group: name, number, generation, member: holder ?? null }
    })
  }

  #free(group: Group, id: string): void {
    const member = group.members.get(id)
    if (member === undefined) return
    this.#vacate(group, member)
    group.members.delete(id)
  }

  #vacate(group: Group, member: Member): void {
    for (const number of member.numbers) {
      const slot = group.slots.get(number)
      if (slot?.holder === member.id) slot.holder = undefined
    }
    member.numbers = []
  }

  #rebalance(group: Group, nowMs: number): readonly GroupAction[] {
    const members = [...group.members.values()]
    const claimants = members.map((m) => ({ member: m.id, claims: m.numbers }))
    const target = (group.whole ? gather : spread)(claimants, group.count)
    const actions: GroupAction[] = []
    for (const member of members) {
      const wanted = target.get(member.id) ?? []
      if (member.state === 'holding' && !sameNumbers(wanted, member.numbers)) {
        member.state = 'revoking'
        member.deadlineMs = nowMs + this.#patienceMs
        actions.push({ kind: 'revoke', member: member.id, group: group.name })
      }
    }
    for (const member of members) {
      const grant = this.#grant(group, member, target.get(member.id) ?? [])
      if (grant !== undefined) actions.push(grant)
    }
    return actions
  }

  #grant(group: Group, member: Member, wanted: readonly number[]): GroupAction | undefined {
    const vacant = wanted.every((number) => group.slots.get(number)?.holder === undefined)
    if (member.state !== 'idle' || wanted.length === 0 || !vacant) return undefined
    group.generation += 1
    const generation = group.generation
    for (const number of wanted) group.slots.set(number, { generation, holder: member.id })
    member.state = 'holding'
    member.numbers = wanted
    return { kind: 'grant', member: member.id, group: group.name, numbers: wanted, generation }
  }
}

/** Tells a member that the lease it came back for is gone. */
function revokeOf({ member, group }: Joining): GroupAction {
  return { kind: 'revoke', member, group }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number) => b.includes(number))
}
