import Crypto

/// The checksum of a line in the outbox: the last member of its object.
///
///     {"entry":"mark",…,"checksum":"5f1c0ab3de4410c7"}
///
/// A disk or a file system may return other bytes than were written, and a line with a flipped byte is often a valid
/// entry. Outboxes of earlier versions have no checksums; opening one adds them.
enum EntryChecksum {
    /// The digits: the first 8 bytes of the SHA-256 of the line without this member.
    private static let digitCount = 16
    private static let opening = Array(#","checksum":""#.utf8)
    private static let closing = Array(#""}"#.utf8)
    /// The bytes that a checksum adds to a line.
    static let size = opening.count + digitCount + closing.count

    /// The result of a check.
    enum Verdict {
        case valid, absent, wrong
    }

    /// Returns the line with its checksum.
    ///
    /// - Parameter line: A JSON object with at least one member, without spaces at its end.
    static func adding(to line: [UInt8]) -> [UInt8] {
        line.dropLast() + opening + digits(of: line).utf8 + closing
    }

    /// Checks a line as it is in the file, without its newline.
    static func check(_ line: Span<UInt8>) -> Verdict {
        line.withUnsafeBufferPointer { bytes in
            guard bytes.count > size, bytes.suffix(closing.count).elementsEqual(closing),
                bytes.suffix(size).prefix(opening.count).elementsEqual(opening)
            else { return .absent }
            let content = bytes.dropLast(size) + [UInt8(ascii: "}")]
            let found = bytes.dropLast(closing.count).suffix(digitCount)
            return found.elementsEqual(digits(of: content).utf8) ? .valid : .wrong
        }
    }

    /// Tells the lines of a file that are as they were written.
    ///
    /// Every line after the first checksum has one: the lines without one, of an earlier version, come first.
    struct Filter {
        private var hasChecksums = false

        /// - Returns: `absent` for a line of an earlier version.
        mutating func check(_ line: Span<UInt8>, _ kind: OutboxReader.Line) -> Verdict {
            let verdict = EntryChecksum.check(line)
            if verdict == .valid { hasChecksums = true }
            return verdict == .absent && (hasChecksums || kind != .complete) ? .wrong : verdict
        }
    }

    private static func digits(of line: some Collection<UInt8>) -> Substring {
        sha256(line).hexadecimal.prefix(digitCount)
    }
}
