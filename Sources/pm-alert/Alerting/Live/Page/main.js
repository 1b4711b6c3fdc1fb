// The page: what arrives is gathered and worked off once a frame, and then every part shows what it has to.

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

/** Time a frame may spend on what arrived, in ms; the rest waits for the next one. */
const BUDGET = 6;

/** While more than this waits, the list is drawn a few times a second alone: nobody reads it, and each drawing costs. */
const FLOOD = 300;
const FLOOD_PAUSE = 250;

/** More rows than this in a second come in without a tint. */
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
let stale = true;
let trims = 0;
let arrivals = 0;
let arrivalsSince = 0;
let scheduled = false;
let hourAt = 0;
let drawnAt = 0;
let retryAt = null;
let announcedAt = 0;
let unread = 0;

const panes = new Panes({
  onChange: () => {
    hourAt = 0;
    schedule();
  },
  onBack: () => {
    closeDetail();
    filters.read();
  },
});
const detail = new Detail({
  rows: () => store.rows,
  onFilter: (field, value) => only(field, value),
  onClose: () => closeDetail(),
});
const list = new List(byId("tape"), byId("paper"), {
  onOpen: (row) => {
    detail.open(row);
    panes.cover();
    if (panes.areNarrow) detail.focus();
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
  stale = true;
  schedule();
});
const hour = new Hour({
  onMarket: (row) => only("market", row.slug || row.title),
  onWallet: (row) => only("wallet", row.wallet),
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
  onHealth: (told) => health.take(told, Date.now()),
  onMissed: (n) => {
    store.notice(`${count(n)} events passed while this page was away, more than the server keeps`, Date.now());
    stale = true;
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

/** For tests and the curious: what the page has, hears and shows. */
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
  // A hidden page gets no frames; it still has to take in what comes.
  if (document.hidden) setTimeout(work, 500);
  else requestAnimationFrame(work);
}

function work() {
  if (!scheduled) return;
  scheduled = false;
  const now = Date.now();
  takeIn(now);
  if (queue.length > 0) schedule();
  if (document.hidden || (queue.length > FLOOD && now - drawnAt < FLOOD_PAUSE)) return;
  drawnAt = now;
  refilter();
  // A tint draws the eye to what is new; where much is, it would only be work.
  const quiet = body.dataset.connection !== "live" || arrivals > BUSY;
  list.render(view, now, quiet);
  detail.render(now);
  if (now - hourAt >= 1000 && byId("hour").offsetParent !== null) {
    hourAt = now;
    hour.render(store.rows, now);
  }
  showCounts();
}

function takeIn(now) {
  const until = performance.now() + BUDGET;
  let taken = 0;
  while (taken < queue.length && (taken % 16 !== 0 || performance.now() < until)) {
    const row = store.apply(queue[taken], now);
    taken += 1;
    if (row === null) continue;
    filters.learn(row);
    if (row.version === 0) {
      if (now - arrivalsSince > 1000) [arrivals, arrivalsSince] = [0, now];
      arrivals += 1;
      row.isShown = accepts(row);
      if (row.isShown && !stale) {
        view.push(row);
        shown += row.kind === "trade" ? 1 : 0;
      }
      if (document.hidden && row.kind === "trade") document.title = `(${++unread}) ${TITLE}`;
    } else if (accepts(row) !== row.isShown) stale = true;
    if (queue[taken - 1].kind === "alert" && row.kind === "trade") announce(row, now);
  }
  queue.splice(0, taken);
}

function refilter() {
  if (!stale && trims === store.trims) return;
  stale = false;
  trims = store.trims;
  for (const row of store.rows) row.isShown = accepts(row);
  view = store.rows.filter((row) => row.isShown);
  shown = view.reduce((sum, row) => sum + (row.kind === "trade" ? 1 : 0), 0);
}

function showCounts() {
  const waiting = list.unseen;
  const newer = byId("newer");
  newer.hidden = waiting <= 0 && !list.paused;
  setText(newer, [list.paused && "held", waiting > 0 && `${count(waiting)} newer`].filter(Boolean).join(", "));
  setText(byId("count"), filtersSet > 0 ? `${count(shown)} of ${count(store.trades)}` : count(store.trades));
  setAttr(body, "data-empty", shown > 0 ? null : store.trades > 0 ? "filtered" : "waiting");
}

function showConnection(now) {
  const state = body.dataset.connection;
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  setText(byId("connection-text"), {
    connecting: "Connecting",
    "catching-up": "Catching up",
    live: "Live",
    waiting: seconds > 0 ? `Lost, again in ${seconds}s` : "Reconnecting",
    offline: "Offline",
  }[state] ?? state);
}

/** Says an alert aloud, to those who listen: one every five seconds at most. */
function announce(row, now) {
  if (now - announcedAt < 5000 || body.dataset.connection !== "live") return;
  announcedAt = now;
  setText(byId("announcer"),
    `Alert: ${row.tier.full}, ${row.side.toLowerCase()} ${row.outcome}, ${money(row.value)}, ${row.title}`);
}

function only(field, value) {
  panes.settle();
  filters.set(field, value);
  list.toTop();
  panes.show("tape");
  if (panes.areNarrow) closeDetail();
}

function closeDetail() {
  if (detail.row === null) return false;
  detail.close();
  panes.uncover();
  byId("tape").focus({ preventScroll: true });
  schedule();
  return true;
}
