// The wall: 1, 4 or 9 panels of one camera.
;(function (global) {
  'use strict'

  var proxies = []

  function byId(id) {
    return document.getElementById(id)
  }

  function camera() {
    return global.cctv.Cameras[byId('camera').selectedIndex]
  }

  function size() {
    var parts = byId('size').value.split('x')
    return [parseInt(parts[0], 10), parseInt(parts[1], 10)]
  }

  function images() {
    return document.querySelectorAll('#wall img')
  }

  function useHttpMJpegPuller(img) {
    var s = size()
    var query = s[0] > 0 ? '?size=' + s[0] + 'x' + s[1] : ''
    img.src = global.cctv.HttpHost + '/live/' + camera().ID + query
  }

  function useRtspProxy(img) {
    var proxy = new global.RtspProxy(global.cctv.ProxyHost, img)
    proxy.open(camera().Url, size()[0], size()[1])
    proxies.push(proxy)
  }

  function overlay(panel, name, text) {
    var span = panel.getElementsByClassName(name)[0]
    if (!span) {
      span = document.createElement('span')
      span.className = name
      panel.appendChild(span)
    }
    span.textContent = text
  }

  function label() {
    var panels = document.querySelectorAll('.panel')
    for (var i = 0; i < panels.length; i++) {
      overlay(panels[i], 'id', camera().ID)
      overlay(panels[i], 'way', byId('transport').value + ' ' + byId('size').value)
      overlay(panels[i], 'custom', camera().Text || '')
    }
  }

  function clear() {
    proxies.forEach(function (proxy) { proxy.close() })
    proxies = []
    Array.prototype.forEach.call(images(), function (img) { img.src = '' })
    byId('wall').innerHTML = ''
  }

  global.build = function () {
    clear()
    var way = byId('transport').value
    if (way === 'none') return
    var n = parseInt(byId('panels').value, 10)
    byId('wall').className = n === 1 ? 'single' : n === 9 ? 'nine' : ''
    for (var i = 0; i < n; i++) {
      var panel = document.createElement('div')
      panel.className = 'panel'
      var img = document.createElement('img')
      img.id = 'panel' + (i + 1)
      panel.appendChild(img)
      byId('wall').appendChild(panel)
      if (way === 'ws') useRtspProxy(img)
      else useHttpMJpegPuller(img)
    }
    label()
  }

  global.changeCamera = function () {
    var s = size()
    proxies.forEach(function (proxy) { proxy.open(camera().Url, s[0], s[1]) })
    if (proxies.length === 0) Array.prototype.forEach.call(images(), useHttpMJpegPuller)
    label()
  }

  global.changeSize = function () {
    var s = size()
    proxies.forEach(function (proxy) { proxy.resize(s[0], s[1]) })
    if (proxies.length === 0) Array.prototype.forEach.call(images(), useHttpMJpegPuller)
    label()
  }

  global.init = function () {
    global.cctv.Cameras.forEach(function (c) {
      var option = document.createElement('option')
      option.textContent = c.ID
      byId('camera').appendChild(option)
    })
  }
})(window)
