/**
 * A static file server for the demo and the browser tests: `/` is web-demo/, `/dist/` the built package; tests may
 * give folders of their own. Serves with the Content-Security-Policy that the package promises to run under.
 *
 * 1. Only files below the given folders are read, whatever the address says.
 * 2. `close()` ends every connection, also the kept-alive ones.
 */
import { createReadStream, realpathSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { extname, join, sep } from "node:path"
import { root } from "./process.mjs"

/** Sockets go to whichever relay the room uses; everything else is this origin's own. */
export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; img-src 'self' data: blob:"

const mimeTypes = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8", ".json": "application/json; charset=utf-8", ".map": "application/json; charset=utf-8",
  ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8",
}

/** The folders served, longest address first. */
const projectFolders = { "/dist/": join(root, "dist"), "/": join(root, "web-demo") }

/** Starts serving; resolves to `{ url, port, close() }` once it listens. Port 0 takes a free one. */
export async function serve({ port = 0, host = "127.0.0.1", folders = projectFolders, headers = {} } = {}) {
  const server = createServer((request, response) => answer(request, response, folders, headers))
  await new Promise((listening, failed) => {
    server.once("error", failed)
    server.listen(port, host, listening)
  })
  const actual = server.address().port
  const name = host === "0.0.0.0" || host === "::" || host === "127.0.0.1" ? "localhost" : host
  return {
    port: actual,
    url: `http://${name}:${actual}/`,
    close() {
      const closed = new Promise(done => server.close(done))
      server.closeAllConnections()
      return closed
    },
  }
}

function answer(request, response, folders, headers) {
  const refuse = (code, text) => response.writeHead(code, { "Content-Type": "text/plain; charset=utf-8" }).end(`${text}\n`)
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Only GET and HEAD.")
  const file = locate(request.url, folders)
  if (!file) return refuse(404, "Not found.")
  response.writeHead(200, {
    "Content-Type": mimeTypes[extname(file.path)] ?? "application/octet-stream",
    "Content-Length": file.size,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": contentSecurityPolicy,
    "X-Content-Type-Options": "nosniff",
    ...headers,
  })
  if (request.method === "HEAD") return response.end()
  createReadStream(file.path).on("error", () => response.destroy()).pipe(response)
}

/** The file behind an address, or null. Links are resolved first, so that none leads out of its folder. */
function locate(address, folders) {
  try {
    const path = decodeURIComponent(new URL(address, "http://localhost").pathname)
    const prefix = Object.keys(folders).sort((a, b) => b.length - a.length).find(start => path.startsWith(start))
    if (prefix === undefined || path.includes("\0")) return null
    const folder = realpathSync(folders[prefix])
    let file = realpathSync(join(folder, path.slice(prefix.length)))
    if (file !== folder && !file.startsWith(folder + sep)) return null
    if (statSync(file).isDirectory()) file = join(file, "index.html")
    const { size } = statSync(file)
    return { path: file, size }
  } catch {
    return null // a malformed escape, or no such file
  }
}
