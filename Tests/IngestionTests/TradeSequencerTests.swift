import Crypto
import Foundation
import Ingestion
import PMRecord
import Testing

struct TradeSequencerTests {
    private let decoder = FrameDecoder(via: .live)

    @Test func idMatchesTheManual() throws {
        // man/pm-record.5, "Identity"
        let row = Messages.row(
            transaction: "0x94cfdfa3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca"
        ).replacingOccurrences(
            of: Messages.condition, with: "0xfa380ce2bb2b55282cef8a85595580425524eb25846a1d9feaaa338941997d1d"
        )
        var sequencer = TradeSequencer()
        let line = try #require(emitted(decoder.decode(frame: Messages.activity(row)), by: &sequencer).first)
        #expect(line["id"] as? String == "f663e225391dda577123f421285a1be9")
        #expect(line["seq"] as? Int == 1)
    }

    @Test func secondCopyFromAFeedIsADuplicateWhateverItsTypeAndCase() {
        var sequencer = TradeSequencer()
        let first = emitted(decoder.decode(frame: Messages.activity()), by: &sequencer)
        let second = emitted(decoder.decode(frame: Messages.activity(type: "orders_matched")), by: &sequencer)
        let third = emitted(
            decoder.decode(frame: Messages.activity(Messages.row(wallet: Messages.wallet.lowercased()))),
            by: &sequencer)
        #expect((first.count, second.count, third.count) == (1, 0, 0))
        #expect(sequencer.seq == 1, "a duplicate takes no sequence number")
    }

    @Test func differentDigitsOfTheSameNumberAreTheSameTrade() {
        var sequencer = TradeSequencer()
        let lines = [("0.5", "2"), ("0.50", "2.0"), ("5e-1", "2"), ("0.5000000000001", "2")].flatMap {
            price, size in
            emitted(
                decoder.decode(frame: Messages.activity(Messages.row(price: price, size: size))),
                by: &sequencer)
        }
        #expect(lines.count == 1)
    }

    @Test func copiesInRESTAreTwins() throws {
        var sequencer = TradeSequencer()
        let lines = (0..<3).flatMap { _ in emitted(decoder.decode(line: Messages.row()), by: &sequencer) }
        #expect(lines.count == 3)
        let ids = lines.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == 3)
        for (occurrence, id) in ids.enumerated() {
            #expect(id == independentID(of: lines[occurrence], occurrence: occurrence))
        }
    }

    @Test func readOfRESTFindsTheTwinOfALiveTrade() {
        var sequencer = TradeSequencer()
        let live = emitted(decoder.decode(frame: Messages.activity()), by: &sequencer)
        let rows = (0..<2).map { copy in
            FeedMessage.trade(
                decoder.decode(line: Messages.row())[0].trade!, origin: .reading(copy: copy), odd: [])
        }
        let reads = (0..<3).map { _ in
            sequencer.beginReading()
            return emitted(rows, by: &sequencer).count
        }
        #expect(live.count == 1 && reads == [0, 1, 0], "the second read confirms it, the third adds nothing")
    }

    @Test func numberOutOfTheExactRangeIsMalformed() {
        var sequencer = TradeSequencer()
        let messages = decoder.decode(frame: Messages.activity(Messages.row(size: "1e30")))
        guard case .malformed? = messages.first.map({ sequencer.sequence($0) }) else {
            Issue.record("it was emitted")
            return
        }
    }

    @Test func sequenceNumbersContinue() {
        var sequencer = TradeSequencer(after: 41)
        let line = emitted(decoder.decode(frame: Messages.activity()), by: &sequencer).first
        #expect(line?["seq"] as? Int == 42)
        #expect(sequencer.nextSeq() == 43)
    }

    @Test func forgottenTradesAreEmittedAgainAndRememberedOnesAreNot() throws {
        var sequencer = TradeSequencer()
        guard case .line(_, let id?) = sequencer.sequence(decoder.decode(frame: Messages.activity())[0])
        else {
            Issue.record("not emitted")
            return
        }
        sequencer.forget(id)
        #expect(emitted(decoder.decode(frame: Messages.activity()), by: &sequencer).count == 1)
        var next = TradeSequencer()
        next.remember(id, seq: 1)
        #expect(emitted(decoder.decode(frame: Messages.activity()), by: &next).isEmpty)
    }
}

struct DuplicatesTests {
    @Test func forgetsTheOldestBeyondTheBound() {
        var duplicates = Duplicates(capacity: 2)
        #expect([1, 2, 1, 3, 1, 3].map { duplicates.note($0) } == [0, 0, 1, 0, 0, 1])
        #expect(!duplicates.contains(2))
    }

    @Test func forgettingADigestKeepsTheBound() {
        var duplicates = Duplicates(capacity: 2)
        for digest in [1, 2] as [UInt128] { _ = duplicates.note(digest) }
        duplicates.forget(1)
        #expect([1, 3, 2, 1].map { duplicates.note($0) }.prefix(2) == [0, 0])
    }
}

/// Sequences the messages, and returns the emitted lines as Foundation parses them.
func emitted(_ messages: [FeedMessage], by sequencer: inout TradeSequencer) -> [[String: Any]] {
    var lines: [[String: Any]] = []
    for message in messages {
        if case .line(let line, _) = sequencer.sequence(message) { lines.append(parsed(line)) }
    }
    return lines
}

func parsed(_ line: some Sequence<UInt8>) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] ?? [:]
}

/// Computes a trade's id from its line. Of the code under test, it uses only SHA-256.
func independentID(of line: [String: Any], occurrence: Int = 0) -> String {
    func text(_ key: String) -> String { line[key] as? String ?? "" }
    func micros(_ key: String) -> String {
        var number = (line[key] as? NSNumber).flatMap(exact) ?? 0
        number *= 1_000_000
        var rounded = Foundation.Decimal()
        NSDecimalRound(&rounded, &number, 0, .bankers)
        return rounded.description
    }
    let tuple = [
        "pm1", text("tx_hash"), text("condition_id"), text("asset_id"), text("wallet"), text("side"),
        micros("size"),
        micros("price"), String(occurrence),
    ]
    return String(sha256(tuple.joined(separator: "|").utf8).hexadecimal.prefix(32))
}

/// Returns the number with its decimal digits. `NSNumber.decimalValue` would convert through binary.
func exact(_ number: NSNumber) -> Foundation.Decimal? {
    Foundation.Decimal(string: number.description)
}
