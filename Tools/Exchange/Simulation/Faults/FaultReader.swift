import PMJSON

/// The reason why a scenario cannot be used.
package struct ScenarioError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension Fault {
    /// Reads the form that Tools/Exchange/README.md describes: `{"on":"rtds","do":"close","code":1013,"after":100}`.
    package init(_ json: JSON) throws(ScenarioError) {
        let reader = try MemberReader(json, of: "a fault", known: Self.members)
        let targets = try Self.targets(reader)
        let name = try reader.text("do")
        let isFeed = targets.allSatisfy { $0 == "rtds" || $0 == "market" }
        guard let action = isFeed ? try Self.feed(name, reader) : try Self.request(name, reader) else {
            throw ScenarioError("no such fault on \(targets.joined(separator: ", ")): \(name)")
        }
        self.init(action, on: targets, when: try Trigger(reader))
    }

    private static let members: Set<String> = [
        "on", "do", "after", "every", "probability", "times", "from_ms", "until_ms", "at_ms", "every_ms",
        "status",
        "retry_after", "wait_ms", "body", "headers", "code", "reason", "for_ms", "bytes", "pause_ms",
        "pieces", "count",
        "type", "ms", "min_ms", "max_ms", "sigma", "kind", "limit", "window_ms", "changes", "others",
        "penalty_ms",
        "patience_ms",
    ]

    private static func targets(_ reader: MemberReader) throws(ScenarioError) -> [String] {
        guard let several = reader["on"]?.array else { return [try reader.text("on")] }
        let targets = several.compactMap(\.string)
        guard !targets.isEmpty, targets.count == several.count else {
            throw ScenarioError("on is a text or an array of texts")
        }
        return targets
    }

    private static func feed(_ name: String, _ reader: MemberReader) throws(ScenarioError) -> Action? {
        switch name {
        case "refuse": .feed(.refuse(try CannedResponse(reader, status: 503)))
        case "reset": .feed(.reset)
        case "fin": .feed(.fin)
        case "close":
            .feed(
                .close(
                    code: UInt16(clamping: try reader.int("code") ?? 1011),
                    reason: reader.optionalText("reason") ?? ""))
        case "freeze": .feed(.freeze(try reader.period("for_ms")))
        case "half_open": .feed(.halfOpen(try reader.period("for_ms")))
        case "drip":
            .feed(
                .drip(
                    bytes: try reader.int("bytes") ?? 16,
                    pause: try reader.period("pause_ms") ?? .milliseconds(20)))
        case "fragment": .feed(.fragment(pieces: try reader.int("pieces") ?? 0))
        case "ping": .feed(.ping)
        case "giant": .feed(.giant(bytes: try reader.int("bytes") ?? 64 << 20))
        case "bad_utf8": .feed(.badUTF8)
        case "empty": .feed(.empty)
        case "unknown": .feed(.unknownTopic)
        case "malformed": .feed(.malformed)
        case "array": .feed(.array(try reader.int("count") ?? 3))
        case "duplicate": .feed(.duplicate)
        case "reorder": .feed(.reorder)
        case "silence": .feed(.silence(type: reader.optionalText("type")))
        default: nil
        }
    }

    private static func request(_ name: String, _ reader: MemberReader) throws(ScenarioError) -> Action? {
        switch name {
        case "delay": .request(.delay(try Latency(reader)))
        case "status": .request(.refuse(try CannedResponse(reader, status: 503)))
        case "quota": .request(.quota(try Quota.Options(reader)))
        case "hang": .request(.hang)
        case "reset": .request(.reset)
        case "close": .request(.close)
        case "truncate": .request(.truncate)
        case "malformed": .request(.malformed)
        case "html": .request(.html)
        case "stale": .request(.stale(try reader.period("for_ms") ?? .seconds(300)))
        case "giant": .request(.giant(bytes: try reader.int("bytes") ?? 64 << 20))
        default: nil
        }
    }
}

extension Trigger {
    init(_ reader: MemberReader) throws(ScenarioError) {
        after = try reader.int("after") ?? 0
        every = try reader.int("every")
        probability = try reader.double("probability")
        times = try reader.int("times")
        from = try reader.period("from_ms") ?? .zero
        until = try reader.period("until_ms")
        at = try reader.period("at_ms")
        everyPeriod = try reader.period("every_ms")
    }
}

extension Latency {
    init(_ reader: MemberReader) throws(ScenarioError) {
        if let low = try reader.period("min_ms"), let high = try reader.period("max_ms") {
            self = .uniform(low, high)
        } else {
            let middle = try reader.period("ms") ?? .milliseconds(80)
            self = try reader.double("sigma").map { .spread(median: middle, sigma: $0) } ?? .fixed(middle)
        }
    }
}

extension CannedResponse {
    /// - Parameter status: The default.
    init(_ reader: MemberReader, status fallback: Int) throws(ScenarioError) {
        status = try reader.int("status") ?? fallback
        wait = try reader.period("wait_ms") ?? .seconds(1)
        if let name = reader.optionalText("body") {
            guard let body = Body(rawValue: name) else { throw ScenarioError("no such body: \(name)") }
            self.body = body
        }
        if let name = reader.optionalText("code") {
            guard let code = DataError.Code(rawValue: name) else {
                throw ScenarioError("no such code: \(name)")
            }
            (self.code, status) = (code, try reader.int("status") ?? code.status)
        }
        if case .object(let members)? = reader["headers"] {
            headers = members.map { ($0.key, $0.value.numberText ?? "") }
        }
        switch reader["retry_after"] {
        case nil, .null: break
        case .number(let digits):
            retryAfter = body == .discord || body == .telegram ? .seconds : .text(digits)
            wait = .milliseconds(Int64((Double(digits) ?? 1) * 1_000))
        case .string("seconds"): retryAfter = .seconds
        case .string("date"): retryAfter = .date
        case .string("zero"): retryAfter = .zero
        case .string("negative"): retryAfter = .negative
        case .string("absurd"): retryAfter = .absurd
        case .string("absent"): retryAfter = .absent
        case .string(let text): retryAfter = .text(text)
        default: throw ScenarioError("retry_after is a number or a text")
        }
    }
}

extension Quota.Options {
    init(_ reader: MemberReader) throws(ScenarioError) {
        if let name = reader.optionalText("kind") {
            guard let kind = Quota.Kind(rawValue: name) else { throw ScenarioError("no such quota: \(name)") }
            self.kind = kind
        }
        limit = try reader.int("limit") ?? limit
        window = try reader.period("window_ms") ?? window
        others = try reader.double("others") ?? 0
        penalty = try reader.period("penalty_ms")
        patience = try reader.period("patience_ms") ?? patience
        refusal = try CannedResponse(reader, status: 429)
        for change in reader["changes"]?.array ?? [] {
            guard let at = change["at_ms"]?.integer, let limit = change["limit"]?.integer else {
                throw ScenarioError("a change of quota has at_ms and limit")
            }
            changes.append((.milliseconds(at), limit))
        }
    }
}
