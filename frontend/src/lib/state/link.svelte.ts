import type { Link as LiveLink, LiveClient } from '../live/client'
import type { ServerState } from './server.svelte'

/** What is said of our own server, once for the whole page. */
export type LinkView =
  | { readonly kind: 'fine' }
  /** Neither pictures nor answers: nothing on the page is live. */
  | { readonly kind: 'gone'; readonly status: number; readonly nextTry: number | null }
  /** Answers come, and pictures do not. The message is the server's, and may be empty. */
  | { readonly kind: 'blind'; readonly message: string; readonly nextTry: number | null }
  /** Pictures come, and answers do not. */
  | { readonly kind: 'mute'; readonly nextTry: number | null }

/** Joins what the live connection and the calls know of our own server. */
export class LinkState {
  readonly #live: Pick<LiveClient, 'onLink' | 'askNow'>
  readonly #server: ServerState
  #link = $state.raw<LiveLink>({ kind: 'connecting' })
  #following = $state(false)
  /** There was a connection, or a try that failed: from now on "connecting" is a loss. */
  #tried = $state(false)
  /** How many answers there were when the connection was lost: later ones come without it. */
  #answersBefore = $state(0)

  constructor(live: Pick<LiveClient, 'onLink' | 'askNow'>, server: ServerState) {
    this.#live = live
    this.#server = server
  }

  readonly view: LinkView = $derived.by(() => {
    const asked = this.#server.link
    const down = asked.kind === 'down' ? asked : null
    const link = this.#link
    if (this.#following && link.kind === 'up') return down === null ? { kind: 'fine' } : { kind: 'mute', nextTry: down.nextTry }
    if (this.#following && this.#tried) {
      const { nextTry, message } = link.kind === 'down' ? link : { nextTry: null, message: '' }
      if (down === null && this.#server.answers > this.#answersBefore) return { kind: 'blind', message, nextTry }
      return { kind: 'gone', status: down?.problem.status ?? 0, nextTry }
    }
    return down === null ? { kind: 'fine' } : { kind: 'gone', status: down.problem.status, nextTry: down.nextTry }
  })

  /** Whether nothing on the page is live. */
  get gone(): boolean {
    return this.view.kind === 'gone' || this.view.kind === 'blind'
  }

  /** Whether the live connection is there. */
  get up(): boolean {
    return this.#link.kind === 'up'
  }

  /** Follows the live connection until the returned function is called. */
  start(): () => void {
    this.#following = true
    this.#tried = false
    this.#answersBefore = this.#server.answers
    const leave = this.#live.onLink((link) => {
      // The calls find out sooner whether the server is back than their next turn.
      if (link.kind === 'down' && this.#link.kind === 'up') {
        this.#answersBefore = this.#server.answers
        this.#server.askNow()
      }
      // Pictures have come back: so have answers, whose next turn may be seconds away.
      if (link.kind === 'up' && this.#server.link.kind === 'down') this.#server.askNow()
      if (link.kind !== 'connecting') this.#tried = true
      this.#link = link
    })
    return () => {
      leave()
      this.#following = false
      this.#link = { kind: 'connecting' }
    }
  }

  /** Tries both at once. */
  askNow(): void {
    this.#live.askNow()
    this.#server.askNow()
  }
}
