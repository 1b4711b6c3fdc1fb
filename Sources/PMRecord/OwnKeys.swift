import PMJSON

/// The contract's own top-level keys, and a check that a line has none of them twice.
///
/// Readers disagree about a repeated key: some use the first value, jq, PostgreSQL and JavaScript the last. A line that is
/// a whale to one stage and small to the next is rejected instead, by every stage.
package enum OwnKeys {
    private static let all: [JSONKey] = [
        Key.kind, Key.id, Key.seq, Key.time, Key.feed, Key.via, Key.receivedAt, Key.assetID, Key.conditionID,
        Key.transactionHash, Key.wallet, Key.side, Key.outcome, Key.outcomeIndex, Key.title, Key.slug,
        Key.eventSlug, Key.icon, Key.name, Key.pseudonym, Key.price, Key.size, Key.value, Key.extra, Key.role,
        Key.marketType, Key.tier, Key.revision, Key.enrichment, Key.enrichmentReason, Key.tags, Key.profile,
        Key.market, Key.impact, Key.rank, Key.stream, Key.state, Key.from, Key.to, Key.cause, Key.recovered,
        Key.reason,
    ]

    /// The position in ``all`` plus one of the key that hashes to each place; 0 where there is none.
    ///
    /// A table, because comparing each of 30 members with each of 42 keys takes longer than reading the line.
    private static let table: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 1 << tableBits)
        for (position, key) in all.enumerated() {
            precondition(table[place(of: key.tail)] == 0, "two keys have one place: change the multiplier")
            table[place(of: key.tail)] = UInt8(position + 1)
        }
        return table
    }()

    private static let tableBits = 12

    @inline(__always)
    private static func place(of tail: UInt64) -> Int {
        Int(truncatingIfNeeded: (tail &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - tableBits))
    }

    /// - Throws: ``JSONError`` at the second occurrence of an own key. Escaped spellings count.
    package static func check(_ index: MemberIndex, of line: Span<UInt8>) throws(JSONError) {
        let (table, members) = (Self.table.span, index.members.span)
        var seen: UInt64 = 0
        for position in members.indices {
            let member = members[unchecked: position]
            let entry = member.keyIsEscaped ? escaped(member, line) : table[place(of: member.tail)]
            guard entry > 0 else { continue }
            let key = all[Int(entry) - 1]
            guard member.tail == key.tail || member.keyIsEscaped else { continue }
            let bit = UInt64(1) << UInt64(entry - 1)
            // Keys that end alike have one place, so a second one is compared in full.
            if seen & bit != 0, isRepeated(key, index, line) {
                throw JSONError(.repeatedKey, at: member.key.lowerBound)
            }
            seen |= bit
        }
    }

    private static func escaped(_ member: MemberIndex.Member, _ line: Span<UInt8>) -> UInt8 {
        UInt8((all.firstIndex { member.isNamed($0, in: line) } ?? -1) + 1)
    }

    private static func isRepeated(_ key: JSONKey, _ index: MemberIndex, _ line: Span<UInt8>) -> Bool {
        index.members.reduce(0) { $0 + ($1.isNamed(key, in: line) ? 1 : 0) } > 1
    }
}
