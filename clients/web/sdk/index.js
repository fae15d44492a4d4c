/** The JavaScript SDK: everything a client of the game server needs, without any of this site's views. */
export { Client } from "./client.js";
export { closeMeaning } from "./close_codes.js";
export { Connection, socketUrl } from "./connection.js";
export { ProtocolError, ServerError } from "./messages.js";
export { Room } from "./room.js";
export { EMPTY_STATE, rowsOf } from "./state.js";
export { Timeline } from "./timeline.js";
