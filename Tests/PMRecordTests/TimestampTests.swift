import PMRecord
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2026-09-24T18:45:00.125Z", 1_790_275_500_125),
            ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29T23:59:59.000Z", 1_709_251_199_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func writesWhatItReads(_ text: String, milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test(
        arguments: [
            ("2026-09-24T18:45:00Z", ".000"), ("2026-09-24t18:45:00.1z", ".100"),
            ("2026-09-24 18:45:00+00", ".000"),
            ("2026-09-24T20:45:00.125999+02:00", ".125"), ("2026-09-24T13:15:00-0530", ".000"),
            ("2026-09-24T18:45:00.123456789Z", ".123"),
        ])
    func readsManySpellings(_ text: String, fraction: String) {
        #expect(Timestamp(text)?.description == "2026-09-24T18:45:00\(fraction)Z")
    }

    @Test func aDateAloneIsItsMidnight() {
        #expect(Timestamp("2026-09-24")?.description == "2026-09-24T00:00:00.000Z")
    }

    @Test(arguments: [
        "", "2026", "2026-09", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31", "2100-02-29",
        "2026-09-24T", "2026-09-24T18:45",
        "2026-09-24T18:45:00", "2026-09-24T24:00:00Z", "2026-09-24T18:60:00Z", "2026-09-24T18:45:61Z",
        "2026-09-24T18:45:00.Z",
        "2026-09-24T18:45:00+2", "2026-09-24T18:45:00+24:00", "2026-09-24T18:45:00+02:",
        "2026-09-24T18:45:00+02:60",
        "2026-09-24T18:45:00Zx", "26-09-24", "2026/09/24", " 2026-09-24", "２026-09-24",
    ])
    func refuses(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        arguments: [
            (0, 0), (1_790_275_500, 1_790_275_500_000), (999_999_999_999, nil),
            (1_790_275_500_125, 1_790_275_500_125),
            (253_402_300_799, 253_402_300_799_000), (253_402_300_800_000, nil), (-1, nil), (.min, nil),
            (.max, nil),
            (1_000_000_000_000, 1_000_000_000_000),
        ] as [(Int64, Int64?)])
    func tellsSecondsFromMilliseconds(_ number: Int64, _ milliseconds: Int64?) {
        #expect(Timestamp(feedNumber: number)?.milliseconds == milliseconds)
    }

    @Test func movesByDurations() {
        let start = Timestamp(milliseconds: 1000)
        #expect(start.advanced(by: .milliseconds(-1500)).milliseconds == -500)
        #expect(start.duration(to: Timestamp(milliseconds: 2500)) == .milliseconds(1500))
        #expect(start < Timestamp(milliseconds: 1001))
    }
}
