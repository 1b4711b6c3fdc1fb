/// The rate limit in a response's header fields; a part that is not given is `nil`.
///
///     RateLimit: "default";r=50;t=30           with  RateLimit-Policy: "default";q=100;w=10
///     RateLimit: limit=100, remaining=50, reset=30   from an earlier draft
///     RateLimit-Limit: 100, 100;w=10           and RateLimit-Remaining, RateLimit-Reset; also X-… and Poly-…
///     X-RateLimit-Reset-After: 0.4             from Discord
///
/// Source: draft-ietf-httpapi-ratelimit-headers, editions 03 to 10; docs/POLYMARKET.md, A.5.
package struct RateLimit: Sendable, Equatable {
    /// Requests in every ``window``.
    package private(set) var quota: Int?
    package private(set) var window: Duration?
    package private(set) var remaining: Int?
    /// The time until the quota is renewed.
    package private(set) var reset: Duration?

    /// - Parameter now: The current time in seconds since 1970, to convert a reset time into a delay.
    /// - Returns: `nil` if no field gives a quota or a remainder.
    package init?(_ headers: HTTPHeaders, now: Int) {
        if let policy = headers["RateLimit-Policy"] { read(Parameters(policy), now: now) }
        if let state = headers["RateLimit"] { read(Parameters(state), now: now) }
        for family in ["RateLimit", "X-RateLimit", "X-Rate-Limit", "Poly-RateLimit"] {
            if let limit = headers["\(family)-Limit"] { read(Parameters(limit), now: now) }
            remaining = headers["\(family)-Remaining"].flatMap(whole) ?? remaining
            reset = headers["\(family)-Reset"].flatMap { time($0, now: now) } ?? reset
            reset = headers["\(family)-Reset-After"].flatMap { time($0, now: now) } ?? reset
        }
        guard quota != nil || remaining != nil else { return nil }
    }

    private mutating func read(_ parameters: Parameters, now: Int) {
        for (name, value) in parameters.all {
            switch name {
            case "", "q", "limit": quota = whole(value) ?? quota
            case "w": window = whole(value).map { .seconds($0) } ?? window
            case "r", "remaining": remaining = whole(value) ?? remaining
            case "t", "reset": reset = time(value, now: now) ?? reset
            default: break
            }
        }
    }
}

/// The first item of a list with its parameters, and the named parameters of later items.
private struct Parameters {
    var all: [(name: String, value: String)] = []

    init(_ field: String) {
        for (index, item) in field.split(separator: ",").enumerated() {
            for part in item.split(separator: ";") {
                let sides = part.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
                if sides.count == 2 {
                    // Only one policy can be followed: the first.
                    if all.allSatisfy({ $0.name != sides[0].lowercased() }) {
                        all.append((sides[0].lowercased(), sides[1]))
                    }
                } else if index == 0, let number = sides.first, whole(number) != nil {
                    all.append(("", number))
                }
            }
        }
    }
}

private func whole(_ text: String) -> Int? {
    Int(text.filter { !$0.isWhitespace }).flatMap { 0...1_000_000_000_000_000 ~= $0 ? $0 : nil }
}

/// Reads a delay in seconds, with or without a fraction, or a time in seconds or milliseconds since 1970.
private func time(_ text: String, now: Int) -> Duration? {
    guard var seconds = Double(text.filter { !$0.isWhitespace }), seconds.isFinite, 0..<1e15 ~= seconds else {
        return nil
    }
    if seconds >= 1e11 { seconds /= 1000 }
    if seconds >= 1e9 { seconds = max(0, seconds - Double(now)) }
    return .microseconds((seconds * 1e6).rounded())
}
