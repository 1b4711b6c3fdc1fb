import Glibc
import PMJSON
import PMPipe
import PMRecord

/// One file of the journal: lines whose numbers begin with the one in its name.
///
/// Named by its first number with zeros in front, `00000000000000012345.ndjson`, so that `ls` and `cat` have them
/// in order.
package struct Segment: Sendable, Hashable, Comparable {
    package let first: UInt64

    package init(first: UInt64) {
        self.first = first
    }

    /// `nil` unless the file's name is a segment's.
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

    /// - Throws: When it cannot be opened or read.
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

    /// The segments in a directory, oldest first.
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

    /// Those of `segments`, oldest first, that may hold a line after that number.
    package static func holding(after seq: UInt64, of segments: [Segment]) -> ArraySlice<Segment> {
        // Each but the last ends before the next one's first.
        let place = segments.indices.first {
            $0 + 1 == segments.endIndex || segments[$0 + 1].first > seq &+ 1
        }
        return segments[(place ?? segments.endIndex)...]
    }
}

/// The number of a journaled line; `nil` where it has none.
package func seq(ofLine line: Span<UInt8>) -> UInt64? {
    guard let index = try? MemberIndex(line), let range = index.value(of: Key.seq, in: line) else {
        return nil
    }
    var number: UInt64 = 0
    for place in range {
        guard line[place].isDigit, number < UInt64.max / 10 - 1 else { return nil }
        number = number * 10 + UInt64(line[place] - UInt8(ascii: "0"))
    }
    return range.isEmpty ? nil : number
}
