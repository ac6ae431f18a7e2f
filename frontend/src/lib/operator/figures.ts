import { call, json, type CallConfig } from '../api/call'
import { field, text, texts, time } from '../api/json'
import type { Result } from '../api/result'

/** The machine that the server runs on. */
export interface System {
  readonly name: string
  readonly version: string
  readonly addresses: readonly string[]
  readonly started: number | null
}

/** Counters of one stream, as the server keeps them since its start. */
export interface Counters {
  readonly camera: string
  readonly stream: string
  readonly viewers: number
  readonly fps: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly picturesSent: number
  readonly packetsLost: number
  readonly reconnects: number
}

/** All that the server counts, at one time. */
export interface Tally {
  readonly at: number
  readonly streams: readonly Counters[]
  readonly viewers: number
  readonly memoryBytes: number
}

/** A stream's counters as rates. */
export interface StreamRates extends Counters {
  readonly receivedBits: number
  readonly sentBits: number
  readonly sentFps: number
}

export async function askSystem(config: CallConfig, signal: AbortSignal): Promise<Result<System>> {
  return call(config, { path: '/api/v1/system', read: json(decodeSystem) }, signal)
}

export async function askTally(config: CallConfig, now: () => number, signal: AbortSignal): Promise<Result<Tally>> {
  return call(config, { path: '/metrics', read: async (response) => readTally(await response.text(), now()) }, signal)
}

function decodeSystem(body: unknown): System | null {
  if (typeof field(body, 'version') !== 'string') return null
  return { name: text(body, 'name'), version: text(body, 'version'), addresses: texts(body, 'addresses'), started: time(body, 'started') }
}

const names: Readonly<Record<string, Exclude<keyof Counters, 'camera' | 'stream'>>> = {
  camwall_stream_viewers: 'viewers',
  camwall_stream_fps: 'fps',
  camwall_stream_received_bytes_total: 'receivedBytes',
  camwall_stream_sent_bytes_total: 'sentBytes',
  camwall_stream_pictures_sent_total: 'picturesSent',
  camwall_stream_packets_lost_total: 'packetsLost',
  camwall_stream_reconnects_total: 'reconnects',
}

const none = { viewers: 0, fps: 0, receivedBytes: 0, sentBytes: 0, picturesSent: 0, packetsLost: 0, reconnects: 0 }

/** Reads Prometheus' text format as far as it is ours; null when there is none of it. */
export function readTally(body: string, at: number): Tally | null {
  const streams = new Map<string, Counters>()
  let viewers = 0
  let memoryBytes = 0
  let ours = false
  for (const line of body.split('\n')) {
    const [, name = '', labels = '', number = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? []
    const value = Number(number)
    if (name === '' || number === '' || !Number.isFinite(value)) continue
    ours ||= name.startsWith('camwall_')
    if (name === 'camwall_viewers') viewers += value
    else if (name === 'process_resident_memory_bytes') memoryBytes = value
    const counter = names[name]
    const camera = label(labels, 'camera')
    if (counter === undefined || camera === '') continue
    const stream = label(labels, 'stream')
    const key = `${camera}/${stream}`
    streams.set(key, { ...(streams.get(key) ?? { camera, stream, ...none }), [counter]: value })
  }
  return ours ? { at, streams: [...streams.values()], viewers, memoryBytes } : null
}

function label(labels: string, name: string): string {
  const [, value = ''] = new RegExp(`(?:^|,)${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(labels) ?? []
  return value.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))
}

/** What happened between two tallies, a second. A server that began anew counts from nothing: no rates then. */
export function ratesOf(before: Tally | null, now: Tally): StreamRates[] {
  const seconds = before === null ? 0 : (now.at - before.at) / 1000
  return now.streams.map((stream) => {
    const old = before?.streams.find(({ camera, stream: name }) => camera === stream.camera && name === stream.stream)
    const rate = (counter: 'receivedBytes' | 'sentBytes' | 'picturesSent'): number => {
      const grown = old === undefined ? 0 : stream[counter] - old[counter]
      return seconds > 0 && grown > 0 ? grown / seconds : 0
    }
    return { ...stream, receivedBits: rate('receivedBytes') * 8, sentBits: rate('sentBytes') * 8, sentFps: rate('picturesSent') }
  })
}
