import Glibc
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// A recording of the services' answers: the file `http.ndjson` in a directory, one answer a line.
///
/// A line is `{"request":"data /positions?user=0x…","at":"…","status":200,"headers":{…},"elapsed_us":N,"answer":"…"}`,
/// or has `failure` and `transient` in place of an answer; `at` is the time of the answer. `also` names the other requests
/// of a batch. A request that was made several times gets its answers in the recorded order, then the last one again.
package enum Cassette {
    static let file = "http.ndjson"

    /// Returns the name of a request in a cassette, without the service's address.
    static func name(_ request: APIRequest) -> String {
        request.body.isEmpty ? "\(request)" : "\(request) \(String(decoding: request.body, as: UTF8.self))"
    }

    enum Member {
        static let request: JSONKey = "request"
        static let also: JSONKey = "also"
        static let at: JSONKey = "at"
        static let status: JSONKey = "status"
        static let headers: JSONKey = "headers"
        static let elapsed: JSONKey = "elapsed_us"
        static let retryAfter: JSONKey = "retry_after_ms"
        static let answer: JSONKey = "answer"
        static let failure: JSONKey = "failure"
        static let transient: JSONKey = "transient"
    }
}

/// Records the services' answers.
package struct CassetteRecorder: ~Copyable {
    private var output: LineWriter

    /// - Parameter directory: Created if it is missing. A cassette in it is overwritten.
    package init(directory: String) throws(StageError) {
        if mkdir(directory, 0o755) != 0, errno != EEXIST { throw .unable(to: "make directory \(directory)") }
        let path = "\(directory)/\(Cassette.file)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unable(to: "open cassette \(path)") }
        output = LineWriter(descriptor: descriptor, name: "cassette \(path)")
    }

    deinit {
        close(output.descriptor)
    }

    mutating func add(
        _ request: APIRequest, _ reply: APIReply, headers: [(name: String, value: String)], at now: Timestamp
    ) {
        var writer = JSONWriter()
        writer.object { line in
            let names = request.parts.map(Cassette.name)
            line.member(Cassette.Member.request, names[0])
            if names.count > 1 { line.member(Cassette.Member.also, Array(names.dropFirst())) }
            line.member(Cassette.Member.at, now.description)
            switch reply {
            case .answer(let status, let retryAfter, _, let body, let elapsed):
                line.member(Cassette.Member.status, status)
                line.key(Cassette.Member.headers)
                line.object { members in
                    for (name, value) in headers {
                        members.key(name)
                        members.string(value)
                    }
                }
                line.member(Cassette.Member.elapsed, elapsed.inMicroseconds)
                line.member(Cassette.Member.retryAfter, retryAfter?.inMilliseconds)
                line.member(Cassette.Member.answer, String(decoding: body, as: UTF8.self))
            case .failure(let reason, let isTransient, _):
                line.member(Cassette.Member.failure, reason)
                line.member(Cassette.Member.transient, isTransient)
            }
        }
        output.append(writer.bytes)
    }

    package mutating func flush() throws(StageError) { try output.flush() }
}

extension Duration {
    var inMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
