import type { KioskState } from '../lib/kiosk/state'

/** What a kiosk answers whose server is there, but for what the test says. */
export function kioskAnswer(but: Partial<KioskState> = {}): KioskState {
  return {
    home: '/wall/hall', wall: 'hall', output: 'HDMI-A-1', host: 'terminal-7', addresses: ['192.0.2.7'], ready: true, since: 1000, code: '', reason: '', hint: '',
    clockSet: true, key: 'Ctrl+Alt+Q', pin: true, dim: 100, shift: true, version: '1', ...but,
  }
}
