import PMJSON
import PMRecord

/// The reason why a line cannot be stored.
package struct InvalidRecord: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// An input line, and the part of it that is stored.
package struct StorableLine: Sendable {
    package enum Content: Sendable {
        case row(Row, in: Table)
        /// A change of a stored row: the retraction of a trade or its inverse, or the resolution of a market.
        case update(Row, in: Table)
        case mark(Mark)
        /// A kind that is passed on and not stored.
        case other
    }

    /// The line number in the input, from 1.
    package let number: Int
    package let line: [UInt8]
    package let content: Content

    /// Checks a line. A reject that pm-store wrote counts as the original line, so that a file of rejects can
    /// be stored again.
    ///
    /// - Throws: ``InvalidRecord`` unless the line is a JSON object whose members fit their columns.
    package init(_ line: [UInt8], number: Int) throws(InvalidRecord) {
        var (line, record) = (line, try Record(checking: line))
        while record.kind == .reject, record.text(Key.stage) == "pm-store", let text = record.text(Key.text) {
            line = Array(text.utf8)
            record = try Record(checking: line)
        }
        (self.line, self.number) = (line, number)
        content = try Content(record)
    }

    package var isMark: Bool {
        if case .mark = content { true } else { false }
    }

    /// The approximate memory of the line and its row in a batch, in bytes.
    package var size: Int {
        switch content {
        case .row(let row, _), .update(let row, _): line.count + row.size + Self.overhead
        case .mark, .other: line.count + Self.overhead
        }
    }

    /// Bytes that a line takes besides its text: in the queues, in the tables of keys, and for its allocations. Measured:
    /// 1.9 kB for a line of 700 bytes.
    private static let overhead = 700
}

extension StorableLine.Content {
    fileprivate init(_ record: Record) throws(InvalidRecord) {
        let table: Table
        switch record.kind {
        case .trade: table = .trades
        case .gap: table = .gaps
        case .audit: table = .audits
        case .portfolio: table = .portfolios
        case .leaderboard: table = .leaderboards
        case .alert: table = .alerts
        case .outcome: table = .outcomes
        case .mark:
            self = .mark(try Mark(checking: record))
            return
        case .retract, .restore:
            self = .update(try Row(try record.sanitized, in: .retractions), in: .retractions)
            return
        case .resolution:
            self = .update(try Row(try record.sanitized, in: .resolutions), in: .resolutions)
            return
        case .frame, .reject, nil:
            self = .other
            return
        }
        self = .row(try Row(try record.sanitized, in: table), in: table)
    }
}

extension Record {
    fileprivate init(checking line: [UInt8]) throws(InvalidRecord) {
        do throws(JSONError) { try self.init(line) } catch { throw InvalidRecord(error.description) }
    }

    /// The record in a form that both databases accept; see ``EscapeSanitizer``.
    fileprivate var sanitized: Record {
        get throws(InvalidRecord) {
            guard let bytes = EscapeSanitizer.sanitize(bytes) else { return self }
            return try Record(checking: bytes)
        }
    }
}

extension Mark {
    fileprivate init(checking record: Record) throws(InvalidRecord) {
        guard let mark = Mark(record) else { throw InvalidRecord("a mark needs stream, seq and time") }
        guard mark.seq <= UInt64(Int64.max) else { throw InvalidRecord("seq is beyond 2^63") }
        guard Array("\"\(mark.stream)\"".utf8).span.isKey else { throw InvalidRecord("stream is not a key") }
        self = mark
    }
}
