import ArgumentParser
import Ingestion
import PMCommand
import PMRecord

/// The options of the journal.
struct JournalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write and sync every line to this journal before it is emitted.", valueName: "directory"))
    var journal: String?

    @Option(
        help: ArgumentHelp(
            "First emit the journal's lines after this sequence number again. (default: none)",
            valueName: "seq"))
    var after: UInt64?

    @Option(
        help: ArgumentHelp(
            "Where the journal is gone, the start of the gap: the time of the consumers' last mark. (default: that of "
                + "their status files)", valueName: "time"))
    var since: String?

    @Option(
        help: ArgumentHelp("Keep the journal at least this long.", valueName: "time"))
    var keep = Setting.value("PM_INGEST_KEEP", default: Period(RetentionPolicy().minimumAge))

    @Option(
        help: ArgumentHelp(
            "Largest size of the journal; beyond it the oldest segment is deleted.", valueName: "bytes"))
    var journalMax = Setting.value(
        "PM_INGEST_JOURNAL_MAX", default: ByteSize(RetentionPolicy().maximumSize))

    @Option(help: ArgumentHelp("When to sync the journal: always, batch or off.", valueName: "when"))
    var fsync = Setting.value("PM_INGEST_FSYNC", default: Journal.Sync.batch)

    private var path: String? { journal ?? Setting.text("PM_INGEST_JOURNAL") }

    var isGiven: Bool { path != nil }

    func validate() throws {
        if let text = since ?? Setting.text("PM_INGEST_SINCE"), sinceTime == nil {
            throw ValidationError("--since \(text) is not a time; write it as 2026-12-01T09:30:00Z")
        }
        guard let afterSeq, afterSeq > UInt64(Int64.max) else { return }
        throw ValidationError("--after \(afterSeq) is larger than any sequence number")
    }

    var afterSeq: UInt64? { after ?? Setting.optional("PM_INGEST_AFTER") }

    var sinceTime: Timestamp? { (since ?? Setting.text("PM_INGEST_SINCE")).flatMap { Timestamp($0) } }

    /// `nil` without a journal.
    var settings: Journal.Options? {
        guard let path else { return nil }
        var options = Journal.Options(directory: path)
        options.sync = fsync
        options.retention.minimumAge = keep.duration
        options.retention.maximumSize = journalMax.bytes
        return options
    }
}

extension Journal.Sync: ExpressibleByArgument {}
