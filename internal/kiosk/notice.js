'use strict'
const zh = /^zh\b/i.test(navigator.language)
const t = (en, tw) => (zh ? tw : en)
const $ = (id) => document.getElementById(id)
const pollMs = 500, pressMs = 3000, cornerPx = 88, tremblePx = 20, padMs = 30000, handMs = 3000
let state = null
document.documentElement.lang = t('en', 'zh-Hant')
$('head').textContent = t('Starting...', '啟動中…')

// Words of what is known by its code; all else is told as it came.
const words = {
  no_socket: ['攝影機牆伺服器的連接點不存在', 'camwall-server 是否正在執行？'],
  refused: ['伺服器拒絕連線', '伺服器是否正在執行？'],
  denied: ['這個使用者不能開啟伺服器的連接點', '請把它加入伺服器的群組'],
  no_network: ['這個螢幕還沒有網路位址', '請檢查網路線，以及網路是否分配位址（DHCP）'],
  no_such_host: ['找不到伺服器的名稱', '請檢查名稱與這個網路的名稱伺服器（DNS）'],
  no_route: ['沒有通往伺服器的路徑', '請檢查網路線、交換器與路由器'],
  dial_timeout: ['伺服器沒有回應', '那部機器是否已開機？'],
  certificate: ['伺服器的憑證不受信任', '請檢查名稱，以及這個螢幕的時鐘'],
  misdirected: ['伺服器不接受以這個名稱連線', '請把這個名稱加入伺服器 camwall.yaml 的 hosts'],
  no_page: ['伺服器有回應，但沒有這面牆的完整頁面', '請檢查伺服器的記錄，以及兩者的版本是否相同'],
  no_server: ['對方有回應，但不是 Camwall 伺服器', '請檢查位址與版本'],
  ended: ['與伺服器的連線中斷', '正在重試'],
}

function lasting(ms) {
  const s = Math.floor(ms / 1000)
  if (s < 60) return t(`${s} s`, `${s} 秒`)
  if (s < 3600) return t(`${Math.floor(s / 60)} min`, `${Math.floor(s / 60)} 分鐘`)
  const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60
  return t(`${h} h ${m} min`, `${h} 小時 ${m} 分鐘`)
}

function headline() {
  if (state.ready && state.reason) return t('The wall can\'t be shown', '無法顯示畫面牆')
  if (state.ready || (!state.begun && state.since < 30000)) return t('Starting...', '啟動中…')
  const long = lasting(state.since)
  if (!state.clockSet) return t(`No connection for ${long}`, `已中斷連線 ${long}`)
  const at = new Date(Date.now() - state.since)
  const old = state.since > 72e6
  const time = at.toLocaleString(zh ? 'zh-Hant' : /^en\b/i.test(navigator.language) ? navigator.language : 'en-GB', old ? { dateStyle: 'medium', timeStyle: 'short' } : { timeStyle: 'short' })
  return t(`No connection since ${time} (for ${long})`, `自 ${time} 起沒有連線（已 ${long}）`)
}

function sentence(text) {
  return text && text[0].toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? '' : '.')
}

function tell() {
  const told = zh ? words[state.code] : undefined
  $('head').textContent = headline()
  $('why').textContent = told ? told[0] : sentence(state.reason)
  $('hint').textContent = told ? told[1] : sentence(state.hint)
  $('tried').textContent = state.begun || state.reason ? t('It is tried again every second.', '每秒重試一次。') : ''
  const facts = [
    [t('This screen', '這個螢幕'), [state.host, state.output].filter(Boolean).join(' · ')],
    [t('Address', '位址'), state.addresses.join(', ') || t('none yet', '尚未取得')],
    [t('Wall', '畫面牆'), state.wall],
    [t('Server', '伺服器'), state.server],
  ].filter(([, value]) => value)
  $('facts').replaceChildren(...facts.flatMap(([name, value]) => {
    const dt = document.createElement('dt'), dd = document.createElement('dd')
    dt.textContent = name
    dd.textContent = value
    return [dt, dd]
  }))
  // So that nothing burns in.
  const step = Math.floor(performance.now() / 60000) % 4
  $('all').style.transform = `translate(${[0, 8, 8, 0][step]}px,${[0, 0, 8, 8][step]}px)`
  $('all').style.opacity = String(Math.max(0.05, state.dim / 100))
}

async function poll() {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), 5000)
  try {
    const response = await fetch('/kiosk/state', { cache: 'no-store', signal: late.signal })
    if (response.ok) {
      state = await response.json()
      tell()
      // A wall that was here a moment ago, and was none, is not asked for too often.
      const early = location.pathname === state.home && performance.now() < 2000
      if (state.ready && $('pad').hidden && !early) return void location.replace(state.home)
    }
  } catch {
    // The next try follows.
  } finally {
    clearTimeout(timer)
  }
  setTimeout(() => void poll(), pollMs)
}

let pin = '', closing, busy = false
function show() {
  $('dots').textContent = '•'.repeat(pin.length)
  clearTimeout(closing)
  closing = setTimeout(close, padMs)
}
function type(digit) {
  if (pin.length < 12) pin += digit
  $('said').textContent = ''
  show()
}
function erase() {
  pin = pin.slice(0, -1)
  show()
}
function open() {
  if (!state || !state.pin || !$('pad').hidden) return
  pin = ''
  $('said').textContent = ''
  $('pad').hidden = false
  document.body.classList.add('hand')
  show()
}
function close() {
  clearTimeout(closing)
  pin = ''
  $('pad').hidden = true
  document.body.classList.remove('hand')
}
async function send(action) {
  if (busy || pin === '') return
  busy = true
  const sent = pin
  pin = ''
  show()
  try {
    const response = await post('/kiosk/unlock', { pin: sent, action })
    if (response.ok) return close()
    const wait = Number(response.headers.get('Retry-After'))
    if (response.status === 429) $('said').textContent = t(`Too many wrong PINs. Try again in ${lasting(wait * 1000)}.`, `錯誤次數過多，請於 ${lasting(wait * 1000)}後再試。`)
    else {
      const { triesLeft } = await response.json()
      $('said').textContent = triesLeft > 0 ? t(`Wrong PIN. ${triesLeft === 1 ? 'One more try' : `${triesLeft} more tries`}.`, `PIN 錯誤，還可試 ${triesLeft} 次。`) : t('Wrong PIN. It rests for a while now.', 'PIN 錯誤，請稍候再試。')
    }
  } catch {
    $('said').textContent = t('It did not work. Try again.', '未成功，請再試一次。')
  } finally {
    busy = false
  }
}
function button(text, name, act) {
  const b = document.createElement('button')
  b.type = 'button'
  b.textContent = text
  b.setAttribute('aria-label', name)
  b.addEventListener('click', act)
  return b
}
$('ask').textContent = t('PIN of this screen', '這個螢幕的 PIN')
$('pad').setAttribute('aria-label', $('ask').textContent)
$('keys').append(...'123456789'.split('').map((d) => button(d, d, () => type(d))),
  button('⌫', t('Delete', '刪除'), erase), button('0', '0', () => type('0')), button('✕', t('Close', '關閉'), close))
for (const [action, text] of [['reload', t('Load anew', '重新載入')], ['leave', t('Leave', '離開')]]) $('acts').append(button(text, text, () => void send(action)))

// Whether the key of the PIN pad is pressed: by what it writes, or where it stands.
function isKey(e) {
  const parts = (state?.key ?? '').toLowerCase().split('+'), key = parts.pop()
  return key !== '' && (e.key.toLowerCase() === key || e.code.toLowerCase() === `key${key}` || e.code.toLowerCase() === `digit${key}`)
    && ['ctrl', 'alt', 'shift', 'meta'].every((name) => e[`${name}Key`] === parts.includes(name))
}
addEventListener('keydown', (e) => {
  if (isKey(e)) open()
  else if ($('pad').hidden) return
  else if (/^\d$/.test(e.key)) type(e.key)
  else if (e.key === 'Backspace') erase()
  else if (e.key === 'Escape') close()
  else if (e.key === 'Enter' && e.target.tagName !== 'BUTTON') void send('leave')
  else return
  e.preventDefault()
})
let held, from
const letGo = () => clearTimeout(held)
addEventListener('pointerdown', (e) => {
  letGo()
  from = e
  const x = Math.min(e.clientX, innerWidth - e.clientX), y = Math.min(e.clientY, innerHeight - e.clientY)
  if (e.isPrimary && e.button === 0 && Math.max(x, y) <= cornerPx) held = setTimeout(open, pressMs)
})
let resting
addEventListener('pointermove', (e) => {
  if (from && Math.hypot(e.clientX - from.clientX, e.clientY - from.clientY) > tremblePx) letGo()
  if (e.pointerType !== 'mouse' || (e.movementX === 0 && e.movementY === 0)) return
  document.body.classList.add('hand')
  clearTimeout(resting)
  resting = setTimeout(() => $('pad').hidden && document.body.classList.remove('hand'), handMs)
})
for (const name of ['pointerup', 'pointercancel']) addEventListener(name, letGo)
for (const name of ['contextmenu', 'selectstart', 'dragstart']) addEventListener(name, (e) => e.preventDefault())
void poll()

// The window is told that this page lives and paints.
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
let painted = performance.now()
setInterval(() => requestAnimationFrame(() => (painted = performance.now())), 1000)
async function beat() {
  try {
    const response = await post('/window/beat', { painted: Math.round(performance.now() - painted), hidden: document.hidden })
    if (response.status === 404) clearInterval(beating)
    else if ((await response.json()).renew) await post('/window/renew', {})
  } catch {
    // The next one tells it.
  }
}
const beating = setInterval(() => void beat(), 2000)
void beat()
