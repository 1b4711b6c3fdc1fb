import Exchange
import PMJSON
import Testing

struct FaultTests {
    /// The frames that one connection sends for eight numbered messages, one per millisecond, under a single fault.
    private func played(_ fault: String, messages: Int = 8) throws -> [String] {
        var plan = FaultPlan(seed: 1)
        plan.set(try Scenario.faults(JSON(fault)), keeping: false, at: .zero)
        var faults = FeedFaults(feed: "rtds", openedAt: .zero)
        var steps = faults.tick(plan: &plan, at: .zero)
        for number in 1...messages {
            let now = Duration.milliseconds(number)
            steps += faults.pass(
                Array("\(number)".utf8), type: number.isMultiple(of: 2) ? "trades" : "orders_matched",
                plan: &plan,
                at: now)
            steps += faults.tick(plan: &plan, at: now)
        }
        return (steps + faults.release()).map(text)
    }

    private func text(_ step: FeedFaults.Step) -> String {
        switch step {
        case .send(let message, let pieces):
            String(decoding: message.prefix(20), as: UTF8.self) + (pieces == 1 ? "" : "/\(pieces)")
        case .drip(let message, let bytes, _): String(decoding: message, as: UTF8.self) + ":\(bytes)"
        case .interrupt(let message): String(decoding: message, as: UTF8.self) + "!"
        case .reset: "reset"
        case .fin: "fin"
        case .close(let code, _): "close \(code)"
        case .pause(let isPaused): isPaused ? "pause" : "read"
        }
    }

    @Test(
        arguments: [
            (#"{"on":"market","do":"reset"}"#, "1 2 3 4 5 6 7 8"),
            (#"{"on":"rtds","do":"reset"}"#, "reset 1 2 3 4 5 6 7 8"),  // the session is gone by then
            (#"{"on":"rtds","do":"close","code":1013,"after":6}"#, "1 2 3 4 5 6 close 1013 8"),
            (#"{"on":"rtds","do":"freeze","after":2}"#, "1 2"),
            (#"{"on":"rtds","do":"freeze","for_ms":3,"after":2}"#, "1 2 6 7 8"),
            (#"{"on":"rtds","do":"half_open","for_ms":3,"after":2}"#, "1 2 pause read 6 7 8"),
            (#"{"on":"rtds","do":"fin","at_ms":3}"#, "1 2 3 fin 4 5 6 7 8"),
            (#"{"on":"rtds","do":"ping","every":4}"#, "1 2 3 4! 5 6 7 8!"),
            (#"{"on":"rtds","do":"duplicate","every":4}"#, "1 2 3 4 4 5 6 7 8 8"),
            (#"{"on":"rtds","do":"duplicate","every":2,"times":1}"#, "1 2 2 3 4 5 6 7 8"),
            (#"{"on":"rtds","do":"reorder","every":3}"#, "1 2 4 3 5 7 6 8"),
            (#"{"on":"rtds","do":"silence","type":"trades"}"#, "1 3 5 7"),
            (#"{"on":"rtds","do":"silence","from_ms":2,"until_ms":4}"#, "1 4 5 6 7 8"),
            (#"{"on":"rtds","do":"array","count":3}"#, "[1,2,3] [4,5,6] [7,8]"),
            (#"{"on":"rtds","do":"fragment","pieces":5,"every":8}"#, "1 2 3 4 5 6 7 8/5"),
            (#"{"on":"rtds","do":"drip","bytes":2,"every":8}"#, "1 2 3 4 5 6 7 8:2"),
            (#"{"on":"rtds","do":"empty","every_ms":4}"#, "1 2 3 4  5 6 7 8 "),
        ] as [(String, String)])
    func eachFaultHasItsEffect(fault: String, expected: String) throws {
        #expect(try played(fault).joined(separator: " ") == expected)
    }

    @Test func aFragmentIsOneByteByDefault() throws {
        #expect(try played(#"{"on":"rtds","do":"fragment"}"#, messages: 1) == ["1"])
        #expect(try played(#"{"on":"rtds","do":"fragment"}"#, messages: 12).last == "12/2")
    }

    @Test func theSameSeedFiresTheSameFaults() throws {
        let fault = #"{"on":"rtds","do":"silence","probability":0.5}"#
        let first = try played(fault, messages: 100)
        #expect(try played(fault, messages: 100) == first)
        #expect((20...80).contains(first.count))
    }

    @Test(
        arguments: [
            (#"{"on":"rtds","do":"explode"}"#, "no such fault on rtds: explode"),
            (#"{"on":"data","do":"freeze"}"#, "no such fault on data: freeze"),
            (#"{"on":"data","do":"status","probabillity":1}"#, "a fault has no member probabillity"),
            (#"{"do":"status"}"#, "a fault needs a text as on"),
            (#"{"on":"data","do":"quota","kind":"odd"}"#, "no such quota: odd"),
            (#"[1]"#, "a fault is a JSON object"),
        ])
    func anUnreadableFaultIsReported(fault: String, complaint: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario.faults(JSON(fault)) }
        #expect(error?.description == complaint)
    }

    @Test func requestsMeetTheFirstFaultOfTheirRoute() throws {
        var plan = FaultPlan(seed: 1)
        plan.set(
            try Scenario.faults(
                JSON(
                    """
                    [{"on":"data/trades","do":"delay","ms":20},{"on":"data","do":"delay","ms":5},
                     {"on":"data","do":"status","status":500,"after":1,"times":1},{"on":"data","do":"hang","after":2}]
                    """)),
            keeping: false, at: .zero)
        func kind(_ route: String) -> String {
            let outcome = plan.outcome(ofRequestTo: route, at: .zero)
            return "\(outcome.kind)".prefix { $0 != "(" } + " \(outcome.delay)"
        }
        #expect(kind("data/trades") == "answer 0.025 seconds")
        #expect(kind("database") == "answer 0.0 seconds")
        #expect(kind("data/positions") == "refuse 0.005 seconds")
        #expect(kind("data/positions") == "hang 0.005 seconds")
    }
}
