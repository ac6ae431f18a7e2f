// The addresses of this site, edited by whoever sets the page up.
window.cctv = {
  HttpHost: 'http://127.0.0.1:8000',
  ProxyHost: 'ws://127.0.0.1:8001/',
  Cameras: [
    { ID: 'CAM1', Url: 'rtsp://192.168.1.11/stream1', Text: 'Front door' }
  ]
}
