/// Returns a text whose URLs have `***` in the place of their user name and password.
package func withoutUserInfo(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
        let authority = rest[scheme.upperBound...].prefix { !"/?# '\"\n".contains($0) }
        result += rest[..<scheme.upperBound]
        if let at = authority.lastIndex(of: "@") {
            result += "***" + authority[at...]
        } else {
            result += authority
        }
        rest = rest[authority.endIndex...]
    }
    return result + rest
}
