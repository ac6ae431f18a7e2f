import type { Fetch } from '../api/fetch'
import { problemOf } from '../api/result'
import { formatCommands, MessageReader, type Command } from './protocol'
import { endedWithoutWords, type Carrier, type CarrierConfig, type Ended } from './socket'

export interface BodyConfig extends CarrierConfig {
  readonly fetch: Fetch
  /** Where the endless answer is; commands go below it. */
  readonly address: string
}

/** Commands are gathered for so long. */
const gatherMs = 40

/** The live connection where there are no WebSockets: an endless answer, and a request for each batch of commands. */
export class BodyCarrier implements Carrier {
  readonly #config: BodyConfig
  #id = ''
  #waiting: Command[] = []
  #posting = false
  #call = new AbortController()

  constructor(config: BodyConfig) {
    this.#config = config
  }

  /** The first message has said where commands go. */
  named(id: string): void {
    this.#id = id
  }

  send(commands: readonly Command[]): void {
    if (this.#call.signal.aborted || this.#id === '') return
    this.#waiting.push(...commands)
    if (!this.#posting) void this.#post()
  }

  async run(signal: AbortSignal): Promise<Ended> {
    const call = this.#call
    const stop = (): void => call.abort()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    // A reader whose network process died waits without an error, so it is not waited for.
    const stopped = new Promise<Ended>((resolve) => {
      call.signal.addEventListener('abort', () => resolve(endedWithoutWords))
    })
    try {
      return call.signal.aborted ? endedWithoutWords : await Promise.race([this.#read(call.signal), stopped])
    } catch {
      return endedWithoutWords
    } finally {
      signal.removeEventListener('abort', stop)
      call.abort()
    }
  }

  async #read(signal: AbortSignal): Promise<Ended> {
    const response = await this.#config.fetch(this.#config.address, { signal, cache: 'no-store' })
    if (!response.ok || response.body === null) {
      const problem = await problemOf(response)
      return { message: problem.detail || problem.title, retryAfterMs: problem.retryAfterMs ?? 0 }
    }
    const messages = new MessageReader()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || signal.aborted) return endedWithoutWords
      for (const message of messages.push(value)) this.#config.onMessage(message)
    }
  }

  /** One request at a time, so that commands arrive in order. */
  async #post(): Promise<void> {
    this.#posting = true
    const { signal } = this.#call
    try {
      while (this.#waiting.length > 0 && !signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, gatherMs))
        for (const body of formatCommands(this.#waiting.splice(0))) {
          const response = await this.#config.fetch(`${this.#config.address}/${this.#id}`, {
            method: 'POST', body, signal, headers: { 'Content-Type': 'application/json' },
          })
          if (!response.ok) throw new Error('the server takes no commands')
        }
      }
    } catch {
      this.#call.abort()
    } finally {
      this.#posting = false
    }
  }
}
