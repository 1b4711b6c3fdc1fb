import NATS
import PMJSON
import PMPipe
import PMRecord

/// The cursors of a relay's stream, kept by the cluster: for each source, the last mark before which everything is
/// stored.
package struct CursorBook: ~Copyable {
    private let store: KeyValueStore
    private let stream: RelayStream
    /// The revision of each source's entry that was read or written last.
    private var known: [String: KeyValueStore.Entry] = [:]

    package init(of stream: RelayStream, replicas: Int, on connection: Connection) throws(NATSError) {
        self.stream = stream
        store = try KeyValueStore(bucket: "pm-cursors", replicas: replicas, on: connection)
    }

    /// Raises the cursor of the mark's source. A cursor that is higher already stays as it is.
    package mutating func raise(to mark: Mark) throws(NATSError) {
        let key = key(of: mark.stream)
        while true {
            let entry = if let entry = known[key] { entry } else { try store.get(key) }
            if let entry, let cursor = Self.mark(in: entry.value), cursor.seq >= mark.seq {
                known[key] = entry
                return
            }
            let value = Self.line(mark)
            let revision =
                if let entry {
                    try store.update(key, value, last: entry.revision)
                } else {
                    try store.create(key, value)
                }
            known[key] = revision.map { KeyValueStore.Entry(value: value, revision: $0) }
            if revision != nil { return }
        }
    }

    /// Returns the cursors of all sources, in the order of their names.
    package borrowing func cursors() throws(NATSError) -> [Mark] {
        var marks: [Mark] = []
        for key in try store.keys().sorted() where key.hasPrefix(stream.name + ".") {
            if let entry = try store.get(key), let mark = Self.mark(in: entry.value) { marks.append(mark) }
        }
        return marks
    }

    /// A key has letters, digits and `-/_=.` only; any other byte of a source is written as `=` and two hex digits.
    private func key(of source: String) -> String {
        source.utf8.reduce(into: stream.name + ".") { key, byte in
            let isPlain =
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                || byte == 45
            key +=
                isPlain
                ? String(UnicodeScalar(byte))
                : "=" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }

    /// Returns a cursor's line, as `pm-store cursor` prints it.
    package static func line(_ mark: Mark) -> String {
        var writer = JSONWriter()
        writer.object { line in
            line.member(Key.stream, mark.stream)
            line.member(Key.seq, mark.seq)
            line.member(Key.time, mark.time.description)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads a cursor's line; `nil` if it is none.
    package static func mark(in line: String) -> Mark? {
        guard let record = try? Record(Array(line.utf8)), let stream = record.text(Key.stream),
            let seq = record.unsigned(Key.seq), let time = record.time(Key.time)
        else { return nil }
        return Mark(stream: stream, seq: seq, time: time)
    }
}

/// Reads the cursors of a stream from the cluster, in the order of their sources.
package func readCursors(
    of stream: RelayStream, in cluster: Cluster, log: StageLog
) throws(StageError) -> [Mark] {
    let stop = StopSignal()
    let stopIfRequested = { () throws(StageError) in if stop.isRequested { throw StopSignal.stoppedEarly } }
    let connection = try cluster.connect(
        as: "pm-relay cursor \(stream.name)", log: log, whileWaiting: stopIfRequested)
    let replicas = cluster.replicas
    return try cluster.retry("read the cursors", log: log, whileWaiting: stopIfRequested) {
        () throws(NATSError) in
        try CursorBook(of: stream, replicas: replicas, on: connection).cursors()
    }
}
