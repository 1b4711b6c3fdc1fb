import PMJSON
import PMRecord

/// How much of what the API knows was heard.
struct AuditFigures: Sendable {
    /// Audits whose stretch could not be read in full.
    var failures = 0
    private(set) var audits = 0
    private(set) var rows = 0
    private(set) var missed = 0
    private(set) var last: Timestamp?
    /// Of the last stretch, in percent; `nil` before the first one that had trades.
    private(set) var completeness: Double?

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
