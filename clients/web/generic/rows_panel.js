import { humanize } from "../forms/json_schema.js";
import { EMPTY_STATE, rowsOf } from "../sdk/index.js";
import { tableColour } from "../ui/colours.js";
import { el, setText } from "../ui/dom.js";
import { PlayerTag } from "./player_tag.js";
import { runsWithTime, showValue } from "./row_value.js";

/**
 * @typedef {import("../sdk/index.js").Room} Room
 * @typedef {import("../sdk/messages.js").TableSchema} TableSchema
 * @typedef {import("../sdk/state.js").Row} Row
 * @typedef {import("../sdk/state.js").Rows} Rows
 */

/** More rows than this nobody reads, and they would cost frames. */
const SHOWN_ROWS = 60;

/** All the tables of a room, in numbers and words. */
export class RowsPanel {
  element = el("section", { className: "tables", "aria-label": "Tables" });
  #room;
  /** @type {TableView[]} */
  #views = [];
  /** @type {import("../sdk/messages.js").Schema|null} What the views were made for. */
  #schema = null;

  /** @param {Room} room */
  constructor(room) {
    this.#room = room;
    this.update(EMPTY_STATE);
  }

  /** @param {import("../sdk/state.js").State} state */
  update(state) {
    if (this.#schema !== this.#room.schema) this.#rebuild();
    for (const view of this.#views) view.update(rowsOf(state, view.name));
  }

  #rebuild() {
    this.#schema = this.#room.schema;
    this.#views = Object.entries(this.#schema)
      // A spectator has no secrets.
      .filter(([, { kind }]) => kind !== "secret" || !this.#room.spectating)
      .map(([name, table], index) => new TableView(this.#room, name, table, index));
    this.element.replaceChildren(...this.#views.map((view) => view.element));
  }
}

/** One table. Rows that did not change are left alone. */
class TableView {
  #room;
  #table;
  /** @type {Map<number, RowView>} */
  #rows = new Map();
  #count = el("span", { className: "count" });
  #more = el("p", { className: "muted more" });
  #none = el("p", { className: "muted none" }, "No rows.");
  #body;

  /**
   * @param {Room} room
   * @param {string} name
   * @param {TableSchema} table
   * @param {number} index
   */
  constructor(room, name, table, index) {
    this.#room = room;
    this.name = name;
    this.#table = table;
    const one = table.kind === "one";
    const heads = table.fields.map(([field, type]) =>
      el("th", { scope: "col", className: type }, field.replaceAll("_", " ")),
    );
    this.#body = one ? el("div", { className: "facts" }) : el("tbody");
    const content = one
      ? this.#body
      : el(
          "table",
          {},
          el(
            "thead",
            {},
            el("tr", {}, el("th", { scope: "col" }, byPlayer(table) ? "player" : "id"), ...heads),
          ),
          this.#body,
        );
    const key = el("span", { className: "key", "aria-hidden": "true" });
    key.style.background = tableColour(index);
    const secret = table.kind === "secret";
    this.element = el(
      "details",
      {
        open: true,
        className: `table-view ${table.kind}`,
        "data-testid": `rows-${name}`,
        "data-kind": table.kind,
      },
      el(
        "summary",
        {},
        secret ? el("span", { className: "lock", "aria-hidden": "true" }) : key,
        humanize(name),
        " ",
        secret ? el("span", { className: "muted only" }, "only you see this") : one ? null : this.#count,
      ),
      el("div", { className: "scroll" }, content),
      this.#none,
      this.#more,
    );
  }

  /** @param {Rows} rows */
  update(rows) {
    for (const [id, view] of this.#rows) {
      if (rows.has(id)) continue;
      view.element.remove();
      this.#rows.delete(id);
    }
    for (const [id, row] of rows) {
      const view = this.#rows.get(id) ?? (this.#rows.size < SHOWN_ROWS ? this.#add(id) : null);
      view?.update(row);
    }
    setText(this.#count, String(rows.size));
    const hidden = rows.size - this.#rows.size;
    this.#more.hidden = hidden <= 0;
    this.#none.hidden = rows.size > 0;
    setText(this.#more, `… and ${hidden} more`);
  }

  /** @param {number} id */
  #add(id) {
    const view = new RowView(this.#room, id, this.#table);
    this.#rows.set(id, view);
    // In order of ids, whatever order they came in.
    const next = [...this.#body.children].find(
      (each) => Number(/** @type {HTMLElement} */ (each).dataset.row) > id,
    );
    this.#body.insertBefore(view.element, next ?? null);
    return view;
  }
}

/** One row: a line of its table, or a list of keys and values if its table has no other. */
class RowView {
  /** @type {Row|null} */
  #row = null;
  #fields;
  #cells;
  #room;
  /** @type {PlayerTag|null} */
  #player;

  /**
   * @param {Room} room
   * @param {number} id
   * @param {TableSchema} table
   */
  constructor(room, id, table) {
    this.#room = room;
    this.#fields = table.fields;
    this.#player = byPlayer(table) ? new PlayerTag(room, id) : null;
    if (table.kind === "one") {
      this.#cells = table.fields.map(([field]) => el("dd", { "data-field": field }));
      const pairs = table.fields.map(([field], index) =>
        el("div", {}, el("dt", {}, humanize(field)), this.#cells[index]),
      );
      this.element = el("dl", { "data-row": id }, ...pairs);
    } else {
      this.#cells = table.fields.map(([field, type]) => el("td", { "data-field": field, className: type }));
      const head = el("th", { scope: "row" }, this.#player?.element ?? String(id));
      this.element = el("tr", { "data-row": id }, head, ...this.#cells);
    }
    this.element.classList.toggle("own", byPlayer(table) && id === room.player);
  }

  /** @param {Row} row */
  update(row) {
    this.#player?.update();
    if (row === this.#row && !this.#fields.some(runsWithTime)) return;
    this.#fields.forEach((field, index) => {
      const cell = this.#cells[index];
      const value = row[field[0]];
      const same = this.#row !== null && this.#row[field[0]] === value;
      if (cell === undefined || (same && !runsWithTime(field))) return;
      showValue(cell, value, field, this.#room);
    });
    this.#row = row;
  }
}

/** @param {TableSchema} table */
function byPlayer({ kind }) {
  return kind === "per_player" || kind === "secret";
}
