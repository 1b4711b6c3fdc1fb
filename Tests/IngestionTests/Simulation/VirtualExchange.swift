import Ingestion
import PMFlow
import PMRecord

/// An exchange in virtual time: its trades, what its feed sends, and what its API shows. All of it follows from a seed.
struct VirtualExchange {
    struct Trade {
        let number: Int
        /// Seconds from the start of the run. The trade is in a block of that second.
        let at: Int
        /// It is reverted: the API never shows it.
        let isGhost: Bool
        /// Equal rows; more than one are twins.
        let copies: Int
        /// When the feed sends it; `nil` when it does not.
        let sentAt: [Int]
        /// When the API shows it.
        let shownAt: Int
    }

    enum Fault: CaseIterable {
        /// The API is behind by minutes, and its status says that it is not.
        case behind
        /// Lists without rows.
        case empty
        /// Only the newest rows, as if there were no more.
        case shortened
        /// The same page for every cursor.
        case repeating
        case serverError, refusing, webPage
        /// The feed sends nothing, with the socket open.
        case silence
    }

    /// The end of the faults and of the trades, in seconds.
    static let end = 1200
    static let base = Timestamp(milliseconds: 1_790_272_000_000)

    let trades: [Trade]
    let faults: [(fault: Fault, times: Range<Int>)]
    /// When the process is killed, and started again.
    let restarts: [Int]
    /// By how much this machine's clock is wrong, in seconds, from that time on.
    let clockErrors: [(at: Int, error: Int)]
    private let pageSize: Int

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        faults = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            let start = Int.random(in: 0...1000, using: &random)
            let length = Int.random(in: 5...150, using: &random)
            return (Fault.allCases.randomElement(using: &random)!, start..<min(start + length, Self.end - 20))
        }
        let silences = faults.filter { $0.fault == .silence }.map(\.times)
        restarts =
            Int.random(in: 0...2, using: &random) == 0 ? [Int.random(in: 300...900, using: &random)] : []
        let downtime = restarts.map { $0..<$0 + 20 }
        clockErrors =
            Int.random(in: 0...2, using: &random) == 0
            ? [
                (Int.random(in: 0...400, using: &random), [-7200, 7200].randomElement(using: &random)!),
                (Int.random(in: 600...1100, using: &random), 0),
            ] : []
        pageSize = [20, 100, 1000].randomElement(using: &random)!
        let isLossy = Bool.random(using: &random)
        var trades: [Trade] = []
        for second in 0..<Self.end where Int.random(in: 0..<8, using: &random) == 0 {
            let isGhost = Int.random(in: 0..<40, using: &random) == 0
            let sent = second + Int.random(in: 1...3, using: &random)
            let isUnheard =
                (silences + downtime).contains { $0.contains(sent) }
                || isLossy && Int.random(in: 0..<40, using: &random) == 0
            let again = Int.random(in: 0..<20, using: &random) == 0 ? [sent + 1] : []
            trades.append(
                Trade(
                    number: trades.count, at: second, isGhost: isGhost,
                    copies: isGhost || Int.random(in: 0..<50, using: &random) > 0 ? 1 : 2,
                    sentAt: isUnheard ? [] : [sent] + again,
                    shownAt: second + Int.random(in: 3...8, using: &random)))
        }
        self.trades = trades
    }

    func has(_ fault: Fault, at second: Int) -> Bool {
        faults.contains { $0.fault == fault && $0.times.contains(second) }
    }

    /// By how much this machine's clock is wrong.
    func clockError(at second: Int) -> Int { clockErrors.last { $0.at <= second }?.error ?? 0 }

    static func hash(_ number: Int) -> String {
        let digits = String(number + 4096, radix: 16)
        return "0x" + digits + String(repeating: "0", count: 64 - digits.count)
    }

    static func row(_ trade: Trade) -> String {
        Messages.row(
            transaction: hash(trade.number), timestamp: "\(base.milliseconds / 1000 + Int64(trade.at))")
    }

    /// The answer of the API.
    func answer(to target: String, at second: Int) -> (status: Int, body: String) {
        if has(.serverError, at: second) { return (503, "{}") }
        if has(.refusing, at: second) { return (429, "{}") }
        if has(.webPage, at: second) { return (200, "<html></html>") }
        if target.hasPrefix("/v2/status") {
            return (200, #"{"data":{"age_seconds":0,"serving":{"lag_seconds":0}}}"#)
        }
        let now = has(.behind, at: second) ? second - 120 : second
        var rows = has(.empty, at: second) ? [] : trades.filter { !$0.isGhost && $0.shownAt <= now }
        rows = rows.flatMap { Array(repeating: $0, count: $0.copies) }.reversed()
        if has(.shortened, at: second) { rows = Array(rows.prefix(10)) }
        let isRepeating = has(.repeating, at: second)
        // A cursor counts the rows behind it, so that new rows do not move a page.
        let cursor = target.split(separator: "cursor=").dropFirst().first.flatMap {
            Int($0.prefix { $0.isNumber })
        }
        let asked = target.split(separator: "limit=").dropFirst().first.flatMap {
            Int($0.prefix { $0.isNumber })
        }
        let start = isRepeating ? 0 : min(rows.count, max(0, rows.count - (cursor ?? rows.count)))
        let end = min(start + min(pageSize, asked ?? pageSize), rows.count)
        let isLast = end == rows.count
        let next = isLast ? "null" : "\"\(rows.count - end + (isRepeating ? second : 0))\""
        return (
            200,
            #"{"data":[\#(rows[start..<end].map(Self.row).joined(separator: ","))],"#
                + #""pagination":{"has_more":\#(!isLast),"next_cursor":\#(next)}}"#
        )
    }
}
