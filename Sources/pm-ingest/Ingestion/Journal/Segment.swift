import Glibc
import PMJSON
import PMPipe
import PMRecord

/// One file of the journal.
///
/// Its name is the sequence number of its first line, padded with zeros: `00000000000000012345.ndjson`. So `ls` and `cat`
/// list segments in order.
package struct Segment: Sendable, Hashable, Comparable {
    package let first: UInt64

    package init(first: UInt64) {
        self.first = first
    }

    /// - Returns: `nil` unless `name` is the name of a segment.
    package init?(name: String) {
        let digits = name.prefix(20)
        guard name.utf8.count == 27, name.hasSuffix(".ndjson"), digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let first = UInt64(digits)
        else { return nil }
        self.first = first
    }

    package var name: String {
        let digits = String(first)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".ndjson"
    }

    package func path(in directory: String) -> String { "\(directory)/\(name)" }

    /// - Throws: ``ExitStatus/inputOutput`` when the file cannot be opened or read.
    func forEachLine(
        in directory: String, _ body: (_ line: Span<UInt8>, _ isTooLong: Bool) -> Void
    ) throws(StageError) {
        let path = path(in: directory)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .unable(to: "open \(path)") }
        defer { close(descriptor) }
        var reader = LineReader(descriptor: descriptor, name: path)
        while true {
            let arrival = try reader.wait()
            reader.forEachLine(body)
            if arrival == .end { return }
        }
    }

    package static func < (left: Segment, right: Segment) -> Bool { left.first < right.first }

    /// Returns the segments in a directory, oldest first.
    package static func all(in directory: String) -> [Segment] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var segments: [Segment] = []
        while let entry = Glibc.readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let segment = Segment(name: name) { segments.append(segment) }
        }
        return segments.sorted()
    }

    /// Returns those of `segments` that may contain a line after `seq`.
    ///
    /// - Parameter segments: Oldest first.
    package static func holding(after seq: UInt64, of segments: [Segment]) -> ArraySlice<Segment> {
        // A segment ends directly before the first line of the next one.
        let index = segments.indices.first {
            $0 + 1 == segments.endIndex || segments[$0 + 1].first > seq &+ 1
        }
        return segments[(index ?? segments.endIndex)...]
    }
}

/// Returns false if the number at `index` is out of place: a flipped bit can make any number of it.
///
/// - Parameters:
///   - seqs: The numbers of lines that follow each other; `nil` for a line without one.
///   - last: The last number before it.
func isInPlace(_ index: Int, of seqs: [UInt64?], after last: UInt64) -> Bool {
    guard let seq = seqs[index] else { return false }
    guard seq > last + 1, index + 1 < seqs.count, let next = seqs[index + 1] else { return true }
    return next == seq + 1
}

/// Returns the sequence number of a journaled line; `nil` if it has none.
package func seq(ofLine line: Span<UInt8>) -> UInt64? {
    guard let members = try? MemberIndex(line), let range = members.value(of: Key.seq, in: line) else {
        return nil
    }
    var number: UInt64 = 0
    for index in range {
        guard line[index].isDigit, number < UInt64.max / 10 - 1 else { return nil }
        number = number * 10 + UInt64(line[index] - UInt8(ascii: "0"))
    }
    return range.isEmpty ? nil : number
}
