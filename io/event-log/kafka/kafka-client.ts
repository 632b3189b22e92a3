/** A record as Kafka keeps it. */
export interface KafkaRecord {
  readonly key: string
  readonly value: Uint8Array | null
  readonly timestampMs: number
}

/** Records of one partition, to be stored as one batch. */
export interface Parcel {
  readonly topic: string
  readonly partition: number
  readonly records: readonly KafkaRecord[]
  /** What it takes in a batch, at most. */
  readonly bytes: number
  /** Its earliest and its latest time. */
  readonly span: readonly [number, number]
}

export interface Place {
  readonly topic: string
  readonly partition: number
}

export interface FetchedRecord extends KafkaRecord {
  readonly offset: number
  /** When the broker took it; undefined on topics where it does not tell. */
  readonly arrivedMs: number | undefined
}

/** What a fetch brought of one partition. */
export interface Fetched extends Place {
  readonly records: readonly FetchedRecord[]
  /** Where the next fetch begins: behind these records, control records and aborted ones as well. */
  readonly next: number
}

/** Takes what was fetched; resolves when more may come. */
export type Take = (fetched: Fetched) => Promise<void>

export interface TopicPlan {
  readonly topic: string
  readonly partitions: number
  readonly settings: ReadonlyMap<string, string>
}

/** What a group asks of the one who joins it. Each is awaited before the client goes on. */
export interface Member {
  /** New partitions; the answer says where to begin each, undefined: where the group committed, or at the start. */
  assigned(
    generation: number,
    places: readonly Place[],
  ): Promise<(place: Place) => number | undefined>
  /** The partitions go, to others or to this member anew. */
  revoked(): Promise<void>
  readonly take: Take
}

export interface Group {
  /** Rejects with KafkaFault `fenced` when the generation is over. */
  commit(generation: number, offsets: readonly (Place & { offset: number })[]): Promise<void>
  /** Asks the broker whether the generation is still the one that holds the partitions. */
  check(generation: number): Promise<void>
  /** Gives everything back, `revoked` first. */
  leave(): Promise<void>
  /** Rejects with what ended the membership; resolves after `leave`. */
  readonly ended: Promise<void>
}

/** Writes under an id that its next holder takes over. */
export interface FencedSender {
  /** All or nothing; visible when it resolves. Rejects with KafkaFault `fenced` once the id was taken over. */
  send(parcels: readonly Parcel[]): Promise<void>
  close(): Promise<void>
}

/** What a library must do for the event log. Two do; what they share is in this folder. */
export interface KafkaClient {
  /** Partition count and settings of those topics that exist. */
  describe(topics: readonly string[], settings: readonly string[]): Promise<readonly TopicPlan[]>
  /** One that another made meanwhile is no error. */
  create(plans: readonly TopicPlan[]): Promise<void>
  /** Of every partition; the end is that of all that is durable, visible already or in a moment. */
  offsets(topic: string, which: 'start' | 'end'): Promise<readonly number[]>
  committed(
    group: string,
    topic: string,
    partitions: number,
  ): Promise<readonly (number | undefined)[]>
  /** Idempotent, with all in-sync replicas. One call at a time. */
  send(parcels: readonly Parcel[]): Promise<void>
  /** Takes an id over: who wrote under it before is fenced, what it left open is undone. */
  takeOver(id: string): Promise<FencedSender>
  /** `whole`: all partitions go to one member. */
  join(
    group: string,
    reading: { readonly topics: readonly string[]; readonly whole: boolean },
    member: Member,
  ): Group
  /** Reads from the offsets on until the signal aborts. */
  read(from: ReadonlyMap<Place, number>, signal: AbortSignal, take: Take): Promise<void>
  close(): Promise<void>
}

export type KafkaFaultCode =
  | 'fenced'
  | 'unknown-member'
  | 'too-large'
  | 'unavailable'
  | 'refused'
  | 'unknown-topic'
  | 'out-of-range'

/** What a client reports, whatever its library throws. */
export class KafkaFault extends Error {
  override readonly name = 'KafkaFault'
  readonly code: KafkaFaultCode

  constructor(code: KafkaFaultCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export function isFault(error: unknown, code: KafkaFaultCode): error is KafkaFault {
  return error instanceof KafkaFault && error.code === code
}
