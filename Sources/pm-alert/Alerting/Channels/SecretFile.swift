import Glibc
import PMPipe

/// The prefix of a secret's location that names an environment variable in place of a file.
package let environmentPrefix = "env:"

/// Reads the lines of a secret, from a file or from `env:NAME`. Drops white space and empty lines.
///
/// - Returns: At least one line.
func readSecrets(_ location: String) throws(ChannelError) -> [String] {
    let text: String
    if location.hasPrefix(environmentPrefix) {
        guard let value = getenv(String(location.dropFirst(environmentPrefix.count))) else {
            throw ChannelError("\(location) is not set")
        }
        text = String(cString: value)
    } else {
        do throws(StageError) {
            text = try readSmallFile(location)
        } catch {
            throw ChannelError(error.message ?? "unable to read \(location)")
        }
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter {
        !$0.isEmpty
    }
    guard !lines.isEmpty else { throw ChannelError("\(location) is empty") }
    return lines
}
