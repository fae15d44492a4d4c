/** How many sounds may start within one frame's time: a crowd is a noise, not a hundred sounds. */
const PER_MOMENT = 6;
const MOMENT_MS = 30;
const NOISE_S = 0.5;

/**
 * @typedef {{ gain?: number, pan?: number }} Place how loud, 0 to 1, and from where, -1 to 1
 */

/** All sounds, made from oscillators and noise. Silent until a first gesture, as browsers want it. */
export class Sound {
  /** @type {AudioContext|null} */
  #audio = null;
  /** @type {GainNode|null} */
  #master = null;
  /** @type {AudioBuffer|null} */
  #noise = null;
  #volume = 0.5;
  #moment_ms = 0;
  #started = 0;

  /** @param {number} volume 0 to 1 */
  setVolume(volume) {
    this.#volume = volume;
    if (this.#master !== null) this.#master.gain.value = volume * volume;
  }

  /** To be called in a gesture of the user's. */
  unlock() {
    if (this.#audio !== null) {
      if (this.#audio.state === "suspended") void this.#audio.resume().catch(() => {});
      return;
    }
    if (typeof AudioContext === "undefined") return;
    const audio = new AudioContext({ latencyHint: "interactive" });
    const limiter = new DynamicsCompressorNode(audio, { threshold: -14, ratio: 8 });
    this.#master = new GainNode(audio, { gain: this.#volume ** 2 });
    this.#master.connect(limiter).connect(audio.destination);
    this.#noise = whiteNoise(audio);
    this.#audio = audio;
  }

  dispose() {
    void this.#audio?.close().catch(() => {});
    this.#audio = null;
    this.#master = null;
  }

  /**
   * @param {number} weapon
   * @param {Place} [place]
   */
  shot(weapon, place) {
    if (weapon === 1) {
      this.#burst({ from_hz: 2400, to_hz: 300, length_s: 0.2, gain: 0.5 }, place);
      this.#tone({ type: "square", from_hz: 220, to_hz: 60, length_s: 0.14, gain: 0.18 }, place);
    } else if (weapon === 2) {
      this.#tone({ type: "sawtooth", from_hz: 1700, to_hz: 90, length_s: 0.32, gain: 0.22 }, place);
      this.#burst({ from_hz: 6000, to_hz: 900, length_s: 0.25, gain: 0.25 }, place);
    } else {
      this.#tone({ type: "triangle", from_hz: 920, to_hz: 190, length_s: 0.09, gain: 0.34 }, place);
      this.#burst({ from_hz: 3200, to_hz: 1200, length_s: 0.04, gain: 0.14 }, place);
    }
  }

  /** @param {number} combo hits in a row: each sounds higher */
  hit(combo) {
    const hz = 780 * 2 ** (Math.min(combo, 12) / 12);
    this.#tone({ type: "sine", from_hz: hz, to_hz: hz * 1.02, length_s: 0.07, gain: 0.4 });
  }

  hurt() {
    this.#tone({ type: "sine", from_hz: 170, to_hz: 50, length_s: 0.18, gain: 0.6 });
    this.#burst({ from_hz: 800, to_hz: 200, length_s: 0.1, gain: 0.3 });
  }

  kill() {
    this.#notes([523, 784, 1047], 0.06, "triangle", 0.34);
  }

  die() {
    this.#tone({ type: "sawtooth", from_hz: 300, to_hz: 40, length_s: 0.6, gain: 0.3 });
    this.#burst({ from_hz: 1200, to_hz: 80, length_s: 0.5, gain: 0.4 });
  }

  /** @param {Place} [place] */
  blast(place) {
    this.#burst({ from_hz: 1400, to_hz: 90, length_s: 0.35, gain: 0.4 }, place);
  }

  pickup() {
    this.#notes([660, 990], 0.07, "sine", 0.34);
  }

  /** @param {Place} [place] */
  dash(place) {
    this.#burst({ from_hz: 500, to_hz: 3200, length_s: 0.18, gain: 0.3 }, place);
  }

  round() {
    this.#notes([392, 523, 659, 784], 0.11, "triangle", 0.3);
  }

  /** One second less. */
  tick() {
    this.#tone({ type: "sine", from_hz: 1180, to_hz: 1180, length_s: 0.05, gain: 0.25 });
  }

  /**
   * @param {number[]} frequencies_hz
   * @param {number} step_s
   * @param {OscillatorType} type
   * @param {number} gain
   */
  #notes(frequencies_hz, step_s, type, gain) {
    for (const [index, hz] of frequencies_hz.entries()) {
      this.#tone({ type, from_hz: hz, to_hz: hz, length_s: step_s * 2.2, gain, wait_s: index * step_s });
    }
  }

  /**
   * @param {{ type: OscillatorType, from_hz: number, to_hz: number, length_s: number, gain: number, wait_s?: number }} tone
   * @param {Place} [place]
   */
  #tone({ type, from_hz, to_hz, length_s, gain, wait_s = 0 }, place) {
    const audio = this.#ready();
    if (audio === null) return;
    const start = audio.currentTime + wait_s;
    const oscillator = new OscillatorNode(audio, { type, frequency: from_hz });
    oscillator.frequency.exponentialRampToValueAtTime(Math.max(20, to_hz), start + length_s);
    oscillator.connect(this.#fading(audio, start, length_s, gain, place));
    oscillator.start(start);
    oscillator.stop(start + length_s);
  }

  /**
   * @param {{ from_hz: number, to_hz: number, length_s: number, gain: number }} burst of noise
   * @param {Place} [place]
   */
  #burst({ from_hz, to_hz, length_s, gain }, place) {
    const audio = this.#ready();
    if (audio === null) return;
    const start = audio.currentTime;
    const source = new AudioBufferSourceNode(audio, { buffer: this.#noise });
    const filter = new BiquadFilterNode(audio, { type: "lowpass", frequency: from_hz, Q: 1.2 });
    filter.frequency.setValueAtTime(from_hz, start);
    filter.frequency.exponentialRampToValueAtTime(to_hz, start + length_s);
    source.connect(filter).connect(this.#fading(audio, start, length_s, gain, place));
    source.start(start, Math.random() * (NOISE_S - length_s), length_s);
  }

  /**
   * @param {AudioContext} audio
   * @param {number} start
   * @param {number} length_s
   * @param {number} loudness
   * @param {Place} [place]
   */
  #fading(audio, start, length_s, loudness, { gain = 1, pan = 0 } = {}) {
    const fade = new GainNode(audio, { gain: 0 });
    fade.gain.setValueAtTime(loudness * gain, start);
    fade.gain.exponentialRampToValueAtTime(0.001, start + length_s);
    const panner = new StereoPannerNode(audio, { pan: Math.max(-1, Math.min(1, pan)) });
    fade.connect(panner).connect(/** @type {GainNode} */ (this.#master));
    return fade;
  }

  /** @returns {AudioContext|null} null: nobody would hear it */
  #ready() {
    const audio = this.#audio;
    if (audio === null || this.#volume === 0 || audio.state !== "running") return null;
    const now_ms = performance.now();
    if (now_ms - this.#moment_ms > MOMENT_MS) {
      this.#moment_ms = now_ms;
      this.#started = 0;
    }
    this.#started += 1;
    return this.#started > PER_MOMENT * 2 ? null : audio;
  }
}

/** @param {AudioContext} audio */
function whiteNoise(audio) {
  const buffer = new AudioBuffer({ length: audio.sampleRate * NOISE_S, sampleRate: audio.sampleRate });
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
  return buffer;
}
