import { parentPort, workerData } from 'node:worker_threads'
import { CaptureFileSteps } from '../../io/capture/capture-file-steps.ts'
import { ShareTeller } from '../../producers/inspect/share-teller.ts'
import { type ShareMessage, type ShareTask, STEPS_AHEAD } from './share-messages.ts'

/** What a thread of inspect-shares.ts does. */
const { path, size, share, steps } = workerData as ShareTask
const written = new Int32Array(steps)
const teller = new ShareTeller(share)
const file = new CaptureFileSteps(path, size, teller.sink)

for (let step = 1; ; step += 1) {
  waitFor(step - STEPS_AHEAD)
  if (!file.next()) break
  tell({ batch: teller.take(), end: undefined })
}
const fault = file.end()
const batch = teller.end()
tell({ batch, end: { counters: teller.counters, fault } })

function tell(message: ShareMessage): void {
  const { moments, lengths, text } = message.batch
  parentPort?.postMessage(message, [moments.buffer, lengths.buffer, text.buffer])
}

/** Until that many steps have been joined and written. */
function waitFor(step: number): void {
  for (let now = Atomics.load(written, 0); now < step; now = Atomics.load(written, 0)) {
    Atomics.wait(written, 0, now)
  }
}
