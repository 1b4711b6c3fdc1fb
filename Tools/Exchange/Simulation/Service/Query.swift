import PMJSON
import WebSockets

/// The parameters of a request.
struct Query {
    let parameters: [(name: String, value: String)]

    init(parameters: [(name: String, value: String)]) { self.parameters = parameters }

    /// The first value of a name that is not empty.
    subscript(name: String) -> String? { parameters.first { $0.name == name && !$0.value.isEmpty }?.value }

    /// Every value of a name: repeated, or separated by commas.
    func all(_ name: String) -> [String] {
        parameters.filter { $0.name == name }.flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    func flag(_ name: String) -> Bool? { self[name].map { $0.lowercased() == "true" || $0 == "1" } }

    func int(_ name: String) -> Int? { self[name].flatMap { Int($0) } }

    /// The limit, clamped without an error.
    func limit(default fallback: Int, most: Int) -> Int { min(max(int("limit") ?? fallback, 0), most) }
}

extension Response {
    init(json: [UInt8], status: Int = 200) {
        self.init(status: status, headers: [("Content-Type", "application/json")], body: json)
    }

    /// An error as version 1 of the Data API and the CLOB write it.
    init(status: Int, error: String) {
        self.init(json: Exchange.json { $0.field("error", error) }, status: status)
    }
}
