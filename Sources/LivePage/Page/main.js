// The page: records are queued as they arrive and applied once per frame; then every part is rendered.

import { byId, setAttr, setText } from "./dom.js";
import { Detail } from "./detail.js";
import { Filters } from "./filters.js";
import { Health } from "./health.js";
import { Hour } from "./hour.js";
import { Keys } from "./keys.js";
import { List } from "./list.js";
import { count, money } from "./format.js";
import { Panes } from "./panes.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";

/** The time, in ms, that a frame may spend on queued records; the rest waits for the next frame. */
const FRAME_BUDGET = 6;

/** With a longer queue than this the list is rendered only every `BACKLOG_PAUSE` ms: it moves too fast to be read. */
const BACKLOG = 300;
const BACKLOG_PAUSE = 250;

/** With more new rows than this in a second, rows arrive without a tint. */
const BUSY = 15;

const TITLE = document.title;
const { body } = document;
const store = new Store();
const health = new Health();
const queue = [];
let accepts = () => true;
let filtersSet = 0;
let view = [];
let shown = 0;
let shownMakers = 0;
let needsRefilter = true;
let trims = 0;
let arrivals = 0;
let arrivalsSince = 0;
let scheduled = false;
let hourRenderedAt = 0;
let renderedAt = 0;
let retryAt = null;
let announcedAt = 0;
let unread = 0;

const panes = new Panes({
  onChange: () => {
    hourRenderedAt = 0;
    schedule();
  },
  onBack: () => {
    closeDetail();
    filters.read();
  },
});
const detail = new Detail({
  rows: () => store.rows,
  onFilter: (field, value) => filterBy(field, value),
  onClose: () => closeDetail(),
});
const list = new List(byId("tape"), byId("rows"), {
  onOpen: (row) => {
    detail.open(row);
    panes.pushDetail();
    if (panes.isNarrow) detail.focus();
    schedule();
  },
  onSelect: (row) => {
    if (detail.row !== null && row !== null) detail.open(row);
    schedule();
  },
  onScroll: schedule,
});
const filters = new Filters(byId("filters"), (predicate, set) => {
  accepts = predicate;
  filtersSet = set;
  needsRefilter = true;
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
const stream = new Stream({
  onState: (state, at) => {
    setAttr(body, "data-connection", state);
    retryAt = at;
    showConnection(Date.now());
    schedule();
  },
  onEvent: (record) => {
    queue.push(record);
    schedule();
  },
  onHealth: (report) => health.update(report, Date.now()),
  onMissed: (n) => {
    store.notice(`${count(n)} events were lost while this page was disconnected; the server no longer has them`, Date.now());
    needsRefilter = true;
    schedule();
  },
});

new Keys({
  list, filters, closeDetail,
  showPane: (pane) => panes.show(pane),
  openDetail: () => { list.open(); if (detail.row) detail.focus(); },
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
  unread = 0;
  document.title = TITLE;
  scheduled = false;
  schedule();
});
setInterval(() => {
  const now = Date.now();
  health.render(now);
  showConnection(now);
  schedule();
}, 1000);

/** The state of the page, for tests and debugging. */
window.pmLive = {
  get rows() { return store.rows.length; },
  get trades() { return store.trades; },
  get shown() { return shown; },
  get events() { return stream.events; },
  get lastN() { return stream.lastN; },
  get queued() { return queue.length; },
};

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
  refilter();
  // A tint draws the eye to a new row. With many new rows it only costs time.
  const isQuiet = body.dataset.connection !== "live" || arrivals > BUSY;
  list.render(view, now, isQuiet);
  detail.render(now);
  if (now - hourRenderedAt >= 1000 && byId("hour").offsetParent !== null) {
    hourRenderedAt = now;
    hour.render(store.rows, now);
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
    filters.addTags(row);
    if (row.version === 0) {
      if (now - arrivalsSince > 1000) [arrivals, arrivalsSince] = [0, now];
      arrivals += 1;
      row.isShown = accepts(row);
      if (row.isShown && !needsRefilter) {
        view.push(row);
        shown += row.kind === "trade" ? 1 : 0;
        shownMakers += row.isMaker ? 1 : 0;
      }
      if (document.hidden && row.kind === "trade" && !row.isMaker) document.title = `(${++unread}) ${TITLE}`;
    } else if (accepts(row) !== row.isShown) needsRefilter = true;
    if (queue[applied - 1].kind === "alert" && row.kind === "trade") announce(row, now);
  }
  queue.splice(0, applied);
}

function refilter() {
  if (!needsRefilter && trims === store.trims) return;
  needsRefilter = false;
  trims = store.trims;
  for (const row of store.rows) row.isShown = accepts(row);
  view = store.rows.filter((row) => row.isShown);
  shown = view.reduce((sum, row) => sum + (row.kind === "trade" ? 1 : 0), 0);
  shownMakers = view.reduce((sum, row) => sum + (row.isMaker ? 1 : 0), 0);
}

function showCounts() {
  const unseen = list.unseen;
  const newer = byId("newer");
  newer.hidden = unseen <= 0 && !list.paused;
  setText(newer, [list.paused && "paused", unseen > 0 && `${count(unseen)} newer`].filter(Boolean).join(", "));
  const all = store.trades - (hour.bothSides ? 0 : store.makers);
  const listed = shown - (hour.bothSides ? 0 : shownMakers);
  setText(byId("count"), filtersSet > 0 ? `${count(listed)} of ${count(all)}` : count(all));
  setAttr(body, "data-empty", shown > 0 ? null : store.trades > 0 ? "filtered" : "waiting");
}

function showConnection(now) {
  const state = body.dataset.connection;
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  setText(byId("connection-text"), {
    connecting: "Connecting",
    "catching-up": "Catching up",
    live: "Live",
    waiting: seconds > 0 ? `Disconnected, retry in ${seconds}s` : "Reconnecting",
    offline: "Offline",
  }[state] ?? state);
}

/** Announces an alert to screen readers, at most one every five seconds. */
function announce(row, now) {
  if (now - announcedAt < 5000 || body.dataset.connection !== "live") return;
  announcedAt = now;
  setText(byId("announcer"),
    `Alert: ${row.tier.full}, ${row.side.toLowerCase()} ${row.outcome}, ${money(row.value)}, ${row.title}`);
}

function filterBy(field, value) {
  panes.replaceDetail();
  filters.set(field, value);
  list.toTop();
  panes.show("tape");
  if (panes.isNarrow) closeDetail();
}

function closeDetail() {
  if (detail.row === null) return false;
  detail.close();
  panes.popDetail();
  byId("tape").focus({ preventScroll: true });
  schedule();
  return true;
}
