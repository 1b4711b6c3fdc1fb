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
/// when all is found out or its deadline has come. What is being found out is found out once for all who wait. A trade
/// that left with less than there is to know is tried again, while there is time.
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
        package var mostOpenBytes = 8 << 20
        /// The same for trades of a replay, and, for each that may be under way, the requests that may wait for their
        /// turn: more would only wait here, and miss their deadline.
        package var mostCatchingUp = 512
        package var mostAskedCatchingUp = 4
        /// Lookups that no trade waits for.
        package var mostUnwaited = 256
        /// Trades that are tried again at a time.
        package var mostTriedAgain = 16
        /// Trades, or questions, that are given up in one go: the rest waits until new lines have been read.
        package var mostGivenUpAtOnce = Int.max
        package var caches = FindingCaches.Bounds()
        /// Whether the chain can be asked whose trade it is.
        package var hasPolygon = false
        /// How often the leaderboards are read; never when `nil`.
        package var leaderboardPeriod: Duration?
        /// Whether questions are asked together that can be.
        package var asksTogether = true
        /// Whether services are asked as fast as they answer, whatever is published.
        package var isUnlimited = false
        /// Where the services' limits are kept, for the next run and for other processes.
        package var ledgers: [Route: LimiterFile] = [:]

        package init() {}
    }

    /// Names a trade from its arrival to its last revision.
    typealias Number = Int

    struct OpenTrade {
        var trade: TradeLine
        var needs: [LookupKey]
        var findings: EnrichmentResults
        var missing: Set<LookupKey>
        /// The revision it is to leave with.
        let revision: Int
        /// For a trade that is told for the first time.
        var gate: MarkGate.Ordinal?
        /// For one that is tried again.
        var earlier: RetryList.Entry?

        var share: RequestQueue.Share { earlier == nil ? .live : .later }
    }

    struct RunningLookup {
        var lookup: any Lookup
        /// When it began: its requests wait since then, the first page's and the last page's.
        let start: ContinuousClock.Instant
        var requests: [RequestQueue.Ticket: APIRequest] = [:]
        var waiters: [Number] = []
        /// Whether an answer has come.
        var hasBegun = false
    }

    package internal(set) var counts = EnrichmentCounts()
    /// Lines that left without all they had, for they would have been too long.
    package internal(set) var shortened = 0
    /// Lines that left besides those that came in: later revisions, and records of our own.
    package internal(set) var amended = 0
    package internal(set) var caches: FindingCaches
    package internal(set) var requests: RequestQueue

    let settings: Settings
    var gate = MarkGate()
    /// The last mark that was let go.
    var lastMark: UInt64?
    var open: [Number: OpenTrade] = [:]
    var openBytes = 0
    /// Of the open trades, those that are told for the first time.
    var firstTimers = 0
    var lastNumber: Number = 0
    var deadlines: Deque<(time: ContinuousClock.Instant, trade: Number)> = []
    var lookups: [LookupKey: RunningLookup] = [:]
    /// Those that no trade waits for: of what is read anew, and of what the last who waited has left.
    var unwaited: Set<LookupKey> = []
    var keys: [RequestQueue.Ticket: LookupKey] = [:]
    var retries = RetryList()
    var standings: Leaderboards
    var output: [[UInt8]] = []
    /// Whether the last trade came from a replay or a resume, and not as it happened.
    var isCatchingUp = false

    package init(_ settings: Settings = Settings(), at now: Moment) {
        self.settings = settings
        caches = FindingCaches(settings.caches)
        requests = RequestQueue(
            concurrency: settings.concurrency, asksTogether: settings.asksTogether,
            isUnlimited: settings.isUnlimited, sharing: settings.ledgers, at: now.instant)
        standings = Leaderboards(every: settings.leaderboardPeriod)
    }

    /// Trades that wait for their first final revision.
    package var openCount: Int { firstTimers }

    /// Lines that came in and have not left in any form.
    package var heldCount: Int { gate.count + (settings.isFinalOnly ? firstTimers : 0) }

    /// Trades that are to be tried again.
    package var retryCount: Int { retries.count + open.count - firstTimers }

    /// Trades that are not tried again after all, for there were too many.
    package var retriesForgotten: Int { retries.forgotten }

    /// Whether more lines should be read. Trades that happen now are always taken, and skipped when there are too
    /// many; those of a replay can wait where they are.
    package var wantsInput: Bool {
        (!isCatchingUp || hasRoomToCatchUp) && gate.count < settings.mostOpen
    }

    private var hasRoomToCatchUp: Bool {
        open.count < min(settings.mostCatchingUp, settings.mostOpen) && !isFull
            && requests.waitingLive < settings.mostAskedCatchingUp * settings.concurrency
    }

    /// Few at a time: what they ask waits for its share of the turns.
    private var mayTryAgain: Bool { open.count - firstTimers < settings.mostTriedAgain }

    /// Adds what became of the lines: in + amended = out + rejected + held.
    package func report(into tally: inout Tally) {
        tally.amended = amended
        tally.shortened = shortened
        tally.lastMark = lastMark
    }

    /// The lines that are to leave, in order.
    package mutating func takeOutput() -> [[UInt8]] {
        defer { output = [] }
        return output
    }

    /// Takes one line of input.
    package mutating func receive(_ line: Span<UInt8>, at now: Moment) -> PMPipe.Verdict {
        let record: Record
        do throws(JSONError) {
            record = try Record(line.withUnsafeBufferPointer { Array($0) })
        } catch {
            return .rejected(error.description)
        }
        switch record.kind {
        case .trade:
            readStandings(at: now)
            receive(TradeLine(record), at: now)
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
        for _ in 0..<settings.mostGivenUpAtOnce {
            guard let (ticket, answer) = requests.nextHopeless(at: now.instant) else { break }
            take(answer, to: ticket, at: now)
        }
        return requests.next(at: now.instant)
    }

    /// Takes what an attempt at a request came to.
    package mutating func receive(_ reply: Reply, to ticket: RequestQueue.Ticket, at now: Moment) {
        for (ticket, answer) in requests.settle(ticket, reply, at: now.instant) {
            take(answer, to: ticket, at: now)
        }
    }

    /// Lets time pass: trades leave whose deadline has come, and others are tried again.
    package mutating func advance(to now: Moment) {
        var left = settings.mostGivenUpAtOnce
        while left > 0, let first = deadlines.first, first.time <= now.instant {
            deadlines.removeFirst()
            guard let entry = open[first.trade] else { continue }
            left -= 1
            for key in entry.missing { abandon(key, first.trade, at: now) }
            leave(first.trade, at: now)
        }
        while mayTryAgain, let entry = retries.take(at: now) { tryAgain(entry, at: now) }
        if standings.haveBegun { readStandings(at: now) }
    }

    /// When to call ``advance(to:)`` or ``nextRequest(at:)`` again, if nothing happens before.
    package mutating func wakeTime(at now: Moment) -> ContinuousClock.Instant? {
        while let first = deadlines.first, open[first.trade] == nil { deadlines.removeFirst() }
        let retry = mayTryAgain ? retries.nextTime : nil
        return [deadlines.first?.time, requests.nextTime(at: now.instant), retry, standings.nextTime]
            .compactMap { $0 }.min()
    }
}
