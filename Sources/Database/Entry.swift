import PMJSON
import PMRecord

/// Why a line cannot be stored.
package struct Unstorable: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A line of the input, and what of it is to be stored.
package struct Entry: Sendable {
    package enum Content: Sendable {
        case row(StorableRow)
        /// A trade that the exchange took back.
        case retraction(StorableRow)
        case mark(Mark)
        /// Of a kind that is passed on and not stored.
        case other
    }

    /// The line's place in the input, counted from 1.
    package let number: Int
    package let line: [UInt8]
    package let content: Content

    /// What pm-store itself once rejected counts as the line that it was, so that a file of rejects can be
    /// stored again.
    ///
    /// - Throws: ``Unstorable`` unless the line is a JSON object whose members are what their columns hold.
    package init(_ line: [UInt8], number: Int) throws(Unstorable) {
        var (line, record) = (line, try Record(storing: line))
        while record.kind == .reject, record.text(Key.stage) == "pm-store", let text = record.text(Key.text) {
            line = Array(text.utf8)
            record = try Record(storing: line)
        }
        (self.line, self.number) = (line, number)
        content = try Content(record)
    }

    package var isMark: Bool {
        if case .mark = content { true } else { false }
    }

    /// Bytes that it takes to hold the entry, near enough.
    package var size: Int {
        switch content {
        case .row(let row), .retraction(let row): line.count + row.size
        case .mark, .other: line.count
        }
    }
}

extension Entry.Content {
    fileprivate init(_ record: Record) throws(Unstorable) {
        let table: Table
        switch record.kind {
        case .trade: table = .trades
        case .gap: table = .gaps
        case .portfolio: table = .portfolios
        case .leaderboard: table = .leaderboards
        case .alert: table = .alerts
        case .mark:
            self = .mark(try Mark(storing: record))
            return
        case .retract:
            self = .retraction(try StorableRow(try record.storable, in: .retractions))
            return
        case .frame, .reject, nil:
            self = .other
            return
        }
        self = .row(try StorableRow(try record.storable, in: table))
    }
}

extension Record {
    fileprivate init(storing line: [UInt8]) throws(Unstorable) {
        do throws(JSONError) { try self.init(line) } catch { throw Unstorable(error.description) }
    }

    /// The record in a form that every database takes; see ``storable(_:)``.
    fileprivate var storable: Record {
        get throws(Unstorable) {
            guard let bytes = Database.storable(bytes) else { return self }
            return try Record(storing: bytes)
        }
    }
}

extension Mark {
    fileprivate init(storing record: Record) throws(Unstorable) {
        guard let mark = Mark(record) else { throw Unstorable("a mark needs stream, seq and time") }
        guard mark.seq <= UInt64(Int64.max) else { throw Unstorable("seq is beyond 2^63") }
        guard Array("\"\(mark.stream)\"".utf8).span.isKey else { throw Unstorable("stream is no key") }
        self = mark
    }
}
