// The page: records are queued as they arrive and applied once per frame; then every part is rendered.

import { Address } from "./address.js";
import { Attention } from "./attention.js";
import { byId, setAttr, setText } from "./dom.js";
import { Filters } from "./filters.js";
import { count, money } from "./format.js";
import { Health } from "./health.js";
import { History } from "./history.js";
import { Hour } from "./hour.js";
import { Keys } from "./keys.js";
import { List } from "./list.js";
import { Panel } from "./panel.js";
import { Panes } from "./panes.js";
import { statusOf } from "./status.js";
import { CAPACITY, Store } from "./store.js";
import { Stream } from "./stream.js";
import { View } from "./view.js";

/** The time, in ms, that a frame may spend on queued records; the rest waits for the next frame. */
const FRAME_BUDGET = 6;

/** With a longer queue than this the list is rendered only every `BACKLOG_PAUSE` ms: it moves too fast to be read. */
const BACKLOG = 300;
const BACKLOG_PAUSE = 250;

/** Pages of older trades that are loaded in a row without a line that passes the filters; then the viewer decides. */
const MOST_SEARCHED = 10;

/** With more new rows than this in a second, rows arrive without a tint. */
const BUSY = 15;

const { body } = document;
const store = new Store();
const end = { kind: "end", id: "end", version: 0, at: null, born: 0, message: "", burst: null };
const view = new View(end);
const queue = [];
let filtersSet = 0;
let arrivals = 0;
let arrivalsSince = 0;
let scheduled = false;
let hourRenderedAt = 0;
let renderedAt = 0;
let announcedAt = 0;
let searched = 0;

const health = new Health((sentence) => setText(byId("announcer"), sentence));
const address = new Address(() => {
  filters.read();
  showSubject();
});
const panes = new Panes(() => {
  hourRenderedAt = 0;
  schedule();
});
const panel = new Panel({
  store,
  onFilter: (field, value) => filterBy(field, value),
  onOpen: (subject) => open(subject, true),
  onClose: () => closePanel(),
});
const list = new List(byId("tape"), byId("rows"), {
  onOpen: (line) => {
    if (line.kind === "burst") toggle(line);
    else if (line.kind === "end") searched = 0;
    else if (line.kind === "trade") openTrade(line);
    schedule();
  },
  onSelect: (line) => {
    // With the panel open, it follows the selection.
    if (panel.row !== null && line?.kind === "trade") openTrade(line);
    schedule();
  },
  onScroll: schedule,
  onEnd: () => loadOlder(),
});
const filters = new Filters(byId("filters"), address, (predicate, set) => {
  view.setFilter(predicate);
  filtersSet = set;
  searched = 0;
  panes.showActive(set);
  schedule();
});
const hour = new Hour({
  onMarket: (row) => filterBy("market", row.slug || row.title),
  onWallet: (row) => filterBy("wallet", row.wallet),
  onSides: () => {
    hourRenderedAt = 0;
    schedule();
  },
});
const history = new History(
  (records) => {
    const added = store.prepend(records);
    for (const row of store.rows.slice(0, added)) filters.addChoices(row);
    const { length } = view.lines;
    view.invalidate();
    view.update(store);
    searched = view.lines.length > length ? 0 : searched + 1;
    return added;
  },
  () => {
    hourRenderedAt = 0;
    schedule();
  });
const attention = new Attention((id) => open({ kind: "trade", id }, true));
const stream = new Stream({
  onState: (state, retryAt) => {
    health.setConnection(state, retryAt, Date.now());
    schedule();
  },
  onBegin: (page) => {
    queue.length = 0;
    store.clear();
    view.invalidate();
    history.begin(page);
  },
  onEvent: (record) => {
    queue.push(record);
    schedule();
  },
  onHealth: (report) => health.setReport(report, Date.now()),
  onMissed: (n) => {
    store.notice(`${count(n)} events were lost while this page was disconnected; the server no longer has them`, Date.now());
    view.invalidate();
    schedule();
  },
});

new Keys({
  list, filters, closeDetail: closePanel,
  showFilters: () => {
    panes.show("tape");
    panes.showFilters(true);
  },
  openDetail: () => {
    list.open();
    if (panel.row !== null && list.selected?.kind === "trade") panel.focus();
  },
  togglePause: () => {
    if (list.paused) list.toTop();
    else list.paused = true;
    schedule();
  },
});
byId("newer").addEventListener("click", () => {
  list.toTop();
  byId("tape").focus({ preventScroll: true });
  schedule();
});
byId("unfilter").addEventListener("click", () => filters.clear());
document.addEventListener("visibilitychange", () => {
  health.unread = 0;
  health.showTitle();
  scheduled = false;
  schedule();
});
setInterval(() => {
  health.render(Date.now());
  schedule();
}, 1000);

/** The state of the page, for tests and debugging. */
window.pmLive = {
  get rows() { return store.rows.length; },
  get trades() { return store.trades; },
  get shown() { return view.trades; },
  get lines() { return view.lines.length; },
  get events() { return stream.events; },
  get lastN() { return stream.lastN; },
  get queued() { return queue.length; },
  get history() { return history.state; },
  statusOf,
};

showSubject();
stream.connect();

function schedule() {
  if (scheduled) return;
  scheduled = true;
  // A hidden page gets no animation frames, but must still apply its records.
  if (document.hidden) setTimeout(frame, 500);
  else requestAnimationFrame(frame);
}

function frame() {
  if (!scheduled) return;
  scheduled = false;
  const now = Date.now();
  applyQueue(now);
  if (queue.length > 0) schedule();
  if (document.hidden || (queue.length > BACKLOG && now - renderedAt < BACKLOG_PAUSE)) return;
  renderedAt = now;
  view.update(store);
  showEnd();
  // A tint draws the eye to a new row. With many new rows it only costs time.
  const isQuiet = body.dataset.connection !== "live" || arrivals > BUSY;
  list.render(view.lines, now, isQuiet);
  panel.render(now);
  if (now - hourRenderedAt >= 1000 && byId("hour").offsetParent !== null) {
    hourRenderedAt = now;
    const begin = hour.render(store.rows, history.since, now);
    if (history.since !== null && history.since > begin) loadOlder();
  }
  showCounts();
}

function applyQueue(now) {
  const until = performance.now() + FRAME_BUDGET;
  let applied = 0;
  while (applied < queue.length && (applied % 16 !== 0 || performance.now() < until)) {
    const row = store.apply(queue[applied], now);
    applied += 1;
    if (row === null) continue;
    filters.addChoices(row);
    const isNew = row.version === 0;
    view.apply(row, isNew);
    if (isNew) {
      if (now - arrivalsSince > 1000) [arrivals, arrivalsSince] = [0, now];
      arrivals += 1;
      if (document.hidden && row.kind === "trade" && !row.isMaker) {
        health.unread += 1;
        health.showTitle();
      }
    }
    if (queue[applied - 1].kind === "alert" && body.dataset.connection === "live") {
      announce(row, now);
      attention.call(row, now);
    }
  }
  queue.splice(0, applied);
}

/** Loads older trades; the list keeps no more than it can hold. */
function loadOlder() {
  if (store.rows.length < CAPACITY && queue.length === 0 && searched < MOST_SEARCHED) history.more();
}

/** Says under the oldest trade whether there are more. */
function showEnd() {
  const message = store.rows.length >= CAPACITY ? `The list keeps ${count(CAPACITY)} trades; open a market or a wallet for older ones.`
    : history.state === "idle" && searched >= MOST_SEARCHED ? "No match among the trades loaded last. Press to search older ones."
    : { idle: "Loading older trades.", loading: "Loading older trades.", complete: "No older trades are known.",
      failed: "Older trades cannot be read now; trying again." }[history.state];
  if (message === end.message) return;
  end.message = message;
  end.version += 1;
}

function showCounts() {
  const unseen = list.unseen;
  const newer = byId("newer");
  newer.hidden = unseen <= 0 && !list.paused;
  setText(newer, [list.paused && "paused", unseen > 0 && `${count(unseen)} newer`].filter(Boolean).join(", "));
  const all = store.trades - (hour.bothSides ? 0 : store.makers);
  const listed = view.trades - (hour.bothSides ? 0 : view.makers);
  setText(byId("count"), filtersSet > 0 ? `${count(listed)} of ${count(all)}` : count(all));
  setAttr(body, "data-empty", view.trades > 0 ? null : store.trades > 0 ? "filtered" : "waiting");
}

/** Announces an alert to screen readers, at most one every five seconds. */
function announce(row, now) {
  if (now - announcedAt < 5000) return;
  announcedAt = now;
  setText(byId("announcer"),
    `Alert: ${row.tier.full}, ${row.side.toLowerCase()} ${row.outcome}, ${money(row.value)}, ${row.title}`);
}

function toggle(burst) {
  burst.isOpen = !burst.isOpen;
  burst.version += 1;
  view.invalidate();
}

/** Opens a trade of the list. Another one in its place is no step of its own. */
function openTrade(row) {
  if (panel.row === row) return;
  open({ kind: "trade", id: row.id }, panel.row === null);
  if (panes.isNarrow) panel.focus();
}

function open(subject, isStep) {
  address.open(subject, isStep);
  showSubject();
  schedule();
}

/** Shows what the address names. */
function showSubject() {
  const subject = address.subject;
  if (subject !== null) panel.show(subject);
  else if (panel.subject !== null) {
    panel.hide();
    byId("tape").focus({ preventScroll: true });
  }
  schedule();
}

function filterBy(field, value) {
  if (panes.isNarrow && panel.subject !== null) {
    // In place of the panel, so that Back does not reopen it.
    address.drop();
    panel.hide();
  }
  filters.set(field, value);
  list.toTop();
  panes.show("tape");
}

function closePanel() {
  if (panel.subject === null) return false;
  if (!address.close()) showSubject();
  return true;
}
