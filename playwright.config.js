// Browser tests: the system's Chromium and Firefox where they are, Playwright's own otherwise.
// `npm run test:browser` runs them, as root in a network namespace of their own (scripts/netns.mjs).
import { defineConfig } from "@playwright/test"
import { chromiumOptions, firefoxChannel, firefoxOptions } from "./scripts/browsers.mjs"

const webkitOnly = "**/webkit.spec.js"

export default defineConfig({
  testDir: "tests/browser",
  testMatch: "**/*.spec.js",
  outputDir: "test-results",
  // Two cores: a second worker would only make the first one's waits longer.
  workers: 1,
  fullyParallel: false,
  // Two engines, real sockets and a busy machine: one that needs its second try is reported as flaky, by name.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json", { outputFile: "build/browser-results.json" }]],
  use: { screenshot: "only-on-failure" },
  projects: [
    { name: "chromium", testIgnore: webkitOnly, use: { browserName: "chromium", launchOptions: chromiumOptions() } },
    { name: "firefox", testIgnore: webkitOnly, use: { browserName: "firefox", ...firefoxChannel(), launchOptions: firefoxOptions() } },
    // Playwright cannot drive the system's WebKit; these tests do it themselves (tests/browser/webkit_browser.js).
    { name: "webkit", testMatch: webkitOnly },
  ],
})
