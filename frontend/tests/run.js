// Runs a program of the tests that is written in TypeScript: node tests/run.js tests/soak/soak.ts 30
import { resolve } from 'node:path'
import process from 'node:process'
import { runnerImport } from 'vite'

const [, , file = '', ...parameters] = process.argv
const { module } = await runnerImport(resolve(file), { configFile: false, logLevel: 'error' })
process.exitCode = await module.main(parameters)
