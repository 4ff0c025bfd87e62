// OPFS with nothing around it: writes what it is given behind what is there, and answers; flushed if asked to.
let handle
onmessage = async ({ data: { open, bytes, flush } }) => {
  if (open) {
    const root = await navigator.storage.getDirectory()
    await root.removeEntry(open).catch(() => {}) // of a run before
    handle = await (await root.getFileHandle(open, { create: true })).createSyncAccessHandle()
  } else {
    if (bytes) handle.write(bytes, { at: handle.getSize() })
    if (flush) handle.flush()
  }
  postMessage(null)
}
