/** How the browsers are started, for the Playwright tests and for the headless demo. */
import { existsSync } from "node:fs"

const systemChromium = "/usr/bin/chromium"
const systemFirefox = "/usr/bin/firefox-esr"

/** Launch options for `chromium.launch()`. mDNS candidates are off: nothing answers mDNS in a test's namespace. */
export function chromiumOptions() {
  return {
    ...(existsSync(systemChromium) ? { executablePath: systemChromium } : {}),
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-features=WebRtcHideLocalIpsWithMdns",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
      // A page in the background must go on syncing at full speed: tests look at one page while another works.
      "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
    ],
  }
}

/** Launch options for `firefox.launch()`; the system's Firefox also needs `channel: "moz-firefox"`, see `firefoxChannel`. */
export function firefoxOptions() {
  return {
    ...(existsSync(systemFirefox) ? { executablePath: systemFirefox } : {}),
    firefoxUserPrefs: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
      "media.peerconnection.ice.loopback": true,
    },
  }
}

/** `{ channel }` where the system's Firefox is driven over WebDriver BiDi, else nothing: Playwright's own needs none. */
export const firefoxChannel = () => existsSync(systemFirefox) ? { channel: "moz-firefox" } : {}
