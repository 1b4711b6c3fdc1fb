import PMJSON

/// Reads the members of an object that a person wrote, and says what is wrong with them.
struct MemberReader {
    private let json: JSON
    private let what: String

    /// - Parameter known: All that may be there: a misspelt name must not pass for an absent one.
    init(_ json: JSON, of what: String, known: Set<String>) throws(ScenarioError) {
        guard case .object(let members) = json else { throw ScenarioError("\(what) is a JSON object") }
        for member in members where !known.contains(member.key) {
            throw ScenarioError("\(what) has no member \(member.key)")
        }
        self.json = json
        self.what = what
    }

    subscript(name: String) -> JSON? { json[name] }

    func text(_ name: String) throws(ScenarioError) -> String {
        guard let text = json[name]?.string else { throw ScenarioError("\(what) needs a text as \(name)") }
        return text
    }

    func optionalText(_ name: String) -> String? { json[name]?.string }

    func whole(_ name: String) throws(ScenarioError) -> Int? {
        guard let value = json[name] else { return nil }
        guard let number = value.integer else { throw ScenarioError("\(name) is a whole number") }
        return number
    }

    func real(_ name: String) throws(ScenarioError) -> Double? {
        guard let value = json[name] else { return nil }
        guard let number = value.double else { throw ScenarioError("\(name) is a number") }
        return number
    }

    /// Milliseconds.
    func period(_ name: String) throws(ScenarioError) -> Duration? {
        guard let number = try real(name) else { return nil }
        guard number >= 0, number < 1e12 else { throw ScenarioError("\(name) is at least 0") }
        return .microseconds(Int64(number * 1_000))
    }
}
