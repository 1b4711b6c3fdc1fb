import Curl
import Testing

struct RateLimitTests {
    static let now = 1_795_341_600

    @Test(
        arguments: [
            ([:], nil), (["RateLimit": "soon"], nil), (["Retry-After": "5"], nil),
            // The IETF draft since version 08, and two earlier versions.
            (["RateLimit": #""default";r=50;t=30"#], (nil, nil, 50, .seconds(30))),
            (
                [
                    "RateLimit-Policy": #""burst";q=100;w=10,"day";q=5000;w=86400"#,
                    "RateLimit": #""burst";r=7;t=3"#,
                ],
                (100, .seconds(10), 7, .seconds(3))
            ),
            (["RateLimit": "limit=100, remaining=50, reset=5"], (100, nil, 50, .seconds(5))),
            (
                ["RateLimit-Limit": "100, 100;w=10", "RateLimit-Remaining": "0", "RateLimit-Reset": "4"],
                (100, .seconds(10), 0, .seconds(4))
            ),
            // Header families in any case; a time in seconds and in milliseconds; Discord's header.
            (
                [
                    "x-ratelimit-limit": "150", "x-ratelimit-remaining": "3",
                    "x-ratelimit-reset": "1795341610",
                ],
                (150, nil, 3, .seconds(10))
            ),
            (
                ["X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1795341602500"],
                (nil, nil, 3, .milliseconds(2500))
            ),
            (
                ["X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1795341500"], (nil, nil, 3, .zero)
            ),
            (
                ["X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.4"],
                (5, nil, 0, .milliseconds(400))
            ),
            (
                [
                    "Poly-RateLimit-Limit": "200", "Poly-RateLimit-Remaining": "199",
                    "Poly-RateLimit-Reset": "9",
                ],
                (200, nil, 199, .seconds(9))
            ),
            // Malformed values are ignored.
            (["RateLimit-Remaining": "-1", "RateLimit-Limit": "many"], nil),
            (["RateLimit-Remaining": "2", "RateLimit-Reset": "nan"], (nil, nil, 2, nil)),
        ] as [([String: String], (Int?, Duration?, Int?, Duration?)?)])
    func isParsedInEveryForm(
        fields: [String: String],
        expected: (quota: Int?, window: Duration?, remaining: Int?, reset: Duration?)?
    ) {
        var headers: HTTPHeaders = [:]
        for (name, value) in fields { headers.append(name, value) }
        let limit = RateLimit(headers, now: Self.now)
        #expect((limit == nil) == (expected == nil))
        #expect(limit?.quota == expected?.quota)
        #expect(limit?.window == expected?.window)
        #expect(limit?.remaining == expected?.remaining)
        #expect(limit?.reset == expected?.reset)
    }
}
