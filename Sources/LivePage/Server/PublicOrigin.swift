/// The address at which browsers see the page when a proxy is in front of it: `https://trades.example.org`.
package struct PublicOrigin: Sendable, Equatable {
    /// Scheme, host and port in lower case, as browsers send them in `Origin`.
    let text: String
    /// Without port and brackets.
    let host: String
    var isSecure: Bool { text.hasPrefix("https://") }

    /// Parses `https://HOST[:PORT]` or `http://HOST[:PORT]`, without a path; a slash at the end is ignored.
    package init?(_ text: String) {
        var text = text.lowercased()
        if text.hasSuffix("/") { text.removeLast() }
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
        let authority = text.dropFirst(scheme.count)
        // Browsers leave out the port that a scheme implies.
        let implied = scheme == "https://" ? ":443" : ":80"
        let address = authority.hasSuffix(implied) ? authority.dropLast(implied.count) : authority
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        let isName = parts[0].allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-")
        }
        guard !parts[0].isEmpty, isName, parts.count <= 2, parts.count == 1 || UInt16(parts[1]) != nil else {
            return nil
        }
        self.text = scheme + address
        host = String(parts[0])
    }
}
