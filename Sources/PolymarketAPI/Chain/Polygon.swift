import PMJSON

/// Polygon, the chain on which trades settle: any JSON-RPC endpoint.
package enum Polygon {
    /// Makes a JSON-RPC call with one parameter.
    static func call(
        _ route: Route, _ method: String, _ parameter: (inout JSONWriter) -> Void
    ) -> APIRequest {
        var writer = JSONWriter()
        writer.object { call in
            call.key("jsonrpc")
            call.string("2.0")
            call.key("id")
            call.integer(1)
            call.key("method")
            call.string(method)
            call.key("params")
            call.array { parameter(&$0) }
        }
        return APIRequest(route, "/", body: writer.bytes)
    }

    /// Returns the result of a call; null where the node has none.
    static func result(in answer: [UInt8], from route: Route) throws(APIError) -> JSON {
        let json = try tree(answer, from: route)
        if case .object? = json["error"] {
            // Nothing of the message is repeated: it may be long, and may hold the key of the endpoint.
            let code = json["error"]?["code"]?.integer
            let isRange = json["error"]?["message"]?.string?.lowercased().contains("range") ?? false
            throw APIError(
                isRange ? .blockRange : .service,
                "the node answers with error" + (code.map { " \($0)" } ?? "")
                    + (isRange ? ", block range" : ""),
                from: route)
        }
        return json["result"] ?? .null
    }
}
