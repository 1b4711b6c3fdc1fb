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
        return value(variable, from: text, example: fallback.defaultValueDescription)
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

    /// Returns true for `1`, `true`, `yes` and `on`, false for `0`, `false`, `no`, `off` and when it is unset.
    ///
    /// Any other value ends the process with status 64.
    package static func flag(_ variable: String) -> Bool {
        switch text(variable)?.lowercased() {
        case "1", "true", "yes", "on": true
        case nil, "0", "false", "no", "off": false
        case let text?: refuse(variable, text, example: "true")
        }
    }

    /// Returns the name of a variable that every stage has for itself: `PM_FILTER_STRICT` in pm-filter.
    package static func ofStage(_ option: String) -> String {
        programName.replacing("-", with: "_").uppercased() + "_" + option
    }

    private static func value<Value: ExpressibleByArgument>(
        _ variable: String, from text: String, example: String? = nil
    ) -> Value {
        if let value = Value(argument: text) { return value }
        let option = variable.split(separator: "_").dropFirst(2).joined(separator: "-").lowercased()
        refuse(variable, text, example: OptionExample.value(of: option, valueName: nil) ?? example)
    }

    private static func refuse(_ variable: String, _ text: String, example: String?) -> Never {
        let hint = example.map { "; for example: \(variable)=\($0)" } ?? ""
        let sentence = Array(
            "\(programName): \(variable) is '\(shown(text))', which is not valid\(hint)\n".utf8)
        _ = sentence.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(ExitStatus.usage.rawValue)
    }
}

/// The name that this program was called by, without its directory.
package var programName: String { String(CommandLine.arguments.first?.split(separator: "/").last ?? "") }
