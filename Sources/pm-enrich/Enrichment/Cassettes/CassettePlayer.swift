import Glibc
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Answers requests from a cassette.
package struct CassettePlayer {
    private var answers: [String: [(reply: APIReply, elapsed: Duration)]] = [:]
    private var played: [String: Int] = [:]
    /// The time of the first request; `nil` for an empty cassette.
    private(set) var start: Timestamp?

    /// - Throws: ``ExitStatus/configuration`` if there is no cassette, or a line of it is invalid.
    package init(directory: String) throws(StageError) {
        let path = "\(directory)/\(Cassette.file)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unable(to: "open cassette \(path)", .configuration) }
        defer { close(descriptor) }
        var input = LineReader(descriptor: descriptor, name: "cassette \(path)", longestLine: 64 << 20)
        var number = 0
        var hasEnded = false
        while !hasEnded {
            hasEnded = try input.wait() == .end
            try input.forEachLine { (line, isTooLong) throws(StageError) in
                number += 1
                guard !isTooLong, let json = try? JSON(line), let name = json["request"]?.string,
                    let answer = recordedAnswer(json)
                else {
                    throw StageError(.configuration, "line \(number) of cassette \(path) is not an answer")
                }
                if start == nil, let time = json["at"]?.string.flatMap({ Timestamp($0) }) {
                    start = time.advanced(by: .zero - answer.elapsed)
                }
                for name in [name] + (json["also"]?.array ?? []).compactMap(\.string) {
                    answers[name, default: []].append(answer)
                }
            }
        }
    }

    /// Returns the answer to a request and its latency; `nil` when the cassette has none.
    mutating func reply(to request: APIRequest) -> (reply: APIReply, elapsed: Duration)? {
        let name = Cassette.name(request)
        guard let recorded = answers[name] else { return nil }
        let index = played[name, default: 0]
        played[name] = index + 1
        return recorded[min(index, recorded.count - 1)]
    }
}

private func recordedAnswer(_ json: JSON) -> (reply: APIReply, elapsed: Duration)? {
    if let reason = json["failure"]?.string {
        return (.failure(reason, isTransient: json["transient"]?.bool ?? false), .zero)
    }
    guard let status = json["status"]?.integer, let elapsed = json["elapsed_us"]?.integer,
        let answer = json["answer"]?.string
    else { return nil }
    let retryAfter = json["retry_after_ms"]?.integer.map { Duration.milliseconds($0) }
    let time = Duration.microseconds(elapsed)
    return (.answer(status: status, retryAfter: retryAfter, body: Array(answer.utf8), elapsed: time), time)
}
