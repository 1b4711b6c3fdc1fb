import ArgumentParser
import Glibc

/// The root command of a program. Its usage errors show a valid value, and the subcommand that was probably meant,
/// and repeat no password of a URL.
package protocol Program: ParsableCommand {}

extension Program {
    package static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let status = exitCode(for: error)
            guard status == .validationFailure else { exit(withError: error) }
            var lines = fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
            if let hint = hint(for: lines.first ?? "") { lines.insert(hint, at: 1) }
            let text = Array((withoutUserInfo(lines.joined(separator: "\n")) + "\n").utf8)
            _ = text.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            Glibc.exit(status.rawValue)
        }
    }

    private static func hint(for message: String) -> String? {
        if let quoted = text(in: message, between: "is invalid for '--", and: "'") {
            let parts = quoted.split(separator: " ", maxSplits: 1).map(String.init)
            let name = parts.count > 1 ? parts[1].filter { $0 != "<" && $0 != ">" } : nil
            return OptionExample.value(of: parts[0], valueName: name).map {
                "For example: --\(parts[0]) \($0)"
            }
        }
        guard let word = text(in: message, between: "nexpected argument '", and: "'") else { return nil }
        let names = configuration.subcommands.map { $0.configuration.commandName ?? $0._commandName }
        return nearestName(to: word, among: names).map { "Did you mean '\($0)'?" }
    }

    private static func text(in message: String, between start: String, and end: String) -> String? {
        guard let from = message.firstRange(of: start)?.upperBound,
            let to = message[from...].firstRange(of: end)?.lowerBound
        else { return nil }
        return String(message[from..<to])
    }
}
