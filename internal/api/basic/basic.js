/* The basic page for old browsers (ECMAScript 5): stills in turn, cameras in turn, and what to do when the server is gone. */
(function () {
  'use strict'
  var RETRY = 2000, ASK = 5000, PATIENCE = 12000, PAUSE = 150, LANES = 2
  var NOTHING = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' // ends an endless picture
  var body = document.body
  var tiles = [], lanes = 0, next = 0, count = 0, misses = 0

  function has(el, name) { return (' ' + el.className + ' ').indexOf(' ' + name + ' ') >= 0 }
  function mark(el, name, on) {
    if (has(el, name) === on) return
    el.className = on ? el.className + ' ' + name : (' ' + el.className + ' ').replace(' ' + name + ' ', ' ').replace(/^ +| +$/g, '')
  }

  // A picture is loaded beside the page and put in place of the one before, so that nothing blinks. If meanwhile it is the
  // turn of another camera, it is not wanted any more.
  function load(tile, done) {
    var camera = tile.cameras[tile.at], img = new Image(), ended = false, timer
    function finish(ok) {
      var wanted = camera === tile.cameras[tile.at]
      if (ended) return
      ended = true
      clearTimeout(timer)
      tile.stop = null
      img.onload = img.onerror = null
      if (ok && wanted) show(tile, camera, img)
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
    img.alt = camera.alt
    timer = setTimeout(tile.stop, PATIENCE)
    img.src = camera.src + '&_=' + (++count)
  }

  // The connection of a picture that is taken away ends.
  function end(img) {
    img.onload = img.onerror = null
    img.src = NOTHING
  }

  function show(tile, camera, img) {
    var old = picture(camera), i
    if (old) camera.box.replaceChild(img, old)
    else camera.box.appendChild(img)
    if (old && old !== img) end(old)
    for (i = 0; i < tile.cameras.length; i++) {
      mark(tile.cameras[i].el, 'off', tile.cameras[i] !== camera)
      if (!tile.still && tile.cameras[i] !== camera) drop(tile.cameras[i])
    }
    if (!tile.still) watch(tile, img)
  }
  function picture(camera) { return camera.el.getElementsByTagName('img')[0] }
  function drop(camera) {
    var img = picture(camera)
    if (!img) return
    end(img)
    camera.box.removeChild(img)
  }

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

  function rotate(tile) {
    setInterval(function () {
      tile.at = (tile.at + 1) % tile.cameras.length
      if (!tile.still) renew(tile)
    }, tile.dwell * 1000)
  }

  // Nothing says that an endless picture stands still because the server is gone: ask it.
  function ask() {
    var request = new XMLHttpRequest(), timer, ended = false
    function end(ok) {
      if (ended) return
      ended = true
      clearTimeout(timer)
      if (ok && has(body, 'gone')) { location.reload(); return }
      misses = ok ? 0 : misses + 1
      if (misses >= 2) mark(body, 'gone', true)
      setTimeout(ask, misses ? RETRY : ASK)
    }
    request.onreadystatechange = function () { if (request.readyState === 4) end(request.status === 200) }
    timer = setTimeout(function () { end(false); request.abort() }, ASK)
    request.open('GET', '/api/health?_=' + (++count))
    request.send()
  }

  function find(el) {
    var links = el.getElementsByTagName('a'), cameras = [], at = 0, i, img, name
    for (i = 0; i < links.length; i++) {
      if (!has(links[i], 'off')) at = i
      img = links[i].getElementsByTagName('img')[0]
      name = links[i].getElementsByTagName('span')[0]
      cameras.push({ el: links[i], box: links[i].getElementsByTagName('i')[0], src: (img || links[i]).getAttribute(img ? 'src' : 'data-src'), alt: img ? img.alt : name.textContent || name.innerText })
    }
    return { el: el, cameras: cameras, at: at, dwell: +el.getAttribute('data-dwell'), still: !!el.getAttribute('data-still'), busy: false, retry: 0, stop: null }
  }

  // The page knows no screen before it is there: pictures that are far too small or large are asked for anew, once.
  function fit() {
    var dots = Math.min(window.devicePixelRatio || 1, 2)
    var width = Math.round((window.innerWidth || 0) * dots / 16) * 16, height = Math.round((window.innerHeight || 0) * dots / 16) * 16
    if (!body.getAttribute('data-fitting') || width < 320 || height < 240) return false
    if (Math.abs(width / 1280 - 1) < 0.2 && Math.abs(height / 720 - 1) < 0.2) return false
    location.replace(location.pathname + location.search + '&screen=' + Math.min(width, 3840) + 'x' + Math.min(height, 3840))
    return true
  }

  function start() {
    var all = document.getElementsByTagName('div'), i, j, img
    if (fit()) return
    for (i = 0; i < all.length; i++) if (has(all[i], 'tile') && all[i].getElementsByTagName('a').length) tiles.push(find(all[i]))
    for (j = 0; j < tiles.length; j++) {
      img = picture(tiles[j].cameras[tiles[j].at])
      if (img && !tiles[j].still) watch(tiles[j], img)
      if (tiles[j].dwell > 0 && tiles[j].cameras.length > 1) rotate(tiles[j])
    }
    setTimeout(fill, 1000)
    setTimeout(ask, ASK)
  }
  start()
})()
