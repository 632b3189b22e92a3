/** An error of the engine or the server, as ClickHouse numbers and words them. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException'
  readonly code: number
  readonly type: string

  constructor(code: number, type: string, message: string) {
    super(message)
    this.code = code
    this.type = type
  }

  /** The body of a ClickHouse error answer. */
  get text(): string {
    return `Code: ${this.code}. DB::Exception: ${this.message} (${this.type})\n`
  }
}

const HEAD = /^Code: (\d+)\. DB::Exception: /
const TAIL = /\s*\(([A-Z][A-Z0-9_]*)\)\s*(?:\(version [^)]*\)\s*)?$/

/** Reads `Code: N. DB::Exception: text. (TYPE)` as the engine throws it. */
export function exceptionOf(error: unknown): ClickHouseException {
  if (error instanceof ClickHouseException) return error
  const text = messageOf(error)
  const code = HEAD.exec(text)?.[1]
  if (code === undefined) return new ClickHouseException(1002, 'UNKNOWN_EXCEPTION', text)
  const type = TAIL.exec(text.slice(-200))?.[1] ?? 'UNKNOWN_EXCEPTION'
  return new ClickHouseException(
    Number(code),
    type,
    text.replace(HEAD, '').replace(TAIL, '').trim(),
  )
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error)
}

/** HTTP status by error code, as `exceptionCodeToHTTPStatus` of ClickHouse has it. */
const STATUS = new Map<number, number>([
  ...[516, 192, 193, 194, 706].map((code) => [code, 403] as const),
  [497, 403],
  ...[6, 26, 27, 38, 41, 43, 53, 62, 69, 70, 72, 117, 130, 131, 456, 457, 50, 73, 115, 36].map(
    (code) => [code, 400] as const,
  ),
  ...[60, 81, 46, 47, 128, 16, 10].map((code) => [code, 404] as const),
  [202, 503],
  [209, 408],
  [159, 408],
  [307, 413],
  [48, 501],
  [164, 403],
  [735, 499],
])

export function statusOf(exception: ClickHouseException): number {
  return STATUS.get(exception.code) ?? 500
}
