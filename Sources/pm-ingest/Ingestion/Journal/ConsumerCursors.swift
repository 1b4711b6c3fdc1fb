import PMPipe
import PMRecord

/// The progress of the journal's consumers, read from their status files: a hint, and not their cursors.
enum ConsumerCursors {
    // A status file is up to a second old. It may be missing, be left by an earlier run, or belong to another stream.
    // The real cursor of a consumer is committed with its own data; `pm-store cursor` and `pm-alert cursor` print it,
    // and scripts/pipeline.sh asks them before it starts the chain. The hint can only make the journal keep segments
    // longer, and skip sequence numbers. Both are harmless when it is wrong.

    private static let consumers = ["pm-store", "pm-alert"]

    /// The lowest last mark; `nil` when no consumer reports one.
    static func lowest(in directory: String?) -> UInt64? { lastMarks(in: directory).min() }

    /// The highest last mark; `nil` when no consumer reports one.
    static func highest(in directory: String?) -> UInt64? { lastMarks(in: directory).max() }

    /// The earliest time of a consumer's last input; `nil` when none reports it.
    static func lastInput(in directory: String?) -> Timestamp? {
        guard let directory else { return nil }
        return consumers.compactMap { StatusFile.lastInput(of: $0, in: directory) }.min()
    }

    private static func lastMarks(in directory: String?) -> [UInt64] {
        guard let directory else { return [] }
        return consumers.compactMap { StatusFile.lastMark(of: $0, in: directory) }
    }
}
