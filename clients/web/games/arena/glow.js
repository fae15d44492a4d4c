const SIZE_PX = 64;

/** @type {Map<string, HTMLCanvasElement>} */
const made = new Map();

/**
 * A soft round light: painted once for each colour, since blurred shadows are slow.
 *
 * @param {string} colour
 * @returns {HTMLCanvasElement}
 */
export function glow(colour) {
  const known = made.get(colour);
  if (known !== undefined) return known;
  const canvas = document.createElement("canvas");
  canvas.width = SIZE_PX;
  canvas.height = SIZE_PX;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const half = SIZE_PX / 2;
  const fade = context.createRadialGradient(half, half, 0, half, half, half);
  fade.addColorStop(0, "#fff");
  fade.addColorStop(0.25, "rgb(255 255 255 / 0.5)");
  fade.addColorStop(1, "rgb(255 255 255 / 0)");
  context.fillStyle = fade;
  context.fillRect(0, 0, SIZE_PX, SIZE_PX);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = colour;
  context.fillRect(0, 0, SIZE_PX, SIZE_PX);
  made.set(colour, canvas);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function drawGlow(context, colour, x, y, radius) {
  context.drawImage(glow(colour), x - radius, y - radius, radius * 2, radius * 2);
}
