import PMJSON

extension Record {
    /// The longest line in bytes, without its newline; no stage accepts a longer one.
    package static let longestLine = 1 << 20

    /// Optional members of a trade, least important first.
    private static let expendable = [
        Key.extra, Key.icon, Key.slug, Key.eventSlug, Key.pseudonym, Key.name, Key.outcome, Key.title,
        Key.impact, Key.rank, Key.market, Key.profile, Key.enrichmentReason,
    ]

    /// Shortens a line that a change has made too long, by removing as few optional members as possible.
    ///
    /// - Parameter original: The line before the change, which is returned when removing members does not
    ///   help.
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
