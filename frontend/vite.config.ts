import { svelte } from '@sveltejs/vite-plugin-svelte'
import { svelteTesting } from '@testing-library/svelte/vite'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** Empties the folder before a build but for its placeholder, without which the Go package that embeds it has no files. */
function emptyAllButPlaceholder(): Plugin {
  let folder = ''
  return {
    name: 'camwall-empty-dist',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    buildStart() {
      for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
        if (entry !== '.gitkeep') rmSync(join(folder, entry), { recursive: true })
      }
    },
  }
}

export default defineConfig({
  plugins: [emptyAllButPlaceholder(), svelte(), svelteTesting()],
  build: {
    target: 'es2022',
    emptyOutDir: false,
    // The content security policy allows no data: address, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:8000', '/live': 'http://127.0.0.1:8000', '/stream': 'http://127.0.0.1:8000',
      '/ws': { target: 'http://127.0.0.1:8000', ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'jsdom',
    restoreMocks: true,
  },
})
