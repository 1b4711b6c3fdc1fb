import PMJSON

/// Reads the members of an object of a scenario, and explains what is wrong with them.
struct MemberReader {
    private let json: JSON
    private let what: String

    /// - Parameter known: All names that are allowed, so that a misspelt one is not taken for an absent one.
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

    func int(_ name: String) throws(ScenarioError) -> Int? {
        guard let value = json[name] else { return nil }
        guard let number = value.integer else { throw ScenarioError("\(name) is a whole number") }
        return number
    }

    func double(_ name: String) throws(ScenarioError) -> Double? {
        guard let value = json[name] else { return nil }
        guard let number = value.double else { throw ScenarioError("\(name) is a number") }
        return number
    }

    /// One of several words.
    func choice(_ name: String, _ words: [String]) throws(ScenarioError) -> String? {
        guard let value = json[name] else { return nil }
        guard let word = value.string ?? value.numberText, words.contains(word) else {
            throw ScenarioError("\(name) is one of \(words.joined(separator: ", "))")
        }
        return word
    }

    /// Milliseconds.
    func period(_ name: String) throws(ScenarioError) -> Duration? {
        guard let number = try double(name) else { return nil }
        guard number >= 0, number < 1e12 else { throw ScenarioError("\(name) is at least 0") }
        return .microseconds(Int64(number * 1_000))
    }
}
