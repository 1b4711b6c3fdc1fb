import PMRecord

/// The last stored mark of a stream.
package struct StreamCursor: Sendable, Equatable {
    package let stream: String
    package let seq: UInt64
    /// The mark's own time.
    package let time: Timestamp?
}

/// The process's claim to write cursors: one process writes the cursor of a stream until another takes over.
struct CursorOwnership {
    /// Identifies this process among all that ever write to the database.
    private let token = (0..<4).map { _ in String(UInt32.random(in: 0 ... .max), radix: 36) }.joined(
        separator: "-")
    private var predecessors: [String: String?] = [:]

    /// Makes rows of ``Table/cursors`` from marks.
    ///
    /// - Parameter owner: Looks up the owner of a stream's cursor before this process first writes it.
    mutating func rows(
        of marks: [Mark], owner: (String) throws(StoreError) -> String?
    ) throws(StoreError) -> [Row] {
        for mark in marks where predecessors[mark.stream] == nil {
            predecessors[mark.stream] = .some(try owner(mark.stream))
        }
        return marks.map(row)
    }

    private func row(_ mark: Mark) -> Row {
        var writer = RowWriter(columns: Table.cursors.columns.count)
        let predecessor: String? = predecessors[mark.stream] ?? nil
        let values = [mark.stream, String(mark.seq), mark.time.description, token, predecessor]
        for value in values { writer.add(text: value?.utf8) }
        return Row(writer)
    }

    static func lost(_ marks: [Mark]) -> StoreError {
        let streams = marks.map(\.stream).joined(separator: ", ")
        return StoreError(
            .fenced, "another pm-store has taken over stream \(streams); only one may write its cursor")
    }
}
