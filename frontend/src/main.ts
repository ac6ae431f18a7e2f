import { mount } from 'svelte'
import './app.css'
import App from './App.svelte'
import { browserWorld } from './world'

mount(App, { target: document.body, props: { world: browserWorld() } })
