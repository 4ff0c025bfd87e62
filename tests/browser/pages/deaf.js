globalThis.BroadcastChannel = class { postMessage() {} close() {} }
