/// Joins the page's ES modules into one script.
///
/// A browser finds the imports of a module only after it has loaded it, and opens six connections to a server at most.
/// On a slow line, two dozen modules cost a second more than one script.
enum ScriptBundle {
    private static let exports = [
        "export const ", "export function ", "export async function ", "export class ",
    ]

    /// Returns the modules as one script, each after those that it imports from, in a scope of its own:
    /// `const $format = (() => { …; return { text, number }; })();`.
    ///
    /// An import is one line, `import { a, b } from "./file.js";`; an export is a line that begins with `export`.
    ///
    /// - Parameter modules: The source of each module by its file name.
    /// - Precondition: Every imported module exists.
    static func join(_ modules: [String: String], entry: String) -> String {
        var (joined, script) = (Set<String>(), "")
        append(entry, of: modules, to: &script, &joined)
        return script
    }

    private static func append(
        _ name: String, of modules: [String: String], to script: inout String, _ joined: inout Set<String>
    ) {
        guard joined.insert(name).inserted else { return }
        guard let source = modules[name] else { preconditionFailure("the page has no module \(name)") }
        var (body, names) = ("", [Substring]())
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (imported, module) = parsedImport(line) {
                append(module, of: modules, to: &script, &joined)
                body += "const \(imported) = \(variable(module));\n"
            } else if let export = exports.first(where: line.hasPrefix) {
                names.append(line.dropFirst(export.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                body += line.dropFirst("export ".count) + "\n"
            } else {
                body += line + "\n"
            }
        }
        script +=
            "const \(variable(name)) = (() => {\n\(body)return { \(names.joined(separator: ", ")) };\n})();\n"
    }

    /// Returns the names and the module of an import; `nil` for any other line.
    private static func parsedImport(_ line: Substring) -> (names: Substring, module: String)? {
        guard line.hasPrefix("import {"), let brace = line.firstIndex(of: "}") else { return nil }
        let module = line[brace...].split(separator: "\"").dropFirst().first ?? ""
        return (line[...brace].dropFirst("import ".count), String(module.dropFirst("./".count)))
    }

    private static func variable(_ module: String) -> String { "$\(module.prefix { $0 != "." })" }
}
