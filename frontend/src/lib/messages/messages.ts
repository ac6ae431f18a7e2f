/** Why a camera is away, as the server's codes say it. */
export const reasons = [
  'stream_not_found',
  'transport',
  'no_video',
  'unknown_codec',
  'dial_timeout',
  'refused',
  'no_such_host',
  'certificate',
  'picture_timeout',
  'silence',
  'ended',
  'protocol',
  'undecodable',
] as const

export type Reason = (typeof reasons)[number]

/** Every sentence of the page. A language is one object of this type, so none can be forgotten. */
export interface Messages {
  /** Its name in itself. */
  readonly language: string
  /** Whether the server's own sentences are in this language: they know more (addresses, numbers) than a code. */
  readonly serverSpeaksIt: boolean
  /** Ends a sentence that has none, and what stands between two. */
  readonly fullStop: string
  readonly wall: string
  readonly cameraNumber: (number: number) => string

  readonly connecting: string
  readonly behind: (seconds: string) => string
  readonly unchangedFor: (duration: string) => string
  readonly reducedLink: string
  readonly reducedScreen: string
  readonly noPictureFor: (duration: string) => string
  readonly noPicture: string
  readonly noVideo: string
  readonly offline: string
  readonly offlineSince: (time: string) => string
  readonly offlineFor: (duration: string) => string
  readonly nextTryIn: (duration: string) => string
  readonly nextTryAt: (time: string) => string
  readonly passwordRefused: string
  readonly passwordNextTry: (time: string) => string
  readonly passwordNextTryIn: (duration: string) => string
  readonly busy: string
  readonly disabled: string
  readonly starting: string
  readonly pausedSince: (time: string) => string
  readonly stopped: string
  readonly pictureOf: (time: string, age: string) => string
  readonly live: string
  readonly refused: string
  readonly unknownCamera: string
  readonly tooMany: string

  readonly enterPassword: string
  readonly signInTitle: (name: string) => string
  readonly user: string
  readonly password: string
  readonly forAll: (count: number) => string
  readonly provisioned: string
  readonly signInFailed: string
  readonly cancel: string
  readonly save: string
  readonly saving: string

  readonly camerasOf: (count: number, device: string) => string
  readonly camerasAway: (count: number) => string
  readonly says: (who: string, what: string) => string

  readonly seconds: (count: number) => string
  readonly minutes: (count: number) => string
  readonly hours: (count: number) => string

  readonly serverGone: string
  readonly serverBlind: string
  readonly serverError: string
  readonly serverMute: string
  readonly tryingAgain: string
  readonly tryingAgainIn: (duration: string) => string
  readonly tryNow: string

  readonly pageLost: string

  readonly walls: string
  readonly allCameras: string
  readonly unknownWall: (name: string) => string
  readonly unknownWallWhy: string
  readonly noWalls: string
  readonly holdRotation: string
  readonly fullScreen: string

  readonly cameras: string
  readonly findCameras: string
  readonly pasteAddress: string
  readonly importCameras: string
  readonly emptyTitle: string
  readonly emptyCommand: string
  readonly emptyFile: string
  readonly emptyDemo: string

  readonly help: string
  readonly close: string
  readonly panels: (count: number) => string
  readonly information: string
  readonly previousPage: string
  readonly nextPage: string
  readonly page: (page: number, pages: number) => string
  readonly otherLanguage: string
  readonly keys: {
    readonly arrows: string
    readonly enlarge: string
    readonly back: string
    readonly fullScreen: string
    readonly wall: string
    readonly page: string
    readonly hold: string
    readonly swap: string
    readonly swapBack: string
    readonly find: string
    readonly information: string
    readonly snapshot: string
    readonly sound: string
    readonly ptz: string
    readonly zoom: string
    readonly zoomBack: string
    readonly menu: string
    readonly edit: string
    readonly undo: string
    readonly cameras: string
    readonly help: string
  }

  readonly reasons: Readonly<Record<Reason, string>>

  readonly asItIs: (codec: string) => string
  readonly paintedFps: (fps: string) => string
  readonly paintDelay: (ms: string, p95: string) => string
  readonly dropped: (count: string) => string
  readonly pictureAge: (duration: string) => string
  readonly ways: Readonly<Record<'socket' | 'stream', string>>
  /** Why pictures do not come as the camera sends them. */
  readonly whys: Readonly<Record<'insecure' | 'unsupported' | 'error' | 'slow' | 'codec' | 'link', string>>
}
