/**
 * A WebSocket client for a test in another process: orders come in as lines of JSON, what happens goes out so.
 *
 *     node node_client.mjs ws|builtin URL [deflate]
 */

import { createInterface } from "node:readline";
import { WebSocket as WsWebSocket } from "ws";
import { report } from "./report.mjs";

const [library, url = "", compression] = process.argv.slice(2);

/** @param {string} line */
const heard = (line) => process.stdout.write(`${line}\n`);

const ws = library === "ws" ? new WsWebSocket(url, { perMessageDeflate: compression === "deflate" }) : null;
const socket = ws ?? new WebSocket(url);
report(socket, heard);
ws?.on("pong", (data) => heard(JSON.stringify({ type: "pong", data: data.toString("base64") })));

for await (const line of createInterface({ input: process.stdin })) {
  /** @type {{ send?: string, ping?: string, close?: [number, string] }} */
  const { send, ping, close } = JSON.parse(line);
  if (send !== undefined) socket.send(send);
  if (ping !== undefined) ws?.ping(ping);
  if (close !== undefined) socket.close(...close);
}
