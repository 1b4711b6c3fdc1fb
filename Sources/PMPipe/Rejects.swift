import Glibc
import PMJSON
import PMRecord

/// The lines that a stage could not use, each with its reason.
///
/// A reject is a record of its own, `{"kind":"reject","stage":…,"line":N,"reason":…,"text":…}`, so that
/// `jq -r .text` gives the lines back. A line that is not valid UTF-8 is kept as hex digits under `bytes`.
package struct Rejects: ~Copyable {
    private let stage: String
    private let path: String?
    private let log: StageLog?
    private var hasLogged = false
    private var output: LineWriter?

    /// - Parameters:
    ///   - path: The file to append to, created with mode 0600; when `nil`, lines are only counted. A symbolic link is not
    ///     followed, except in `/dev`: another user may have left it in a shared directory.
    ///   - log: Gets a warning about the first rejected line.
    package init(stage: String, path: String?, log: StageLog? = nil) throws(StageError) {
        self.log = log
        self.stage = stage
        self.path = path
        if let path {
            let noFollow = path.hasPrefix("/dev/") ? 0 : O_NOFOLLOW
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | noFollow, 0o600)
            guard descriptor >= 0 else {
                if errno == ELOOP {
                    throw StageError(
                        .configuration,
                        "the rejects file \(path) is a symbolic link; name the file itself, as --rejects rejects.ndjson"
                    )
                }
                throw .unableToCreate("rejects file \(path)")
            }
            output = LineWriter(descriptor: descriptor, name: "rejects file \(path)")
        }
    }

    deinit {
        if let output { close(output.descriptor) }
    }

    /// - Parameter number: The line's number in the input, counted from 1.
    package mutating func add(_ line: Span<UInt8>, number: Int, reason: String) {
        if !hasLogged {
            hasLogged = true
            // The end of a live run, which logs the count, can be months away.
            log?.warning("line \(number) rejected: \(reason)")
        }
        guard output != nil else { return }
        let bytes = line.withUnsafeBufferPointer { Array($0) }
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.reject.rawValue)
            record.member(Key.stage, stage)
            record.member(Key.line, number)
            record.member(Key.reason, reason)
            if let text = String(validating: bytes, as: UTF8.self) {
                record.member(Key.text, text)
            } else {
                record.member(Key.bytes, hex(bytes))
            }
        }
        output!.append(writer.bytes)
    }

    package mutating func flush() throws(StageError) {
        try output?.flush()
    }

    /// Writes and syncs all pending rejects, so that they survive whatever is acknowledged next.
    package mutating func sync() throws(StageError) {
        try flush()
        guard let descriptor = output?.descriptor, fdatasync(descriptor) != 0 else { return }
        // A file that cannot be synced, such as a pipe or a terminal, is as safe as it can be.
        guard errno == EINVAL || errno == EROFS else { throw .unable(to: "write rejects file \(path ?? "")") }
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
