import ArgumentParser
import Glibc

/// The command of an executable. Its usage errors repeat no password of a URL.
package protocol RootCommand: ParsableCommand {}

extension RootCommand {
    package static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let text = withoutUserInfo(fullMessage(for: error))
            let code = exitCode(for: error)
            if !text.isEmpty { fputs(text + "\n", code.isSuccess ? stdout : stderr) }
            fflush(stdout)
            exit(code.rawValue)
        }
    }
}

/// Returns a text whose URLs have `***` in the place of their user name and password.
package func withoutUserInfo(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
        let authority = rest[scheme.upperBound...].prefix { !"/?# '\"\n".contains($0) }
        result += rest[..<scheme.upperBound]
        if let at = authority.lastIndex(of: "@") { result += "***" + authority[at...] } else { result += authority }
        rest = rest[authority.endIndex...]
    }
    return result + rest
}
