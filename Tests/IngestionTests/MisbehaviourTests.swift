import Foundation
import TestSupport
import Testing

/// The known misbehaviour of the feeds: in the end, exactly the trades that happened have been emitted.
struct MisbehaviourTests {
    private struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// The members of each fault of the feed, but for `on`.
        let faults: [String]
    }

    private static let cases = [
        Case(
            testDescription: "messages of odd form, and others between them",
            faults: [
                #""do":"fragment","every":7"#, #""do":"fragment","pieces":3,"every":5"#,
                #""do":"drip","bytes":40,"pause_ms":1,"every":11"#, #""do":"ping","every":6"#,
                #""do":"array","count":4,"every":9"#, #""do":"duplicate","every":6"#,
                #""do":"reorder","every":8"#, #""do":"empty","every":10"#, #""do":"malformed","every":13"#,
                #""do":"unknown","every":12"#,
            ]),
        Case(
            testDescription: "connections that end, in every way",
            faults: [
                #""do":"reset","after":20"#, #""do":"fin","after":20"#,
                #""do":"close","code":1000,"after":20"#, #""do":"close","code":1008,"after":20"#,
                #""do":"close","code":1012,"after":20"#,
                #""do":"close","code":1013,"reason":"slow consumer: send buffer full","after":20"#,
            ].map { $0 + #","times":1"# }),
        Case(
            testDescription: "upgrades that are refused, or closed at once",
            faults: [
                #""do":"reset","after":20"#,
                #""do":"refuse","status":429,"retry_after":1,"body":"html","from_ms":100"#,
                #""do":"refuse","status":503,"from_ms":100"#,
                #""do":"refuse","status":302,"headers":{"Location":"http://x.example/"},"from_ms":100"#,
                #""do":"refuse","status":200,"body":"html","from_ms":100"#,
                #""do":"close","code":1011,"from_ms":1200"#,
            ].map { $0 + #","times":1"# }),
        Case(
            testDescription: "a freeze with answered pings", faults: [#""do":"freeze","after":30,"times":1"#]),
        Case(testDescription: "a half-open socket", faults: [#""do":"half_open","after":30,"times":1"#]),
        Case(
            testDescription: "one type silent, then all",
            faults: [
                #""do":"silence","type":"trades","from_ms":300,"until_ms":1800"#,
                #""do":"silence","from_ms":2500,"until_ms":4000"#,
            ]),
        Case(
            testDescription: "a message of 64 MiB, and one that is not UTF-8",
            faults: [#""do":"giant","after":10,"times":1"#, #""do":"bad_utf8","after":10,"times":1"#]),
    ]

    @Test(arguments: cases)
    private func losesNoTrade(_ misbehaviour: Case) throws {
        let faults = misbehaviour.faults.map { #"{"on":"rtds",\#($0)}"# }.joined(separator: ",")
        let run = try FaultyRun(#"{"seed":3,"rate":120}"#)
        // Their times count from when they are set.
        #expect(eventually { !run.child.trades.isEmpty })
        try run.exchange.setFaults("[\(faults)]")
        #expect(
            try eventually(every: .milliseconds(100)) {
                try run.exchange.json("/control/faults").array?.allSatisfy {
                    ($0["befallen"]?.integer ?? 0) > 0
                }
                    ?? false
            }, "each of them happened")
        try run.expectTruth(misbehaviour.testDescription)
    }
}
