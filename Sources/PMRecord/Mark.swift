import PMJSON

/// A position in a stream: everything derived from its lines up to `seq` precedes the mark.
package struct Mark: Sendable, Equatable {
    package let stream: String
    package let seq: UInt64
    package let time: Timestamp

    package init(stream: String, seq: UInt64, time: Timestamp) {
        self.stream = stream
        self.seq = seq
        self.time = time
    }

    /// Reads a mark; `nil` unless the record is a mark with all its members.
    package init?(_ record: Record) {
        guard record.kind == .mark, let stream = record.text(Key.stream), let seq = record.unsigned(Key.seq),
            let time = record.time(Key.time)
        else { return nil }
        self.init(stream: stream, seq: seq, time: time)
    }

    /// The encoded record, without its newline.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { record in
            record.member(Key.kind, Kind.mark.rawValue)
            record.member(Key.stream, stream)
            record.member(Key.seq, seq)
            record.member(Key.time, time.description)
        }
        return writer.bytes
    }
}
