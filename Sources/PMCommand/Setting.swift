import ArgumentParser
import Glibc
import PMPipe

/// An option's default, taken from the environment.
///
/// Every option has a variable named by stage and option, such as `PM_FILTER_MIN_VALUE`. A value on the
/// command line takes precedence over the variable.
package enum Setting {
    /// The variable's text; `nil` when it is unset or empty.
    package static func text(_ variable: String) -> String? {
        guard let value = getenv(variable), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The variable's value, or `fallback` when it is unset or empty.
    ///
    /// A value that cannot be read ends the process with status 64 and a message that names the variable,
    /// because ArgumentParser asks for defaults where throwing is impossible.
    package static func value<Value: ExpressibleByArgument>(_ variable: String, default fallback: Value)
        -> Value
    {
        guard let text = text(variable) else { return fallback }
        return value(variable, from: text)
    }

    package static func optional<Value: ExpressibleByArgument>(
        _ variable: String, as type: Value.Type = Value.self
    ) -> Value? {
        text(variable).map { value(variable, from: $0) }
    }

    /// Returns the values of a variable that contains a list separated by commas.
    package static func list<Value: ExpressibleByArgument>(
        _ variable: String, as type: Value.Type = Value.self
    ) -> [Value] {
        (text(variable) ?? "").split(separator: ",").map { value(variable, from: String($0)) }
    }

    /// Returns true for `1`, `true` or `yes`.
    package static func flag(_ variable: String) -> Bool {
        ["1", "true", "yes"].contains(text(variable)?.lowercased() ?? "")
    }

    /// Returns the name of a variable that every stage has for itself: `PM_FILTER_STRICT` in pm-filter.
    package static func ofStage(_ option: String) -> String {
        let program = CommandLine.arguments.first?.split(separator: "/").last ?? ""
        return String(program.map { $0 == "-" ? "_" : $0 }).uppercased() + "_" + option
    }

    private static func value<Value: ExpressibleByArgument>(_ variable: String, from text: String) -> Value {
        if let value = Value(argument: text) { return value }
        let sentence = Array(
            "Error: the environment's \(variable) is '\(shown(text))', which is not a valid value\n".utf8)
        _ = sentence.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(ExitStatus.usage.rawValue)
    }
}
