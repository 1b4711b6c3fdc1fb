import CLibwebsockets

/// Adds headers to a client's request while the library composes it.
struct HeaderWriter {
    let handle: OpaquePointer?
    /// A `char **` to the position of the next header.
    let cursor: UnsafeMutableRawPointer?
    let room: Int

    /// Adds a header; returns `false` if the library's buffer is full.
    func add(_ name: String, _ value: String) -> Bool {
        guard let cursor = cursor?.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self),
            let start = cursor.pointee
        else { return false }
        var value = Array(value.utf8)
        return lws_add_http_header_by_name(
            handle, name + ":", &value, CInt(value.count), cursor, start + room) == 0
    }
}

/// Reads the headers that the library holds while it handles a request or a response.
struct HeaderReader {
    let handle: OpaquePointer?

    subscript(token: lws_token_indexes) -> String? {
        let length = lws_hdr_total_length(handle, token)
        guard length > 0 else { return nil }
        return copy(length) { lws_hdr_copy(handle, $0, $1, token) }
    }

    /// A header for which the library has no token. The name must be in lower case.
    subscript(custom name: String) -> String? {
        let key = name + ":"
        let count = CInt(key.utf8.count)
        let length = lws_hdr_custom_length(handle, key, count)
        guard length >= 0 else { return nil }
        return copy(length) { lws_hdr_custom_copy(handle, $0, $1, key, count) }
    }

    /// The parts of a query between `&` characters, percent-decoded.
    var queryParts: [String] {
        var parts: [String] = []
        let longest = lws_hdr_total_length(handle, WSI_TOKEN_HTTP_URI_ARGS)
        while let part = copy(
            longest, { lws_hdr_copy_fragment(handle, $0, $1, WSI_TOKEN_HTTP_URI_ARGS, CInt(parts.count)) })
        {
            parts.append(part)
        }
        return parts
    }

    /// All headers for which the library has a token, by their names in lower case.
    var known: [String: String] {
        var headers: [String: String] = [:]
        for (token, name) in Self.names {
            headers[name] = self[token]
        }
        return headers
    }

    private func copy(_ length: CInt, _ read: (UnsafeMutablePointer<CChar>, CInt) -> CInt) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(length) + 1) { buffer in
            let count = read(buffer.baseAddress!, length + 1)
            guard count >= 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(Int(count)), as: UTF8.self)
        }
    }

    /// The tokens of request headers: their names end with a colon and do not begin with one.
    private static let names: [(lws_token_indexes, String)] = (0..<WSI_TOKEN_COUNT.rawValue).compactMap {
        number in
        let token = lws_token_indexes(number)
        guard let name = lws_token_to_string(token) else { return nil }
        let text = name.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
        guard text.hasSuffix(":"), !text.hasPrefix(":") else { return nil }
        return (token, String(text.dropLast()))
    }
}
