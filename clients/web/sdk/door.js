/**
 * Why the server lets nobody in before a WebSocket opens, in words for a player, and what makes sense to do about it.
 *
 * `retry_after_s`: when the server wants to be asked again; null where it doesn't say.
 * @typedef {{ retry: "later"|"never", title: string, text: string, retry_after_s: number|null }} Refusal
 *
 * What this module uses of `fetch` and of its `Response`.
 * @typedef {{ status: number, headers: { get: (name: string) => string|null }, text: () => Promise<string> }} Answer
 * @typedef {(url: string, init: RequestInit) => Promise<Answer>} Fetch
 */

/** @type {Record<number, Omit<Refusal, "retry_after_s">>} The texts are for when the server says nothing itself. */
const MEANINGS = {
  401: {
    retry: "never",
    title: "The server doesn't know who you are",
    text: "It wants a ticket, and got none that is good.",
  },
  403: { retry: "never", title: "The server won't let you in", text: "It doesn't say why." },
  429: {
    retry: "later",
    title: "The server can't let you in yet",
    text: "Too many come from the same place.",
  },
  503: { retry: "later", title: "The server can't let you in yet", text: "It is busy." },
};
/** A longer one was not written for people. */
const LONGEST_SENTENCE = 300;

/**
 * A browser tells a page nothing of how the handshake of a WebSocket was refused. The server answers the same checks by
 * plain HTTP, so that this can be asked.
 *
 * @param {string} url of the WebSocket, with the ticket if there is one
 * @param {AbortSignal} signal when the answer isn't wanted any more
 * @param {Fetch} [fetch]
 * @returns {Promise<Refusal|null>} null: the server has nothing against it, or can't be asked
 */
export async function askAtDoor(url, signal, fetch = globalThis.fetch) {
  try {
    const answer = await fetch(pageAddress(url), { cache: "no-store", redirect: "manual", signal });
    const meaning = MEANINGS[answer.status];
    if (meaning === undefined) return null;
    const text = sentence(answer, await answer.text()) ?? meaning.text;
    return { ...meaning, text, retry_after_s: seconds(answer.headers.get("Retry-After")) };
  } catch {
    // No network, nobody there, or not wanted any more: nothing that the lost socket hasn't told.
    return null;
  }
}

/** @param {string} url of a WebSocket */
function pageAddress(url) {
  const address = new URL(url);
  address.protocol = address.protocol === "wss:" ? "https:" : "http:";
  return address.href;
}

/**
 * @param {Answer} answer
 * @param {string} body
 * @returns {string|null} what the game server says; a proxy before it would send a page
 */
function sentence({ headers }, body) {
  const plain = headers.get("Content-Type")?.startsWith("text/plain") ?? false;
  const text = body.trim();
  return plain && text !== "" && text.length <= LONGEST_SENTENCE ? text : null;
}

/**
 * @param {string|null} retryAfter the header; a date, which it may be too, counts as not said
 * @returns {number|null}
 */
function seconds(retryAfter) {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter.trim()) ? Number(retryAfter) : null;
}
