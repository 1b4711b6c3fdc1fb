import PMPipe

/// The token that protects the live page.
enum LiveToken {
    /// Reads the token from the first line of a file.
    ///
    /// - Throws: ``ExitStatus/configuration`` for a token of less than 22 characters, which is 128 bits in Base 64.
    static func read(from path: String) throws(StageError) -> String {
        let token = try readSmallFile(path).prefix { !$0.isNewline }.filter { !$0.isWhitespace }
        guard token.utf8.count >= 22 else {
            throw StageError(.configuration, "the token in \(path) is shorter than 22 characters")
        }
        return token
    }
}
