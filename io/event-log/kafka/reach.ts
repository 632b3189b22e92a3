import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { type KafkaConnection } from './connection.ts'

/** A broker answers a question it need not think about in far less. */
const ANSWER_MS = 3_000
const LOOK_EVERY_MS = 250
const MOST_BYTES = 64 * 1024
const CORRELATION = 0x76657374

/**
 * ApiVersions v0, the one request every broker answers before anything else, a login included (Kafka protocol
 * guide): length, api key 18, version 0, correlation id, no client id.
 */
const QUESTION = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0x76, 0x65, 0x73, 0x74, 0xff, 0xff])

const OTHERS =
  'start a broker there (npm run kafka is one to try with), or let VESTIBULE_KAFKA_BROKERS name others'

/**
 * Asks the brokers until one of them answers as Kafka does: then undefined, else, when the patience is over, one
 * sentence that says what is there instead and what to do. Libraries try again for long and tell little.
 */
export async function whyUnreachable(connection: KafkaConnection): Promise<string | undefined> {
  const deadline = Date.now() + connection.unavailableAfterMs
  for (;;) {
    const faults = await Promise.all(connection.brokers.map((one) => ask(one, connection.tls)))
    if (faults.includes(undefined)) return undefined
    if (Date.now() >= deadline) return faults.join('; ')
    await sleep(LOOK_EVERY_MS)
  }
}

/** Undefined when a Kafka broker answers there. */
function ask(broker: string, tls: KafkaConnection['tls']): Promise<string | undefined> {
  const colon = broker.lastIndexOf(':')
  const [host, port] = [broker.slice(0, colon), Number(broker.slice(colon + 1))]
  const named = isIP(host) === 0 ? { servername: host } : {}
  const encrypted = tls !== undefined
  return new Promise((resolve) => {
    const socket: Socket = encrypted
      ? connectTls({ ...tls, ...named, host, port })
      : connectPlain({ host, port })
    let heard = Buffer.alloc(0)
    let connected = false
    const settle = (fault: string | undefined): void => {
      clearTimeout(late)
      socket.destroy()
      resolve(fault)
    }
    const late = setTimeout(() => {
      settle(connected ? silent(broker, encrypted) : `${broker} does not answer: ${OTHERS}`)
    }, ANSWER_MS)
    socket.once('connect', () => (connected = true))
    socket.once(encrypted ? 'secureConnect' : 'connect', () => socket.write(QUESTION))
    socket.on('data', (part: Buffer) => {
      heard = Buffer.concat([heard, part])
      if (heard.length < 8 && heard.length < MOST_BYTES) return
      const isKafka = heard.readInt32BE(4) === CORRELATION
      settle(isKafka ? undefined : `something else than Kafka answers at ${broker}: ${OTHERS}`)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(refusal(broker, error, encrypted && connected))
    })
    socket.once('close', () => {
      settle(silent(broker, encrypted))
    })
  })
}

function silent(broker: string, encrypted: boolean): string {
  return `${broker} takes connections but does not answer as Kafka does: ${listenerHint(encrypted)}`
}

function listenerHint(encrypted: boolean): string {
  return encrypted
    ? 'if that listener has no TLS, set VESTIBULE_KAFKA_TLS=off'
    : 'if that listener wants TLS, set VESTIBULE_KAFKA_TLS=on'
}

function refusal(broker: string, error: NodeJS.ErrnoException, inTls: boolean): string {
  const { code } = error
  if (code === 'ECONNREFUSED') return `nothing listens at ${broker}: ${OTHERS}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `there is no host of the name in ${broker}: ${OTHERS}`
  }
  if (!inTls) return `${broker} cannot be reached (${error.code ?? error.message}): ${OTHERS}`
  const named = error.code ?? error.message
  if (named === 'ECONNRESET' || named.includes('WRONG_VERSION')) return silent(broker, true)
  return `${broker} and this side do not agree on TLS (${named}): see VESTIBULE_KAFKA_TLS_CA, _CERT, _KEY`
}

/**
 * What a library's words mean where brokers answered and yet nothing can be done: brokers name one another by
 * `advertised.listeners`, and a login is refused without a reason.
 */
export function hintFor(connection: KafkaConnection, message: string): string {
  const named = /Connection to (\S+:\d+) failed/.exec(message)?.[1]
  if (named !== undefined && !connection.brokers.includes(named)) {
    return ` The broker calls itself ${named} (its advertised.listeners), which this machine cannot reach.`
  }
  return connection.sasl === undefined
    ? ' If that listener wants a login, set VESTIBULE_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD.'
    : ' See VESTIBULE_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD.'
}
