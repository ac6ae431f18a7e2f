/* The basic page for old browsers (ECMAScript 5): stills in turn, what the server tells of the cameras, and what to do when it is gone. */
(function () {
  'use strict'
  var RETRY = 2000, PATIENCE = 12000, ANSWER = 5000, PAUSE = 150, LANES = 2
  var NOTHING = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' // ends an endless picture
  var body = document.body
  var tiles = [], lanes = 0, next = 0, count = 0, misses = 0, waiting = 0, due = false

  function data(name) { return body.getAttribute('data-' + name) }
  function has(el, name) { return (' ' + el.className + ' ').indexOf(' ' + name + ' ') >= 0 }
  function mark(el, name, on) {
    if (has(el, name) === on) return
    el.className = on ? el.className + ' ' + name : (' ' + el.className + ' ').replace(' ' + name + ' ', ' ').replace(/^ +| +$/g, '')
  }

  // A picture is loaded beside the page and put in place of the one before, so that nothing blinks. If meanwhile it is the
  // turn of another camera, it is not wanted any more.
  function load(tile, done) {
    var id = tile.id, img = new Image(), ended = false, timer
    function finish(ok) {
      var wanted = id === tile.id
      if (ended) return
      ended = true
      clearTimeout(timer)
      tile.stop = null
      img.onload = img.onerror = null
      if (ok && wanted) show(tile, img)
      else end(img)
      if (wanted) mark(tile.el, 'old', !ok)
      done(ok || !wanted)
    }
    clearTimeout(tile.retry)
    tile.retry = 0
    if (tile.stop) tile.stop()
    tile.stop = function () { finish(false) }
    img.onload = function () { finish(true) }
    img.onerror = tile.stop
    timer = setTimeout(tile.stop, PATIENCE)
    img.src = '/live/' + id + tile.rest + '&_=' + (++count)
  }

  // The connection of a picture that is taken away ends.
  function end(img) {
    img.onload = img.onerror = null
    img.src = NOTHING
  }

  function show(tile, img) {
    var old = picture(tile.el)
    old.parentNode.replaceChild(img, old)
    if (old !== img) end(old)
    tile.shown = tile.id
    tell(tile)
    if (!tile.still) watch(tile, img)
  }
  function picture(el) { return el.getElementsByTagName('img')[0] }

  // An endless picture that ends is asked for again.
  function watch(tile, img) {
    img.onerror = function () {
      img.onerror = null
      mark(tile.el, 'old', true)
      again(tile)
    }
  }
  function again(tile) {
    if (tile.retry || tile.stop) return // one way at a time: a load that fails comes here, too
    tile.retry = setTimeout(function () { renew(tile) }, RETRY)
  }
  function renew(tile) {
    load(tile, function (ok) { if (!ok) again(tile) })
  }

  // Stills take turns: no more than a few at a time, since browsers have six connections for everything.
  function turn() {
    var i, tile
    for (i = 0; i < tiles.length; i++) {
      next = (next + 1) % tiles.length
      tile = tiles[next]
      if (tile.still && !tile.busy) { lane(tile); return }
    }
  }
  function lane(tile) {
    lanes++
    tile.busy = true
    load(tile, function (ok) {
      lanes--
      tile.busy = false
      setTimeout(fill, ok ? PAUSE : RETRY / LANES)
    })
  }
  function fill() {
    var before
    while (lanes < LANES) {
      before = lanes
      turn()
      if (lanes === before) return
    }
  }

  // What the server tells of a camera stands beside its own picture only.
  function tell(tile) {
    var now = tile.now
    if (!now || tile.shown !== now.id) return
    picture(tile.el).alt = now.alt
    tile.link.href = '/camera/' + now.id + data('kept')
    write(tile.link, 'span', '', now.number, now.name)
    write(tile.el, 'em', '', '', now.text)
    write(tile.el, 'p', now.kind, now.state, now.why)
  }
  function write(into, tag, kind, bold, plain) {
    var el = into.getElementsByTagName(tag)[0]
    if (!bold && !plain) kind = 'off'
    if (!el) {
      if (kind === 'off') return
      el = into.appendChild(document.createElement(tag))
    }
    el.className = kind
    while (el.firstChild) el.removeChild(el.firstChild)
    if (bold) el.appendChild(document.createElement('b')).appendChild(document.createTextNode(bold))
    el.appendChild(document.createTextNode(' ' + plain))
  }

  // The server tells what its cameras do, and whose turn it is. Its revision is another one when the page is to be loaded anew:
  // the wall was changed, a page of it is over, the server has started again.
  function ask() {
    var request = new XMLHttpRequest(), timer, ended = false
    function end(now) {
      if (ended) return
      ended = true
      clearTimeout(timer)
      misses = now ? 0 : misses + 1
      if (misses >= 2) mark(body, 'gone', true)
      if (now && (has(body, 'gone') || now.revision !== data('revision'))) { location.reload(); return }
      if (now && due) { location.replace(data('next')); return }
      if (now) hear(now.tiles)
      waiting = setTimeout(ask, now ? now.again * 1000 : RETRY)
    }
    waiting = 0
    request.onreadystatechange = function () { if (request.readyState === 4) end(request.status === 200 && read(request.responseText)) }
    timer = setTimeout(function () { end(null); request.abort() }, ANSWER)
    request.open('GET', data('ask') + '&_=' + (++count))
    request.send()
  }
  function read(text) {
    try { return JSON.parse(text) } catch (e) { return null }
  }
  function hear(told) {
    var i, tile
    for (i = 0; i < tiles.length; i++) {
      tile = tiles[i]
      tile.now = told[i]
      if (tile.id === tile.now.id) { tell(tile); continue }
      tile.id = tile.now.id
      if (!tile.still) renew(tile)
    }
  }
  // A page that is over goes when the server answers: else there would be no next one.
  function leave() {
    due = true
    if (waiting) { clearTimeout(waiting); ask() }
  }

  function find(el) {
    var parts = /^\/live\/([^.?]*)(.*)$/.exec(picture(el).getAttribute('src')), id = parts[1], rest = parts[2]
    return { el: el, link: el.getElementsByTagName('a')[0], id: id, shown: id, rest: rest, now: null, still: rest.charAt(0) === '.', busy: false, retry: 0, stop: null }
  }

  // The page knows no screen before it is there: pictures that are far too small or large are asked for anew, once.
  function fit() {
    var dots = Math.min(window.devicePixelRatio || 1, 2)
    var width = Math.round((window.innerWidth || 0) * dots / 16) * 16, height = Math.round((window.innerHeight || 0) * dots / 16) * 16
    if (!data('fitting') || width < 320 || height < 240) return false
    if (Math.abs(width / 1280 - 1) < 0.2 && Math.abs(height / 720 - 1) < 0.2) return false
    location.replace(location.pathname + location.search.replace(/([?&])screen=[^&]*/g, '$1') + '&screen=' + Math.min(width, 3840) + 'x' + Math.min(height, 3840))
    return true
  }

  function start() {
    var wall = document.getElementById('wall'), all = wall ? wall.getElementsByTagName('div') : [], i
    if (fit()) return
    for (i = 0; i < all.length; i++) if (picture(all[i])) tiles.push(find(all[i]))
    for (i = 0; i < tiles.length; i++) if (!tiles[i].still) watch(tiles[i], picture(tiles[i].el))
    setTimeout(fill, 1000)
    if (data('next')) setTimeout(leave, data('left') * 1000)
    waiting = setTimeout(ask, data('again') * 1000)
  }
  start()
})()
