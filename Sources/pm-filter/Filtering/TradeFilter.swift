import PMJSON
import PMPipe
import PMRecord

/// Passes on the trades that meet the thresholds, with their tier, and every line that is no trade.
///
/// The structure of every line is checked; a line that passes is validated in full. A trade that is dropped
/// for its value may be invalid inside members that were not needed.
package struct TradeFilter: Filter {
    private let thresholds: Thresholds
    private let leastValue: Decimal
    private let tiers: Tiers
    private let explain: ((String) -> Void)?
    private var index = MemberIndex()
    private var dropped = [Int](repeating: 0, count: DropReason.allCases.count)
    private var shortened = 0
    private var lastMark: UInt64?

    /// - Parameter explain: Receives every dropped trade with the reason.
    package init(_ thresholds: Thresholds, tiers: Tiers = Tiers(), explain: ((String) -> Void)? = nil) {
        self.thresholds = thresholds
        leastValue = thresholds.leastValue
        self.tiers = tiers
        self.explain = explain
    }

    package mutating func process(_ line: Span<UInt8>, into output: inout LineWriter) -> Verdict {
        do throws(JSONError) {
            try index.read(line)
            try OwnKeys.check(index, of: line)
            guard isTrade(line) else {
                try validate(line)
                noteMark(line)
                output.append(line)
                return .passed
            }
            return try consider(line, into: &output)
        } catch {
            return .rejected(error.description)
        }
    }

    package func report(into tally: inout Tally) {
        for (reason, count) in zip(DropReason.allCases, dropped) where count > 0 {
            tally.dropped[reason.rawValue] = count
        }
        tally.shortened = shortened
        tally.lastMark = lastMark
    }

    private mutating func noteMark(_ line: Span<UInt8>) {
        guard text(Key.kind, line) == Kind.mark.rawValue, let range = present(Key.seq, line) else { return }
        let seq = line.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        lastMark = UInt64(seq) ?? lastMark
    }

    private mutating func consider(_ line: Span<UInt8>, into output: inout LineWriter) throws(JSONError)
        -> Verdict
    {
        let value: Decimal
        switch measure(line) {
        case .value(let measured): value = measured
        case .drop(let reason):
            drop(line, reason)
            return .dropped
        case .reject(let text): return .rejected(text)
        }
        if let reason = selection(line) {
            drop(line, reason)
            return .dropped
        }
        try validate(line)
        grade(line, worth: value, into: &output)
        return .passed
    }

    private enum Measure {
        case value(Decimal)
        case drop(DropReason)
        case reject(String)
    }

    /// Returns the trade's value if value and price are within the bounds.
    private func measure(_ line: Span<UInt8>) -> Measure {
        let sentRange = present(Key.value, line)
        var value = thresholds.minValue
        if let sentRange {
            guard let sent = Decimal(line.extracting(sentRange))?.inMicros else {
                return .reject("value is no number")
            }
            // Most trades end here, after one member look-up and one number.
            if sent < leastValue { return .drop(.belowMinValue) }
            value = sent
        }
        guard let priceRange = present(Key.price, line), let sizeRange = present(Key.size, line),
            present(Key.assetID, line) != nil
        else { return .drop(.incomplete) }
        guard let price = Decimal(line.extracting(priceRange)) else { return .reject("price is no number") }
        if sentRange == nil {
            guard let size = Decimal(line.extracting(sizeRange)) else { return .reject("size is no number") }
            guard let product = Decimal.productInMicros(price, size) else {
                return .reject("price × size is beyond 10^30 dollars")
            }
            value = product
        }
        if value < leastValue { return .drop(.belowMinValue) }
        if price > thresholds.maxPrice { return .drop(.aboveMaxPrice) }
        return .value(value)
    }

    /// Returns the reason why the trade is not selected; `nil` when it is.
    private func selection(_ line: Span<UInt8>) -> DropReason? {
        if let side = thresholds.side, text(Key.side, line) != side.rawValue { return .otherSide }
        if !thresholds.markets.isEmpty {
            let names = [text(Key.conditionID, line), text(Key.slug, line), text(Key.eventSlug, line)]
            guard names.contains(where: { $0.map { thresholds.markets.contains($0.lowercased()) } ?? false })
            else {
                return .otherMarket
            }
        }
        if !thresholds.wallets.isEmpty {
            guard let wallet = text(Key.wallet, line), thresholds.wallets.contains(wallet.lowercased()) else {
                return .otherWallet
            }
        }
        return nil
    }

    /// Appends the line with the tier that its value belongs to. Any other tier in the line is removed.
    private mutating func grade(_ line: Span<UInt8>, worth value: Decimal, into output: inout LineWriter) {
        guard value >= thresholds.minValue else { return appendCandidate(line, into: &output) }
        let earned = tiers.json(for: value)
        let present = index.value(of: Key.tier, in: line)
        var splice = Splice()
        switch (earned, present) {
        case (nil, nil):
            return output.append(line)
        case (nil, .some):
            splice.remove(Key.tier)
        case (.some(let tier), let range):
            if let range, line.extracting(range).withUnsafeBufferPointer({ tier.elementsEqual($0) }) {
                return output.append(line)
            }
            splice.set(Key.tier, to: tier)
        }
        let graded = splice.applied(to: line, index)
        guard graded.count > Record.longestLine else { return output.append(graded) }
        shortened += 1
        output.append(Record.fitted(graded, insteadOf: line))
    }

    /// Appends a trade below the smallest value, marked and without a tier.
    private mutating func appendCandidate(_ line: Span<UInt8>, into output: inout LineWriter) {
        var splice = Splice()
        splice.remove(Key.tier)
        splice.set(Key.candidate, to: Array("true".utf8))
        let marked = splice.applied(to: line, index)
        guard marked.count > Record.longestLine else { return output.append(marked) }
        shortened += 1
        output.append(Record.fitted(marked, insteadOf: line))
    }

    private mutating func drop(_ line: Span<UInt8>, _ reason: DropReason) {
        dropped[DropReason.allCases.firstIndex(of: reason)!] += 1
        explain?("dropped \(text(Key.id, line) ?? "a trade without id"): \(reason.rawValue)")
    }

    @inline(__always)
    private func isTrade(_ line: Span<UInt8>) -> Bool {
        guard let range = index.value(of: Key.kind, in: line) else { return false }
        return line.holds("\"trade\"", at: range)
            // A kind that is written with escapes is longer.
            || range.count > 7 && text(Key.kind, line) == Kind.trade.rawValue
    }

    /// Returns the member's value; `nil` where it is absent or null.
    @inline(__always)
    private func present(_ key: JSONKey, _ line: Span<UInt8>) -> Range<Int>? {
        guard let range = index.value(of: key, in: line), line[range.lowerBound] != UInt8(ascii: "n") else {
            return nil
        }
        return range
    }

    private func text(_ key: JSONKey, _ line: Span<UInt8>) -> String? {
        guard let range = present(key, line), line[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        return decodedJSONString(line.extracting(range.lowerBound + 1..<range.upperBound - 1))
    }
}
