import PMJSON
import PMRecord
import TestSupport
import Testing

struct TradeIdentityTests {
    /// The example of `man/pm-record.5`, "Identity".
    private static let published = TradeIdentity(
        transactionHash: "0x94CFDFA3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca",
        conditionID: "0xFA380CE2bb2b55282cef8a85595580425524eb25846a1d9feaaa338941997d1d",
        assetID: "50341643796357809199138088836529201104815997551572832995218005287849225766499",
        wallet: "0xF5848342fc388908f2d25a9012cc18a0ad193979", side: "BUY",
        size: Decimal("1030.92")!, price: Decimal("0.03")!, time: Timestamp(milliseconds: 1_790_275_500_125))

    private static let publishedText =
        "pm1|0x94cfdfa3bd63a11cf2fd697932ee615b6bcfb36f7ee65da9762012e88b6c5bca"
        + "|0xfa380ce2bb2b55282cef8a85595580425524eb25846a1d9feaaa338941997d1d"
        + "|50341643796357809199138088836529201104815997551572832995218005287849225766499"
        + "|0xf5848342fc388908f2d25a9012cc18a0ad193979|BUY|1030920000|30000|0"

    @Test func textMatchesTheManual() {
        #expect(Self.published.text() == Self.publishedText)
        #expect(Self.published.text(occurrence: 2).hasSuffix("|30000|2"))
    }

    @Test(.enabled(if: Executables.installed("sha256sum") != nil))
    func idMatchesTheManual() throws {
        let sum = try ChildProcess(Executables.installed("sha256sum")!, input: .text(Self.publishedText))
        #expect(try sum.wait() == .status(0))
        let digest = digest(ofHex: sum.output.prefix(64))
        var identity = Self.published
        let id = identity.id { text in
            #expect(self.text(text) == Self.publishedText)
            return digest
        }
        #expect(id.tradeID == "f663e225391dda577123f421285a1be9")
    }

    @Test func idHashesTheOccurrence() {
        var identity = Self.published
        _ = identity.id(occurrence: 7) { text in
            #expect(self.text(text) == Self.published.text(occurrence: 7))
            return InlineArray(repeating: 0)
        }
    }

    @Test func idIsTheFirstHalfOfTheDigest() {
        var identity = Self.published
        let id = identity.id { _ in InlineArray { UInt8($0 + 1) } }
        #expect(id.tradeID == "0102030405060708090a0b0c0d0e0f10")
    }

    @Test(arguments: [0, 1, 0xF << 124, .max] as [UInt128])
    func idsHave32DigitsAndAreReadBack(id: UInt128) {
        #expect(id.tradeID.utf8.count == 32)
        #expect(UInt128(tradeID: id.tradeID) == id)
    }

    @Test(arguments: ["", "x", "100000000000000000000000000000000"])
    func otherTextsAreNotIDs(text: String) {
        #expect(UInt128(tradeID: text) == nil)
    }

    @Test func unknownPartsAreEmptyAndTimeReplacesTheTransaction() {
        let bare = TradeIdentity(
            transactionHash: nil, conditionID: nil, assetID: nil, wallet: nil, side: nil,
            size: Decimal("0.0000005")!, price: Decimal("0.0000015")!, time: Timestamp(milliseconds: 1234))
        #expect(bare.text(occurrence: 1) == "pm1|1234|||||0|2|1")
    }

    private func text(_ bytes: Span<UInt8>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    private func digest(ofHex text: Substring) -> InlineArray<32, UInt8> {
        let digits = Array(text.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16)! }
        return InlineArray { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }
}
