import Curl
import Ingestion
import PMRecord
import PolymarketAPI

/// pm-ingest in virtual time, from the parts that decide: without sockets, files and threads.
struct SimulatedIngest: ~Copyable {
    private static let start = ContinuousClock.now

    private let exchange: VirtualExchange
    private let intervals: Intervals
    private let decoder = FrameDecoder(via: .live)
    private var sequencer: TradeSequencer
    /// The second in which each gap ended.
    private var ends: [String: Int] = [:]
    private var gaps: GapTracker
    private var queue: BackfillQueue
    private var audits: AuditSchedule
    private var watchdog: Watchdog?
    private var latestTrade: Timestamp?
    private var lastData: Timestamp?
    private var nextAudit = 300
    /// Gaps that stayed open, by the time of their next attempt.
    private var retries: [(at: Int, gap: Gap)] = []

    // The journal: what survives a kill.
    private var journaled: [(id: UInt128, seq: UInt64)] = []
    private var live: [UnsettledTrades.Trade] = []

    /// Copies of each trade that were emitted.
    private(set) var emitted: [Int: Int] = [:]
    private(set) var retracted: Set<UInt128> = []
    private(set) var everRetracted: Set<UInt128> = []
    private var numbers: [UInt128: Int] = [:]
    private(set) var closed = 0
    private(set) var violations: [String] = []

    init(_ exchange: VirtualExchange) {
        self.exchange = exchange
        var intervals = Intervals()
        intervals.retry = .seconds(300)
        self.intervals = intervals
        sequencer = TradeSequencer()
        gaps = GapTracker(feed: .activity)
        queue = BackfillQueue(intervals, feed: .activity, budget: 50)
        audits = AuditSchedule(feed: .activity, period: intervals.audit)
    }

    var openGaps: Int { gaps.open.count }

    /// Runs until all is repaired; at most three hours longer than the exchange.
    mutating func run() {
        var second = 0
        let times = exchange.trades.flatMap(\.sentAt).sorted()
        while second < VirtualExchange.end + 3 * 3600 {
            if exchange.restarts.contains(second) { restart(at: second + 20) }
            if exchange.restarts.contains(where: { $0..<$0 + 20 ~= second }) {
                second += 1
                continue
            }
            if second <= times.last ?? 0 {
                for trade in exchange.trades where trade.sentAt.contains(second) {
                    receive(trade, at: second)
                }
            } else if second % 5 == 0 {
                heartbeat(at: second)
            }
            check(at: second)
            proceed(at: second)
            if second > VirtualExchange.end + 1500, gaps.open.isEmpty, retries.isEmpty { return }
            second += 1
        }
    }

    // MARK: Time

    private func instant(_ second: Int) -> ContinuousClock.Instant { Self.start + .seconds(second) }

    /// The time by this machine's clock.
    private func wall(_ second: Int) -> Timestamp {
        VirtualExchange.base + (second + exchange.clockError(at: second))
    }

    // MARK: The feed

    private mutating func receive(_ trade: VirtualExchange.Trade, at second: Int) {
        receive(row: VirtualExchange.row(trade), number: trade.number, at: second)
    }

    /// The feed goes on after the trades under test: the clock of the exchange is that of its feed.
    private mutating func heartbeat(at second: Int) {
        guard !exchange.has(.silence, at: second) else { return }
        let row = Messages.row(
            transaction: VirtualExchange.hash(1),
            timestamp: "\(VirtualExchange.base.milliseconds / 1000 + Int64(second))")
        let frame = ReceivedFrame(
            Array(Messages.activity(type: "trades", row).utf8), from: .activity, connection: 0,
            receivedAt: wall(second))
        let now = instant(second)
        watchdog?.received(at: now)
        lastData = wall(second)
        audits.note(frame)
        end(.unheard(shard: 0), at: second)
        end(.stopped, at: second)
    }

    private mutating func receive(row: String, number: Int, at second: Int) {
        let frame = ReceivedFrame(
            Array(Messages.activity(type: "trades", row).utf8), from: .activity, connection: 0,
            receivedAt: wall(second))
        if watchdog == nil { watchdog = Watchdog(intervals.silence, at: instant(second)) }
        let now = instant(second)
        watchdog?.received(at: now)
        lastData = wall(second)
        end(.unheard(shard: 0), at: second)
        end(.stopped, at: second)
        audits.note(frame)
        for message in frame.messages {
            guard let trade = message.trade, let key = UInt128(transactionHash: trade.transactionHash) else {
                continue
            }
            latestTrade = max(latestTrade ?? trade.time, trade.time)
            queue.note(.init(transaction: key, time: trade.time, receivedAt: instant(second)))
            guard let id = emit(message, number) else { continue }
            let watched = UnsettledTrades.Trade(
                id, transactionHash: trade.transactionHash, at: trade.time, receivedAt: trade.receivedAt)
            if let watched {
                live.append(watched)
                audits.expect(watched)
            }
        }
    }

    private mutating func emit(_ message: FeedMessage, _ number: Int) -> UInt128? {
        let before = sequencer.seq
        guard case .line(_, let id?) = sequencer.sequence(message) else { return nil }
        if sequencer.seq <= before { violations.append("seq does not increase") }
        journaled.append((id, sequencer.seq))
        numbers[id] = number
        emitted[number, default: 0] += 1
        return id
    }

    private mutating func check(at second: Int) {
        guard let watchdog, watchdog.isSilent(at: instant(second)), !gaps.isGoingOn(.unheard(shard: 0)) else {
            return
        }
        guard !gaps.isGoingOn(.stopped) else { return }
        begin(.unheard(shard: 0), from: lastData ?? wall(second), at: second)
    }

    // MARK: Gaps

    private mutating func begin(_ kind: GapKind, from: Timestamp, at second: Int) {
        _ = gaps.begin(
            kind, from: min(from, latestTrade ?? from), after: kind == .stopped ? sequencer.seq : nil,
            at: wall(second), cause: "x")
    }

    private mutating func end(_ kind: GapKind, at second: Int) {
        guard let gap = gaps.end(kind, at: wall(second)) else { return }
        ends[gap.id] = second
        queue.add(gap, wall: wall(second), at: instant(second))
    }

    private mutating func restart(at second: Int) {
        sequencer = TradeSequencer(after: sequencer.seq)
        for trade in journaled { sequencer.remember(trade.id, seq: trade.seq) }
        gaps = GapTracker(feed: .activity, resuming: gaps.open)
        queue = BackfillQueue(intervals, feed: .activity, budget: 50)
        audits = AuditSchedule(feed: .activity, period: intervals.audit)
        let left = live.filter { !retracted.contains($0.id) }
        for trade in left {
            queue.note(
                .init(
                    transaction: trade.transaction, time: trade.time,
                    receivedAt: instant(second) - .seconds(1)))
        }
        let last = [lastData, live.last?.time].compactMap { $0 }.min()
        if let last {
            audits.resume(after: last, left, retracted: live.filter { retracted.contains($0.id) })
        }
        retries = []
        for gap in gaps.waiting { queue.add(gap, wall: wall(second), at: instant(second)) }
        (watchdog, latestTrade, nextAudit) = (nil, nil, second + 300)
        if let last { begin(.stopped, from: last, at: second) }
    }

    // MARK: The API

    private mutating func proceed(at second: Int) {
        audits.note(emitted: sequencer.emittedCount, at: wall(second))
        for retry in retries where retry.at <= second {
            queue.add(retry.gap, wall: wall(second), at: instant(second))
        }
        retries.removeAll { $0.at <= second }
        if second >= nextAudit {
            nextAudit = second + 300
            let next = audits.next(at: wall(second))
            if let stretch = next.stretch {
                queue.addAudit(
                    of: stretch, missedFrom: next.missedFrom, wall: wall(second), at: instant(second))
            }
        }
        while true {
            switch queue.next(at: instant(second)) {
            case .idle, .wait: return
            case .fetch(let request, let isNewRead):
                if isNewRead { sequencer.beginReading() }
                let (status, body) = exchange.answer(to: request.target, at: second)
                let intake = queue.received(
                    status: status, Array(body.utf8),
                    refusal: Refusal(status: status, retryAfter: nil),
                    wall: wall(second), at: instant(second))
                if case .emit(let messages, _, _, _) = intake { take(messages, at: second) }
            case .settle(let settled): for gap in settled { settle(gap, at: second) }
            case .finishAudit(let result):
                for id in audits.finish(result, at: wall(second)) {
                    retracted.insert(id)
                    everRetracted.insert(id)
                }
            }
        }
    }

    private mutating func take(_ messages: [FeedMessage], at second: Int) {
        var (new, suspected) = ([Timestamp](), 0)
        for message in messages {
            guard let trade = message.trade, let key = UInt128(transactionHash: trade.transactionHash) else {
                continue
            }
            for id in audits.confirm(key) { retracted.remove(id) }
            let number = Int(key >> (128 - 16)) - 4096
            let before = sequencer.seq
            switch sequencer.sequence(message) {
            case .line(_, let id?):
                journaled.append((id, sequencer.seq))
                numbers[id] = number
                emitted[number, default: 0] += 1
                new.append(trade.time)
                if sequencer.seq <= before { violations.append("seq does not increase") }
            case .unconfirmedTwin: suspected += 1
            case .line, .duplicate, .dropped, .malformed: break
            }
        }
        queue.emitted(new: new, suspected: suspected, at: instant(second))
    }

    private mutating func settle(_ settled: BackfillQueue.Settled, at second: Int) {
        _ = gaps.settle(settled.gap.id, as: settled.state, recovered: settled.recovered)
        switch settled.state {
        case .open: retries.append((second + 300, settled.gap))
        case .unrecoverable: violations.append("a gap is unrecoverable")
        case .closed:
            closed += 1
            expectNoneMissing(in: settled.gap)
        }
    }

    /// A closed gap has all of its trades.
    private mutating func expectNoneMissing(in gap: Gap) {
        for trade in exchange.trades where !trade.isGhost {
            let time = VirtualExchange.base + trade.at
            // By a clock that is ahead, a gap ends after trades that have not happened yet.
            guard gap.from...gap.to ~= time, trade.at <= ends[gap.id] ?? trade.at,
                emitted[trade.number] == nil
            else { continue }
            violations.append("\(gap.id) was closed without trade \(trade.number), of second \(trade.at)")
        }
    }

    /// What must hold in the end.
    mutating func judge() {
        if !gaps.open.isEmpty { violations.append("\(gaps.open.count) gaps stay open") }
        for trade in exchange.trades {
            let count = emitted[trade.number] ?? 0
            if count > trade.copies { violations.append("trade \(trade.number) was emitted \(count) times") }
            if count == 0, !trade.isGhost {
                violations.append("trade \(trade.number) of second \(trade.at) is missing")
            }
        }
        for id in everRetracted {
            guard let number = numbers[id], !exchange.trades[number].isGhost else { continue }
            violations.append("trade \(number) was retracted")
        }
    }
}
