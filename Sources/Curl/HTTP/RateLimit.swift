/// What an answer's fields say of the limit that the service sets: each part `nil` where it is not told.
///
///     RateLimit: "default";r=50;t=30           with  RateLimit-Policy: "default";q=100;w=10
///     RateLimit: limit=100, remaining=50, reset=30   an earlier draft's
///     RateLimit-Limit: 100, 100;w=10           and RateLimit-Remaining, RateLimit-Reset; the same with X- or Poly-
///     X-RateLimit-Reset-After: 0.4             Discord's
///
/// Source: draft-ietf-httpapi-ratelimit-headers, editions 03 to 10; POLYMARKET.md, A.5.
package struct RateLimit: Sendable, Equatable {
    /// Requests in every ``window``.
    package private(set) var quota: Int?
    package private(set) var window: Duration?
    package private(set) var remaining: Int?
    /// How long until the quota begins anew.
    package private(set) var reset: Duration?

    /// - Parameter now: Seconds since 1970, against which a moment is held.
    /// - Returns: `nil` when no field says anything.
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

/// The first item of a list, its parameters, and what follows with a name of its own.
private struct Parameters {
    var all: [(name: String, value: String)] = []

    init(_ field: String) {
        for (place, item) in field.split(separator: ",").enumerated() {
            for part in item.split(separator: ";") {
                let sides = part.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
                if sides.count == 2 {
                    // Only one policy can be heeded: the first.
                    if all.allSatisfy({ $0.name != sides[0].lowercased() }) {
                        all.append((sides[0].lowercased(), sides[1]))
                    }
                } else if place == 0, let number = sides.first, whole(number) != nil {
                    all.append(("", number))
                }
            }
        }
    }
}

private func whole(_ text: String) -> Int? {
    Int(text.filter { !$0.isWhitespace }).flatMap { 0...1_000_000_000_000_000 ~= $0 ? $0 : nil }
}

/// Seconds from now, with a fraction or without, or a moment in seconds or milliseconds since 1970.
private func time(_ text: String, now: Int) -> Duration? {
    guard var seconds = Double(text.filter { !$0.isWhitespace }), seconds.isFinite, 0..<1e15 ~= seconds else {
        return nil
    }
    if seconds >= 1e11 { seconds /= 1000 }
    if seconds >= 1e9 { seconds = max(0, seconds - Double(now)) }
    return .microseconds((seconds * 1e6).rounded())
}
