/** The static server of the demo: what it serves, with which headers, and that nothing else can be had from it. */
import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { get, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { serve } from "../../../scripts/serve.mjs"

describe("serve", () => {
  let home = ""
  /** @type {{ url: string, port: number, close(): Promise<void> }} */
  let server

  before(async () => {
    home = mkdtempSync(join(tmpdir(), "weftdb-serve-"))
    for (const dir of ["page", "dist", "page/sub"]) mkdirSync(join(home, dir))
    writeFileSync(join(home, "secret.txt"), "secret")
    writeFileSync(join(home, "page/index.html"), "<!doctype html>")
    writeFileSync(join(home, "page/sub/index.html"), "sub")
    writeFileSync(join(home, "dist/core.wasm"), "wasm")
    symlinkSync(join(home, "secret.txt"), join(home, "page/link.txt"))
    server = await serve({ folders: { "/": join(home, "page"), "/dist/": join(home, "dist") } })
  })

  after(async () => {
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })

  /** A plain request: fetch would tidy the path before sending it. */
  const ask = (path, method = "GET") => new Promise((done, failed) => {
    const sent = request({ port: server.port, path, method, agent: false }, response => {
      let body = ""
      response.on("data", chunk => { body += chunk })
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, body }))
    })
    sent.on("error", failed).end()
  })

  test("serves pages and the package, under the promised policy", async () => {
    const page = await ask("/?room=a")
    assert.equal(page.status, 200)
    assert.match(page.headers["content-type"], /^text\/html/)
    assert.match(page.headers["content-security-policy"], /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/)
    assert.doesNotMatch(page.headers["content-security-policy"], /unsafe-inline|'unsafe-eval'/)
    assert.equal((await ask("/dist/core.wasm")).headers["content-type"], "application/wasm")
    assert.equal((await ask("/sub/")).body, "sub")
    assert.equal((await ask("/", "HEAD")).body, "")
  })

  test("gives nothing from outside its folders", async () => {
    for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/dist/../../secret.txt", "/dist/..%2f..%2fsecret.txt",
      "/link.txt", "/%zz", "/a%00b", "//etc/passwd", "/dist/%2e%2e%5csecret.txt", "/dist"]) {
      const { status, body } = await ask(path)
      assert.equal(status, 404, path)
      assert.doesNotMatch(body, /secret$/m)
    }
    assert.equal((await ask("/", "POST")).status, 405)
  })

  test("takes a free port, and leaves it when closed although a client holds on", async () => {
    const other = await serve({ folders: { "/": home } })
    assert.notEqual(other.port, server.port)
    await new Promise((done, failed) => get(`${other.url}secret.txt`, { headers: { connection: "keep-alive" } }, response => response.resume().on("end", done)).on("error", failed))
    await other.close()
    await assert.rejects(fetch(other.url))
    const again = await serve({ port: other.port, folders: { "/": home } })
    await again.close()
  })
})
