// Says so where a browser is too old for the page. Written for browsers that know nothing newer than ECMAScript 3.
(function () {
  'use strict'

  /** Long enough for a slow machine: by then the page has begun, or never will. */
  var limitMs = 10000

  var words = {
    en: {
      title: 'This browser is too old for the camera wall.',
      detail: 'It shows cameras in Chromium or Chrome from version 94, Firefox from 93, and Safari from 16.4.',
      link: 'Show the cameras on a simple page instead'
    },
    zh: {
      title: '這個瀏覽器太舊，無法顯示攝影機牆。',
      detail: '請使用 Chromium 或 Chrome 94、Firefox 93、Safari 16.4 以上的版本。',
      link: '改用簡易頁面顯示攝影機'
    }
  }

  function knowsEnough() {
    return 'noModule' in document.createElement('script') && 'ResizeObserver' in window && 'AbortController' in window
      && 'fetch' in window && 'hasOwn' in Object && 'at' in Array.prototype
  }

  function say() {
    if (document.getElementById('old-browser')) return
    var language = String(navigator.language || navigator.userLanguage || '').toLowerCase()
    var said = /^zh/.test(language) ? words.zh : words.en
    var box = document.createElement('div')
    var title = document.createElement('h1')
    var detail = document.createElement('p')
    var link = document.createElement('a')
    box.id = 'old-browser'
    box.setAttribute('role', 'alert')
    box.style.cssText = 'padding:2em;color:#e6e9ec;background:#0b0d0f;font:16px/1.5 sans-serif;text-align:center'
    title.style.cssText = 'margin:0 0 .5em;font-size:24px;font-weight:400'
    link.style.cssText = 'color:#5aa9ff'
    link.href = location.pathname + '?basic'
    title.appendChild(document.createTextNode(said.title))
    detail.appendChild(document.createTextNode(said.detail))
    link.appendChild(document.createTextNode(said.link))
    box.appendChild(title)
    box.appendChild(detail)
    box.appendChild(link)
    document.body.style.background = '#0b0d0f'
    document.body.appendChild(box)
  }

  function begun() {
    return document.documentElement.getAttribute('data-begun') !== null
  }

  function look() {
    if (!knowsEnough()) say()
    else setTimeout(function () {
      if (!begun()) say()
    }, limitMs)
  }

  if (window.addEventListener) window.addEventListener('load', look, false)
  else window.attachEvent('onload', look)
})()
