import Glibc
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

    /// Writes the record in one pass. Every text was escaped when the trade was made, so each member is one copy: a
    /// ``JSONWriter`` would look at each byte once more, and appending to an array takes three times as long as copying
    /// into one of the right size.
    private func fullLine(id: UInt128, seq: UInt64) -> [UInt8] {
        let keys = Self.keys
        var numbers: [UInt8] = []
        numbers.reserveCapacity(192)
        numbers.append(tradeID: id)
        numbers.append(time)
        numbers.append(receivedAt)
        let afterTimes = numbers.count
        numbers.append(digitsOf: seq)
        let afterSeq = numbers.count
        if let outcomeIndex { numbers.append(contentsOf: String(outcomeIndex).utf8) }
        let afterIndex = numbers.count
        if let value { numbers.append(value) }
        let received = 32 + (afterTimes - 32) / 2
        return [UInt8](unsafeUninitializedCapacity: text.count + numbers.count + keys.length + 128) {
            memory, count in
            var line = LineCursor(memory)
            line.copy(keys.start)
            line.copy(numbers, 0..<32)
            line.copy(keys.seq)
            line.copy(numbers, afterTimes..<afterSeq)
            line.copy(keys.feed, feed.rawValue)
            line.copy(keys.via, via.rawValue)
            line.copy(keys.time)
            line.copy(numbers, 32..<received)
            line.copy(keys.receivedAt)
            line.copy(numbers, received..<afterTimes)
            line.copyQuote()
            copy(.assetID, keys.assetID, to: &line)
            copy(.conditionID, keys.conditionID, to: &line)
            copy(.transactionHash, keys.transactionHash, to: &line)
            copy(.wallet, keys.wallet, to: &line)
            copy(.side, keys.side, to: &line)
            if let role {
                line.copy(keys.role, role.rawValue)
                line.copyQuote()
            }
            if let marketType {
                line.copy(keys.marketType, marketType.rawValue)
                line.copyQuote()
            }
            copy(.outcome, keys.outcome, to: &line)
            if afterIndex > afterSeq {
                line.copy(keys.outcomeIndex)
                line.copy(numbers, afterSeq..<afterIndex)
            }
            copy(.title, keys.title, to: &line)
            copy(.slug, keys.slug, to: &line)
            copy(.eventSlug, keys.eventSlug, to: &line)
            copy(.icon, keys.icon, to: &line)
            copy(.name, keys.name, to: &line)
            copy(.pseudonym, keys.pseudonym, to: &line)
            line.copy(keys.price)
            text.with(.price) { line.copy($0) }
            line.copy(keys.size)
            text.with(.size) { line.copy($0) }
            if numbers.count > afterIndex {
                line.copy(keys.value)
                line.copy(numbers, afterIndex..<numbers.count)
            }
            if text.has(.extra) {
                line.copy(keys.extra)
                text.with(.extra) { line.copy($0) }
            }
            line.copy(keys.end)
            count = line.count
        }
    }

    @inline(__always)
    private func copy(_ member: TradeText.Member, _ key: [UInt8], to line: inout LineCursor) {
        text.with(member) { content in
            line.copy(key)
            line.copy(content)
            line.copyQuote()
        }
    }

    private static let keys = LineKeys()
}

/// The keys of a line with the punctuation around them: `,"title":"` for a text, `,"price":` for a number.
private struct LineKeys: Sendable {
    let start = Array(#"{"kind":"trade","id":""#.utf8)
    let seq = Array(#"","seq":"#.utf8)
    let end = Array("}".utf8)
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

    /// The bytes of all keys, with the punctuation before and after their values.
    let length = 640

    private static func text(_ key: JSONKey, after end: String = "") -> [UInt8] {
        Array(#"\#(end),"\#(key.name)":""#.utf8)
    }

    private static func number(_ key: JSONKey) -> [UInt8] { Array(#","\#(key.name)":"#.utf8) }
}

/// Copies parts of a line, one after another, into memory that is large enough.
private struct LineCursor {
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

    @inline(__always)
    private mutating func copy(raw bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= memory.count - count)
        if let source = bytes.baseAddress { memcpy(memory.baseAddress! + count, source, bytes.count) }
        count += bytes.count
    }

    @inline(__always)
    mutating func copy(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { copy(raw: $0) } }

    @inline(__always)
    mutating func copy(_ bytes: [UInt8], _ range: Range<Int>) {
        bytes.withUnsafeBufferPointer { copy(raw: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    @inline(__always)
    mutating func copy(_ bytes: Span<UInt8>) { bytes.withUnsafeBufferPointer { copy(raw: $0) } }

    mutating func copy(_ key: [UInt8], _ value: String) {
        copy(key)
        var value = value
        value.withUTF8 { copy(raw: $0) }
    }

    @inline(__always)
    mutating func copyQuote() {
        precondition(count < memory.count)
        memory[count] = UInt8(ascii: "\"")
        count += 1
    }
}
