import { connectionId } from '../lib/event-id.ts'
import { CLEAR_ADDRESSES } from '../lib/pseudonym.ts'
import { type Flow } from '../protocols/packet/flow-handler.ts'
import { hassh } from '../protocols/ssh/hassh.ts'
import { type SshConnectionFact, type SshFact } from '../protocols/ssh/ssh-facts.ts'
import { type HandshakeFact, type HelloFact, type TlsFact } from '../protocols/tls/tls-facts.ts'
import { type ProxySource } from './lead-in.ts'
import { type ObserverContext } from './observer-context.ts'
import { type ConnectionFault, deadLetterRecord } from './records/dead-letter-record.ts'
import { type ConnectionIdentity } from './records/envelope.ts'
import { sshConnectionRecord } from './records/ssh-connection-record.ts'
import { sshSessionRecord } from './records/ssh-session-record.ts'
import { type FirstHello, tlsHandshakeRecord } from './records/tls-handshake-record.ts'
import { tlsHelloRecord } from './records/tls-hello-record.ts'

/** Turns the facts of one connection into records, remembering what later ones repeat of earlier. */
export class ConnectionRecorder {
  readonly #context: ObserverContext
  readonly #flow: Flow
  #proxy: { readonly source: ProxySource } | undefined
  #id: Uint8Array | null = null
  #firstHello: FirstHello | undefined
  #hassh: string | null = null
  #faults = 0

  constructor(context: ObserverContext, flow: Flow) {
    this.#context = context
    this.#flow = flow
  }

  get proxy(): { readonly source: ProxySource } | undefined {
    return this.#proxy
  }

  /** A PROXY header came before the protocol. */
  proxied(proxy: { readonly source: ProxySource }): void {
    this.#proxy = proxy
  }

  /** Records a fact; true when no more payload is wanted. */
  tls(fact: TlsFact): boolean {
    switch (fact.kind) {
      case 'hello':
        this.#hello(fact)
        return false
      case 'handshake':
        this.#handshake(fact)
        return false
      case 'fault':
        this.#fault({ ...fact, code: `tls-${fact.code}` })
        return false
      case 'done':
        return true
    }
  }

  /** The same of SSH. */
  ssh(fact: SshFact): boolean {
    const { sensor, emit } = this.#context
    switch (fact.kind) {
      case 'roles-reversed':
        this.#flow.swapRoles()
        return false
      case 'connection':
        this.#sshConnection(fact)
        return false
      case 'session':
        emit({
          type: 'SshSession',
          record: sshSessionRecord(sensor, this.#identity(), fact, this.#hassh),
        })
        return false
      case 'fault':
        this.#fault({ ...fact, code: `ssh-${fact.code}` })
        return false
      case 'done':
        return true
    }
  }

  #hello(fact: HelloFact): void {
    const { sensor, memo, counters, emit } = this.#context
    this.#id ??= this.#idOf(fact.hello.random)
    const fingerprint = memo.fingerprint(fact.hello)
    counters.hellos += 1
    if (fingerprint === undefined) counters.hellosWithoutFingerprint += 1
    const proxied = this.#proxy !== undefined
    const record = tlsHelloRecord(sensor, this.#identity(), fact, fingerprint, proxied)
    this.#firstHello ??= { ja4: record.ja4, stableKey: record.stableKey, sni: record.sni }
    emit({ type: 'TlsHello', record })
  }

  #handshake(fact: HandshakeFact): void {
    const { sensor, judgement, emit, wanted } = this.#context
    if (fact.summary.serverVersion !== null) judgement.learn(this.#flow.facts, 'tls')
    if (wanted?.has('TlsHandshake') === false) return
    const record = tlsHandshakeRecord(sensor, this.#identity(), fact, this.#firstHello)
    emit({ type: 'TlsHandshake', record })
  }

  #sshConnection(fact: SshConnectionFact): void {
    const { sensor, judgement, emit } = this.#context
    if (fact.serverIdentification !== undefined) judgement.learn(this.#flow.facts, 'ssh')
    if (fact.client !== undefined) {
      this.#id = this.#idOf(fact.client.cookie)
      this.#hassh = hassh(fact.client)
    }
    emit({ type: 'SshConnection', record: sshConnectionRecord(sensor, this.#identity(), fact) })
  }

  #fault(fault: ConnectionFault): void {
    const { sensor, limits, counters, judgement } = this.#context
    this.#faults += 1
    if (this.#faults > limits.maxDeadLettersPerConnection) return
    counters.deadLetters += 1
    judgement.letter(deadLetterRecord(sensor, this.#identity(), fault, this.#faults - 1))
  }

  #idOf(nonce: Uint8Array): Uint8Array {
    const { clientAddress, clientPort } = this.#client()
    return connectionId(clientAddress, clientPort, nonce)
  }

  #identity(): ConnectionIdentity {
    const { facts } = this.#flow
    const { addresses = CLEAR_ADDRESSES } = this.#context.sensor
    const senderAddress = addresses.of(facts.clientAddress)
    return { facts, senderAddress, connectionId: this.#id, ...this.#client() }
  }

  /** Who a trusted proxy says the client is, else who sent the packets; addresses as records carry them. */
  #client(): Pick<ConnectionIdentity, 'clientAddress' | 'clientPort'> {
    const { facts } = this.#flow
    const { addresses = CLEAR_ADDRESSES } = this.#context.sensor
    const source = this.#proxy?.source
    if (source !== undefined && this.#context.trustsProxy(facts.clientAddress)) {
      return { clientAddress: addresses.of(source.address), clientPort: source.port }
    }
    return { clientAddress: addresses.of(facts.clientAddress), clientPort: facts.clientPort }
  }
}
