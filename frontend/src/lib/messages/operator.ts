import type { Flaw } from '../operator/wall-check'
import type { Preset } from '../operator/wall-layout'

/** Every sentence of the operator's tools. They are loaded with those. */
export interface OperatorMessages {
  readonly cancel: string
  readonly close: string
  readonly save: string
  readonly saving: string
  readonly saved: string
  readonly discard: string
  readonly remove: string
  /** Our words, and the server's own behind them where they say more. */
  readonly serverWords: (ours: string, theirs: string) => string

  /** Digits that are typed, and what Enter would do. */
  readonly typed: (digits: string) => string
  readonly unknownNumber: (number: number) => string
  readonly takenBack: string
  /** Said on the tile. */
  readonly swapped: string

  readonly menu: string
  readonly menuOf: (name: string) => string
  readonly enlarge: string
  readonly reduce: string
  readonly pause: string
  readonly play: string
  readonly stop: string
  readonly retry: string
  readonly snapshot: string
  readonly soundOn: string
  readonly soundOff: string
  readonly zoomIn: string
  readonly zoomOut: string
  readonly zoomReset: string
  readonly zoomTimes: (times: string) => string
  readonly ptz: string
  readonly ptzOff: string
  readonly putBack: string
  readonly settings: string
  readonly statistics: string
  readonly showAlone: string

  readonly snapshotSaved: (name: string) => string
  readonly snapshotShown: (name: string) => string
  readonly snapshotNone: string
  readonly snapshotNotKept: string
  readonly snapshotNoAnswer: string
  readonly retrying: string
  readonly noSound: string

  readonly ptzOf: (name: string) => string
  readonly ptzHow: string
  readonly ptzPresets: string
  readonly ptzNoPresets: string
  readonly ptzPreset: (place: number, name: string) => string
  readonly ptzHome: string
  readonly ptzCannot: string
  readonly ptzTroubles: Readonly<Record<'not_supported' | 'unauthorized' | 'forbidden' | 'bad_request' | 'no_answer' | 'other', string>>

  readonly cameras: string
  readonly search: string
  readonly findCamera: string
  readonly noCameras: string
  readonly noMatch: (query: string) => string
  readonly matches: (count: number) => string
  readonly enterPuts: string
  readonly enterOpens: string
  readonly states: Readonly<Record<'live' | 'off' | 'away' | 'refused' | 'busy', string>>

  readonly walls: string
  readonly allCameras: string
  readonly newWall: string
  readonly editWall: string
  readonly editOf: (wall: string) => string
  readonly copyOf: (wall: string) => string
  readonly copy: string
  readonly removeOf: (wall: string) => string
  readonly removeSure: (wall: string) => string
  readonly fromFile: string
  readonly fromFileWhy: string
  readonly noWalls: string
  readonly wallTitle: string
  readonly wallAddress: (path: string) => string
  readonly layout: string
  readonly presetName: (preset: Preset) => string
  readonly free: string
  readonly columns: string
  readonly rows: string
  readonly withCameras: string
  readonly make: string

  readonly grid: string
  readonly cellAt: (column: number, row: number) => string
  readonly emptyCell: string
  readonly emptyTile: string
  readonly tileAt: (what: string, column: number, row: number, width: number, height: number) => string
  readonly editHow: string
  readonly undo: string
  readonly redo: string
  readonly picked: (what: string) => string
  readonly dropped: (what: string, column: number, row: number) => string
  readonly putBackDown: string
  readonly resized: (what: string, width: number, height: number) => string
  readonly removed: (what: string) => string
  readonly added: (column: number, row: number) => string
  readonly put: (camera: string, column: number, row: number) => string
  readonly cannot: string
  readonly undone: string
  readonly redone: string
  readonly unsavedSure: string

  readonly tile: string
  readonly tileCameras: string
  readonly addCamera: string
  readonly removeCamera: (name: string) => string
  readonly dwellCameras: string
  readonly fit: string
  readonly fits: Readonly<Record<'contain' | 'cover' | 'fill', string>>
  readonly stream: string
  readonly streams: Readonly<Record<'auto' | 'main' | 'sub', string>>
  readonly text: string
  readonly textNote: string
  readonly overlay: string
  readonly overlays: Readonly<Record<'number' | 'name' | 'clock' | 'statistics', string>>
  readonly crop: string
  readonly cropWhole: string
  readonly cropFields: Readonly<Record<'x' | 'y' | 'width' | 'height', string>>
  readonly split: string
  readonly splitDone: string
  readonly removeTile: string
  readonly gone: string

  readonly page: (page: number, pages: number) => string
  readonly pages: string
  readonly addPage: string
  readonly removePage: string
  readonly pageBefore: string
  readonly pageAfter: string
  readonly pageTitle: string
  readonly pageDwell: string
  readonly seconds: string

  readonly conflict: string
  readonly conflictGone: string
  readonly conflictTaken: string
  readonly takeTheirs: string
  readonly keepMine: string
  readonly keepBoth: string
  readonly flaws: Readonly<Record<Flaw['kind'], string>>
  readonly flawAt: (what: string, page: number, tile: number | null) => string

  readonly thisScreen: string
  readonly theServer: string
  readonly camera: string
  readonly format: string
  readonly rate: string
  readonly delay: string
  readonly bits: string
  readonly size: string
  readonly note: string
  readonly viewers: string
  readonly fromCamera: string
  readonly toViewers: string
  readonly lost: string
  readonly reconnects: string
  readonly version: string
  readonly machine: string
  readonly runsSince: (time: string) => string
  readonly addresses: string
  readonly memory: string
  readonly allViewers: string
  readonly roundTrip: (ms: string) => string
  readonly received: (bits: string) => string
  readonly nothingShown: string
  readonly notLive: string
  readonly reduced: Readonly<Record<'link' | 'screen', string>>
  readonly whys: Readonly<Record<'insecure' | 'unsupported' | 'error' | 'slow' | 'codec' | 'link', string>>

  readonly troubles: Readonly<Record<'not_editable' | 'storage' | 'no_answer' | 'timeout' | 'not_found' | 'other', string>>
}
