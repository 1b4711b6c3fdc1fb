import Glibc
import PMJSON
import PMPipe
import PMRecord
import PolymarketAPI

/// Answers kept in a file, one a line, to be given again: `http.ndjson` in a folder.
///
/// A line is `{"request":"data /positions?user=0x…","at":"…","status":200,"headers":{…},"elapsed_us":N,"answer":"…"}`,
/// or has `failure` and `transient` in place of an answer; `at` is when that came. Requests that were made as one are
/// named in `also`. A request that was made more than once gets its answers in the order in which they came, and the
/// last of them from then on.
package enum Cassette {
    static let file = "http.ndjson"

    /// A request as it is named in a cassette: without where its service was.
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

/// Keeps what the services answer.
package struct CassetteRecorder: ~Copyable {
    private var output: LineWriter

    /// - Parameter directory: Made if it is missing; a cassette that is there already is written anew.
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
        _ request: APIRequest, _ reply: Reply, headers: [(name: String, value: String)], at now: Timestamp
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
