import PMJSON

/// The parameters of a request to version 2 of the Data API: snake_case and camelCase are the same.
struct DataQuery {
    private let query: Query
    private let options: DataOptions

    init(_ query: Query, _ options: DataOptions) {
        self.options = options
        let aliases = ["condition_id": "condition"]
        self.query = Query(
            parameters: query.parameters.map { parameter in
                let name = snakeCase(parameter.name)
                return (aliases[name] ?? name, parameter.value)
            })
    }

    subscript(name: String) -> String? { query[name] }

    func all(_ name: String) -> [String] { query.all(name) }

    func flag(_ name: String, default fallback: Bool) -> Bool { query.flag(name) ?? fallback }

    /// Returns the number of times that a name is given.
    func count(_ name: String) -> Int { query.parameters.count { $0.name == name } }

    /// The wallet, in lower case.
    func user() throws(DataError) -> String? {
        guard let user = query["user"]?.lowercased() else { return nil }
        guard !Contract.addresses.contains(user) else {
            throw .invalid("user must not be a protocol contract address", "user")
        }
        return user
    }

    func requiredUser() throws(DataError) -> String {
        guard let user = try user() else { throw .missing("user") }
        return user
    }

    /// Condition ids with 62 or 64 digits: at most 20 distinct ones.
    func conditions(most: Int = 20) throws(DataError) -> [String] {
        var distinct: [String] = []
        for id in query.all("condition").map({ $0.lowercased() }) where !distinct.contains(id) {
            let digits = id.dropFirst(2)
            guard id.hasPrefix("0x"), [62, 64].contains(digits.count), digits.allSatisfy(\.isHexDigit) else {
                throw .invalid("invalid condition id", "condition")
            }
            distinct.append(id)
        }
        guard distinct.count <= most else {
            throw .invalid("condition accepts at most \(most) values", "condition")
        }
        return distinct
    }

    func eventIDs() throws(DataError) -> [Int] {
        var ids: [Int] = []
        for text in query.all("event_id") {
            guard let id = Int(text), id > 0 else { throw .invalid("invalid event id", "event_id") }
            ids.append(id)
        }
        guard ids.count <= 20 else { throw .invalid("event_id accepts at most 20 values", "event_id") }
        return ids
    }

    func side() throws(DataError) -> String? {
        guard let side = query["side"]?.uppercased() else { return nil }
        guard ["BUY", "SELL"].contains(side) else { throw .invalid("side must be BUY or SELL", "side") }
        return side
    }

    /// True for DESC.
    func isDescending() throws(DataError) -> Bool? {
        guard let text = query["sort_direction"]?.uppercased() else { return nil }
        guard ["ASC", "DESC"].contains(text) else {
            throw .invalid("sort_direction must be ASC or DESC", "sort_direction")
        }
        return text == "DESC"
    }

    func int(_ name: String) throws(DataError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text) else { throw .invalid("\(name) must be an integer", name) }
        return number
    }

    func number(_ name: String) throws(DataError) -> Double? {
        guard let text = query[name] else { return nil }
        guard let number = Double(text), number >= 0 else {
            throw .invalid("\(name) must be a non-negative number", name)
        }
        return number
    }

    /// The page size: the cursor's, else the requested one. An offset is an error.
    ///
    /// - Parameters:
    ///   - most: The largest page size. By default, the scenario decides whether a greater limit is reduced to it
    ///     or is an error.
    ///   - rejects: True if a limit above `most` is always an error (status 400).
    func limit(
        _ cursor: SignedCursor?, default fallback: Int = 100, most: Int = 1_000, rejects: Bool = false
    ) throws(DataError) -> Int {
        if let kept = cursor?.int("l") { return kept }
        if query["offset"] != nil {
            throw .invalid("offset is not supported, use cursor", "offset")
        }
        guard let limit = try int("limit") else { return fallback }
        guard limit >= 0, limit <= most || !(rejects || options.rejectsLargeLimits) else {
            throw .invalid("limit must be between 0 and \(most)", "limit")
        }
        return min(limit, most)
    }

    func cursor(_ type: String) throws(DataError) -> SignedCursor? {
        guard let text = query["cursor"] else { return nil }
        return try SignedCursor(text, type: type)
    }

    func choice(_ name: String, _ choices: [String], default fallback: String) throws(DataError) -> String {
        guard let text = query[name] else { return fallback }
        guard choices.contains(text) else {
            throw .invalid("\(name) must be one of \(choices.joined(separator: ", "))", name)
        }
        return text
    }
}

/// "conditionId" → "condition_id".
private func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_\(letter.lowercased())" : String(letter)
    }
}
