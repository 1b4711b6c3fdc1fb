import Curl
import Testing

struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
    static let now = 784_111_777

    @Test(
        arguments: [
            (nil, nil), ("", nil), ("soon", nil), ("-1", nil), ("-0.5", nil), ("1.", nil), (".5", nil),
            ("1e3", nil),
            ("0x10", nil), ("1,5", nil), ("1 2", nil), ("nan", nil), ("inf", nil), ("Sun", nil),
            ("0", .zero), ("0.0", .zero), ("1", .seconds(1)), (" 120 ", .seconds(120)),
            ("0.25", .milliseconds(250)),
            ("64.57", .milliseconds(64_570)), ("899", .seconds(899)),
            ("900", .seconds(900)), ("901", .seconds(900)), ("64000000", .seconds(900)),
            ("99999999999999999999999999", .seconds(900)),
            (String(repeating: "9", count: 400), .seconds(900)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", .seconds(30)), ("Sun Nov  6 08:50:07 1994", .seconds(30)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", .zero), ("Thu, 01 Jan 1970 00:00:00 GMT", .zero),
            ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(900)),
        ] as [(String?, Duration?)])
    func isParsedAndCapped(header: String?, delay: Duration?) {
        #expect(RetryAfter.delay(header: header, now: Self.now, cap: .seconds(900)) == delay)
    }
}
