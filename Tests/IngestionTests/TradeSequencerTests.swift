import Crypto
import Foundation
import Ingestion
import PMRecord
import Testing

struct TradeSequencerTests {
    private let decoder = FrameDecoder(via: .live)

    @Test func theFirstSampleHasTheIdOfTheDesign() throws {
        // DESIGN.md, section 3
        let row = Messages.row(
            transaction: "0x94cfdfa3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca"
        ).replacingOccurrences(
            of: Messages.condition, with: "0xfa380ce2bb2b55282cef8a85595580425524eb25846a1d9feaaa338941997d1d"
        )
        var teller = TradeSequencer()
        let line = try #require(told(decoder.decode(frame: Messages.activity(row)), by: &teller).first)
        #expect(line["id"] as? String == "f663e225391dda577123f421285a1be9")
        #expect(line["seq"] as? Int == 1)
    }

    @Test func aFeedsSecondCopyIsADuplicateWhateverItsTopicAndCase() {
        var teller = TradeSequencer()
        let first = told(decoder.decode(frame: Messages.activity()), by: &teller)
        let second = told(decoder.decode(frame: Messages.activity(type: "orders_matched")), by: &teller)
        let third = told(
            decoder.decode(frame: Messages.activity(Messages.row(wallet: Messages.wallet.lowercased()))),
            by: &teller)
        #expect((first.count, second.count, third.count) == (1, 0, 0))
        #expect(teller.seq == 1, "a duplicate takes no number")
    }

    @Test func theSameWithOtherDigitsIsTheSameTrade() {
        var teller = TradeSequencer()
        let lines = [("0.5", "2"), ("0.50", "2.0"), ("5e-1", "2"), ("0.5000000000001", "2")].flatMap {
            price, size in
            told(
                decoder.decode(frame: Messages.activity(Messages.row(price: price, size: size))), by: &teller)
        }
        #expect(lines.count == 1)
    }

    @Test func rowsOfRESTShowRealTwins() throws {
        var teller = TradeSequencer()
        let lines = (0..<3).flatMap { _ in told(decoder.decode(line: Messages.row()), by: &teller) }
        #expect(lines.count == 3)
        let ids = lines.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == 3)
        for (occurrence, id) in ids.enumerated() {
            #expect(id == independentID(of: lines[occurrence], occurrence: occurrence))
        }
    }

    @Test func aTrueTwinIsFoundByAReadingAfterTheFeedHadOne() {
        var teller = TradeSequencer()
        let live = told(decoder.decode(frame: Messages.activity()), by: &teller)
        teller.beginReading()
        let first = (0..<2).flatMap { _ in told(decoder.decode(line: Messages.row()), by: &teller) }
        teller.beginReading()
        let second = (0..<2).flatMap { _ in told(decoder.decode(line: Messages.row()), by: &teller) }
        #expect((live.count, first.count, second.count) == (1, 1, 0), "the second pass adds nothing")
    }

    @Test func aTradeBeyondExactNumbersIsRefused() {
        var teller = TradeSequencer()
        let messages = decoder.decode(frame: Messages.activity(Messages.row(size: "1e30")))
        guard case .malformed? = messages.first.map({ teller.tell($0) }) else {
            Issue.record("it was told")
            return
        }
    }

    @Test func numbersGoOnAfterTheLastOneUsed() {
        var teller = TradeSequencer(after: 41)
        let line = told(decoder.decode(frame: Messages.activity()), by: &teller).first
        #expect(line?["seq"] as? Int == 42)
        #expect(teller.nextSeq() == 43)
    }

    @Test func whatIsForgottenIsToldAgainAndWhatIsRememberedIsNot() throws {
        var teller = TradeSequencer()
        guard case .line(_, let id?) = teller.tell(decoder.decode(frame: Messages.activity())[0]) else {
            Issue.record("not told")
            return
        }
        teller.forget(id)
        #expect(told(decoder.decode(frame: Messages.activity()), by: &teller).count == 1)
        var next = TradeSequencer()
        next.remember(id)
        #expect(told(decoder.decode(frame: Messages.activity()), by: &next).isEmpty)
    }
}

struct DuplicatesTests {
    @Test func forgetsTheOldestBeyondItsBound() {
        var duplicates = Duplicates(capacity: 2)
        #expect([1, 2, 1, 3, 1, 3].map { duplicates.note($0) } == [0, 0, 1, 0, 0, 1])
        #expect(!duplicates.contains(2))
    }

    @Test func anEntryForgottenAndNotedAgainKeepsTheBound() {
        var duplicates = Duplicates(capacity: 2)
        for digest in [1, 2] as [UInt128] { _ = duplicates.note(digest) }
        duplicates.forget(1)
        #expect([1, 3, 2, 1].map { duplicates.note($0) }.prefix(2) == [0, 0])
    }
}

/// Tells all messages; the lines, as Foundation reads them.
func told(_ messages: [FeedMessage], by teller: inout TradeSequencer) -> [[String: Any]] {
    var lines: [[String: Any]] = []
    for message in messages {
        if case .line(let line, _) = teller.tell(message) { lines.append(parsed(line)) }
    }
    return lines
}

func parsed(_ line: some Sequence<UInt8>) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] ?? [:]
}

/// A trade's id, computed from its line without any of the code under test but SHA-256.
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

/// The number by its digits: Foundation's own way to a decimal leads through powers of two.
func exact(_ number: NSNumber) -> Foundation.Decimal? {
    Foundation.Decimal(string: number.description)
}
