import PMPipe

/// The current subscribers. A thread of its own reads them at intervals and on request.
final class SubscriberList: Sendable {
    private struct State: Sendable {
        /// `nil` until the first successful read.
        var recipients: [Recipient]?
        /// Increases with every change.
        var version = 0
        var attempts = 0
        var isStale = true
    }

    /// The pause between two attempts until one succeeds.
    private static let retryPause = Duration.seconds(2)

    private let state = Monitor(State())
    private let source: SubscriberSource
    private let period: Duration
    private let log: StageLog

    /// - Parameters:
    ///   - period: The time between two reads.
    ///   - onChange: Called after each read, on the list's own thread.
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
                _ = state.wait(upTo: hasRead ? self.period : Self.retryPause) { $0.isStale ? () : nil }
            }
        }
    }

    /// Returns the subscribers if they have changed since `version`, and updates `version`.
    func changes(since version: inout Int) -> [Recipient]? {
        state.withLock { [version] state in
            state.version == version ? nil : (state.recipients ?? [], state.version)
        }
        .map { recipients, newVersion in
            version = newVersion
            return recipients
        }
    }

    /// Waits until the first attempt to read has succeeded or failed.
    func waitForFirst(upTo patience: Duration) {
        _ = state.wait(upTo: patience) { $0.attempts > 0 ? () : nil }
    }

    /// Starts a read now.
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
            // The subscribers of the last successful read stay in effect.
            log.warning(.database, "unable to read the subscribers: \(error.message ?? "")")
            state.withLock { $0.attempts += 1 }
        }
    }
}
