import type { Command } from './protocol'
import { formatCommands } from './protocol'
import type { WebSocketLike } from './world'

/** How a connection ended: the server's words, if it said any. */
export interface Ended {
  readonly message: string
  /** When it may be tried again, in ms; 0: as we like. */
  readonly retryAfterMs: number
}

export const endedWithoutWords: Ended = { message: '', retryAfterMs: 0 }

/** One connection. Its messages go to the listener that it was made with. */
export interface Carrier {
  /** Commands are taken from the first message on; before that they are lost. */
  send(commands: readonly Command[]): void
  /** From the beginning to whatever ends it; never rejects. */
  run(signal: AbortSignal): Promise<Ended>
}

export interface CarrierConfig {
  /** Takes one whole message; what it throws ends the connection. */
  readonly onMessage: (message: Uint8Array<ArrayBuffer>) => void
}

export interface SocketConfig extends CarrierConfig {
  readonly open: () => WebSocketLike
}

/** So many bytes of commands that wait mean that nothing goes out any more. */
const maxWaiting = 1 << 20

/** The live connection as a WebSocket. */
export class SocketCarrier implements Carrier {
  readonly #config: SocketConfig
  #socket: WebSocketLike | null = null
  #end: () => void = () => undefined

  constructor(config: SocketConfig) {
    this.#config = config
  }

  send(commands: readonly Command[]): void {
    if (this.#socket === null) return
    if (this.#socket.bufferedAmount > maxWaiting) {
      this.#end()
      return
    }
    for (const text of formatCommands(commands)) this.#socket.send(text)
  }

  run(signal: AbortSignal): Promise<Ended> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve(endedWithoutWords)
        return
      }
      let socket: WebSocketLike
      try {
        socket = this.#config.open()
      } catch {
        // An address that the browser does not connect to.
        resolve(endedWithoutWords)
        return
      }
      const end = (): void => {
        signal.removeEventListener('abort', end)
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null
        this.#socket = null
        this.#end = () => undefined
        socket.close()
        resolve(endedWithoutWords)
      }
      this.#end = end
      signal.addEventListener('abort', end)
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => {
        this.#socket = socket
      }
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        try {
          // Text is nobody's: what is not, is an ArrayBuffer.
          if (typeof data === 'object') this.#config.onMessage(new Uint8Array(data as ArrayBuffer))
        } catch {
          end()
        }
      }
      socket.onclose = socket.onerror = end
    })
  }
}
