import { defineConfig } from 'vitest/config'

// A real Chromium against the real server: no page is built here, the server's own is tested.
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
