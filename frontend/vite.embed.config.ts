import { defineConfig } from 'vite'

/** camwall.js: one classic script for pages of others. It is built after the page, into the same folder. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022',
    emptyOutDir: false,
    lib: { entry: 'src/embed/camwall.ts', formats: ['iife'], name: 'camwallScript', fileName: () => 'camwall.js' },
  },
})
