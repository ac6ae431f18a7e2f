// Shows a camera in an image through the WebSocket of the proxy.
;(function (global) {
  'use strict'

  var reconnectMs = 1

  function RtspProxy(host, img) {
    this.host = host
    this.img = img
    this.ended = false
    this.wanted = null
    this.count = 0
    this.chunks = []
    this.connect()
  }

  RtspProxy.prototype.connect = function () {
    this.ws = new WebSocket(this.host)
    this.ws.onopen = function () {
      if (this.wanted) this.send(this.wanted)
    }.bind(this)
    this.ws.onmessage = function (e) {
      this.receive(e.data)
    }.bind(this)
    this.ws.onclose = function () {
      if (!this.ended) setTimeout(this.reconnect.bind(this), reconnectMs)
    }.bind(this)
  }

  RtspProxy.prototype.reconnect = function () {
    if (!this.ended) this.connect()
  }

  RtspProxy.prototype.send = function (message) {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(message))
  }

  RtspProxy.prototype.open = function (url, width, height) {
    this.wanted = { act: 'open', url: url, resolution: [width, height] }
    this.send(this.wanted)
  }

  RtspProxy.prototype.resize = function (width, height) {
    this.wanted.resolution = [width, height]
    this.send({ act: 'resize', resolution: [width, height] })
  }

  RtspProxy.prototype.close = function () {
    this.ended = true
    this.ws.close()
  }

  // "::N::" begins a picture of N chunks, "~i~CHUNK" is the i-th of them.
  RtspProxy.prototype.receive = function (text) {
    var begin = /^::(\d+)::$/.exec(text)
    if (begin) {
      this.count = parseInt(begin[1], 10)
      this.chunks = []
      return
    }
    var part = /^~(\d+)~/.exec(text)
    if (!part) return
    var i = parseInt(part[1], 10)
    this.chunks[i - 1] = text.substr(part[0].length)
    if (i === this.count) this.img.src = this.chunks.join('')
  }

  global.RtspProxy = RtspProxy
})(window)
