import PMJSON

/// One line in memory: its bytes and the ranges of its members.
package struct Record: Sendable {
    package let bytes: [UInt8]
    package let index: MemberIndex

    /// - Throws: ``JSONError`` unless the line is one valid JSON object that has none of the contract's keys twice.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        index = try MemberIndex(bytes.span)
        try validate(bytes.span)
        try OwnKeys.check(index, of: bytes.span)
    }

    package var kind: Kind? { self.text(Key.kind).flatMap(Kind.init) }

    /// Returns the member's value as JSON; `nil` where it is absent or null.
    package func raw(_ key: JSONKey) -> ArraySlice<UInt8>? {
        guard let range = index.value(of: key, in: bytes.span), bytes[range.lowerBound] != UInt8(ascii: "n")
        else {
            return nil
        }
        return bytes[range]
    }

    /// Returns the member's text; `nil` where it is no string.
    package func text(_ key: JSONKey) -> String? {
        guard let raw = raw(key), raw.first == UInt8(ascii: "\"") else { return nil }
        return decodedJSONString(bytes.span.extracting(raw.startIndex + 1..<raw.endIndex - 1))
    }

    /// Returns the member's number, exactly; `nil` where it is none.
    package func decimal(_ key: JSONKey) -> Decimal? {
        guard let raw = raw(key) else { return nil }
        return Decimal(bytes.span.extracting(raw.startIndex..<raw.endIndex))
    }

    package func unsigned(_ key: JSONKey) -> UInt64? {
        raw(key).flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }
    }

    package func integer(_ key: JSONKey) -> Int? {
        raw(key).flatMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    package func time(_ key: JSONKey) -> Timestamp? {
        guard let raw = raw(key), raw.first == UInt8(ascii: "\"") else { return nil }
        let content = bytes.span.extracting(raw.startIndex + 1..<raw.endIndex - 1)
        // Nearly all times have the contract's own form, which needs no text.
        return Timestamp(record: content) ?? Timestamp(decodedJSONString(content))
    }

    /// Returns the member as a tree.
    package func json(_ key: JSONKey) -> JSON? {
        raw(key).flatMap { try? JSON(Array($0)) }
    }

    /// The trade's value in dollars: `value`, or price × size where it is absent.
    package var value: Decimal? {
        if let value = decimal(Key.value) { return value.inMicros }
        guard let price = decimal(Key.price), let size = decimal(Key.size) else { return nil }
        return Decimal.productInMicros(price, size)
    }

    /// The trade's `revision`; 0 when no enricher is in the chain.
    package var revision: Int { integer(Key.revision) ?? 0 }

    package var enrichment: EnrichmentState? { self.text(Key.enrichment).flatMap(EnrichmentState.init) }

    package func applying(_ splice: Splice) -> [UInt8] {
        splice.applied(to: bytes.span, index)
    }
}
