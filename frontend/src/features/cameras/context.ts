import type { CamerasSpeech } from '../../lib/messages/cameras-words'
import type { CamerasPage } from '../../lib/state/cameras-page.svelte'
import type { Sight } from '../../lib/ui/sight'
import type { World } from '../../world'

/** What every component of the page of cameras is given. */
export interface Scene {
  readonly world: World
  readonly page: CamerasPage
  readonly sight: Sight
  /** Changes with the language: read it within `$derived`. */
  readonly speech: CamerasSpeech
  /** Where the keyboard goes when what had the focus is no longer there. */
  readonly focusList: () => void
}
