import PMPipe

/// The token that the live page asks for.
package enum LiveToken {
    /// The first line of a file.
    ///
    /// - Throws: ``ExitStatus/configuration`` for one that could be guessed: 128 bits take 22 characters in Base 64.
    package static func read(from path: String) throws(StageError) -> String {
        let token = try readSmallFile(path).prefix { !$0.isNewline }.filter { !$0.isWhitespace }
        guard token.utf8.count >= 22 else {
            throw StageError(.configuration, "the token in \(path) is shorter than 22 characters")
        }
        return token
    }
}
