// The one state of the page, and its words. The badge, the title, the announcer and the strip all show this state.

import { count, duration, list, number, object, text } from "./format.js";

/** A health message older than this, in ms, says nothing any more: one arrives every 5 s. */
const OUTDATED = 15_000;
/** A feed without messages for this long, in seconds, is quiet. Large trades may be rare; messages are not. */
const QUIET = 30;
/** A stage with a longer lag than this, in seconds, is behind. */
const LATE = 5;

/**
 * Returns the state as words.
 *
 * `connection` is connecting, catching-up, live, waiting, offline or unauthorized; `retryAt` (ms) is the time of the next
 * attempt while waiting; `health` is the last health message, or null; `healthAt` (ms) is the time of its arrival.
 *
 * The result has `level` (good, wait, warn, bad or done), `badge` (two or three words), `sentence`, `key` (changes when the
 * sentence changes for another reason than time), `feed`, `gaps` and `delay` (texts of the strip), and `stages`
 * (`{name, level, text, title}`).
 */
export function statusOf({ connection, retryAt = null, health, healthAt = 0, now }) {
  const report = object(health);
  const age = now - healthAt;
  const isKnown = connection === "live" && report !== null && age <= OUTDATED;
  return { ...overall(connection, retryAt, report, age, now), ...strip(report, age, isKnown) };
}

function overall(connection, retryAt, report, age, now) {
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  switch (connection) {
    case "connecting": return state("wait", "Connecting", "Connecting to the server.");
    case "catching-up": return state("wait", "Catching up", "Loading the trades that arrived meanwhile.");
    case "offline": return state("bad", "Offline", "This device is offline; new trades are not shown.");
    case "unauthorized": return state("bad", "Signed out", "The server asks for its token: reload the page to sign in.");
    case "waiting":
      return state("bad", "Disconnected",
        `Disconnected: new trades are not shown. ${seconds > 0 ? `Next attempt in ${seconds}s.` : "Reconnecting."}`, "waiting");
  }
  if (report === null) return state("wait", "Checking", "Connected; waiting for the first report of the pipeline.");
  if (age > OUTDATED) {
    return state("bad", "No report", `The server has sent no report for ${duration(age / 1000)}.`, "no report");
  }
  return ofPipeline(report, age);
}

function ofPipeline(report, age) {
  const stages = list(report.stages).map(object).filter(Boolean);
  const silence = number(object(report.feed)?.heard_s_ago);
  const quiet = silence === null ? null : silence + age / 1000;
  const gaps = number(report.gaps_open) ?? 0;
  if (report.status === "down") {
    for (const [wanted, words] of [["gone", "has stopped"], ["stale", "hangs"]]) {
      const names = stages.filter((stage) => stage.state === wanted).map((stage) => text(stage.stage, 24));
      if (names.length > 0) {
        const who = names.join(", ");
        return state("bad", "Outage", `${who} ${names.length === 1 ? words : words.replace("has", "have").replace("hangs", "hang")}: trades may be missing here.`, `${wanted} ${who}`);
      }
    }
    return quiet === null
      ? state("bad", "No feed", "No feed has been received since the start.")
      : state("bad", "No feed", `No feed has been received for ${duration(quiet)}.`, "silent");
  }
  if (report.status === "ended") return state("done", "Ended", "The input has ended; no new trades will come.");
  if (gaps > 0) {
    const [noun, verb] = gaps === 1 ? ["gap", "is"] : ["gaps", "are"];
    return state("warn", `${count(gaps)} ${noun}`,
      `${count(gaps)} ${noun} in the feed ${verb} not back-filled yet: trades of that time may be missing.`);
  }
  if (quiet === null) return state("wait", "Waiting", "Waiting for the first message of the feed.");
  if (quiet > QUIET) return state("warn", "Quiet", `No feed message for ${duration(quiet)}.`, "quiet");
  const late = stages.filter((stage) => stage.state === "ok" && (number(stage.lag_s) ?? 0) > LATE);
  if (late.length > 0) {
    const [stage] = late.sort((a, b) => b.lag_s - a.lag_s);
    const name = text(stage.stage, 24);
    return state("warn", "Delayed", `${name} is ${duration(stage.lag_s)} behind the feed.`, `late ${name}`);
  }
  return state("good", "Live", "All stages work.");
}

const state = (level, badge, sentence, key = sentence) => ({ level, badge, sentence, key });

/** The parts of the strip. What is not known now is said to be unknown, not repeated from an old report. */
function strip(report, age, isKnown) {
  if (report === null) return { feed: "", gaps: "", delay: "", stages: [] };
  const silence = number(object(report.feed)?.heard_s_ago);
  const delay = number(object(report.feed)?.shown_after_s);
  const gaps = number(report.gaps_open) ?? 0;
  const stages = list(report.stages).slice(0, 12).map((stage) => stageWords(object(stage) ?? {}, isKnown))
    .filter((stage) => stage.name !== "");
  if (!isKnown) return { feed: "", gaps: "", delay: "", stages };
  return {
    feed: silence === null ? "no feed yet" : `feed ${duration(silence + age / 1000)} ago`,
    gaps: gaps === 0 ? "no gaps" : `${count(gaps)} open ${gaps === 1 ? "gap" : "gaps"}`,
    delay: delay === null ? "" : `shown after ${delay < 1 ? `${Math.round(delay * 1000)} ms` : `${delay.toFixed(1)} s`}`,
    stages,
  };
}

function stageWords(stage, isKnown) {
  const name = text(stage.stage, 24).replace(/^pm-/, "");
  if (!isKnown) return { name, level: "unknown", text: "unknown", title: `${name}: no current report` };
  const lag = number(stage.lag_s);
  const isLate = stage.state === "ok" && lag !== null && lag > LATE;
  const [level, words] = {
    ok: isLate ? ["warn", `${duration(lag)} behind`] : ["good", lag === null ? "runs" : "on time"],
    ended: ["done", "ended"], stale: ["bad", "hangs"], gone: ["bad", "stopped"],
  }[stage.state] ?? ["unknown", "unknown"];
  const inputAge = number(stage.last_input_age_s);
  const title = `${name}: ${count(number(stage.lines_in))} lines in, ${count(number(stage.lines_out))} out`
    + (inputAge === null ? "" : `; last input ${duration(inputAge)} ago`);
  return { name, level, text: words, title };
}
