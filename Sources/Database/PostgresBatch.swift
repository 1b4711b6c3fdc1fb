import Postgres

/// A batch in PostgreSQL's form: a statement, and for each column of its tables all values in one array.
///
/// It is encoded while the batch before it is stored, so that the server does not wait.
struct PostgresBatch: Sendable {
    let statement: BatchStatement
    /// All parameters except the cursors', which ``PostgresSession`` appends.
    let parameters: [Parameter]

    init(of batch: Batch) {
        statement = .fitting(batch)
        parameters = statement.tables.dropLast().flatMap { Self.columns(batch.rows(of: $0), of: $0) }
    }

    /// Returns one array of text for each column of the table.
    static func columns(_ rows: [Row], of table: Table) -> [Parameter] {
        table.columns.indices.map { .bytes(textArray(rows, column: $0), as: .textArray) }
    }
}

/// Encodes one column of the rows as an array of text, in PostgreSQL's binary form.
///
/// Source: PostgreSQL, `array_recv`: the number of dimensions, a flag for nulls, the element type, then the
/// length and first index of the one dimension, and for each element its length and bytes.
private func textArray(_ rows: [Row], column: Int) -> [UInt8] {
    let size = rows.reduce(rows.isEmpty ? 12 : 20) { $0 + 4 + max($1.count(of: column), 0) }
    return Array(unsafeUninitializedCapacity: size) { array, written in
        let bytes = UnsafeMutableRawBufferPointer(array)
        func add(_ number: Int32) {
            bytes.storeBytes(of: number.bigEndian, toByteOffset: written, as: Int32.self)
            written += 4
        }
        for number in [rows.isEmpty ? 0 : 1, 1, Int32(bitPattern: ObjectID.text.rawValue)] { add(number) }
        guard !rows.isEmpty else { return }
        add(Int32(rows.count))
        add(1)
        for row in rows {
            row.withBytes(column) { text in
                add(Int32(text?.count ?? -1))
                guard let text else { return }
                UnsafeMutableRawBufferPointer(rebasing: bytes[written...]).copyMemory(from: text)
                written += text.count
            }
        }
    }
}
