import { type FlowShare } from '../../protocols/packet/flow-share.ts'
import { type FrameSink } from '../../protocols/packet/frame-sink.ts'
import { createObserver, type Observer, type ObserverCounters } from '../observe.ts'
import { type Asked, askingJudge } from './asked.ts'
import { createInspectLines, type InspectLines } from './inspect-lines.ts'
import { INSPECTOR } from './inspector.ts'
import { LatestFrame } from './latest-frame.ts'
import { type ToldBatch, ToldWriter } from './told-batch.ts'

/** Inspects one share of a capture's connections; all frames are to go into its sink. */
export class ShareTeller {
  readonly #told = new ToldWriter<Asked>()
  readonly #lines: InspectLines = createInspectLines()
  readonly #observer: Observer
  readonly #latest: LatestFrame

  constructor(share: FlowShare) {
    const observer = createObserver({
      ...INSPECTOR,
      share,
      judgement: askingJudge((asked) => {
        this.#told.ask(observer.moment, asked)
      }),
      emit: (record) => {
        for (const line of this.#lines.push(record)) this.#told.line(observer.moment, textOf(line))
      },
    })
    this.#observer = observer
    this.#latest = new LatestFrame(observer)
  }

  get sink(): FrameSink {
    return this.#latest
  }

  get counters(): ObserverCounters {
    return this.#observer.counters
  }

  /** What was told since the last call. */
  take(): ToldBatch<Asked> {
    return this.#told.take(this.#observer.moment.frame)
  }

  /** The capture is over: the rest. */
  end(): ToldBatch<Asked> {
    this.#observer.end(this.#latest.at)
    for (const line of this.#lines.end()) this.#told.line(AT_LAST, textOf(line))
    return this.#told.take(Infinity)
  }
}

const AT_LAST = { frame: Infinity, stage: Infinity, touched: 0 }

/** A line of the output, newline included. */
export function textOf(line: object): string {
  return `${JSON.stringify(line)}\n`
}
