/** Why a kiosk has no server, as its codes say it. */
export const kioskCodes = ['no_socket', 'refused', 'denied', 'no_network', 'no_such_host', 'no_route', 'dial_timeout', 'certificate', 'no_server', 'ended'] as const

export type KioskCode = (typeof kioskCodes)[number]

/** Every sentence of a locked screen. They are loaded with what locks it. */
export interface KioskMessages {
  readonly noConnectionSince: (time: string, duration: string) => string
  /** Where the clock is not set, and a time of day would be wrong. */
  readonly noConnectionFor: (duration: string) => string
  readonly thisScreen: (host: string, addresses: string) => string
  readonly noAddress: (host: string) => string
  readonly tryingAgain: string
  /** What has happened, and what can be done. */
  readonly reasons: Readonly<Record<KioskCode, readonly [string, string]>>

  readonly padTitle: string
  readonly padHow: string
  readonly typed: (digits: number) => string
  readonly rubOut: string
  readonly leave: string
  readonly reload: string
  readonly cancel: string
  readonly checking: string
  readonly wrong: string
  readonly triesLeft: (tries: number) => string
  readonly wait: (duration: string) => string
  readonly leaving: string
  readonly reloading: string
  readonly failed: string
  readonly noPin: string
  readonly noPinHow: string
}
