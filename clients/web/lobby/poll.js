/**
 * Calls `task` now and then again `interval_ms` after it is done, but only while the page can be seen.
 *
 * @param {() => Promise<void>} task
 * @param {number} interval_ms
 * @returns {() => void} stops it
 */
export function pollWhileVisible(task, interval_ms) {
  let stopped = false;
  let running = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const run = async () => {
    if (running || stopped || document.visibilityState !== "visible") return;
    clearTimeout(timer);
    running = true;
    await task();
    running = false;
    if (!stopped) timer = setTimeout(run, interval_ms);
  };
  document.addEventListener("visibilitychange", run);
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", run);
  };
}
