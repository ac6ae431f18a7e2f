import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { browserWorld } from './world'

mount(App, { target: document.body, props: { world: browserWorld() } })
// So that what watches over old browsers knows that this one is none.
document.documentElement.dataset['begun'] = ''
