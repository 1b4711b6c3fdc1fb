import Collections
import PMFlow
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Decides what becomes of each line, which requests are made, and when; does nothing itself.
///
/// Lines, answers and the passing of time go in; lines (``takeOutput()``) and requests (``nextRequest(at:)``) come out.
/// A trade whose every finding is in the cache leaves at once, once. Any other leaves at once as `pending`, and again
/// when all is found out or its deadline has come. What is being found out is found out once for all who wait.
package struct Enricher: Sendable {
    package struct Settings: Sendable {
        /// From a trade's arrival to its final revision at the latest.
        package var deadline = Duration.seconds(30)
        /// Whether trades leave with their final revision alone.
        package var isFinalOnly = false
        /// Requests under way at most.
        package var concurrency = 16
        /// Trades that may wait at a time, and the bytes of their lines.
        package var mostOpen = 4096
        package var mostOpenBytes = 16 << 20

        package init() {}
    }

    private struct OpenTrade {
        let trade: TradeLine
        let needs: [LookupKey]
        var findings: Findings
        var missing: Int
    }

    private struct RunningLookup {
        var lookup: any Lookup
        var requests: [RequestQueue.Ticket: APIRequest] = [:]
        var waiters: [MarkGate.Ordinal] = []
        /// Whether an answer has come.
        var hasBegun = false
    }

    package private(set) var counts = EnrichmentCounts()
    package private(set) var caches = FindingCaches()
    package private(set) var requests: RequestQueue

    private let settings: Settings
    private var gate = MarkGate()
    private var open: [MarkGate.Ordinal: OpenTrade] = [:]
    private var openBytes = 0
    private var deadlines: Deque<(time: ContinuousClock.Instant, trade: MarkGate.Ordinal)> = []
    private var lookups: [LookupKey: RunningLookup] = [:]
    private var keys: [RequestQueue.Ticket: LookupKey] = [:]
    private var output: [[UInt8]] = []
    /// Whether the last trade came from a replay or a resume, and not as it happened.
    private var isCatchingUp = false

    package init(_ settings: Settings = Settings(), at now: Moment) {
        self.settings = settings
        requests = RequestQueue(concurrency: settings.concurrency, at: now.instant)
    }

    /// Trades that wait for their final revision.
    package var openCount: Int { open.count }

    /// Whether more lines should be read. Trades that happen now are always taken, and skipped when there are too
    /// many; those of a replay can wait where they are.
    package var wantsInput: Bool { !(isFull && isCatchingUp) && gate.count < settings.mostOpen }

    /// The lines that are to leave, in order.
    package mutating func takeOutput() -> [[UInt8]] {
        defer { output = [] }
        return output
    }

    /// Takes one line of input.
    package mutating func receive(_ line: Span<UInt8>, at now: Moment) -> Verdict {
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return .rejected(error.description)
        }
        switch record.kind {
        case .trade: receive(TradeLine(record), at: now)
        case .mark:
            gate.hold(record.bytes)
            releaseMarks()
        case .gap, .retract, .leaderboard, .portfolio, .alert, .frame, .reject, nil:
            output.append(record.bytes)
        }
        return .passed
    }

    /// The request to send now, if any; ask until there is none.
    package mutating func nextRequest(at now: Moment) -> (ticket: RequestQueue.Ticket, request: APIRequest)? {
        requests.next(at: now.instant)
    }

    /// Takes what an attempt at a request came to.
    package mutating func receive(_ reply: Reply, to ticket: RequestQueue.Ticket, at now: Moment) {
        guard let answer = requests.settle(ticket, reply, at: now.instant),
            let key = keys.removeValue(forKey: ticket), var lookup = lookups[key],
            let request = lookup.requests.removeValue(forKey: ticket)
        else { return }
        lookup.hasBegun = true
        let more = lookup.lookup.take(answer, to: request)
        let worth = lookup.waiters.compactMap { open[$0]?.trade.value }.max() ?? .zero
        for request in more { add(request, to: &lookup, key, worth: worth, at: now) }
        guard lookup.requests.isEmpty else {
            lookups[key] = lookup
            return
        }
        lookups[key] = nil
        settle(key, lookup.lookup.finding(at: now.time), waiters: lookup.waiters, at: now)
    }

    /// Lets time pass: trades leave whose deadline has come.
    package mutating func advance(to now: Moment) {
        while let first = deadlines.first, first.time <= now.instant {
            deadlines.removeFirst()
            guard let trade = open[first.trade] else { continue }
            for key in trade.needs where trade.findings[key] == nil { abandon(key, first.trade) }
            leave(first.trade)
        }
    }

    /// When to call ``advance(to:)`` or ``nextRequest(at:)`` again, if nothing happens before.
    package mutating func wakeTime(at now: Moment) -> ContinuousClock.Instant? {
        while let first = deadlines.first, open[first.trade] == nil { deadlines.removeFirst() }
        let times = [deadlines.first?.time, requests.nextTime(at: now.instant)]
        return times.compactMap { $0 }.min()
    }
}

// MARK: - Trades

extension Enricher {
    private var isFull: Bool { open.count >= settings.mostOpen || openBytes >= settings.mostOpenBytes }

    private mutating func receive(_ trade: TradeLine, at now: Moment) {
        isCatchingUp = !trade.isFresh(at: now.time)
        let needs = trade.needs(at: now.time)
        var findings = Findings()
        var missing: [LookupKey] = []
        for key in needs {
            findings[key] = caches.finding(for: key, at: now)
            if findings[key] == nil { missing.append(key) }
        }
        guard !missing.isEmpty else {
            let outcome = findings.outcome(for: trade, needs: needs)
            return emit(trade, outcome.state, outcome.reason, findings)
        }
        guard !isFull || isCatchingUp else {
            return emit(trade, .skipped, "too many trades are waiting", findings)
        }
        let ordinal = gate.enter()
        open[ordinal] = OpenTrade(trade: trade, needs: needs, findings: findings, missing: missing.count)
        openBytes += trade.record.bytes.count
        deadlines.append((now.instant + settings.deadline, ordinal))
        if !settings.isFinalOnly {
            output.append(Revision.pending(trade))
            counts.pending += 1
        }
        for key in missing { wait(for: key, ordinal, worth: trade.value, at: now) }
    }

    private mutating func leave(_ ordinal: MarkGate.Ordinal) {
        guard let entry = open.removeValue(forKey: ordinal) else { return }
        openBytes -= entry.trade.record.bytes.count
        let outcome = entry.findings.outcome(for: entry.trade, needs: entry.needs)
        emit(entry.trade, outcome.state, outcome.reason, entry.findings)
        gate.leave(ordinal)
        releaseMarks()
    }

    private mutating func emit(
        _ trade: TradeLine, _ state: EnrichmentState, _ reason: String?, _ findings: Findings
    ) {
        counts.count(state)
        output.append(
            Revision.final(
                trade, number: trade.firstRevision + 1, state, reason: reason, findings: findings))
    }

    private mutating func releaseMarks() {
        while let mark = gate.release() { output.append(mark) }
    }
}

// MARK: - Lookups

extension Enricher {
    /// Joins the lookup that is running, or begins one.
    private mutating func wait(for key: LookupKey, _ trade: MarkGate.Ordinal, worth: Micros, at now: Moment) {
        if lookups[key] != nil {
            lookups[key]!.waiters.append(trade)
            for ticket in lookups[key]!.requests.keys {
                requests.raise(ticket, worth: worth, at: now.instant)
            }
            return
        }
        var lookup = RunningLookup(lookup: key.makeLookup(), waiters: [trade])
        for request in lookup.lookup.begin() { add(request, to: &lookup, key, worth: worth, at: now) }
        lookups[key] = lookup
    }

    private mutating func add(
        _ request: APIRequest, to lookup: inout RunningLookup, _ key: LookupKey, worth: Micros, at now: Moment
    ) {
        let ticket = requests.add(request, worth: worth, at: now.instant)
        lookup.requests[ticket] = request
        keys[ticket] = key
    }

    private mutating func settle(
        _ key: LookupKey, _ finding: Finding, waiters: [MarkGate.Ordinal], at now: Moment
    ) {
        caches.set(finding, for: key, at: now)
        for ordinal in waiters where open[ordinal] != nil {
            open[ordinal]!.findings[key] = finding
            open[ordinal]!.missing -= 1
            if open[ordinal]!.missing == 0 { leave(ordinal) }
        }
    }

    /// A trade waits no longer. What nobody waits for is not asked, unless it is half answered already.
    private mutating func abandon(_ key: LookupKey, _ trade: MarkGate.Ordinal) {
        guard var lookup = lookups[key] else { return }
        lookup.waiters.removeAll { $0 == trade }
        if lookup.waiters.isEmpty, !lookup.hasBegun {
            for ticket in lookup.requests.keys where requests.remove(ticket) {
                lookup.requests[ticket] = nil
                keys[ticket] = nil
            }
        }
        lookups[key] = lookup.requests.isEmpty ? nil : lookup
    }
}
