import Foundation
import Ingestion
import PMRecord
import TestSupport
import Testing

/// Identifiers of every width, and members of unexpected form: no reason to lose a trade.
struct IdentifierTests {
    private let decoder = FrameDecoder(via: .replay)
    /// A combo and its position; from the layout in docs/POLYMARKET.md, "Identifiers".
    private let combo =
        "0x03" + String(repeating: "5c", count: 16) + "0002" + String(repeating: "0", count: 24)

    private func row(
        condition: String = Messages.condition, asset: String = Messages.asset, more: String = ""
    ) -> String {
        Messages.row(more: more).replacingOccurrences(of: Messages.condition, with: condition)
            .replacingOccurrences(of: Messages.asset, with: asset)
    }

    @Test func aConditionOfEitherWidthIsOneMarketAndOneTrade() throws {
        let widths = [combo, combo + "00", combo.uppercased().replacingOccurrences(of: "0X", with: "0x")]
        let trades = widths.compactMap {
            decoder.decode(frame: Messages.activity(row(condition: $0))).first?.trade
        }
        #expect(trades.count == 3)
        #expect(Set(trades.map(\.conditionID)) == [combo + "00"])
        #expect(trades.allSatisfy { $0.marketType == .combo })
        #expect(Set(trades.compactMap { $0.identity?.text() }).count == 1)
    }

    @Test(arguments: [("01", MarketType.binary), ("02", .negativeRisk), ("03", .combo)])
    func thePositionNamesTheMarket(module: String, type: MarketType) throws {
        let digits = module + String(repeating: "ab", count: 16) + "0002" + String(repeating: "0", count: 26)
        let position = try #require(PositionID(decimal(digits.dropLast(2) + "01")))
        #expect(position.marketType == type && position.condition.text == "0x" + digits)
        let trade = decoder.decode(
            line: row(condition: "", asset: decimal(digits))
        ).first?.trade
        #expect(trade?.conditionID == "0x" + digits && trade?.marketType == type)
    }

    @Test func aTokenOfTheCTFIsNoPosition() {
        #expect(PositionID(Messages.asset) == nil)
        #expect(PositionID(String(repeating: "9", count: 76)) == nil)
        #expect(decoder.decode(line: Messages.row()).first?.trade?.marketType == nil)
    }

    @Test(
        arguments: [
            ("transactionHash", "\"0x\""), ("transactionHash", "\"\(String(repeating: "0", count: 64))\""),
            ("transactionHash", "\"0xeeefffggghhh\""), ("transactionHash", "7"), ("outcomeIndex", "-1"),
            ("outcomeIndex", "1.5"), ("outcomeIndex", "[0]"), ("outcomeIndex", "\"first\""),
            ("proxyWallet", "\"0x12\""), ("icon", "{\"url\":\"x\"}"), ("title", "5"), ("name", "[\"a\"]"),
            ("conditionId", "\"c2c2\""), ("timestamp", "\"yesterday\""), ("timestamp", "-5"),
        ])
    func anOddMemberIsKeptInExtraAndCounted(name: String, value: String) throws {
        let line = Messages.row(more: "")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        var members = object.filter { $0.key != name }
        members["fee"] = 1
        var text = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        text = "{\"\(name)\":\(value)," + text.dropFirst()
        let message = try #require(decoder.decode(frame: Messages.activity(text)).first)
        let trade = try #require(message.trade)
        #expect(message.odd == [name])
        let extra = String(decoding: try #require(trade.extra), as: UTF8.self)
        #expect(extra.contains("\"\(name)\":\(value)") && extra.contains("\"fee\":1"))
        #expect(trade.price == "0.03" && trade.side == "BUY")
    }

    @Test(
        arguments: [
            ("\"2026-09-24T17:50:57Z\"", 1_790_272_257_000), ("1790272257115456", 1_790_272_257_115),
            ("\"1790272257115456\"", 1_790_272_257_115),
        ] as [(String, Int64)])
    func readsTimesOfOtherForms(text: String, milliseconds: Int64) {
        let message = decoder.decode(line: Messages.row(timestamp: text)).first
        #expect(message?.trade?.time.milliseconds == milliseconds && message?.odd == [])
    }

    @Test func anUnlabelledOutcomeKeepsItsText() {
        let line = row().replacingOccurrences(of: #""outcomeIndex":1"#, with: #""outcomeIndex":999"#)
        let message = decoder.decode(line: line).first
        #expect(message?.trade?.outcome == "No" && message?.trade?.outcomeIndex == nil && message?.odd == [])
    }

    @Test func aFrameWithoutTopicIsATradeByItsPayload() {
        let message = decoder.decode(frame: #"{"connection_id":"x","payload":\#(Messages.row())}"#).first
        #expect(message?.trade?.transactionHash == Messages.transaction)
    }

    @Test(
        arguments: [
            (#"{"body":{"message":"leger GetTopics error: x not found"},"statusCode":401}"#, "leger"),
            (#"{"message":"Invalid request body"}"#, "Invalid request body"),
            (#"{"message":"Invalid request body","statusCode":400}"#, "Invalid request body"),
        ])
    func aRefusedSubscriptionCarriesTheServicesSentence(frame: String, sentence: String) {
        #expect(decoder.decode(frame: frame).first?.refusal?.contains(sentence) == true)
    }

    @Test func oddMembersAreCountedInTheStatusFile() throws {
        let folder = try TemporaryDirectory()
        let lines = [
            Messages.row(transaction: "0x"), Messages.row(transaction: "0x1", wallet: "me"), Messages.row(),
        ]
        let run = try Ingest.replay(lines.joined(separator: "\n"), "--status-dir", folder.path)
        #expect(run.lines.count == 3 && run.status == .status(0))
        let status = parsed(try folder.read("pm-ingest.json").utf8)
        #expect(status["odd_members"] as? [String: Int] == ["proxyWallet": 1, "transactionHash": 2])
    }

    /// Converts 64 hex digits to decimal.
    private func decimal(_ hex: some StringProtocol) -> String {
        var digits: [Int] = [0]  // the least significant first
        for character in hex {
            var carry = character.hexDigitValue!
            for index in digits.indices {
                carry += digits[index] * 16
                (digits[index], carry) = (carry % 10, carry / 10)
            }
            while carry > 0 {
                digits.append(carry % 10)
                carry /= 10
            }
        }
        return digits.reversed().map(String.init).joined()
    }
}
