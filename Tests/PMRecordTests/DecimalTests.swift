import PMFlow
import PMRecord
import TestSupport
import Testing

struct DecimalTests {
    @Test(
        arguments: [
            ("0", "0"), ("-0", "0"), ("0.000", "0"), ("1", "1"), ("-1", "-1"), ("007", "7"), ("1.50", "1.5"),
            (".48", "0.48"),
            ("5.", "5"), ("-.5", "-0.5"), ("1e3", "1000"), ("1E+3", "1000"), ("12.5e-3", "0.0125"),
            ("1000", "1000"),
            ("1000.000", "1000"), ("0.9700000000000001", "0.9700000000000001"),
            ("999999999999999999", "999999999999999999"),
            ("9999999999999999999", "9999999999999999999"),
            ("12345678901234567890.5", "12345678901234567890.5"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
            ("100000000000000000000000000000000000000000", "100000000000000000000000000000000000000000"),
            (
                "0.00000000000000000000000000000000000000000001",
                "0.00000000000000000000000000000000000000000001"
            ),
            ("1e30", "1000000000000000000000000000000"), ("1e-30", "0.000000000000000000000000000001"),
            ("0e30", "0"),
        ])
    func reads(_ text: String, as plain: String) {
        #expect(Decimal(text)?.description == plain)
    }

    @Test(arguments: [
        "", "-", ".", "-.", "+1", "1.2.3", "1,5", " 1", "1 ", "0x1", "1e", "1e+", "e5", ".e5", "1e31",
        "1e-31", "1e0000", "1e5.",
        "--1", "1-", "nan", "Infinity", "①", "1234567890123456789012345678901234567890123456789", "\"1\"",
        "1\0",
        "123456789012345678901234567890123456789", "0.123456789012345678901234567890123456789", "null", "-1-",
    ])
    func refuses(_ text: String) {
        #expect(Decimal(text) == nil)
    }

    @Test(
        "Rounds to millionths, ties to even",
        arguments: [
            ("0.0000005", 0), ("0.0000015", 2), ("0.0000025", 2), ("0.00000050000000000000000000000001", 1),
            ("-0.0000005", 0), ("-0.0000015", -2), ("2.4999995", 2_500_000), ("2.4999985", 2_499_998),
            ("999.9999995", 1_000_000_000), ("999.9999994999", 999_999_999), ("1e-30", 0),
            ("1000", 1_000_000_000),
            ("0.0000000000000000000000000000000000000000000000005", 0),
            ("18446744073709551615", 18_446_744_073_709_551_615_000_000),
            ("0.9999999", 1_000_000), ("0.99999949999999999999999999999999999999", 999_999),
        ] as [(String, Int128)])
    func rounds(_ text: String, to micros: Int128) {
        #expect(Decimal(text)?.micros == micros)
    }

    @Test func aProductThatRoundsUpBeyondItsBoundsIsNone() throws {
        let price = try #require(Decimal("539.68026279658267187638287196479378309"))
        let size = try #require(Decimal("630525869442808122738873038439.10841257"))
        #expect(Decimal.productInMicros(price, size) == nil)
    }

    @Test func knowsItsLimits() {
        #expect(Decimal("1e30")?.inMicros == nil)
        #expect(
            Decimal("999999999999999999999999999999.999999")?.micros
                == 999_999_999_999_999_999_999_999_999_999_999_999)
        #expect(Decimal("999999999999999999999999999999.9999995")?.inMicros == nil)
        #expect(Decimal.productInMicros(Decimal("1e15")!, Decimal("1e15")!) == nil)
        #expect(Decimal.productInMicros(Decimal("1e30")!, Decimal("1e-30")!) == 1)
        let long = Decimal("99999999999999999999999999999999999999")!
        #expect(Decimal.productInMicros(long, long) == nil)
        let short = Decimal("0.00000000000000000000000000000000000001")!
        #expect(Decimal.productInMicros(long, short)?.description == "1")
        #expect(Decimal.productInMicros(short, short)?.micros == 0)
        #expect(Decimal(micros: -1_500_000).description == "-1.5")
        #expect(Decimal("0." + String(repeating: "0", count: 100_000) + "1")?.micros == 0)
        #expect(Decimal("1" + String(repeating: "0", count: 100_000))?.micros == nil)
    }

    @Test func amountsOnABoundAreExact() {
        let product = Decimal.productInMicros(Decimal("0.1")!, Decimal("10000")!)
        #expect(product == 1000)
        #expect(Decimal("0.97")! == Decimal("0.970000")!)
        #expect(Decimal("0.9700000000000001")! > Decimal("0.97")!)
        #expect(Decimal("999.999999")! < 1000)
        #expect(Decimal("-0")! == 0 && !Decimal("-0")!.isNegative)
        #expect(Decimal("0.5")!.double == 0.5)
    }

    /// Against Python's decimal module: products, roundings, comparisons of numbers of every length and many ties.
    @Test(.enabled(if: Executables.installed("python3") != nil))
    func agreesWithAnotherDecimal() throws {
        var random = SplitMix64(seed: 1_030_920_000)
        let pairs = (0..<6000).map { _ in (number(using: &random), number(using: &random)) }
        let script = """
            import sys
            from decimal import *
            getcontext().prec = 200
            limit, micro = Decimal(10) ** 30, Decimal('0.000001')
            def micros(x):
                rounded = x.quantize(micro, rounding=ROUND_HALF_EVEN)
                return 'nil' if abs(rounded) >= limit else str(int(rounded.scaleb(6)))
            for line in sys.stdin:
                a, b = map(Decimal, line.split())
                print(micros(a), micros(a * b), (a > b) - (a < b))
            """
        let python = try ChildProcess(
            Executables.installed("python3")!, ["-c", script],
            input: .text(pairs.map { "\($0) \($1)\n" }.joined()))
        #expect(try python.wait() == .status(0), "\(python.errors)")
        let answers = python.output.split(separator: "\n")
        #expect(answers.count == pairs.count)
        for ((a, b), answer) in zip(pairs, answers) {
            let (left, right) = (try #require(Decimal(a)), try #require(Decimal(b)))
            let product = Decimal.productInMicros(left, right)?.micros
            let order = left == right ? 0 : left < right ? -1 : 1
            let ours = [left.micros.map { "\($0)" } ?? "nil", product.map { "\($0)" } ?? "nil", "\(order)"]
            #expect(ours.joined(separator: " ") == answer, "\(a) \(b)")
            #expect(Decimal(left.description) == left)
        }
    }

    /// Few digits, many, ties, exponents; the same number twice now and then, spelled otherwise.
    private func number(using random: inout SplitMix64) -> String {
        let sign = Int.random(in: 0..<5, using: &random) == 0 ? "-" : ""
        func digits(_ count: ClosedRange<Int>) -> String {
            String(
                (0..<Int.random(in: count, using: &random)).map { _ in
                    "0123456789".randomElement(using: &random)!
                })
        }
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return sign + digits(1...2)
        case 1: return sign + "0." + digits(1...4)
        case 2: return sign + digits(1...6) + "." + digits(1...6)
        case 3:
            return sign + digits(1...6) + "." + digits(6...6) + "5"
                + String(repeating: "0", count: Int.random(in: 0...9, using: &random))
        case 4: return sign + digits(1...19) + "." + digits(1...19)
        case 5:
            return sign + digits(1...10) + "e" + ["-", "+", ""].randomElement(using: &random)!
                + "\(Int.random(in: 0...30, using: &random))"
        default:
            return sign + "0." + String(repeating: "0", count: Int.random(in: 0...20, using: &random))
                + digits(1...30)
        }
    }
}
