import PMRecord
import PolymarketAPI
import Testing

struct MicrosTests {
    @Test(arguments: [
        ("0", "0"), ("1", "1"), ("-0.5", "-0.5"), ("1111647.7180160005", "1111647.718016"),
        ("0.0000005", "0"), ("0.0000015", "0.000002"), ("1e3", "1000"),
    ])
    func roundsToMillionths(text: String, expected: String) throws {
        #expect(try #require(Micros(Decimal(text))).description == expected)
    }

    @Test(arguments: ["1e13", "-1e29"])
    func doesNotHoldMoreThanNineTrillion(text: String) {
        #expect(Micros(Decimal(text)) == nil)
    }

    @Test func multipliesExactly() {
        #expect(Micros(count: 485_000) * 52_000 == 25_220)
        #expect((Micros(count: 1) * Micros(count: 500_000)).count == 1)
        #expect((Micros(count: -1) * Micros(count: 500_000)).count == -1)
    }

    @Test func staysWithinItsRange() {
        #expect(Micros(count: .max) + 1 == Micros(count: .max))
        #expect(Micros(count: .min) - 1 == Micros(count: .min))
        #expect(Micros(count: .max) * Micros(count: .max) == Micros(count: .max))
    }
}
