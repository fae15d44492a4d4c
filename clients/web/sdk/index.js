/** The JavaScript SDK: everything a client of the game server needs, without any of this site's views. */
export { Client } from "./client.js";
export { closeMeaning } from "./close_codes.js";
export { Connection, socketUrl } from "./connection.js";
export { ErrorBlend } from "./error_blend.js";
export { LagLab } from "./lag_lab.js";
export { ProtocolError, ServerError } from "./messages.js";
export { NetStats } from "./net_stats.js";
export { PlaceBlend } from "./place_blend.js";
export { Playback } from "./playback.js";
export { Predictor } from "./predictor.js";
export { Room } from "./room.js";
export { ServerClock } from "./server_clock.js";
export { EMPTY_STATE, rowsOf } from "./state.js";
export { registerTwin } from "./twins.js";
