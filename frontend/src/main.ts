import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { develop } from './lib/state/keepsake'
import { browserWorld } from './world'

/** Nobody waits longer than this for old pictures. */
const developMs = 500

async function begin(): Promise<void> {
  const world = browserWorld()
  const stop = world.beat?.start()
  try {
    // What the page before this one has left is in the first picture of this one.
    if (world.kept !== null) await develop(world.kept, developMs)
    mount(App, { target: document.body, props: { world } })
  } catch (error) {
    // A page that could not begin does not live, whatever else of it goes on.
    stop?.()
    throw error
  }
  // So that what watches over old browsers knows that this one is none.
  document.documentElement.dataset['begun'] = ''
}

void begin()
