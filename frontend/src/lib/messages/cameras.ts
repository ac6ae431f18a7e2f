/** Codes of problems that the page has words of its own for, beside the reasons of a stream's state. */
export const troubleCodes = [
  'unauthorized', 'forbidden', 'locked', 'not_supported', 'not_onvif', 'password_needed', 'address_not_allowed', 'busy',
  'no_multicast', 'no_interface', 'port_taken', 'unreachable', 'no_description', 'clock', 'without_onvif', 'too_many_found',
  'bad_request', 'not_found', 'not_editable', 'conflict', 'storage', 'too_many', 'timeout', 'no_answer', 'internal',
] as const

export type TroubleCode = (typeof troubleCodes)[number]

/** What happened, and what can be done; the latter may be empty. */
export interface TroubleWords {
  readonly what: string
  readonly todo: string
}

/** Every sentence of the page of cameras. It is loaded with that page. */
export interface CamerasMessages {
  readonly title: string
  readonly pages: string
  readonly wall: string
  readonly paste: string
  readonly import: string
  readonly find: string
  readonly filter: string
  readonly noMatch: (query: string) => string
  readonly loading: string

  readonly searchingOn: (interfaces: string, devices: number) => string
  readonly searching: (devices: number) => string
  readonly secondsLeft: (seconds: number) => string
  readonly foundSoFar: (devices: number) => string
  readonly noNews: string
  readonly moreInterfaces: (count: number) => string
  readonly range: string
  readonly rangeExample: string
  readonly searchRange: string
  readonly nothing: string
  readonly nothingWhy: string

  readonly name: string
  readonly address: string
  readonly offers: string
  readonly foundBy: string
  readonly ways: Readonly<Record<'ws-discovery' | 'ssdp' | 'probe', string>>
  readonly recorder: (name: string) => string
  readonly number: (number: number) => string
  readonly pictureOf: (name: string) => string
  readonly maybeCamera: string
  readonly asking: string
  readonly onTheWall: string
  readonly someOnTheWall: (count: number) => string
  readonly fromFile: string
  readonly fromFileWhy: string

  readonly needsPassword: string
  readonly passwordRefused: string
  readonly user: string
  readonly password: string
  readonly signIn: string
  readonly signInTo: (name: string) => string

  readonly add: string
  readonly addMany: (count: number) => string
  readonly addName: (name: string) => string
  readonly adding: string
  readonly tryIt: string
  readonly tryAgain: string
  readonly edit: string
  readonly editName: (name: string) => string
  readonly remove: string
  readonly removeName: (name: string) => string
  readonly details: string
  readonly detailsOf: (name: string) => string
  readonly channels: string
  readonly channelsOf: (name: string) => string
  readonly channelCount: (count: number) => string
  readonly channelsSplit: (all: number, withPicture: number, without: number) => string
  readonly channel: (number: number) => string
  readonly noVideo: string
  readonly noPicture: string
  readonly chooseAll: string
  readonly chooseNone: string

  readonly missing: string
  readonly others: (count: number) => string
  readonly kinds: Readonly<Record<'mediaServer' | 'router' | 'other', string>>

  readonly profiles: string
  readonly encoding: string
  readonly size: string
  readonly rate: string
  readonly quality: string
  readonly inUse: string
  readonly kbps: (rate: string) => string
  readonly fps: (rate: string) => string
  readonly wouldUse: Readonly<Record<'main' | 'sub', string>>
  readonly maker: string
  readonly firmware: string
  readonly serial: string
  readonly noOnvif: string

  readonly cancel: string
  readonly close: string
  readonly save: string
  readonly saving: string
  readonly test: string
  readonly testing: string
  readonly pasteHint: string
  readonly optional: string
  readonly cameraName: string
  readonly plays: (what: string) => string
  readonly foundAt: (address: string) => string
  readonly testPicture: string
  readonly added: (name: string) => string
  readonly audio: (codec: string) => string

  readonly importHint: string
  readonly importFile: string
  readonly importRead: (count: number, format: string) => string
  readonly importNone: (format: string) => string
  readonly importLeft: (count: number) => string
  readonly importDone: (count: number) => string
  readonly importTooLarge: string
  readonly where: string
  readonly state: string
  readonly willBeAdded: string
  readonly wasAdded: string
  readonly withSignIn: string

  readonly editTitle: (name: string) => string
  readonly cameraNumber: string
  readonly cameraText: string
  readonly cameraTextWhy: string
  readonly addressOf: (stream: string) => string
  readonly addressAsked: string
  readonly newPassword: string
  readonly passwordKept: string
  readonly forAll: (count: number) => string
  readonly transport: string
  readonly transports: Readonly<Record<'auto' | 'tcp' | 'udp', string>>
  readonly rotation: string
  readonly degrees: (degrees: number) => string
  readonly disabled: string
  readonly conflict: string
  readonly gone: string

  readonly removeTitle: (name: string) => string
  readonly removeWhat: string
  readonly removeAll: (count: number) => string
  readonly removeAllWhat: (count: number) => string

  readonly noAnswer: string
  readonly originalWords: (words: string) => string
  readonly troubles: Readonly<Record<TroubleCode, TroubleWords>>
}
