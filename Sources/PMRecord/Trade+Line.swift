import PMJSON

extension Trade {
    /// The longest record in bytes; it leaves later stages room within 1 MiB.
    package static let longestLine = 768 << 10

    /// Returns the encoded record, without its newline.
    ///
    /// A record beyond ``longestLine`` loses members: `extra` first, then the texts.
    package func line(id: UInt128, seq: UInt64) -> [UInt8] {
        let line = fullLine(id: id, seq: seq)
        guard line.count > Self.longestLine else { return line }
        var shorter = self
        if text.has(.extra) {
            shorter.text.remove(.extra)
        } else {
            let texts: [TradeText.Member] = [.title, .slug, .eventSlug, .icon, .outcome, .name, .pseudonym]
            for member in texts { shorter.text.remove(member) }
        }
        return shorter.line(id: id, seq: seq)
    }

    /// The bytes of a line besides the trade's texts: keys, times, numbers.
    private static let frameLength = 480

    /// Writes the record in one pass. Every text was escaped when the trade was made, so each member is one copy: a
    /// ``JSONWriter`` would look at each byte once more, and take four times as long.
    private func fullLine(id: UInt128, seq: UInt64) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(text.count + Self.frameLength)
        line.append(#"{"kind":"trade","id":""#)
        line.append(tradeID: id)
        line.append(#"","seq":"#)
        line.append(digitsOf: seq)
        line.append(Self.keys.feed)
        line.append(contentsOf: feed.rawValue.utf8)
        line.append(Self.keys.via)
        line.append(contentsOf: via.rawValue.utf8)
        line.append(Self.keys.time)
        line.append(time)
        line.append(Self.keys.receivedAt)
        line.append(receivedAt)
        line.append(UInt8(ascii: "\""))
        append(.assetID, Self.keys.assetID, to: &line)
        append(.conditionID, Self.keys.conditionID, to: &line)
        append(.transactionHash, Self.keys.transactionHash, to: &line)
        append(.wallet, Self.keys.wallet, to: &line)
        append(.side, Self.keys.side, to: &line)
        append(role?.rawValue, Self.keys.role, to: &line)
        append(marketType?.rawValue, Self.keys.marketType, to: &line)
        append(.outcome, Self.keys.outcome, to: &line)
        if let outcomeIndex {
            line.append(Self.keys.outcomeIndex)
            line.append(contentsOf: String(outcomeIndex).utf8)
        }
        append(.title, Self.keys.title, to: &line)
        append(.slug, Self.keys.slug, to: &line)
        append(.eventSlug, Self.keys.eventSlug, to: &line)
        append(.icon, Self.keys.icon, to: &line)
        append(.name, Self.keys.name, to: &line)
        append(.pseudonym, Self.keys.pseudonym, to: &line)
        line.append(Self.keys.price)
        text.append(.price, to: &line)
        line.append(Self.keys.size)
        text.append(.size, to: &line)
        if let value {
            line.append(Self.keys.value)
            line.append(value)
        }
        if text.has(.extra) {
            line.append(Self.keys.extra)
            text.append(.extra, to: &line)
        }
        line.append(UInt8(ascii: "}"))
        return line
    }

    private func append(_ member: TradeText.Member, _ key: [UInt8], to line: inout [UInt8]) {
        guard text.has(member) else { return }
        line.append(key)
        text.append(member, to: &line)
        line.append(UInt8(ascii: "\""))
    }

    private func append(_ value: String?, _ key: [UInt8], to line: inout [UInt8]) {
        guard let value else { return }
        line.append(key)
        line.append(contentsOf: value.utf8)
        line.append(UInt8(ascii: "\""))
    }

    private static let keys = LineKeys()
}

/// The keys of a line with the punctuation around them: `,"title":"` for a text, `,"price":` for a number.
private struct LineKeys: Sendable {
    // These two follow an unfinished text.
    let via = text(Key.via, after: "\"")
    let time = text(Key.time, after: "\"")
    let receivedAt = text(Key.receivedAt, after: "\"")
    let feed = text(Key.feed)
    let assetID = text(Key.assetID)
    let conditionID = text(Key.conditionID)
    let transactionHash = text(Key.transactionHash)
    let wallet = text(Key.wallet)
    let side = text(Key.side)
    let role = text(Key.role)
    let marketType = text(Key.marketType)
    let outcome = text(Key.outcome)
    let title = text(Key.title)
    let slug = text(Key.slug)
    let eventSlug = text(Key.eventSlug)
    let icon = text(Key.icon)
    let name = text(Key.name)
    let pseudonym = text(Key.pseudonym)
    let outcomeIndex = number(Key.outcomeIndex)
    let price = number(Key.price)
    let size = number(Key.size)
    let value = number(Key.value)
    let extra = number(Key.extra)

    private static func text(_ key: JSONKey, after end: String = "") -> [UInt8] {
        Array(#"\#(end),"\#(key.name)":""#.utf8)
    }

    private static func number(_ key: JSONKey) -> [UInt8] { Array(#","\#(key.name)":"#.utf8) }
}

extension [UInt8] {
    @inline(__always)
    fileprivate mutating func append(_ bytes: [UInt8]) { append(contentsOf: bytes) }

    @inline(__always)
    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
