import Glibc
import Logging
import PMJSON
import PMRecord
import Synchronization

/// The log of a stage on standard error, with a count of errors for each category.
package final class StageLog: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case text, json
    }

    private let logger: Logger
    private let counts = Mutex<[ErrorCategory: Int]>([:])

    /// - Parameter showsTime: Begin each line of text with the time, for a log that is kept without one. Objects
    ///   always have it.
    package init(
        stage: String, format: Format = .text, showsTime: Bool = false, level: Logger.Level = .info
    ) {
        logger = Logger(label: stage) {
            StandardErrorHandler(stage: $0, format: format, showsTime: showsTime, logLevel: level)
        }
    }

    /// Logs a warning about the settings, which is no error of a category.
    package func warning(_ message: String) {
        logger.warning("\(message)")
    }

    /// Counts an error of a category and logs it.
    package func error(_ category: ErrorCategory, _ message: String, _ context: Logger.Metadata = [:]) {
        write(.error, category, message, context)
    }

    /// Counts an error that the stage recovers from by itself, and logs it as a warning.
    package func warning(_ category: ErrorCategory, _ message: String, _ context: Logger.Metadata = [:]) {
        write(.warning, category, message, context)
    }

    package func notice(_ message: String, _ context: Logger.Metadata = [:]) {
        logger.notice("\(message)", metadata: context)
    }

    package func info(_ message: String, _ context: Logger.Metadata = [:]) {
        logger.info("\(message)", metadata: context)
    }

    package func debug(
        _ message: @autoclosure () -> String, _ context: @autoclosure () -> Logger.Metadata = [:]
    ) {
        logger.debug("\(message())", metadata: context())
    }

    /// Counts an error without logging it, such as the thousandth bad line.
    package func count(_ category: ErrorCategory) {
        counts.withLock { $0[category, default: 0] += 1 }
    }

    package func count(of category: ErrorCategory) -> Int {
        counts.withLock { $0[category, default: 0] }
    }

    /// Logs the error that ended the stage.
    package func fatal(_ message: String) {
        logger.critical("\(message)")
    }

    private func write(
        _ level: Logger.Level, _ category: ErrorCategory, _ message: String, _ context: Logger.Metadata
    ) {
        count(category)
        var context = context
        context[StandardErrorHandler.categoryKey] = "\(category.rawValue)"
        context[StandardErrorHandler.countKey] = "\(count(of: category))"
        logger.log(level: level, "\(message)", metadata: context)
    }
}

/// Formats one line a message: `stage: warning: message key=value`, or a JSON object.
private struct StandardErrorHandler: LogHandler {
    static let categoryKey = "category"
    static let countKey = "count"

    let stage: String
    let format: StageLog.Format
    let showsTime: Bool
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let context = metadata.merging(event.metadata ?? [:]) { $1 }
        let line =
            switch format {
            case .text: text(event.level, "\(event.message)", context)
            case .json: object(event.level, "\(event.message)", context)
            }
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func text(_ level: Logger.Level, _ message: String, _ context: Logger.Metadata) -> [UInt8] {
        let word: String? =
            switch level {
            case .critical: "fatal"
            case .error: "error"
            case .warning: "warning"
            case .trace, .debug: "debug"
            case .info, .notice: nil
            }
        var line =
            (showsTime ? "\(Timestamp.now()) " : "") + "\(stage): " + (word.map { "\($0): " } ?? "") + message
        for (key, value) in context.sorted(by: { $0.key < $1.key })
        where key != Self.categoryKey && key != Self.countKey {
            line += " \(key)=\(value)"
        }
        return Array((shown(line) + "\n").utf8)
    }

    private func object(_ level: Logger.Level, _ message: String, _ context: Logger.Metadata) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member("time", Timestamp.now().description)
            entry.member("level", level == .critical ? "fatal" : level.rawValue)
            entry.member("stage", stage)
            entry.member("category", context[Self.categoryKey].map { "\($0)" })
            entry.member("message", message)
            entry.member("count", context[Self.countKey].flatMap { Int("\($0)") })
            let others = context.filter { $0.key != Self.categoryKey && $0.key != Self.countKey }
            guard !others.isEmpty else { return }
            entry.key("context")
            entry.object { members in
                for (key, value) in others.sorted(by: { $0.key < $1.key }) {
                    members.key(key)
                    members.string("\(value)")
                }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}

/// Returns the text with characters that could mislead a terminal made visible, as `\u{9b}`.
package func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isUnsafeToShow) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
        if scalar.isUnsafeToShow {
            result += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
}
