import { workerData } from 'node:worker_threads'
import { isPuzzleShare, workOn } from './puzzle-share.ts'

/** One more thread that solves: between its chunks it looks whether it is still wanted. */
const TRIES = 50_000

const share: unknown = workerData
if (!isPuzzleShare(share)) throw new Error('started without a puzzle')
for (const _ of workOn(share, TRIES));
