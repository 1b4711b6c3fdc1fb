import PMJSON
import PMRecord

/// The figures of the status file about audits: how many of the API's trades were received.
struct AuditFigures: Sendable {
    private var audits = 0
    /// Audits whose stretch could not be read in full.
    private var failures = 0
    private var rows = 0
    private var missed = 0
    private var last: Timestamp?
    /// The share of the API's trades that were received in the last stretch, in percent; `nil` before the first stretch
    /// with trades.
    private var completeness: Double?

    mutating func noteFailure() {
        failures += 1
    }

    /// - Parameters:
    ///   - rows: Trades that the API has in the stretch.
    ///   - missed: Trades among them that the feed had not sent.
    mutating func note(rows: Int, missed: Int, at now: Timestamp) {
        audits += 1
        self.rows += rows
        self.missed += missed
        last = now
        if rows > 0 { completeness = Double(rows - missed) / Double(rows) * 100 }
    }

    func figures(into writer: inout JSONWriter) {
        writer.member("audits", audits)
        writer.member("audits_failed", failures)
        writer.member("audit_rows", rows)
        writer.member("audit_missed", missed)
        writer.member("last_audit_at", last?.description)
        writer.member("completeness", raw: completeness.map { "\($0)".utf8 })
    }
}
