import Glibc
import PMJSON
import PMPipe
import PMRecord

/// Keeps raw frames with their time of receipt, one a line, for `--replay`.
package struct Recorder: ~Copyable {
    private var output: LineWriter

    /// - Parameter path: Made with mode 0600 if it is missing; appended to if it is there.
    package init(path: String) throws(StageError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unable(to: "open recording \(path)") }
        output = LineWriter(descriptor: descriptor, name: "recording \(path)")
    }

    deinit {
        close(output.descriptor)
    }

    package mutating func add(_ frame: [UInt8], feed: Feed, connection: Int, receivedAt: Timestamp) {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.frame.rawValue)
            record.member(Key.receivedAt, receivedAt.description)
            record.member(Key.feed, feed.rawValue)
            record.member(Key.connection, connection)
            record.member(Key.frame, String(decoding: frame, as: UTF8.self))
        }
        output.append(writer.bytes)
    }

    package mutating func flush() throws(StageError) {
        try output.flush()
    }
}
