import { expect, test } from '@jest/globals'
import { EventLogError } from '../../../lib/event-log.ts'
import { keepPolicy } from '../../../routing-api/policy/seed.ts'
import { testApi } from '../harness.ts'

async function* once(text: string): AsyncGenerator<string> {
  await Promise.resolve()
  yield text
}

test('a log that cannot take the policy now is asked again, and the API lives on', async () => {
  const happened: string[] = []
  let full = true
  const api = testApi({
    append: (record) => {
      happened.push(`append ${record.type}`)
      return full
        ? Promise.reject(new EventLogError('disk-full', 'the disk is full'))
        : Promise.resolve()
    },
  })
  const sleep = (ms: number): Promise<void> => {
    happened.push(`sleep ${ms}`)
    full = false
    return Promise.resolve()
  }
  await keepPolicy(once('shadow: true\n'), 'policy.yaml', api, sleep, new AbortController().signal)
  expect(happened).toEqual(['append Control', 'sleep 5000', 'append Control'])
})

test('a fault that will not pass is thrown', async () => {
  const api = testApi({ append: () => Promise.reject(new EventLogError('closed', 'closed')) })
  const kept = keepPolicy(
    once('shadow: true\n'),
    'policy.yaml',
    api,
    () => Promise.resolve(),
    new AbortController().signal,
  )
  await expect(kept).rejects.toMatchObject({ code: 'closed' })
})
