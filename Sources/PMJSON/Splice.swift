/// A change to the members of one object that keeps every other byte of its line.
package struct Splice: Sendable {
    private var changes: [(key: JSONKey, value: [UInt8]?)] = []

    package init() {}

    package var isEmpty: Bool { changes.isEmpty }

    /// Sets a member: in its place if the line has it, otherwise as the last member.
    ///
    /// The last of several changes to one member is used. Where the line has the member more than once, all
    /// but the first are removed, so that a reader that uses the first and a reader that uses the last see
    /// the same value.
    package mutating func set(_ key: JSONKey, to json: [UInt8]) {
        change(key, to: json)
    }

    package mutating func set(_ key: JSONKey, to text: String) {
        var writer = JSONWriter()
        writer.string(text)
        set(key, to: writer.bytes)
    }

    /// Removes the member, if it is there.
    package mutating func remove(_ key: JSONKey) {
        change(key, to: nil)
    }

    private mutating func change(_ key: JSONKey, to value: [UInt8]?) {
        changes.removeAll { $0.key == key }
        changes.append((key, value))
    }

    /// Returns the line with the changes made.
    ///
    /// - Parameter index: The index of this very line.
    package func applied(to line: Span<UInt8>, _ index: MemberIndex) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(line.count + changes.reduce(64) { $0 + ($1.value?.count ?? 0) + 24 })
        var replacements: [(position: Int, value: [UInt8]?)] = []
        var additions: [(key: JSONKey, value: [UInt8])] = []
        for change in changes {
            guard let first = index.firstIndex(of: change.key, in: line) else {
                if let value = change.value { additions.append((change.key, value)) }
                continue
            }
            replacements.append((first, change.value))
            var last = first
            while let position = index.firstIndex(of: change.key, in: line, from: last + 1) {
                replacements.append((position, nil))
                last = position
            }
        }
        replacements.sort { $0.position < $1.position }

        var copied = 0
        var removed = 0
        for (position, value) in replacements {
            let member = index.members[position]
            if let value {
                result.append(contentsOf: line, copied..<member.value.lowerBound)
                result.append(contentsOf: value)
                copied = member.value.upperBound
            } else if removed == position {
                // The first remaining member is removed with the comma after it, any other with the comma
                // before it.
                result.append(contentsOf: line, copied..<member.key.lowerBound - 1)
                let isLast = position + 1 == index.members.count
                copied = isLast ? member.value.upperBound : index.members[position + 1].key.lowerBound - 1
                removed += 1
            } else {
                let previous = index.members[position - 1].value.upperBound
                result.append(contentsOf: line, copied..<max(copied, previous))
                copied = member.value.upperBound
                removed += 1
            }
        }
        result.append(contentsOf: line, copied..<index.end)
        var present = index.members.count - removed
        for addition in additions {
            if present > 0 { result.append(Byte.comma) }
            result.append(Byte.quote)
            addition.key.name.withUTF8Buffer { result.append(contentsOf: $0) }
            result.append(Byte.quote)
            result.append(Byte.colon)
            result.append(contentsOf: addition.value)
            present += 1
        }
        result.append(contentsOf: line, index.end..<line.count)
        return result
    }
}

extension [UInt8] {
    /// Appends the bytes of `span` in `range`.
    package mutating func append(contentsOf span: Span<UInt8>, _ range: Range<Int>) {
        span.extracting(range).withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
