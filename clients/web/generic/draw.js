/**
 * @typedef {import("./camera.js").Camera} Camera
 * @typedef {import("./entities.js").Entity} Entity
 * @typedef {import("./world_bounds.js").Rect} Rect
 */
import { niceStep } from "./world_bounds.js";

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const NAME_PX = 13;
const HIGHLIGHT = "#ffd166";
/** Nothing gets so small that it can't be seen. */
const SMALLEST_PX = 3;
const SMALLEST_PLAYER_PX = 7;

/**
 * The empty world: a grid, and where it ends.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Rect} rect
 */
export function drawBackdrop(context, camera, rect) {
  context.setTransform(camera.ratio, 0, 0, camera.ratio, 0, 0);
  context.fillStyle = "#090c11";
  context.fillRect(0, 0, camera.width_px, camera.height_px);
  const left = Math.round(camera.x(rect.left));
  const top = Math.round(camera.y(rect.top));
  const right = Math.round(camera.x(rect.right));
  const bottom = Math.round(camera.y(rect.bottom));
  context.beginPath();
  context.roundRect(left - 6, top - 6, right - left + 12, bottom - top + 12, 10);
  context.fillStyle = "#10161e";
  context.fill();
  context.strokeStyle = "#2a3644";
  context.lineWidth = 2;
  context.stroke();
  drawGrid(context, camera, rect);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Rect} rect
 */
function drawGrid(context, camera, rect) {
  const step = niceStep(Math.max(rect.right - rect.left, rect.bottom - rect.top) / 12);
  context.beginPath();
  for (let x = Math.ceil(rect.left / step) * step; x <= rect.right; x += step) {
    const at = Math.round(camera.x(x)) + 0.5;
    context.moveTo(at, camera.y(rect.top));
    context.lineTo(at, camera.y(rect.bottom));
  }
  for (let y = Math.ceil(rect.top / step) * step; y <= rect.bottom; y += step) {
    const at = Math.round(camera.y(y)) + 0.5;
    context.moveTo(camera.x(rect.left), at);
    context.lineTo(camera.x(rect.right), at);
  }
  context.strokeStyle = "#18212c";
  context.lineWidth = 1;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Camera} camera
 * @param {Entity} entity
 * @param {number} pulse from 0 to 1 and back, for what should catch the eye
 */
export function drawEntity(context, camera, entity, pulse) {
  const x = camera.x(entity.x);
  const y = camera.y(entity.y);
  const smallest = entity.name === null ? SMALLEST_PX : SMALLEST_PLAYER_PX;
  const radius = Math.max(smallest, entity.radius * camera.scale);
  context.globalAlpha = entity.faded ? 0.4 : 1;
  if (entity.tags.length > 0) drawRing(context, x, y, radius + 5 + 2 * pulse, HIGHLIGHT, 3);
  drawShape(context, entity, x, y, radius);
  if (entity.own) drawRing(context, x, y, radius + 1, "#ffffff", 2.5);
  if (entity.name !== null) drawName(context, entity, entity.name, x, y - radius - 14);
  if (entity.tags.length > 0) drawTags(context, entity.tags, x, y + radius + 17);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Entity} entity
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function drawShape(context, { shape, colour }, x, y, radius) {
  context.beginPath();
  switch (shape) {
    case "disc":
      context.arc(x, y, radius, 0, 2 * Math.PI);
      break;
    case "square":
      context.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
      break;
    case "diamond":
      polygon(context, x, y, radius * 1.15, 4);
      break;
    case "triangle":
      polygon(context, x, y, radius * 1.2, 3);
      break;
  }
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = "rgb(0 0 0 / 0.45)";
  context.lineWidth = 1.5;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} corners
 */
function polygon(context, x, y, radius, corners) {
  for (let corner = 0; corner < corners; corner++) {
    const angle = (corner / corners) * 2 * Math.PI - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 * @param {number} width
 */
function drawRing(context, x, y, radius, colour, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Entity} entity
 * @param {string} name
 * @param {number} x
 * @param {number} y
 */
function drawName(context, entity, name, x, y) {
  context.font = `${entity.own ? 700 : 600} ${NAME_PX}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  // An outline, so that names can be read on top of anything.
  context.strokeStyle = "rgb(9 12 17 / 0.85)";
  context.lineWidth = 4;
  context.strokeText(name, x, y);
  context.fillStyle = entity.own ? "#ffffff" : "#c9d4e0";
  context.fillText(name, x, y);
  if (!entity.own) return;
  context.beginPath();
  context.moveTo(x, y - 10);
  context.lineTo(x - 5, y - 17);
  context.lineTo(x + 5, y - 17);
  context.closePath();
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string[]} tags
 * @param {number} x
 * @param {number} y
 */
function drawTags(context, tags, x, y) {
  const text = tags.join(" ").replaceAll("_", " ");
  context.font = `700 11px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 12;
  context.beginPath();
  context.roundRect(x - width / 2, y - 8, width, 16, 8);
  context.fillStyle = HIGHLIGHT;
  context.fill();
  context.fillStyle = "#20180a";
  context.fillText(text, x, y + 0.5);
}
