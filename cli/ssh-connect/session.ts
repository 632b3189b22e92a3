import {
  ClientDialogue,
  type ClientEffect,
  type ClientFault,
} from '../../gates/ssh/client/dialogue.ts'
import { type End, openSsh, openTcp, openVia } from '../../io/ssh-client/ends.ts'
import { laneTo, type Taker } from '../../io/ssh-client/lane.ts'
import { greeting } from './greet.ts'
import { type SshConnectOptions } from './options.ts'
import { tell } from './tell.ts'
import { isTrusted } from './trust.ts'

/** A server that says nothing for so long may be waiting for its client. */
const FIRST_LINE_WITHIN_MS = 15_000

const FAULTS: Readonly<Record<ClientFault, string>> = {
  'bad-packet': 'the gate sent what is no SSH packet',
  'bad-signature':
    'a message was not signed by this gate for this connection: somebody may be in between',
  'too-many-messages': 'the gate sends messages without end',
  'too-many-lines': 'the server sends lines without end before its identification string',
  'too-much-held': 'more came in than a dialogue with a gate can need',
}

/** Connects standard input and output to the server, answering the gate before it if there is one. Resolves with the exit code. */
export function runSession(options: SshConnectOptions): Promise<number> {
  return new Promise((resolve) => {
    new Session(options, resolve).start()
  })
}

const NO_GATE = { bind: new Uint8Array(0), sealKey: new Uint8Array(0) }

/** Reads of a side that wait in memory while something is answered. */
const MOST_WAITING = 16

class Session {
  readonly #options: SshConnectOptions
  readonly #done: (code: number) => void
  readonly #dialogue = new ClientDialogue()
  /** The server is gone: nobody needs to answer any more. */
  readonly #gone = new AbortController()
  readonly #ssh: End
  readonly #server: End
  /** What waits until a message of the gate is answered, so that nothing overtakes it. */
  readonly #later: (() => void)[] = []
  #isTalking = false
  #isOver = false
  #fromSsh: Taker = (bytes) => this.#feed(bytes, (copy) => this.#dialogue.fromSsh(copy))
  #fromServer: Taker = (bytes) => this.#feed(bytes, (copy) => this.#dialogue.fromServer(copy))
  #gate: { readonly bind: Uint8Array; readonly sealKey: Uint8Array } = NO_GATE

  constructor(options: SshConnectOptions, done: (code: number) => void) {
    this.#options = options
    this.#done = done
    this.#server = this.#openServer()
    this.#ssh = openSsh({
      take: (bytes) => this.#fromSsh(bytes),
      ended: () => {
        this.#inTurn(() => this.#server.writable.end())
      },
      failed: () => {
        this.#finish(0)
      },
    })
  }

  start(): void {
    setTimeout(() => {
      this.#perform(this.#dialogue.giveUpWaiting())
    }, FIRST_LINE_WITHIN_MS).unref()
  }

  #openServer(): End {
    const { host, port, via } = this.#options
    const handlers = {
      take: (bytes: Uint8Array) => this.#fromServer(bytes),
      ended: () => {
        this.#gone.abort()
        this.#inTurn(() =>
          this.#ssh.writable.end(() => {
            this.#finish(0)
          }),
        )
      },
      failed: (error: Error) => {
        this.#gone.abort()
        this.#inTurn(() => {
          // ssh says by itself that a connection that was there is gone.
          if (!this.#dialogue.isOver) tell(`${via ?? `${host} port ${port}`}: ${error.message}`)
          this.#finish(1)
        })
      },
    }
    return via === undefined ? openTcp(host, port, handlers) : openVia(via, handlers)
  }

  /** Bytes during the dialogue, copied, for their buffer is read into again. */
  #feed(bytes: Uint8Array, take: (copy: Buffer) => readonly ClientEffect[]): boolean {
    const copy = Buffer.from(bytes)
    this.#inTurn(() => {
      this.#perform(take(copy))
    })
    return this.#later.length < MOST_WAITING && !this.#dialogue.holdsEnough
  }

  #inTurn(task: () => void): void {
    if (this.#isTalking) this.#later.push(task)
    else task()
  }

  #perform(effects: readonly ClientEffect[]): void {
    for (const effect of effects) {
      this.#inTurn(() => {
        if (!this.#isOver) this.#do(effect)
      })
    }
  }
  #do(effect: ClientEffect): void {
    switch (effect.kind) {
      case 'to-server':
        this.#server.writable.write(Buffer.from(effect.bytes))
        return
      case 'to-ssh':
        this.#ssh.writable.write(Buffer.from(effect.bytes))
        return
      case 'advert':
        this.#gate = { ...this.#gate, sealKey: effect.advert.keys.seal }
        if (!isTrusted(effect.advert.keys, this.#options)) this.#finish(1)
        return
      case 'hello-wanted':
        this.#gate = { ...this.#gate, bind: effect.bind }
        this.#perform(this.#dialogue.say(greeting(effect.bind, this.#gate.sealKey, this.#options)))
        return
      case 'message':
        this.#answer(Buffer.from(effect.body))
        return
      case 'splice':
        this.#splice()
        return
      case 'fault':
        tell(`${FAULTS[effect.code]} (${effect.code})`)
        this.#finish(1)
    }
  }

  #splice(): void {
    if (this.#options.requireGate && !this.#dialogue.hasGate) {
      tell(`no gate before ${this.#options.host}, and --require-gate was given`)
      this.#finish(1)
      return
    }
    this.#fromSsh = laneTo(this.#server.writable, this.#ssh.resume)
    this.#fromServer = laneTo(this.#ssh.writable, this.#server.resume)
    this.#ssh.resume()
  }

  #answer(body: Buffer): void {
    this.#isTalking = true
    void this.#reply(body)
      .catch((error: unknown) => {
        tell(error instanceof Error ? error.message : String(error))
        this.#finish(1)
      })
      .then(() => {
        this.#isTalking = false
        this.#catchUp()
        this.#ssh.resume()
        this.#server.resume()
      })
  }

  /** What waited, in order, until there is something to answer again. */
  #catchUp(): void {
    while (!this.#isTalking) {
      const task = this.#later.shift()
      if (task === undefined) return
      task()
    }
  }

  async #reply(body: Buffer): Promise<void> {
    const { replyTo } = await import('./converse.ts')
    const reply = await replyTo(body, this.#gate, this.#options, this.#gone.signal)
    if (reply.kind === 'not-understood') {
      tell(`the gate's message is not understood (${reply.at}): a newer helper may be needed`)
      this.#finish(1)
    }
    if (reply.kind !== 'say') return
    for (const effect of this.#dialogue.say(reply.body)) this.#do(effect)
  }

  #finish(code: number): void {
    this.#isOver = true
    this.#gone.abort()
    this.#done(code)
  }
}
