import Database
import Glibc
import PMPipe

/// Where it is kept who subscribes.
package enum SubscriberSource: Sendable {
    case database(DatabaseLocation)
    /// A file in the form in which `pm-alert subscribers` writes them.
    case file(String)

    package func read() throws(StageError) -> [Subscriber] {
        switch self {
        case .database(let location):
            // A database that nobody has made yet has no subscribers, and is not for us to make.
            if case .sqlite(let path) = location, access(path, F_OK) != 0 { return [] }
            do throws(StoreError) {
                return try location.makeStore().subscribers()
            } catch {
                throw error.asStageError
            }
        case .file(let path): return try Subscriber.read(from: path)
        }
    }
}

/// Knows who subscribes: reads it on a thread of its own, from time to time and when told to.
final class SubscriberList: Sendable {
    private struct State: Sendable {
        /// `nil` until the first reading that worked.
        var recipients: [Recipient]?
        /// Rises with every reading that worked.
        var version = 0
        var attempts = 0
        var isStale = true
    }

    /// Until the next attempt, while none has worked.
    private static let patience = Duration.seconds(2)

    private let state = Monitor(State())
    private let source: SubscriberSource
    private let period: Duration
    private let log: StageLog

    /// - Parameters:
    ///   - period: Time between readings.
    ///   - onChange: Called after each reading, on the list's own thread.
    init(
        _ source: SubscriberSource, every period: Duration, log: StageLog,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.source = source
        self.period = period
        self.log = log
        // Not joined: it lives as long as the process, and may be waiting for a database that never answers.
        _ = Worker { [self] in
            while true {
                read()
                onChange()
                let hasRead = state.withLock { $0.recipients != nil }
                _ = state.wait(upTo: hasRead ? self.period : Self.patience) { $0.isStale ? () : nil }
            }
        }
    }

    /// Who is to be told, if that has changed since the reading of that number.
    func changes(since version: inout Int) -> [Recipient]? {
        state.withLock { [version] state in
            state.version == version ? nil : (state.recipients ?? [], state.version)
        }
        .map { recipients, read in
            version = read
            return recipients
        }
    }

    /// Waits until there has been a first reading, or a first attempt has failed.
    func waitForFirst(upTo patience: Duration) {
        _ = state.wait(upTo: patience) { $0.attempts > 0 ? () : nil }
    }

    /// Reads again at once.
    func refresh() {
        state.withLock { $0.isStale = true }
    }

    private func read() {
        state.withLock { $0.isStale = false }
        do throws(StageError) {
            let recipients = try source.read().map(Recipient.init)
            state.withLock { state in
                state.attempts += 1
                guard recipients != state.recipients else { return }
                state.recipients = recipients
                state.version += 1
            }
        } catch {
            // Those known from the last reading stay.
            log.warning(.database, "the subscribers stay as they were: \(error.message ?? "")")
            state.withLock { $0.attempts += 1 }
        }
    }
}
