import type { Camera } from '../api/camera'

/** The cameras that the words are about: by number, name, id or text. Every word has to be found; a camera of that very number is first. */
export function findCameras(cameras: readonly Camera[], query: string): readonly Camera[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return cameras
  const found = cameras.filter((camera) => words.every((word) => says(camera, word)))
  const number = words.length === 1 && /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : 0
  if (number === 0) return found
  return [...found.filter((camera) => camera.number === number), ...found.filter((camera) => camera.number !== number)]
}

function says({ id, name, number, text }: Camera, word: string): boolean {
  return [id, name, text, number > 0 ? String(number) : ''].some((one) => one.toLocaleLowerCase().includes(word))
}

/** What people call it: its name, else its id. */
export function nameOf({ id, name }: Pick<Camera, 'id' | 'name'>): string {
  return name || id
}

export function byId(cameras: readonly Camera[]): ReadonlyMap<string, Camera> {
  return new Map(cameras.map((camera) => [camera.id, camera]))
}

/** One word for a camera's state in a list; null while there is nothing to say. */
export function stateWord({ state }: Camera): 'off' | 'away' | 'refused' | 'busy' | 'live' | null {
  switch (state) {
    case 'live':
      return 'live'
    case 'disabled':
      return 'off'
    case 'silent':
    case 'retrying':
      return 'away'
    case 'unauthorized':
      return 'refused'
    case 'busy':
      return 'busy'
    case 'idle':
    case 'connecting':
      return null
    default:
      return state satisfies never
  }
}
