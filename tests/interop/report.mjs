/**
 * @typedef {{ type: string, data?: string, extensions?: string, protocol?: string, code?: number, reason?: string,
 *   clean?: boolean }} Happening what `tests/interop/clients.py` reads as `Event`
 */

/**
 * Tell everything that happens to a WebSocket. It uses nothing but the interface of browsers, which libraries for
 * Node.js have too.
 *
 * @param {WebSocket|import("ws").WebSocket} socket
 * @param {(line: string) => void} heard takes each happening as JSON
 */
export function report(socket, heard) {
  /** @param {Happening} happening */
  const tell = (happening) => heard(JSON.stringify(happening));
  socket.binaryType = "arraybuffer";
  socket.onopen = () => tell({ type: "opened", extensions: socket.extensions, protocol: socket.protocol });
  socket.onmessage = (/** @type {{ data: unknown }} */ { data }) =>
    tell(
      data instanceof ArrayBuffer
        ? { type: "binary", data: base64(data) }
        : { type: "text", data: String(data) },
    );
  socket.onclose = (/** @type {{ code: number, reason: string, wasClean: boolean }} */ closing) =>
    tell({ type: "closed", code: closing.code, reason: closing.reason, clean: closing.wasClean });
}

/** @param {ArrayBuffer} buffer */
function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}
