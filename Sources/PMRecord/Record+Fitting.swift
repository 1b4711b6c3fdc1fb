import PMJSON

extension Record {
    /// Bytes that a line may hold, without its newline; no stage takes a longer one.
    package static let longestLine = 1 << 20

    /// What a trade can do without, first what is missed least.
    private static let expendable = [
        Key.extra, Key.icon, Key.slug, Key.eventSlug, Key.pseudonym, Key.name, Key.outcome, Key.title,
        Key.impact, Key.rank, Key.market, Key.profile, Key.enrichmentReason,
    ]

    /// A line that a change has made too long, without as much of what it can do without as it takes.
    ///
    /// - Parameter original: What the line was before the change, and is again when nothing else helps.
    package static func fitted(_ line: [UInt8], insteadOf original: Span<UInt8>) -> [UInt8] {
        var splice = Splice()
        if let index = try? MemberIndex(line.span) {
            for key in expendable {
                splice.remove(key)
                let shorter = splice.applied(to: line.span, index)
                if shorter.count <= longestLine { return shorter }
            }
        }
        return original.withUnsafeBufferPointer { Array($0) }
    }
}
