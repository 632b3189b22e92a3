import { afterEach, describe, expect, test } from '@jest/globals'
import { createServer, type Server, type Socket } from 'node:net'
import { hintFor, whyUnreachable } from '../../../io/event-log/kafka/reach.ts'
import { connectionTo } from './kafka-connection.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

const impatient = { unavailableAfterMs: 0 }
const why = (broker: string, more = {}): Promise<string | undefined> =>
  whyUnreachable(connectionTo(broker, { ...impatient, ...more }))

/** ApiVersions v0 answered: length, the correlation id of the question, no error, no versions. */
function answerAsKafka(socket: Socket): void {
  socket.on('data', (question: Buffer) => {
    socket.write(
      Buffer.concat([Buffer.from([0, 0, 0, 10]), question.subarray(8, 12), Buffer.alloc(6)]),
    )
  })
}

describe('a broker that cannot be used is explained in one sentence', () => {
  test('one that answers as Kafka does is no fault', async () => {
    expect(await why(await listening(answerAsKafka))).toBeUndefined()
  })

  test('one of several is enough', async () => {
    const brokers = ['127.0.0.1:1', await listening(answerAsKafka)]
    expect(await whyUnreachable({ ...connectionTo(''), ...impatient, brokers })).toBeUndefined()
  })

  test('nobody listens', async () => {
    expect(await why('127.0.0.1:1')).toBe(
      'nothing listens at 127.0.0.1:1: start a broker there (npm run kafka is one to try with), or let VESTIBULE_KAFKA_BROKERS name others',
    )
  })

  test('no such host', async () => {
    expect(await why('nobody.invalid:9092')).toMatch(
      /^there is no host of the name in nobody.invalid:9092: /,
    )
  })

  test('something else answers', async () => {
    const web = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await why(web)).toMatch(/^something else than Kafka answers at /)
  })

  test('it hangs up: perhaps it wants TLS', async () => {
    const deaf = await listening((socket) => socket.destroy())
    expect(await why(deaf)).toBe(
      `${deaf} takes connections but does not answer as Kafka does: if that listener wants TLS, set VESTIBULE_KAFKA_TLS=on`,
    )
  })

  test('it takes the connection and is silent: that ends too', async () => {
    expect(await why(await listening(() => undefined))).toMatch(/if that listener wants TLS/)
  })

  test('asked in TLS a listener without hangs up', async () => {
    const plain = await listening((socket) => socket.once('data', () => socket.destroy()))
    expect(await why(plain, { tls: {} })).toMatch(
      /if that listener has no TLS, set VESTIBULE_KAFKA_TLS=off$/,
    )
  })

  test('one that comes within the patience is waited for', async () => {
    let refusals = 2
    const late = await listening((socket) => {
      if (refusals > 0) socket.destroy()
      else answerAsKafka(socket)
      refusals -= 1
    })
    expect(await why(late, { unavailableAfterMs: 10_000 })).toBeUndefined()
  })

  test('a name that a broker gives itself and nobody can reach is named', () => {
    const connection = connectionTo('localhost:9092')
    expect(hintFor(connection, 'Connection to kafka:29092 failed.')).toBe(
      ' The broker calls itself kafka:29092 (its advertised.listeners), which this machine cannot reach.',
    )
    expect(hintFor(connection, 'Connection to localhost:9092 failed.')).toContain('wants a login')
  })
})
