import { type LogLines } from '../producers/follow-log.ts'
import { fileBookmark } from './file-bookmark.ts'
import { followFile, type FilePlace } from './follow-file.ts'

export interface FollowLogOptions {
  /** Where the bookmark lies. */
  readonly dataDir: string
  readonly path: string
  /** Where to begin the first time; later on the bookmark says it. */
  readonly from: 'start' | 'end'
  readonly signal: AbortSignal
  /** Milliseconds between looks at a quiet file. */
  readonly pollMs?: number
}

/** The lines of a log as they are written, from where an earlier process came to. */
export async function* followLogLines(
  options: FollowLogOptions,
): AsyncGenerator<LogLines, void, undefined> {
  const { dataDir, path, signal, pollMs = 200 } = options
  const bookmark = fileBookmark(dataDir, path)
  const place = await bookmark.read()
  const told = place === undefined ? undefined : new ToldLines(place)
  for await (const batch of followFile({ path, from: place ?? options.from, signal, pollMs })) {
    const { lines, cut } = batch
    const toldBefore = told?.before(batch.place, lines[0]?.at ?? 0) ?? 0
    yield {
      lines,
      cut,
      known: (at) => at < toldBefore,
      done: (since) => bookmark.write({ ...batch.place, since }),
    }
  }
}

/** Lines at the start that are read again for what they began: those between the bookmark's two offsets, while it is the same file still. */
class ToldLines {
  readonly #bookmark: FilePlace
  #expected: number | undefined

  constructor(bookmark: FilePlace) {
    this.#bookmark = bookmark
    this.#expected = Math.min(bookmark.since ?? bookmark.offset, bookmark.offset)
  }

  /** Lines of this batch that begin before the answer were told of. */
  before(place: FilePlace, firstAt: number): number {
    const { inode, offset } = this.#bookmark
    const goesOn = place.inode === inode && firstAt === this.#expected
    this.#expected = goesOn && place.offset < offset ? place.offset : undefined
    return goesOn ? offset : 0
  }
}
