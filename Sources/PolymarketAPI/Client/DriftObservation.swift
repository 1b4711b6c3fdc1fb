import PMJSON

/// The differences between the rows of one answer and the list of documented members.
package struct DriftObservation: Sendable, Equatable {
    /// The number of rows with each undocumented member, and the beginning of a value.
    package private(set) var unknown: [String: Finding] = [:]
    /// The number of rows without each documented member, and the beginning of such a row.
    package private(set) var missing: [String: Finding] = [:]

    package struct Finding: Sendable, Equatable {
        package var rows: Int
        package let sample: String
    }

    /// Names that one answer can contribute.
    private static let mostNames = 32

    package init() {}

    package var isEmpty: Bool { unknown.isEmpty && missing.isEmpty }

    /// Compares one object with the list. What is not an object says nothing.
    package mutating func compare(_ row: JSON, with members: MemberList) {
        guard case .object(let found) = row else { return }
        var names: Set<String> = []
        for (name, value) in found {
            names.insert(name)
            guard !members.allowsOthers, !members.always.contains(name), !members.sometimes.contains(name)
            else { continue }
            Self.count(shown(name, most: 64), in: &unknown, sample: value)
        }
        for name in members.always where !names.contains(name) {
            Self.count(name, in: &missing, sample: row)
        }
    }

    private static func count(_ name: String, in findings: inout [String: Finding], sample: JSON) {
        guard findings[name] != nil || findings.count < mostNames else { return }
        findings[name, default: Finding(rows: 0, sample: shown(sample.text, most: 160))].rows += 1
    }
}

extension JSON {
    /// The value as JSON text.
    fileprivate var text: String {
        var writer = JSONWriter()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .number(let digits): writer.raw(digits.utf8)
        case .string(let text): writer.string(text)
        case .array(let elements): writer.array { for element in elements { element.write(to: &$0) } }
        case .object(let members):
            writer.object {
                for (name, value) in members {
                    $0.key(name)
                    value.write(to: &$0)
                }
            }
        }
    }
}
