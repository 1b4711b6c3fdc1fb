import PMJSON
import WebSockets

/// A request's parameters, read as Polymarket's servers read them.
struct Query {
    let parameters: [(name: String, value: String)]

    subscript(name: String) -> String? { parameters.first { $0.name == name && !$0.value.isEmpty }?.value }

    /// Every value of a name: repeated, or parted by commas.
    func all(_ name: String) -> [String] {
        parameters.filter { $0.name == name || $0.name == name + "[]" }
            .flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    func flag(_ name: String) -> Bool? { self[name].map { $0.lowercased() == "true" || $0 == "1" } }

    func whole(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    /// Clamped without a word, as the servers do it.
    func limit(default fallback: Int, most: Int) -> Int { min(max(whole("limit") ?? fallback, 0), most) }
}

extension Response {
    init(json: [UInt8], status: Int = 200) {
        self.init(status: status, headers: [("Content-Type", "application/json")], body: json)
    }

    /// The Data API's way to complain.
    init(status: Int, error: String) {
        self.init(json: Exchange.json { $0.feed("error", error) }, status: status)
    }
}
