import assert from "node:assert/strict";
import test from "node:test";
import { forgetSeat, keepSeat, keptSeat } from "../../clients/web/room/kept_seat.js";

class FakeStorage extends Map {
  /** @param {string} key */
  getItem = (key) => this.get(key) ?? null;
  setItem = this.set;
}

/** Two tabs of one browser; each is asked through the function it gives. */
function browser() {
  const localStorage = new FakeStorage();
  return () => {
    const sessionStorage = new FakeStorage();
    return {
      sessionStorage,
      /** @template T @param {() => T} task */
      run: (task) => {
        Object.assign(globalThis, { localStorage, sessionStorage });
        return task();
      },
    };
  };
}

test("a reload finds the newest token of its seat, in its room only", () => {
  const { run } = browser()();
  run(() => {
    assert.equal(keptSeat("abc"), null);
    keepSeat({ room: "abc", player: 3, token: "t1" });
    keepSeat({ room: "abc", player: 3, token: "t2" });
    assert.deepEqual([keptSeat("abc"), keptSeat("xyz")], ["t2", null]);
    forgetSeat();
    assert.equal(keptSeat("abc"), null);
  });
});

test("two tabs have their own seats, but a copy of a tab goes on in the same, which then can be taken back", () => {
  const open = browser();
  const [one, other, copy] = [open(), open(), open()];
  one.run(() => keepSeat({ room: "abc", player: 3, token: "a1" }));
  other.run(() => keepSeat({ room: "abc", player: 4, token: "b1" }));
  assert.equal(
    one.run(() => keptSeat("abc")),
    "a1",
  );
  for (const [key, value] of one.sessionStorage) copy.sessionStorage.set(key, value);
  copy.run(() => keepSeat({ room: "abc", player: 3, token: "a2" }));
  assert.equal(
    one.run(() => keptSeat("abc")),
    "a2",
  );
  assert.equal(
    other.run(() => keptSeat("abc")),
    "b1",
  );
});

test("seats of closed tabs don't pile up", () => {
  const { run } = browser()();
  run(() => {
    for (let player = 1; player <= 50; player++) keepSeat({ room: "abc", player, token: "t".repeat(100) });
    assert.ok(Number(localStorage.getItem("gameserver.seats")?.length) < 2_000);
  });
});

test("without a storage, or with nonsense in it, there just is no seat", () => {
  const { run, sessionStorage } = browser()();
  run(() => {
    sessionStorage.set("gameserver.seat", "{");
    assert.equal(keptSeat("abc"), null);
  });
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    get() {
      throw new Error("not allowed");
    },
  });
  keepSeat({ room: "abc", player: 3, token: "t1" });
  assert.equal(keptSeat("abc"), null);
});
