import PMJSON
import PMRecord

/// The recording that a client would have made: the same bytes for the same seed.
package struct Recording: Sequence, IteratorProtocol {
    package enum Format: String, CaseIterable, Sendable {
        /// pm-ingest's own recordings: frames with the time of their receipt.
        case frames
        /// RTDS frames alone.
        case rtds
        /// Frames of the market channel alone.
        case market
        /// Rows of the Data API.
        case rows
    }

    /// 2026-09-24 15:04:00 UTC.
    package static let start = Timestamp(milliseconds: 1_790_262_240_000)

    private let format: Format
    private let step: Double
    private let connection = "c2ltdWxhdGVk=="
    private var world: World
    private var clock: Double
    private var left: Int
    private var random: SeededRandom
    private var lines: [[UInt8]] = []
    private var index = 0
    /// Frames that are not written yet, by time.
    private var pending: [(time: Timestamp, text: [UInt8])] = []

    /// - Parameters:
    ///   - trades: Rows of the truth.
    ///   - rate: Rows a second of the recorded clock.
    package init(_ options: World.Options, trades: Int, rate: Double, format: Format) {
        world = World(options, start: Self.start)
        self.format = format
        step = 1_000 / Swift.max(rate, 0.001)
        left = trades
        clock = Double(Self.start.milliseconds)
        random = SeededRandom(seed: options.seed, for: "receipt")
        if format == .frames { pending.append((Self.start, [])) }
    }

    /// The next line, without its newline.
    package mutating func next() -> [UInt8]? {
        while index == lines.count {
            (lines, index) = ([], 0)
            if left > 0 { advance() } else if !pending.isEmpty { release(upTo: nil) } else { return nil }
        }
        defer { index += 1 }
        return lines[index]
    }

    private mutating func advance() {
        let now = Timestamp(milliseconds: Int64(clock))
        _ = world.advance(to: now)
        let match = world.match(at: now, limit: Swift.min(left, 40))
        left -= match.fills.count
        clock += step * Double(match.fills.count) * random.double(in: 0.2...1.8)
        let rows = TradeRows(world)
        switch format {
        case .rows:
            lines = match.fills.map(rows.dataRow)
        case .market:
            let events = MarketEvents(world, at: now)
            let market = world.markets[match.market]
            guard !market.isCombo else { return }
            lines = match.takers.map(events.lastTradePrice)
            lines.append(events.priceChange(market, isBid: true, number: left))
            if left.isMultiple(of: 5) {
                lines.append(json(array: 0...1) { events.writeBook(market, outcome: $1, to: &$0) })
            }
        case .frames, .rtds:
            for fill in match.takers { put(fill, "orders_matched", at: fill.announced, rows) }
            for fill in match.fills { put(fill, "trades", at: fill.settled, rows) }
            release(upTo: now)
        }
    }

    private mutating func put(_ fill: Fill, _ type: String, at time: Timestamp, _ rows: TradeRows) {
        let frame = rows.rtdsFrame(fill, type: type, at: time, connection: connection)
        // Nearly always at the end.
        let position = (pending.lastIndex { $0.time <= time } ?? -1) + 1
        pending.insert((time, frame), at: position)
    }

    private mutating func release(upTo limit: Timestamp?) {
        let due = pending.prefix { limit.map { [time = $0.time] in time < $0 } ?? true }
        for (time, frame) in due {
            guard format == .frames else {
                lines.append(frame)
                continue
            }
            lines.append(line(frame, receivedAt: time.advanced(by: .milliseconds(random.int(in: 3...60)))))
            if random.chance(0.01) {
                lines.append(line([], receivedAt: time.advanced(by: .milliseconds(61))))
            }
        }
        pending.removeFirst(due.count)
    }

    private func line(_ frame: [UInt8], receivedAt: Timestamp) -> [UInt8] {
        json {
            $0.field("kind", "frame")
            $0.field("received_at", receivedAt.description)
            $0.field("feed", "activity")
            $0.field("connection", 0)
            $0.field("frame", String(decoding: frame, as: UTF8.self))
        }
    }
}
