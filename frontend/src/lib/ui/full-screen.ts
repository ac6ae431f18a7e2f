/** The whole screen for the page, or no longer; nothing where a browser does not want to. */
export function toggleFullScreen(): void {
  void (document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen()).catch(() => undefined)
}
