import { drawGlow } from "./glow.js";
import { disc, ring } from "./paint_field.js";
import { FIGHTER_RADIUS } from "./rules.js";

/**
 * @typedef {import("./camera.js").Camera} Camera
 *
 * @typedef {object} Particle
 * @property {"spark"|"ring"|"ghost"|"flash"|"stain"|"text"} kind
 * @property {number} x
 * @property {number} y
 * @property {number} vx units per ms
 * @property {number} vy
 * @property {number} size
 * @property {number} age_ms
 * @property {number} life_ms
 * @property {string} colour
 * @property {string} text
 */

/** Beyond it the oldest go: nobody can tell in such a crowd. */
const KEPT = 500;
const DRAG_MS = 220;

/** Everything short-lived on the field. Particles are reused. */
export class Effects {
  /** Fewer things that move by themselves. */
  calm = false;
  /** @type {Particle[]} */
  #live = [];
  /** @type {Particle[]} */
  #spare = [];

  clear() {
    this.#spare.push(...this.#live.splice(0));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   * @param {number} count
   * @param {number} speed units per ms
   */
  sparks(x, y, colour, count, speed) {
    for (let i = this.calm ? count / 3 : count; i > 0; i--) {
      const angle = Math.random() * Math.PI * 2;
      const v = speed * (0.3 + Math.random() * 0.7);
      const spark = this.#add("spark", x, y, colour, 180 + Math.random() * 260);
      spark.vx = Math.cos(angle) * v;
      spark.vy = Math.sin(angle) * v;
      spark.size = 1.5 + Math.random() * 2;
    }
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   */
  burst(x, y, colour) {
    this.#add("stain", x, y, colour, 9_000).size = 46;
    this.sparks(x, y, colour, 34, 0.55);
    this.sparks(x, y, "#ffffff", 10, 0.35);
    this.#add("ring", x, y, colour, 420).size = 90;
    this.#add("flash", x, y, "#ffffff", 140).size = 70;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   * @param {number} size
   */
  ring(x, y, colour, size) {
    this.#add("ring", x, y, colour, 380).size = size;
  }

  /**
   * @param {number} x the middle of the shooter
   * @param {number} y
   * @param {number} angle
   * @param {string} colour
   */
  muzzle(x, y, angle, colour) {
    const reach = FIGHTER_RADIUS + 13;
    this.#add("flash", x + Math.cos(angle) * reach, y + Math.sin(angle) * reach, colour, 80).size = 24;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   */
  ghost(x, y, colour) {
    if (!this.calm) this.#add("ghost", x, y, colour, 240).size = FIGHTER_RADIUS;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} text
   * @param {string} colour
   */
  text(x, y, text, colour) {
    const particle = this.#add("text", x + Math.random() * 16 - 8, y - 22, colour, 750);
    particle.text = text;
    particle.vy = this.calm ? 0 : -0.09;
    particle.vx = 0;
  }

  /** @param {number} elapsed_ms */
  advance(elapsed_ms) {
    const drag = Math.exp(-elapsed_ms / DRAG_MS);
    let kept = 0;
    for (const particle of this.#live) {
      particle.age_ms += elapsed_ms;
      if (particle.age_ms >= particle.life_ms) {
        this.#spare.push(particle);
        continue;
      }
      particle.x += particle.vx * elapsed_ms;
      particle.y += particle.vy * elapsed_ms;
      particle.vx *= drag;
      particle.vy *= drag;
      this.#live[kept++] = particle;
    }
    this.#live.length = kept;
  }

  /**
   * What lies on the floor. The context is set to units of the field, as in `paintAbove`.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   */
  paintBelow(context, camera) {
    for (const { kind, x, y, size, age_ms, life_ms, colour } of this.#live) {
      if (kind !== "stain" && kind !== "ghost") continue;
      if (!camera.sees(x, y, size)) continue;
      const left = 1 - age_ms / life_ms;
      context.globalAlpha = kind === "stain" ? 0.28 * left : 0.4 * left;
      if (kind === "stain") drawGlow(context, colour, x, y, size);
      else {
        context.fillStyle = colour;
        disc(context, x, y, size * (0.6 + 0.4 * left));
      }
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   */
  paintAbove(context, camera) {
    context.globalCompositeOperation = "lighter";
    for (const particle of this.#live) {
      const { kind, x, y, size, colour } = particle;
      if (!camera.sees(x, y, size)) continue;
      const left = 1 - particle.age_ms / particle.life_ms;
      context.globalAlpha = left;
      if (kind === "spark") spark(context, particle, left);
      else if (kind === "flash") drawGlow(context, colour, x, y, size * (0.6 + 0.4 * left));
      else if (kind === "ring") {
        context.strokeStyle = colour;
        context.lineWidth = 1 + 5 * left;
        ring(context, x, y, size * (1 - left * left));
      }
    }
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
  }

  /**
   * The context is in CSS pixels.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Camera} camera
   */
  paintTexts(context, camera) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "800 16px system-ui, sans-serif";
    context.lineWidth = 3;
    context.strokeStyle = "rgb(6 10 15 / 0.8)";
    for (const { kind, x, y, text, colour, age_ms, life_ms } of this.#live) {
      if (kind !== "text") continue;
      context.globalAlpha = Math.min(1, 2 * (1 - age_ms / life_ms));
      context.strokeText(text, camera.screenX(x), camera.screenY(y));
      context.fillStyle = colour;
      context.fillText(text, camera.screenX(x), camera.screenY(y));
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {Particle["kind"]} kind
   * @param {number} x
   * @param {number} y
   * @param {string} colour
   * @param {number} life_ms
   */
  #add(kind, x, y, colour, life_ms) {
    const spare = this.#spare.pop() ?? (this.#live.length >= KEPT ? this.#live.shift() : undefined);
    const fresh = { kind, x, y, vx: 0, vy: 0, size: 1, age_ms: 0, life_ms, colour, text: "" };
    const particle = spare === undefined ? fresh : Object.assign(spare, fresh);
    this.#live.push(particle);
    return particle;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Particle} particle
 * @param {number} left
 */
function spark(context, { x, y, vx, vy, size, colour }, left) {
  context.strokeStyle = colour;
  context.lineWidth = size * left + 0.5;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - vx * 38, y - vy * 38);
  context.stroke();
}
