import ArgumentParser
import Ingestion
import PMCommand

/// Where and how what was heard is written down.
struct JournalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write every line down before it is told.", valueName: "directory"))
    var journal: String?

    @Option(
        help: ArgumentHelp(
            "Tell again, from the journal, what comes after this number. (default: nothing)", valueName: "seq"
        ))
    var after: UInt64?

    @Option(help: ArgumentHelp("How long the journal is kept at least.", valueName: "time"))
    var keep = Setting.value("PM_INGEST_KEEP", default: Period(Trimming().keep))

    @Option(help: ArgumentHelp("How large it may grow; then the oldest goes.", valueName: "bytes"))
    var journalMax = Setting.value("PM_INGEST_JOURNAL_MAX", default: ByteSize(Trimming().limit))

    @Option(help: ArgumentHelp("When it is synced: always, batch or off.", valueName: "when"))
    var fsync = Setting.value("PM_INGEST_FSYNC", default: Journal.Sync.batch)

    private var path: String? { journal ?? Setting.text("PM_INGEST_JOURNAL") }

    var isGiven: Bool { path != nil }

    func validate() throws {
        guard let afterSeq, afterSeq > UInt64(Int64.max) else { return }
        throw ValidationError("--after \(afterSeq): no stream has come so far")
    }

    var afterSeq: UInt64? { after ?? Setting.optional("PM_INGEST_AFTER") }

    /// `nil` when there is to be no journal.
    var settings: Journal.Options? {
        guard let path else { return nil }
        var options = Journal.Options(directory: path)
        options.sync = fsync
        options.trimming.keep = keep.duration
        options.trimming.limit = journalMax.bytes
        return options
    }
}

extension Journal.Sync: ExpressibleByArgument {}
