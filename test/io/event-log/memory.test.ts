import { sharedMemoryLog } from '../../../io/event-log/memory.ts'
import { eventLogContract } from './contract.ts'

eventLogContract(
  'the log in memory',
  () => {
    const memory = sharedMemoryLog()
    return Promise.resolve({
      connect: () => Promise.resolve(memory.connect()),
      compact: () => {
        memory.tidy()
        return Promise.resolve()
      },
      end: () => Promise.resolve(),
    })
  },
  { globalOrder: true },
)
