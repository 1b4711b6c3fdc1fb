import PMJSON

/// The sentence in the body of an error answer.
///
/// | service | body |
/// |---|---|
/// | Data API v2 | `{"error":…,"code":…,"retryable":…,"trace_id":…,"parameter":…}`; only `error` is certain |
/// | Data API v1, CLOB | `{"error":…}` |
/// | Gamma | `{"type":…,"error":…}` |
package struct ServiceMessage: Sendable, Equatable {
    /// The service's own sentence, at most 200 characters, safe to show.
    package let sentence: String
    /// The machine-readable code of Data API v2, such as `rate_limited`.
    package let code: String?

    /// - Returns: `nil` when the body has no sentence that can be shown.
    package init?(_ body: [UInt8]) {
        if Self.isWebPage(body) {
            (sentence, code) = ("a web page", nil)
            return
        }
        guard let json = try? JSON(body), case .object = json,
            let error = json["error"]?.nonEmptyString ?? json["message"]?.nonEmptyString
        else { return nil }
        let type = json["type"]?.nonEmptyString
        let parameter = json["parameter"]?.nonEmptyString
        sentence = shown(
            (type.map { "\($0): " } ?? "") + error + (parameter.map { " (parameter \($0))" } ?? ""), most: 200
        )
        code = json["code"]?.nonEmptyString.map { shown($0, most: 60) }
    }

    /// Returns true if the body begins as HTML does.
    package static func isWebPage(_ body: [UInt8]) -> Bool {
        body.first { $0 > 0x20 && $0 < 0x80 } == UInt8(ascii: "<")
    }
}

/// Returns the beginning of a text from outside, without characters that could mislead a terminal.
func shown(_ text: some StringProtocol, most: Int) -> String {
    let scalars = text.unicodeScalars.prefix(most).map { $0.isUnsafeToShow ? "\u{FFFD}" : $0 }
    let isCut = text.unicodeScalars.count > most
    return String(String.UnicodeScalarView(scalars)) + (isCut ? "…" : "")
}
