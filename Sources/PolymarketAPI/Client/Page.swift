import PMJSON

/// One page of a list.
package struct Page<Row: Sendable>: Sendable {
    /// The rows that could be read and were asked for.
    package private(set) var rows: [Row] = []
    /// The number of rows received.
    package let count: Int
    /// The number of rows that could not be read.
    package private(set) var unreadable = 0
    /// The reason for the first of those.
    package private(set) var firstProblem: String?
    package let next: Envelope.Continuation
    /// The page size that the service used, where it says so.
    package let limit: Int?
    /// The undocumented and missing members of the rows.
    package private(set) var drift = DriftObservation()
    /// A hash of each row received, to recognise rows that came before. It differs from process to process.
    private(set) var hashes: [Int] = []

    /// Reads a page.
    ///
    /// - Parameter read: Makes a row. It returns `nil` for a row that was not asked for, and throws for one
    ///   that cannot be read: such a row is counted and does not spoil the page.
    package init(
        in answer: [UInt8], _ form: Envelope.Form, from route: Route, _ members: MemberList,
        _ read: (RowReader) throws(RowProblem) -> Row?
    ) throws(APIError) {
        var drift = DriftObservation()
        try self.init(rowsOf: answer, form, from: route) { bytes throws(RowProblem) in
            guard let json = try? JSON(bytes) else { throw RowProblem("a row is not JSON") }
            drift.compare(json, with: members)
            return try read(RowReader(json))
        }
        self.drift = drift
    }

    /// Reads a page whose rows the caller decodes itself, from their bytes.
    ///
    /// - Parameters:
    ///   - members: The documented members.
    ///   - sample: The number of rows that are compared with them. The others are not parsed as trees.
    package init(
        undecoded answer: [UInt8], _ form: Envelope.Form, from route: Route, _ members: MemberList,
        sample: Int, _ read: ([UInt8]) throws(RowProblem) -> Row?
    ) throws(APIError) {
        var drift = DriftObservation()
        var rest = sample
        try self.init(rowsOf: answer, form, from: route) { bytes throws(RowProblem) in
            if rest > 0, let json = try? JSON(bytes) { drift.compare(json, with: members) }
            rest -= 1
            return try read(bytes)
        }
        self.drift = drift
    }

    private init(
        rowsOf answer: [UInt8], _ form: Envelope.Form, from route: Route,
        _ read: ([UInt8]) throws(RowProblem) -> Row?
    ) throws(APIError) {
        let envelope = try Envelope(answer, form, from: route)
        (count, next, limit) = (envelope.rows.count, envelope.next, envelope.limit)
        for range in envelope.rows {
            let bytes = Array(answer[range])
            hashes.append(bytes.hashValue)
            do throws(RowProblem) {
                if let row = try read(bytes) { rows.append(row) }
            } catch {
                unreadable += 1
                firstProblem = firstProblem ?? error.description
            }
        }
    }
}
