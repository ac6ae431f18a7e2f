/** How many of the last pings are compared. The fastest of them is the truest; older ones drift. */
const kept = 30

/**
 * The server's clock, learned from pings: of the last ones, that which came back fastest tells how far the server's
 * clock is from ours.
 */
export class ServerClock {
  #samples: { readonly roundTripMs: number; readonly offset: number }[] = []
  #best: { readonly roundTripMs: number; readonly offset: number } | null = null
  /** The server's time of day less its clock. */
  readonly #day: number | null

  /** What the first message says before any ping; it was under way for an unknown time. */
  constructor(hello: { readonly now: number; readonly clock: number } | null, now: number) {
    this.#day = hello !== null && hello.now > 0 ? hello.now - hello.clock : null
    if (hello !== null) this.#best = { roundTripMs: Infinity, offset: hello.clock - now }
  }

  /** A ping came back: sent and now by our clock, clock is the server's between the two. */
  pong(sent: number, now: number, clock: number): void {
    const roundTripMs = now - sent
    if (!(roundTripMs >= 0)) return
    this.#samples.push({ roundTripMs, offset: clock + roundTripMs / 2 - now })
    if (this.#samples.length > kept) this.#samples.shift()
    this.#best = this.#samples.reduce((best, one) => (one.roundTripMs <= best.roundTripMs ? one : best))
  }

  /** Of the fastest of the last pings; 0 until one came back. */
  get roundTripMs(): number {
    return this.#samples.length === 0 || this.#best === null ? 0 : this.#best.roundTripMs
  }

  /** Whether it is known at all. */
  get known(): boolean {
    return this.#best !== null
  }

  /** A moment of the server's clock, by ours. */
  local(clock: number): number {
    return clock - (this.#best?.offset ?? 0)
  }

  /** A time of day of the server, by our clock: its date may be wrong, its distance from now is not. */
  localOfDate(date: number): number | null {
    return this.#day === null ? null : this.local(date - this.#day)
  }

  /** A moment of our clock as the server's time of day. */
  dateOfLocal(at: number): number | null {
    return this.#day === null ? null : at + (this.#best?.offset ?? 0) + this.#day
  }
}
