/** The sample games whose movement this client predicts. */
import { registerTwin } from "../sdk/index.js";
import { ARENA_TWIN } from "./arena/move.js";
import { TAG_TWIN } from "./tag_move.js";

registerTwin("arena", ARENA_TWIN);
registerTwin("tag", TAG_TWIN);
